using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>What is left of the targets of trees that serve the outputs.</summary>
/// <param name="targets">The targets.</param>
internal sealed class TargetResiduals(OutputTargets targets) : ResidualSource
{
    internal override int Columns => targets.Components;

    [MethodImpl(Compiled.Once)]
    internal override void Fill(int first, int count, double[] residual)
    {
        Array.Clear(residual);
        for (int n = 0; n < targets.Rows; n++)
        {
            ReadOnlySpan<float> row = targets.Values.Slice((n * targets.Stride) + first, count);
            for (int j = 0; j < row.Length; j++)
            {
                residual[(n * Stride) + j] = row[j];
            }
        }
    }
}
