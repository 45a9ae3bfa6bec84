using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Tables fitted straight to the outputs of a known B: the same as dense prototypes times B, with only M columns to solve for.</summary>
internal static class TableFitter
{
    /// <summary>T = T0 + (GᵀG + λI)⁻¹ Gᵀ(A·B − G·T0) with T0 = P0·B; row-major [c·K + k][m].</summary>
    internal static float[] Fit(TrainingRows data, LearnedTrees trees, float[] b, int outputs, double ridge, TrainingScope scope)
    {
        return ToSingle(Fit(data, trees, b, outputs, [ridge], scope)[0]);
    }

    /// <summary>The same for several λ.</summary>
    internal static double[][] Fit(TrainingRows data, LearnedTrees trees, float[] b, int outputs, double[] ridges, TrainingScope scope)
    {
        double[] start = Start(trees, b, outputs);
        double[][] tables = [.. ridges.Select(_ => (double[])[.. start])];
        TreePenalty[] penalties = [.. ridges.Select(ridge => TreePenalty.OfLeaves(trees.Leaves, ridge))];
        RidgeFitter.Fit(trees, new OutputResiduals(data, trees.Codes, trees, b, outputs), tables, penalties, scope);
        return tables;
    }

    /// <summary>What overflows becomes infinite here, and is refused by the quantiser.</summary>
    internal static float[] ToSingle(double[] tables) => Array.ConvertAll(tables, v => (float)v);

    /// <summary>T0 = P0·B.</summary>
    [MethodImpl(Compiled.Once)]
    internal static double[] Start(LearnedTrees trees, float[] b, int outputs)
    {
        double[] tables = new double[checked(trees.Codebooks * trees.Leaves * outputs)];
        for (int c = 0; c < trees.Codebooks; c++)
        {
            int[] part = trees.Parts[c];
            for (int k = 0; k < trees.Leaves; k++)
            {
                Span<double> table = tables.AsSpan(((c * trees.Leaves) + k) * outputs, outputs);
                ReadOnlySpan<double> mean = trees.Means[c].AsSpan(k * part.Length, part.Length);
                for (int j = 0; j < part.Length; j++)
                {
                    AddScaled(table, mean[j], b.AsSpan(part[j] * outputs, outputs));
                }
            }
        }

        return tables;
    }

    [MethodImpl(Compiled.Once)]
    private static void AddScaled(Span<double> table, double factor, ReadOnlySpan<float> row)
    {
        ref double sums = ref MemoryMarshal.GetReference(table);
        ref float values = ref MemoryMarshal.GetReference(row);
        int m = 0;
        for (; m + RangeBlock.Lanes <= row.Length; m += RangeBlock.Lanes)
        {
            Vector512<double> sum = Vector512.LoadUnsafe(ref sums, (nuint)m) + (Vector512.Create(factor) * RangeBlock.Load(ref values, (nuint)m));
            sum.StoreUnsafe(ref sums, (nuint)m);
        }

        for (; m < row.Length; m++)
        {
            table[m] += factor * row[m];
        }
    }
}
