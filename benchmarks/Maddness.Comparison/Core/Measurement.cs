namespace Maddness.Comparison.Core;

/// <summary>One method of one size on one data set.</summary>
internal sealed record Measurement(
    string DataSet,
    string Family,
    string Shape,
    IMethod Method,
    int Size,
    double Milliseconds,
    double TrainingSeconds,
    Errors Errors,
    Cost Cost,
    double BestExactMilliseconds,
    double SweptMilliseconds = double.NaN,
    double BestExactSweptMilliseconds = double.NaN)
{
    /// <summary>How many times faster than the fastest exact product of the same shape in the same run.</summary>
    internal double Speedup => BestExactMilliseconds / Milliseconds;

    /// <summary>The same where the caches were swept before each run of either; NaN where that was not measured.</summary>
    internal double SweptSpeedup => BestExactSweptMilliseconds / SweptMilliseconds;
}

/// <summary>All that was measured.</summary>
internal sealed class Measurements
{
    internal List<Measurement> DataSets { get; } = [];

    internal List<Measurement> Headline { get; } = [];

    internal Dictionary<string, List<Measurement>> Sweeps { get; } = [];

    internal List<string> Failures { get; } = [];
}
