using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;
using static System.FormattableString;

namespace Maddness.Training;

/// <summary>Prototypes for a B that comes later, of trees that each stand for a part of the columns, which is a range where prototypes are local (paper §4.2).</summary>
internal static class PrototypeFitter
{
    [MethodImpl(Compiled.Once)]
    internal static Prototypes Fit(TrainingRows data, LearnedTrees trees, PrototypeLayout layout, double ridge, TrainingScope scope)
    {
        // Dense prototypes have no ranges: whatever columns their trees stand for, these are of equal widths.
        int[] starts = [.. SubspacePartition.Ranges(data.Columns, trees.Codebooks).Select(range => range[0]), data.Columns];
        if (layout == PrototypeLayout.CodebookLocal)
        {
            return new Prototypes(isDense: false, trees.Leaves, starts, ToSingle([.. trees.Means.SelectMany(means => means)]));
        }

        double[] values = new double[checked(trees.Codebooks * trees.Leaves * data.Columns)];
        for (int c = 0; c < trees.Codebooks; c++)
        {
            int[] part = trees.Parts[c];
            for (int k = 0; k < trees.Leaves; k++)
            {
                for (int j = 0; j < part.Length; j++)
                {
                    values[(((c * trees.Leaves) + k) * data.Columns) + part[j]] = trees.Means[c][(k * part.Length) + j];
                }
            }
        }

        RidgeFitter.Fit(trees, new RowResiduals(data, trees.Codes, trees), values, TreePenalty.OfLeaves(trees.Leaves, ridge), scope);
        return new Prototypes(isDense: true, trees.Leaves, starts, ToSingle(values));
    }

    [MethodImpl(Compiled.Once)]
    private static float[] ToSingle(double[] values)
    {
        float[] singles = new float[values.Length];
        for (int i = 0; i < singles.Length; i++)
        {
            singles[i] = (float)values[i];
            if (!float.IsFinite(singles[i]))
            {
                throw new ArgumentException(Invariant($"The training rows lead to a prototype whose value {i} is {values[i]}, more than float32 holds; expected rows of smaller values."));
            }
        }

        return singles;
    }
}
