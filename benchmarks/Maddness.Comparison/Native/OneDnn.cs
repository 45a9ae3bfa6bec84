using System.Runtime.InteropServices;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Native;

/// <summary>The types a product of oneDNN is made of.</summary>
internal enum OneDnnTypes
{
    Float32,
    Bfloat16,
    Bytes,
}

/// <summary>oneDNN's matrix product, weights laid out as it likes them, one thread. Products of fewer bits take an A that was converted before the clock starts.</summary>
internal sealed class OneDnn(OneDnnTypes types) : IMethod
{
    public string Name => types switch { OneDnnTypes.Float32 => "oneDNN f32", OneDnnTypes.Bfloat16 => "oneDNN bf16", _ => "oneDNN u8·s8→s32" };

    public string Key => types switch { OneDnnTypes.Float32 => "onednn-f32", OneDnnTypes.Bfloat16 => "onednn-bf16", _ => "onednn-int8" };

    public MethodKind Kind => types == OneDnnTypes.Float32 ? MethodKind.Exact : MethodKind.Quantised;

    public string SizeName => string.Empty;

    public string Given => types switch
    {
        OneDnnTypes.Float32 => string.Empty,
        OneDnnTypes.Bfloat16 => "A already bf16",
        _ => "A already bytes; raw integers out",
    };

    public string? Missing => OneDnnApi.Library == 0 ? NativeRival.Install + "apt-get install libdnnl2" : null;

    public string? Version => OneDnnApi.Version;

    public IEnumerable<int> Sizes(Problem problem, bool quick) => [0];

    public Product Prepare(Problem problem, int size) => new OneDnnProduct(problem.B, types);
}

/// <summary>A primitive for one B and, once A is known, one number of rows.</summary>
internal sealed unsafe class OneDnnProduct(Matrix b, OneDnnTypes types) : Product
{
    private readonly nint _engine = OneDnnApi.Engine();
    private readonly float[] _columnScales = new float[b.Columns];
    private readonly float[] _columnSums = new float[b.Columns];
    private float[] _rowScales = [];
    private float[] _rowZeros = [];
    private void* _source;
    private void* _weights;
    private void* _target;
    private nint _stream;
    private nint _primitive;
    private nint _sourceMemory;
    private nint _weightsMemory;
    private nint _targetMemory;

    public override Cost Cost => new((double)b.Rows * b.Columns);

    public override void Load(Matrix a)
    {
        base.Load(a);
        (int sourceType, int weightsType, int targetType) = types switch
        {
            OneDnnTypes.Float32 => (OneDnnApi.Float32, OneDnnApi.Float32, OneDnnApi.Float32),
            OneDnnTypes.Bfloat16 => (OneDnnApi.Bfloat16, OneDnnApi.Bfloat16, OneDnnApi.Float32),
            _ => (OneDnnApi.UInt8, OneDnnApi.Int8, OneDnnApi.Int32),
        };
        byte[] source = OneDnnApi.Descriptor(a.Rows, b.Rows, sourceType, OneDnnApi.RowMajor), target = OneDnnApi.Descriptor(a.Rows, b.Columns, targetType, OneDnnApi.RowMajor);
        byte[] any = OneDnnApi.Descriptor(b.Rows, b.Columns, weightsType, OneDnnApi.AnyLayout), plain = OneDnnApi.Descriptor(b.Rows, b.Columns, weightsType, OneDnnApi.RowMajor);
        nint descriptor = OneDnnApi.MatmulDescriptor(source, any, target, _engine);
        byte* chosen = OneDnnApi.Query(descriptor, OneDnnApi.WeightsDescriptor);
        _stream = OneDnnApi.Stream(_engine);
        _primitive = OneDnnApi.Primitive(descriptor);
        _source = NativeMemory.AlignedAlloc((nuint)a.Values.Length * 4, 64);
        _target = NativeMemory.AlignedAlloc((nuint)a.Rows * (nuint)b.Columns * 4, 64);
        _weights = NativeMemory.AlignedAlloc(OneDnnApi.Size(chosen), 64);
        void* weights = NativeMemory.AlignedAlloc((nuint)b.Values.Length * 4, 64);
        ConvertB(weights);
        ConvertA(a);
        fixed (byte* s = source, t = target, p = plain)
        {
            _sourceMemory = OneDnnApi.Memory(s, _engine, _source);
            _targetMemory = OneDnnApi.Memory(t, _engine, _target);
            _weightsMemory = OneDnnApi.Memory(chosen, _engine, _weights);
            OneDnnApi.Execute(OneDnnApi.Reorder(p, chosen, _engine), _stream, (OneDnnApi.Source, OneDnnApi.Memory(p, _engine, weights)), (OneDnnApi.Target, _weightsMemory));
        }

        NativeMemory.AlignedFree(weights);
    }

