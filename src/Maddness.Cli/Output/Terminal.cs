namespace Maddness.Cli.Output;

/// <summary>What the user wants of a terminal.</summary>
internal static class Terminal
{
    /// <summary>The convention of https://no-color.org: set, and not to nothing.</summary>
    internal static bool IsWithoutColour { get; } = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
