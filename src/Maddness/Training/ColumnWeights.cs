using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// How much an error in each column of A counts when B is known. An error e in column j of A becomes e·B[j, :] in the outputs: its squared length grows by ‖B[j, :]‖². Weights of
/// ‖B[j, :]‖ therefore make the trees lower the error of the outputs, as far as errors of different columns are uncorrelated.
/// </summary>
internal static class ColumnWeights
{
    /// <param name="b">B, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <returns>‖B[j, :]‖ for each j.</returns>
    [MethodImpl(Compiled.Once)]
    internal static double[] Of(ReadOnlySpan<float> b, int outputs)
    {
        double[] weights = new double[b.Length / outputs];
        for (int j = 0; j < weights.Length; j++)
        {
            double square = 0;
            foreach (float value in b.Slice(j * outputs, outputs))
            {
                square += (double)value * value;
            }

            weights[j] = Math.Sqrt(square);
        }

        return weights;
    }
}
