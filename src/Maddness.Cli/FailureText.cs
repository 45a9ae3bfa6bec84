using Maddness.Cli.Formats;
using Maddness.Cli.Output;

namespace Maddness.Cli;

/// <summary>Turns failures into one line for the user.</summary>
internal static class FailureText
{
    /// <summary>The line, with the outputs that are complete nevertheless.</summary>
    internal static string Of(Exception exception) => OutputFile.Written is string written ? $"{Reason(exception)} {OneLine(written)}." : Reason(exception);

    /// <summary>What failed. A mistake of this tool must not look like one of the user's.</summary>
    private static string Reason(Exception exception) => exception switch
    {
        ToolException e => OneLine(e.Message),
        MatrixFormatException e => OneLine(e.Message),
        ModelFormatException e => OneLine(e.Message),
        OutOfMemoryException => "There is not enough memory for this. Use fewer rows, or a machine with more memory; 'multiply' needs memory for a block of rows only.",
        IOException or UnauthorizedAccessException => $"{OneLine(exception.Message).TrimEnd('.')}. Check the path, the permissions, and the free space.",
        ArgumentException e => OneLine(WithoutParameter(e)),
        InvalidOperationException e when e.Message.Contains(KernelSelection.EnvironmentVariable, StringComparison.Ordinal) => OneLine(e.Message),
        _ => $"This should not have happened, and is no mistake of yours: {exception.GetType().Name}: {OneLine(exception.Message)} Please report it.",
    };

    /// <summary>The message without what .NET appends to it.</summary>
    internal static string WithoutParameter(ArgumentException e)
    {
        int suffix = e.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return suffix < 0 ? e.Message : e.Message[..suffix];
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
