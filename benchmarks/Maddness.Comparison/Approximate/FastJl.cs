using System.Numerics;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// The fast Johnson–Lindenstrauss transform (Ailon and Chazelle), subsampled: random signs, a Hadamard transform, a random choice of coordinates; applied to A by its
/// matrix, which at these sizes is faster than the butterfly.
/// </summary>
internal sealed class FastJl : IMethod
{
    public string Name => "FastJL";

    public string Key => "fastjl";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "dimensions";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ProjectionSizes.Of(problem, quick);

    public Product Prepare(Problem problem, int size)
    {
        Random random = new(29 + size);
        int inputs = problem.Inputs, padded = (int)BitOperations.RoundUpToPowerOf2((uint)inputs);
        int[] coordinates = [.. Enumerable.Range(0, padded)];
        random.Shuffle(coordinates);
        Matrix s = new(inputs, size);
        float scale = 1 / MathF.Sqrt(padded);
        for (int row = 0; row < inputs; row++)
        {
            float sign = random.Next(2) == 0 ? scale : -scale;
            for (int column = 0; column < size; column++)
            {
                // Entry (i, j) of the Hadamard matrix is −1 to the number of bits that i and j share.
                s[row, column] = (BitOperations.PopCount((uint)(row & coordinates[column])) & 1) == 0 ? sign : -sign;
            }
        }

        return new TwoFactors(s, Gemm.TransposeMultiply(s, problem.B));
    }
}
