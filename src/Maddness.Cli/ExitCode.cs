namespace Maddness.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int WrongUsage = 2;
}
