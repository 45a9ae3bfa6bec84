namespace Maddness.Training;

/// <summary>What trees are learned for, and over which columns.</summary>
internal enum OutputMethod
{
    /// <summary>The reconstruction of A (paper §4).</summary>
    Reconstruction = 0,

    /// <summary>One tree per range of columns, for the range's part of the product.</summary>
    Ranges = 1,

    /// <summary>Passes and joint rounds over all columns, or those of a few cache lines.</summary>
    Passes = 2,
}

/// <summary>How a product with a known B is learned.</summary>
/// <param name="Method">What trees are learned for.</param>
/// <param name="Budget">The lines allowed, or null for all.</param>
/// <param name="Ridge">λ of the regression of the tables; +∞ for leaf means alone.</param>
/// <param name="SquaredError">A held-out row's squared error, of all outputs together, in the mean; null if none were held out.</param>
internal sealed record OutputPlan(OutputMethod Method, LineBudget? Budget, double Ridge, double? SquaredError = null);

/// <summary>Trees and tables: the product of a row is about the sum of its table entries and the offsets.</summary>
/// <param name="Trees">The trees.</param>
/// <param name="Tables">Row-major [c·K + k][m].</param>
/// <param name="Offsets">One per output.</param>
internal sealed record LearnedTables(LearnedTrees Trees, double[] Tables, double[] Offsets);
