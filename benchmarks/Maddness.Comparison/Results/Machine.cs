using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Results;

/// <summary>What the figures were measured on.</summary>
internal static partial class Machine
{
    internal static string Cpu { get; } = ReadCpu();

    internal static string Folder => NotWord().Replace(Cpu.ToLowerInvariant(), "-").Trim('-');

    /// <summary>One line each, for the head of a page.</summary>
    internal static IEnumerable<(string What, string Value)> Describe(DateTime started)
    {
        yield return ("CPU", $"{Cpu}; {Environment.ProcessorCount} of its cores for this process, one thread used, {Affinity()}");
        yield return ("Kernel of this library", KernelSelection.NameOf(KernelSelection.Current));
        yield return ("System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        yield return ("Runtime", $"{RuntimeInformation.FrameworkDescription}, tiered compilation off");
        yield return ("Clock", ThreadClock.Name);
        yield return ("Date", $"{started:yyyy-MM-dd}, {(DateTime.UtcNow - started).TotalMinutes:F0} minutes");
    }

    internal static string ResultFolder(bool partial)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Maddness.sln")))
            {
                return partial ? Path.Combine(folder.FullName, "artifacts", "comparison") : Path.Combine(folder.FullName, "benchmarks", "results", Folder);
            }
        }

        return Path.Combine(Environment.CurrentDirectory, "comparison");
    }

    private static string Affinity() => Environment.ProcessorCount == 1 ? "the process pinned to one core from outside" : "not pinned";

    private static string ReadCpu()
    {
        const string Info = "/proc/cpuinfo";
        if (!File.Exists(Info))
        {
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
        }

        Dictionary<string, string> values = [];
        foreach (string line in File.ReadLines(Info).TakeWhile(l => l.Length > 0))
        {
            string[] parts = line.Split(':', 2);
            values[parts[0].Trim()] = parts.Length == 2 ? parts[1].Trim() : string.Empty;
        }

        string name = values.GetValueOrDefault("model name", RuntimeInformation.ProcessArchitecture.ToString());

        // Virtual machines shorten the name; the family tells AMD's generations apart, of Intel's one family the model does.
        const string IntelFamily = "6";
        return !values.TryGetValue("cpu family", out string? family) ? name
            : family == IntelFamily && values.TryGetValue("model", out string? model) ? $"{name} family {family} model {model}"
            : $"{name} family {family}";
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotWord();
}
