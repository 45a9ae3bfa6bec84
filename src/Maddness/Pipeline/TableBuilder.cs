using System.Buffers;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// Tables of prototypes for any B that comes later: T = P·B, rounded to 8 bits. Computed as Tᵀ = Bᵀ·Pᵀ, whose vectors are of leaves: these fill them whatever outputs there are, stand packed for the next B, and come out as 8-bit tables hold
/// them, output after output.
/// </summary>
internal sealed class TableBuilder
{
    /// <summary>Of prototypes with more values several products are made: half of what one array holds, so that padding fits, too.</summary>
    private const int MaxValues = 1 << 28;

    /// <summary>Values of tables that are built in memory of the pool: 16 MB.</summary>
    private const int MaxRented = 1 << 22;

    private readonly int _codebooks;
    private readonly int _leaves;
    private readonly Part[] _parts;

    /// <summary>Prototypes of consecutive codebooks, packed, and the first row of B that they meet: dense ones all, local ones those of their codebook's range.</summary>
    private readonly record struct Part(int FirstInput, ExactMatmul Product);

    /// <param name="prototypes">P, whose values are packed.</param>
    /// <param name="maxValues">Values of one product, if these are not of a single codebook.</param>
    internal TableBuilder(Prototypes prototypes, int maxValues = MaxValues)
    {
        _codebooks = prototypes.Codebooks;
        _leaves = prototypes.Leaves;
        _parts = prototypes.IsDense ? DenseParts(prototypes, maxValues) : LocalParts(prototypes);
    }

    /// <param name="b">D × M, finite.</param>
    /// <param name="bias">One per output, or null for none.</param>
    /// <exception cref="ArgumentException">An output could exceed float32.</exception>
    internal LookupTables Build(MatrixView<float> b, float[]? bias)
    {
        // Rented: often large objects, and a new one for every B costs more than the products (zeroing, fresh pages, collections of all generations). Not the largest, which the pool would keep, one for each thread.
        int length = checked(_codebooks * _leaves * b.Columns);
        bool isRented = length <= MaxRented;
        float[] rented = isRented ? ArrayPool<float>.Shared.Rent(length) : GC.AllocateUninitializedArray<float>(length);
        try
        {
            Span<float> tables = rented.AsSpan(0, length);
            Multiply(b, tables);
            return TableQuantizer.Quantize(tables, _codebooks, _leaves, b.Columns, bias);
        }
        finally
        {
            if (isRented)
            {
                ArrayPool<float>.Shared.Return(rented);
            }
        }
    }

    /// <summary>T = P·B, row-major [c·K + k][m].</summary>
    internal float[] Tables(MatrixView<float> b)
    {
        float[] tables = new float[checked(_codebooks * _leaves * b.Columns)];
        Multiply(b, tables);
        return Transpose(tables, b.Columns);
    }

    /// <summary>A row-major matrix of <paramref name="rows"/> rows, column after column.</summary>
    internal static float[] Transpose(ReadOnlySpan<float> matrix, int rows) => MatrixView<float>.Of(matrix, rows, matrix.Length / rows, nameof(matrix)).Transpose().ToArray(nameof(matrix));

    [MethodImpl(Compiled.Once)]
    private static Part[] DenseParts(Prototypes prototypes, int maxValues)
    {
        long codebookValues = (long)prototypes.Leaves * prototypes.Inputs;
        int codebooks = (int)Math.Clamp(maxValues / Math.Max(1, codebookValues), 1, prototypes.Codebooks);
        Part[] parts = new Part[(prototypes.Codebooks + codebooks - 1) / codebooks];
        for (int i = 0; i < parts.Length; i++)
        {
            int first = i * codebooks * prototypes.Leaves;
            int end = Math.Min((i + 1) * codebooks, prototypes.Codebooks) * prototypes.Leaves;
            parts[i] = PartOf(prototypes.Values.AsSpan(first * prototypes.Inputs, (end - first) * prototypes.Inputs), 0, prototypes.Inputs, end - first);
        }

        return parts;
    }

    [MethodImpl(Compiled.Once)]
    private static Part[] LocalParts(Prototypes prototypes)
    {
        Part[] parts = new Part[prototypes.Codebooks];
        for (int c = 0; c < parts.Length; c++)
        {
            int start = prototypes.RangeStarts[c], width = prototypes.RangeStarts[c + 1] - start;
            parts[c] = PartOf(prototypes.Values.AsSpan(prototypes.Leaves * start, prototypes.Leaves * width), start, width, prototypes.Leaves);
        }

        return parts;
    }

    private static Part PartOf(ReadOnlySpan<float> values, int firstInput, int inputs, int leaves) =>
        new(firstInput, ExactMatmul.Of(MatrixView<float>.Of(values, leaves, inputs, nameof(values)).Transpose()));

    /// <summary>Tᵀ = Bᵀ·Pᵀ, row-major [m][c·K + k].</summary>
    [MethodImpl(Compiled.Once)]
    private void Multiply(MatrixView<float> b, Span<float> tables)
    {
        MatrixView<float> byLeaf = MatrixView<float>.Of(tables, b.Columns, tables.Length / b.Columns, nameof(tables)).Transpose();
        int leaf = 0;
        foreach (Part part in _parts)
        {
            part.Product.Multiply(b.SliceRows(part.FirstInput, part.Product.Inputs).Transpose(), byLeaf.SliceRows(leaf, part.Product.Outputs).Transpose());
            leaf += part.Product.Outputs;
        }
    }
}
