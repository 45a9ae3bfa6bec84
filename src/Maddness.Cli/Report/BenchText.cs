using System.Globalization;

namespace Maddness.Cli.Report;

/// <summary>The same for people.</summary>
internal static class BenchText
{
    internal static void Print(BenchJson b)
    {
        TextTable table = new();
        table.Add("product", string.Create(CultureInfo.InvariantCulture, $"{b.Rows:N0} made-up rows x {b.Inputs:N0} inputs x {b.Outputs:N0} outputs, one thread, {b.Kernel}"));
        table.Add("approximate", $"{Words.Nanoseconds(b.NanosecondsPerRowApproximate)} ns per row ({b.Codebooks} codebooks of {b.Leaves} leaves)");
        table.Add("exact", $"{Words.Nanoseconds(b.NanosecondsPerRowExact)} ns per row");
        table.Add("speed", $"{Words.Speed(b.SpeedupOverExact)} the exact product's{(b.SpeedupOverExact < 1 ? ": exact is faster" : string.Empty)}");
        table.Print();
    }
}
