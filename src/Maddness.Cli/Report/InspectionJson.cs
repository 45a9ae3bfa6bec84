namespace Maddness.Cli.Report;

/// <summary>What <c>inspect --json</c> prints. What a kind of file does not have is null.</summary>
internal sealed record InspectionJson(
    string File, string Kind, int? Rows, int? Inputs, int? Outputs, int Codebooks, int Leaves, string? ElementType, string? Objective, bool? HasBias, long? ModelBytes, long FileBytes)
{
    internal static InspectionJson Of(string path, MaddnessMatmul m) => new(
        path, "matmul", null, m.Inputs, m.Outputs, m.Codebooks, m.Leaves, Words.Of(m.ElementType), Words.Of(m.Objective), m.HasBias, m.SizeInBytes, Length(path));

    internal static InspectionJson Of(string path, MaddnessModel m) => new(
        path, "model", null, m.Inputs, null, m.Codebooks, m.Leaves, Words.Of(m.ElementType), Words.Of(Maddness.Objective.Reconstruction), null, null, Length(path));

    internal static InspectionJson Of(string path, EncodedMatrix m) => new(path, "encoded", m.Rows, null, null, m.Codebooks, m.Leaves, null, null, null, null, Length(path));

    private static long Length(string path) => new FileInfo(path).Length;
}
