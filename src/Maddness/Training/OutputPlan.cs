using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>What trees are learned for, and over which columns.</summary>
internal enum OutputMethod
{
    /// <summary>The reconstruction of A (paper §4).</summary>
    Reconstruction = 0,

    /// <summary>The same, of <see cref="BalancedGroups"/> in place of ranges.</summary>
    Groups = 1,

    /// <summary>One tree per range of columns, for the range's part of the product.</summary>
    Ranges = 2,

    /// <summary>Passes and joint rounds over all columns, or those of a few cache lines.</summary>
    Passes = 3,
}

/// <summary>How a product with a known B is learned.</summary>
/// <param name="Method">What trees are learned for.</param>
/// <param name="Budget">The lines allowed, or null for all.</param>
/// <param name="Ridge">λ of the regression of the tables; +∞ for leaf means alone.</param>
/// <param name="SquaredError">A held-out row's squared error, of all outputs together, in the mean; null if none were held out.</param>
/// <param name="Parts">The groups of columns of <see cref="OutputMethod.Groups"/>, else null.</param>
/// <param name="ClassifierSteps">Steps of the descent that refines the tables of a classifier: none if no rows were held out.</param>
/// <param name="Rows">Rows to learn from in all, see <see cref="MadeRows"/>; 0 for those given alone.</param>
internal sealed record OutputPlan(OutputMethod Method, LineBudget? Budget, double Ridge, double? SquaredError = null, int[][]? Parts = null, int ClassifierSteps = 0, int Rows = 0)
{
    /// <summary>Whether trees reconstruct A.</summary>
    internal bool Reconstructs => Method is OutputMethod.Reconstruction or OutputMethod.Groups;
}

/// <summary>Trees and tables: the product of a row is about the sum of its table entries and the offsets.</summary>
/// <param name="Trees">The trees.</param>
/// <param name="Tables">Row-major [c·K + k][m].</param>
/// <param name="Offsets">One per output.</param>
internal sealed record LearnedTables(LearnedTrees Trees, double[] Tables, double[] Offsets)
{
    /// <summary>Takes the table entries of a row's codes from some of its outputs, or from what is left of them.</summary>
    /// <param name="codes">The codes of all rows, codebook by codebook.</param>
    /// <param name="row">The row.</param>
    /// <param name="first">The first output.</param>
    /// <param name="residual">The outputs.</param>
    [MethodImpl(Compiled.Once)]
    internal void Subtract(byte[][] codes, int row, int first, Span<double> residual)
    {
        for (int c = 0; c < codes.Length; c++)
        {
            ReadOnlySpan<double> entry = Tables.AsSpan((((c * Trees.Leaves) + codes[c][row]) * Offsets.Length) + first, residual.Length);
            for (int m = 0; m < residual.Length; m++)
            {
                residual[m] -= entry[m];
            }
        }
    }
}
