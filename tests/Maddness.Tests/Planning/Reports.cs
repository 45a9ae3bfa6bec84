namespace Maddness.Tests.Planning;

/// <summary>Reports of candidates that never were.</summary>
internal static class Reports
{
    internal static ApproximationReport Of(double error, double agreement, double[] outputErrors) => new()
    {
        Rows = 100,
        Outputs = 2,
        NormalizedMeanSquaredError = error,
        RootMeanSquaredError = 1,
        MeanCosineSimilarity = 0,
        ArgMaxAgreement = agreement,
        MaxAbsoluteError = 1,
        MaxAbsoluteErrorRow = 0,
        MaxAbsoluteErrorOutput = 0,
        RowsWithoutDirection = 0,
        OutputErrors = outputErrors,
    };
}