    public override void Multiply(float[] destination) => OneDnnApi.Execute(
        _primitive, _stream, (OneDnnApi.Source, _sourceMemory), (OneDnnApi.Weights, _weightsMemory), (OneDnnApi.Target, _targetMemory));

    public override void Finish(float[] destination)
    {
        if (types != OneDnnTypes.Bytes)
        {
            new ReadOnlySpan<float>(_target, destination.Length).CopyTo(destination);
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            (int row, int m) = (i / b.Columns, i % b.Columns);
            destination[i] = (((int*)_target)[i] - (_rowZeros[row] * _columnSums[m])) * _rowScales[row] * _columnScales[m];
        }
    }

    protected override void Release()
    {
        NativeMemory.AlignedFree(_source);
        NativeMemory.AlignedFree(_weights);
        NativeMemory.AlignedFree(_target);
    }

    private static ushort ToBfloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private void ConvertB(void* target)
    {
        for (int m = 0; m < b.Columns; m++)
        {
            float largest = 1e-30f;
            for (int k = 0; k < b.Rows; k++)
            {
                largest = Math.Max(largest, Math.Abs(b[k, m]));
            }

            _columnScales[m] = largest / 127;
            for (int k = 0; k < b.Rows; k++)
            {
                int at = (k * b.Columns) + m;
                switch (types)
                {
                    case OneDnnTypes.Float32:
                        ((float*)target)[at] = b.Values[at];
                        break;
                    case OneDnnTypes.Bfloat16:
                        ((ushort*)target)[at] = ToBfloat16(b.Values[at]);
                        break;
                    default:
                        sbyte value = (sbyte)MathF.Round(b.Values[at] / _columnScales[m]);
                        ((sbyte*)target)[at] = value;
                        _columnSums[m] += value;
                        break;
                }
            }
        }
    }

    private void ConvertA(Matrix a)
    {
        (_rowScales, _rowZeros) = (new float[a.Rows], new float[a.Rows]);
        for (int row = 0; row < a.Rows; row++)
        {
            float low = Math.Min(0, System.Numerics.Tensors.TensorPrimitives.Min<float>(a.Row(row))), high = Math.Max(0, System.Numerics.Tensors.TensorPrimitives.Max<float>(a.Row(row)));
            float scale = Math.Max((high - low) / 255, 1e-30f), zero = MathF.Round(-low / scale);
            (_rowScales[row], _rowZeros[row]) = (scale, zero);
            for (int k = 0; k < a.Columns; k++)
            {
                int at = (row * a.Columns) + k;
                switch (types)
                {
                    case OneDnnTypes.Float32:
                        ((float*)_source)[at] = a.Values[at];
                        break;
                    case OneDnnTypes.Bfloat16:
                        ((ushort*)_source)[at] = ToBfloat16(a.Values[at]);
                        break;
                    default:
                        ((byte*)_source)[at] = (byte)Math.Clamp(MathF.Round(a.Values[at] / scale) + zero, 0, 255);
                        break;
                }
            }
        }
    }
}
