using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>(A − means)·B − G·T0: what tables leave of the outputs of centred rows.</summary>
/// <param name="data">The training rows.</param>
/// <param name="learned">Their codes, and T0; not changed while this is read.</param>
/// <param name="means">What is subtracted from each column.</param>
/// <param name="b">D × M, row-major.</param>
/// <param name="outputs">M.</param>
internal sealed class CentredResiduals(TrainingRows data, LearnedTables learned, float[] means, float[] b, int outputs) : ResidualSource
{
    /// <summary>Rows multiplied together at most.</summary>
    private const int RowBlock = 1024;

    /// <summary>Values of these rows, unless a single row has more.</summary>
    private const int BlockValues = 1 << 22;

    private readonly byte[][] _codes = learned.Trees.Codes;

    internal override int Columns => outputs;

    [MethodImpl(Compiled.Once)]
    internal override void Fill(int first, int count, double[] residual)
    {
        float[] factor = new float[data.Columns * count];
        for (int d = 0; d < data.Columns; d++)
        {
            b.AsSpan((d * outputs) + first, count).CopyTo(factor.AsSpan(d * count));
        }

        Array.Clear(residual);
        int block = Math.Clamp(BlockValues / data.Columns, 1, Math.Min(RowBlock, data.Rows));
        float[] centred = new float[block * data.Columns];
        float[] products = new float[block * count];
        for (int start = 0; start < data.Rows; start += block)
        {
            int rows = Math.Min(block, data.Rows - start);
            data.Centre(start, 0, data.Columns, means, centred.AsSpan(0, rows * data.Columns));
            ExactMatmul.Multiply(centred.AsSpan(0, rows * data.Columns), rows, data.Columns, factor, count, products.AsSpan(0, rows * count));
            for (int n = 0; n < rows; n++)
            {
                Span<double> row = residual.AsSpan((start + n) * Stride, count);
                for (int j = 0; j < row.Length; j++)
                {
                    row[j] = products[(n * count) + j];
                }

                learned.Subtract(_codes, start + n, first, row);
            }
        }
    }
}
