using Maddness.Cli.Formats;

namespace Maddness.Cli;

/// <summary>Turns failures into one line for the user.</summary>
internal static class FailureText
{
    private const int BrokenPipe = 32;

    /// <summary>The line. A mistake of this tool must not look like one of the user's.</summary>
    internal static string Of(Exception exception) => exception switch
    {
        ToolException e => OneLine(e.Message),
        MatrixFormatException e => OneLine(e.Message),
        ModelFormatException e => OneLine(e.Message),
        OutOfMemoryException => "There is not enough memory for this. Use fewer rows, or a machine with more memory; 'multiply' needs memory for a block of rows only.",
        IOException e when (e.HResult & 0xFFFF) == BrokenPipe => "The reader of the output has gone.",
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
