using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Maddness.Stress.Files;

namespace Maddness.Stress;

/// <summary>
/// Random products: shape, element type, leaves, bias, strides of A and of the destination follow from a number. Every kernel level with 1, 2 and 7 threads must give the bits of the scalar level on one
/// thread; the hash of these is compared between processes.
/// </summary>
public sealed class RandomProduct
{
    private static readonly int[] Threads = [1, 2, 7];

    private readonly Random _random;
    private readonly int _rows;
    private readonly int _outputs;
    private readonly int _inputs;
    private readonly int _k;
    private readonly MaddnessMatmul _product;
    private readonly string _type;

    private RandomProduct(int number)
    {
        _random = new Random(number);
        _type = RandomFiles.ElementTypes[_random.Next(4)];
        _inputs = _random.Next(1, 48);
        _outputs = _random.Next(8) == 0 ? _random.Next(500, 600) : _random.Next(1, 100);
        int levels = _random.Next(4, 7);
        int codebooks = _random.Next(16) == 0 ? _random.Next(120, 270) : _random.Next(1, 24);
        _rows = _random.Next(4) == 0 ? _random.Next(200, 500) : _random.Next(70);

        // Software vectors, which one of the processes has, take their time.
        _rows = (int)Math.Min(_rows, 400_000L / (_outputs * codebooks));
        _k = _random.Next(1, Math.Min(_outputs, 12) + 1);
        ModelFile file = RandomFiles.Matmul(_random, _type, _inputs, codebooks, levels, _outputs, _random.Next(2) == 0);
        _product = MaddnessMatmul.Load(new MemoryStream(file.Build())).WithSummation(_random.Next(4) == 0 ? Summation.Averaging : Summation.Exact);
    }

    /// <summary>Runs one at every level and number of threads.</summary>
    /// <param name="number">Which.</param>
    /// <returns>A description and a hash of the results.</returns>
    /// <exception cref="InvalidDataException">A result differs from the scalar one.</exception>
    public static (string Name, string Hash) Run(int number) => new RandomProduct(number).Run();

    private (string Name, string Hash) Run()
    {
        string hash = _type switch
        {
            "float32" => Run<float>(),
            "int16" => Run<short>(),
            "int8" => Run<sbyte>(),
            _ => Run<byte>(),
        };
        return ($"{_type} {_rows} x {_inputs} x {_outputs}, C = {_product.Codebooks}, K = {_product.Leaves}, {_product.Summation}", hash);
    }

    private string Run<T>()
        where T : unmanaged
    {
        Placed<T> a = new(_random, _rows, _inputs);
        InputValues.Of<T>(_random, a.Memory.Length).CopyTo(a.Memory, 0);
        Placed<float> y = new(_random, _rows, _outputs);
        float[] b = UniformValues.Of(_random, _inputs * _outputs), bias = UniformValues.Of(_random, _outputs);
        byte[]? expected = null;
        foreach (KernelLevel level in KernelSelection.Available.Order())
        {
            KernelSelection.Use(level);
            foreach (int threads in Threads)
            {
                byte[] actual = Results(a, y, b, bias, threads);
                expected ??= actual;
                if (!actual.AsSpan().SequenceEqual(expected))
                {
                    throw new InvalidDataException($"{KernelSelection.NameOf(level)} with {threads} threads differs from scalar with 1, from byte {actual.AsSpan().CommonPrefixLength(expected)} on.");
                }
            }
        }

        KernelSelection.Reset();
        return Convert.ToHexStringLower(SHA256.HashData(expected!));
    }

    /// <summary>All that a product gives, in one array. Memory between the elements is a part of it: nobody may write there.</summary>
    private byte[] Results<T>(Placed<T> a, Placed<float> y, float[] b, float[] bias, int threads)
        where T : unmanaged
    {
        using MemoryStream all = new();
        Array.Fill(y.Memory, 123.5f);
        _product.Multiply(a.ReadOnly, y.Tensor, threads);
        all.Write(MemoryMarshal.AsBytes(y.Memory.AsSpan()));

        EncodedMatrix codes = _product.Encode(a.ReadOnly, threads);
        codes.Save(all);
        float[] dense = new float[_rows * _outputs];
        _product.Multiply(codes, dense, threads);
        all.Write(MemoryMarshal.AsBytes(dense.AsSpan()));

        int[] best = new int[_rows], indices = new int[_rows * _k];
        float[] values = new float[_rows * _k];
        _product.ArgMax(a.ReadOnly, best, threads);
        _product.TopK(a.ReadOnly, _k, indices, values, threads);
        all.Write(MemoryMarshal.AsBytes(best.AsSpan()));
        all.Write(MemoryMarshal.AsBytes(indices.AsSpan()));
        all.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        if (a is Placed<float> floats && (long)_rows * _inputs * _outputs < 60_000)
        {
            Exact(all, floats, y, b, bias, threads);
        }

        return all.ToArray();
    }

    /// <summary>The exact product, once and bound. Which of the many NaNs a NaN is, is the one thing not promised.</summary>
    private void Exact(MemoryStream all, Placed<float> a, Placed<float> y, float[] b, float[] bias, int threads)
    {
        ExactMatmul.Multiply(a.ReadOnly, new ReadOnlyTensorSpan<float>(b, [_inputs, _outputs]), y.Tensor, bias, threads);
        all.Write(MemoryMarshal.AsBytes<float>(Array.ConvertAll(y.Memory, Plain)));
        new ExactMatmul(b, _inputs, _outputs).Multiply(a.ReadOnly, y.Tensor, threads);
        all.Write(MemoryMarshal.AsBytes<float>(Array.ConvertAll(y.Memory, Plain)));

        static float Plain(float value) => float.IsNaN(value) ? float.NaN : value;
    }

    /// <summary>A matrix somewhere in memory, with random strides: dense or padded rows or columns, or every second or third element.</summary>
    private sealed class Placed<T>
        where T : unmanaged
    {
        private readonly nint[] _lengths;
        private readonly nint[] _strides;
        private readonly int _start;

        internal Placed(Random random, int rows, int columns)
        {
            int step = random.Next(3) == 0 ? random.Next(2, 4) : 1;
            int padding = random.Next(2) == 0 ? random.Next(1, 9) : 0;
            bool isColumnMajor = random.Next(3) == 0;
            int row = isColumnMajor ? step : (columns * step) + padding, column = isColumnMajor ? (rows * step) + padding : step;
            _lengths = [rows, columns];
            _strides = [rows <= 1 ? 0 : row, columns <= 1 ? 0 : column];
            _start = random.Next(17);
            Memory = new T[_start + (rows * row) + (columns * column) + random.Next(17)];
        }

        internal T[] Memory { get; }

        internal TensorSpan<T> Tensor => new(Memory.AsSpan(_start), _lengths, _strides);

        internal ReadOnlyTensorSpan<T> ReadOnly => Tensor;
    }
}
