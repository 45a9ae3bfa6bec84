using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Rows that judge tables learned from others, and their exact outputs.</summary>
internal sealed class HeldOutRows
{
    private readonly TrainingRows _rows;
    private readonly float[] _exact;
    private readonly double[] _offsets;

    /// <param name="rows">The rows.</param>
    /// <param name="means">What is subtracted from each column before the product, so that large means cost no digits.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="offsets">The product of the means.</param>
    internal HeldOutRows(TrainingRows rows, float[] means, float[] b, int outputs, double[] offsets)
    {
        _rows = rows;
        _offsets = offsets;
        float[] centred = new float[rows.Values.Length];
        rows.Centre(0, 0, rows.Columns, means, centred);
        _exact = new float[checked(rows.Rows * outputs)];
        ExactMatmul.Multiply(centred, rows.Rows, rows.Columns, b, outputs, _exact);
    }

    /// <summary>The sum of squared errors of tables.</summary>
    [MethodImpl(Compiled.Once)]
    internal double Error(LearnedTables learned, CancellationToken cancellation)
    {
        byte[][] codes = learned.Trees.Encode(_rows);
        int outputs = _offsets.Length;
        double[] row = new double[outputs];
        double error = 0;
        for (int n = 0; n < _rows.Rows; n++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int m = 0; m < outputs; m++)
            {
                row[m] = _exact[(n * outputs) + m] - (learned.Offsets[m] - _offsets[m]);
            }

            learned.Subtract(codes, n, 0, row);
            foreach (double value in row)
            {
                error += value * value;
            }
        }

        return error;
    }
}
