using System.Runtime.InteropServices;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Native;

/// <summary>ONNX Runtime's MatMul, or its DynamicQuantizeMatMul, which takes and gives float32 and multiplies bytes: the rival most like this library.</summary>
internal sealed class OnnxRuntime(bool bytes) : IMethod
{
    public string Name => bytes ? "ONNX Runtime DynamicQuantizeMatMul" : "ONNX Runtime MatMul";

    public string Key => bytes ? "ort-int8" : "ort-f32";

    public MethodKind Kind => bytes ? MethodKind.Quantised : MethodKind.Exact;

    public string SizeName => string.Empty;

    public string? Missing => OnnxApi.IsThere ? null : NativeRival.Install + $"npm install onnxruntime-node, and {OnnxApi.PathVariable}=FOLDER/libonnxruntime.so.1";

    public string? Version => OnnxApi.IsThere ? $"ONNX Runtime {OnnxApi.Version}, one thread" : null;

    public IEnumerable<int> Sizes(Problem problem, bool quick) => [0];

    public Product Prepare(Problem problem, int size) => new Bound(problem.B, bytes);

    private sealed unsafe class Bound(Matrix b, bool bytes) : Product
    {
        private readonly nint _session = OnnxApi.Session(bytes ? OnnxModel.DynamicQuantizeMatMul(b) : OnnxModel.MatMul(b));
        private float* _a;
        private float* _y;
        private nint _input;
        private nint _output;

        public override Cost Cost => new((double)b.Rows * b.Columns);

        public override void Load(Matrix a)
        {
            base.Load(a);
            nuint outputs = (nuint)a.Rows * (nuint)b.Columns;
            _a = (float*)NativeMemory.AlignedAlloc((nuint)a.Values.Length * 4, 64);
            _y = (float*)NativeMemory.AlignedAlloc(outputs * 4, 64);
            a.Values.CopyTo(new Span<float>(_a, a.Values.Length));
            _input = OnnxApi.Tensor(_a, a.Rows, a.Columns);
            _output = OnnxApi.Tensor(_y, a.Rows, b.Columns);
        }

        public override void Multiply(float[] destination) => OnnxApi.Run(_session, _input, _output);

        public override void Finish(float[] destination) => new ReadOnlySpan<float>(_y, destination.Length).CopyTo(destination);

        protected override void Release()
        {
            OnnxApi.Release(_session, _input, _output);
            NativeMemory.AlignedFree(_a);
            NativeMemory.AlignedFree(_y);
        }
    }
}
