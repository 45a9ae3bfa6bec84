namespace Maddness.Cli.Report;

/// <summary>The same for people.</summary>
internal static class BenchText
{
    internal static void Print(BenchJson b)
    {
        TextTable table = new();
        table.Add("product", $"{Words.Count(b.Rows, "made-up row")} x {Words.Count(b.Inputs, "input")} x {Words.Count(b.Outputs, "output")}, one thread, {b.Kernel}");
        table.Add("approximate", $"{Words.Nanoseconds(b.NanosecondsPerRowApproximate)} ns per row ({Words.Codebooks(b.Codebooks, b.Leaves)})");
        table.Add("exact", $"{Words.Nanoseconds(b.NanosecondsPerRowExact)} ns per row");
        table.Add("speed", $"{Words.Speed(b.SpeedupOverExact)} the exact product's{(b.SpeedupOverExact < 1 ? ": exact is faster" : string.Empty)}");
        table.Print();
    }
}
