using System.Globalization;

namespace Maddness;

/// <summary>
/// What an approximate product costs in accuracy, measured on held-out rows against Y = A·B in double precision. Errors are those of the product without the bias;
/// the arg-max includes it.
/// </summary>
public sealed class ApproximationReport
{
    internal ApproximationReport()
    {
    }

    /// <summary>N, the rows measured on.</summary>
    public required int Rows { get; init; }

    /// <summary>M.</summary>
    public required int Outputs { get; init; }

    /// <summary>
    /// The error: Σ(Ŷ − Y)² / Σ(Y − mean Y)² over all entries, with one mean for the whole matrix, i.e. mean squared error / variance of the exact Y.
    /// NaN when all exact outputs are equal. Outputs of unlike means count as variation: inputs with a zero point, or large means, add a constant to each output, which a bias may take away again, and make this error smaller than that of what varies
    /// (bytes of one layer as they were and less 128, the outputs the same: .31 and .016). <see cref="MeanOutputError"/> stays the same.
    /// </summary>
    public required double NormalizedMeanSquaredError { get; init; }

    /// <summary>√(mean of (Ŷ − Y)²), in units of Y.</summary>
    public required double RootMeanSquaredError { get; init; }

    /// <summary>The largest |Ŷ − Y|, in units of Y.</summary>
    public required double MaxAbsoluteError { get; init; }

    /// <summary>The row of the largest absolute error; the first one.</summary>
    public required int MaxAbsoluteErrorRow { get; init; }

    /// <summary>The output of the largest absolute error; the first one of its row.</summary>
    public required int MaxAbsoluteErrorOutput { get; init; }

    /// <summary>The mean over rows of the cosine between Ŷ's row and Y's; NaN when every row was skipped.</summary>
    public required double MeanCosineSimilarity { get; init; }

    /// <summary>Rows left out of <see cref="MeanCosineSimilarity"/> because Ŷ's or Y's norm is 0.</summary>
    public required int RowsWithoutDirection { get; init; }

    /// <summary>The share of rows, 0 to 1, whose largest output (bias included, the lowest index at ties) is the same in both products.</summary>
    public required double ArgMaxAgreement { get; init; }

    /// <summary>The share of rows, 0 to 1, whose largest exact output (bias included, the lowest index at ties) is the row's label; null where no labels were given.</summary>
    public double? Top1Exact { get; init; }

    /// <summary>The same share for the approximate product.</summary>
    public double? Top1Approximate { get; init; }

    /// <summary>For each output, the error of its column alone: Σ(Ŷ − Y)² / Σ(Y − mean)², with the column's own mean; NaN for a column of equal values, or whose standard deviation is at most 2⁻²³ of its mean, which float32 does not resolve.</summary>
    public required IReadOnlyList<double> OutputErrors { get; init; }

    /// <summary>
    /// The mean of <see cref="OutputErrors"/> over the outputs that vary: each counts alike, whatever its scale and its mean, so that no bias and no zero point changes it. NaN where none has an error that is a number.
    /// </summary>
    public double MeanOutputError => OutputErrors.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The error, the agreement and what they were measured on.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"error {NormalizedMeanSquaredError:G4}, same arg-max in {ArgMaxAgreement:P2} of {Rows} rows of {Outputs} outputs");
}
