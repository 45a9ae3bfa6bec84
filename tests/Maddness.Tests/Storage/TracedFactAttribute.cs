using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Maddness.Tests.Storage;

/// <summary>A fact about system calls: skipped, and counted as skipped, where strace is missing or may not trace.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed partial class TracedFactAttribute : FactAttribute
{
    internal const string Tracer = "strace";

    private static readonly Lazy<bool> CanTrace = new(Try);

    public TracedFactAttribute()
    {
        if (!CanTrace.Value)
        {
            Skip = $"needs {Tracer}, and leave to trace a process";
        }
    }

    /// <summary>The call's name in a line of the trace: a process, a name, an opening parenthesis.</summary>
    internal static string CallOf(string line) => CallPattern().Match(line).Groups["call"].Value;

    private static bool Try()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(Tracer, ["-f", "-y", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^\d+ +(?<call>\w+)\(")]
    private static partial Regex CallPattern();
}
