using System.Buffers;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Tables of prototypes for a B that came later: T = P·B, rounded to 8 bits.</summary>
internal static class TableBuilder
{
    /// <param name="prototypes">P.</param>
    /// <param name="b">D × M, finite.</param>
    /// <param name="bias">One per output, or null for none.</param>
    /// <exception cref="ArgumentException">An output could exceed float32.</exception>
    internal static LookupTables Build(Prototypes prototypes, MatrixView<float> b, float[]? bias)
    {
        // Rented: often large objects, and a new one for every B costs more than the products (zeroing, fresh pages, collections of all generations).
        int length = checked(prototypes.Codebooks * prototypes.Leaves * b.Columns);
        float[] rented = ArrayPool<float>.Shared.Rent(length);
        try
        {
            Span<float> tables = rented.AsSpan(0, length);
            Fill(prototypes, b, tables);
            return TableQuantizer.Quantize(tables, prototypes.Codebooks, prototypes.Leaves, b.Columns, bias);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>T = P·B, row-major [c·K + k][m].</summary>
    internal static float[] Tables(Prototypes prototypes, MatrixView<float> b)
    {
        float[] tables = new float[checked(prototypes.Codebooks * prototypes.Leaves * b.Columns)];
        Fill(prototypes, b, tables);
        return tables;
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

    private static void Fill(Prototypes prototypes, MatrixView<float> b, Span<float> tables) =>
        Multiply(prototypes, b.TryGetSpan(out ReadOnlySpan<float> span) ? span : Dense(b), b.Columns, tables);

    [MethodImpl(Compiled.Once)]
    private static void Multiply(Prototypes prototypes, ReadOnlySpan<float> b, int outputs, Span<float> tables)
    {
        int leaves = prototypes.Leaves;
        if (prototypes.IsDense)
        {
            ExactMatmul.Multiply(prototypes.Values, prototypes.Codebooks * leaves, prototypes.Inputs, b, outputs, tables);
            return;
        }

        // A local prototype meets only the rows of B that belong to its range.
        for (int c = 0; c < prototypes.Codebooks; c++)
        {
            int start = prototypes.RangeStarts[c];
            int width = prototypes.RangeStarts[c + 1] - start;
            ReadOnlySpan<float> values = prototypes.Values.AsSpan(leaves * start, leaves * width);
            ExactMatmul.Multiply(values, leaves, width, b.Slice(start * outputs, width * outputs), outputs, tables.Slice(c * leaves * outputs, leaves * outputs));
        }
    }
}
