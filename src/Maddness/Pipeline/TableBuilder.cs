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
    private readonly Prototypes _prototypes;

    /// <summary>Products with Pᵀ: one of dense prototypes, of local ones one for each codebook, whose prototypes meet only the rows of B that belong to its range.</summary>
    private readonly ExactMatmul[] _products;

    /// <param name="prototypes">P, copied.</param>
    internal TableBuilder(Prototypes prototypes)
    {
        _prototypes = prototypes;
        _products = prototypes.IsDense
            ? [ProductWith(prototypes.Values, prototypes.Codebooks * prototypes.Leaves, prototypes.Inputs)]
            : [.. Enumerable.Range(0, prototypes.Codebooks).Select(c => ProductWith(LocalValues(c), prototypes.Leaves, Width(c)))];
    }

    /// <param name="b">D × M, finite.</param>
    /// <param name="bias">One per output, or null for none.</param>
    /// <exception cref="ArgumentException">An output could exceed float32.</exception>
    internal LookupTables Build(MatrixView<float> b, float[]? bias)
    {
        // Rented: often large objects, and a new one for every B costs more than the products (zeroing, fresh pages, collections of all generations).
        int length = checked(_prototypes.Codebooks * _prototypes.Leaves * b.Columns);
        float[] rented = ArrayPool<float>.Shared.Rent(length);
        try
        {
            Span<float> tables = rented.AsSpan(0, length);
            Multiply(b, tables);
            return TableQuantizer.Quantize(tables, _prototypes.Codebooks, _prototypes.Leaves, b.Columns, bias);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>T = P·B, row-major [c·K + k][m].</summary>
    internal float[] Tables(MatrixView<float> b)
    {
        float[] tables = new float[checked(_prototypes.Codebooks * _prototypes.Leaves * b.Columns)];
        Multiply(b, tables);
        return Transpose(tables, b.Columns);
    }

    /// <summary>A dense row-major copy.</summary>
    [MethodImpl(Compiled.Once)]
    internal static float[] Dense(MatrixView<float> matrix)
    {
        float[] dense = new float[checked(matrix.Rows * matrix.Columns)];
        for (int r = 0; r < matrix.Rows; r++)
        {
            Span<float> row = dense.AsSpan(r * matrix.Columns, matrix.Columns);
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = matrix[r, c];
            }
        }

        return dense;
    }

    /// <summary>A row-major matrix of <paramref name="rows"/> rows, column after column.</summary>
    internal static float[] Transpose(ReadOnlySpan<float> matrix, int rows) => Dense(MatrixView<float>.Of(matrix, rows, matrix.Length / rows, nameof(matrix)).Transpose());

    private static ExactMatmul ProductWith(ReadOnlySpan<float> prototypes, int leaves, int inputs) =>
        ExactMatmul.Of(MatrixView<float>.Of(prototypes, leaves, inputs, nameof(prototypes)).Transpose());

    private ReadOnlySpan<float> LocalValues(int codebook) => _prototypes.Values.AsSpan(_prototypes.Leaves * _prototypes.RangeStarts[codebook], _prototypes.Leaves * Width(codebook));

    private int Width(int codebook) => _prototypes.RangeStarts[codebook + 1] - _prototypes.RangeStarts[codebook];

    /// <summary>Tᵀ = Bᵀ·Pᵀ, row-major [m][c·K + k].</summary>
    [MethodImpl(Compiled.Once)]
    private void Multiply(MatrixView<float> b, Span<float> tables)
    {
        MatrixView<float> byLeaf = MatrixView<float>.Of(tables, b.Columns, tables.Length / b.Columns, nameof(tables)).Transpose();
        int inputs = 0, leaves = 0;
        foreach (ExactMatmul product in _products)
        {
            product.Multiply(b.SliceRows(inputs, product.Inputs).Transpose(), byLeaf.SliceRows(leaves, product.Outputs).Transpose());
            inputs += product.Inputs;
            leaves += product.Outputs;
        }
    }
}
