namespace Maddness.Cli.Output;

/// <summary>Messages to the user, on standard error, one line each.</summary>
internal static class Messages
{
    internal static void Error(string text) => Write($"maddness: {text}");

    internal static void Note(string text, bool quiet)
    {
        if (!quiet)
        {
            Write(text);
        }
    }

    /// <summary>Says that a bias was taken which nobody named.</summary>
    internal static void OwnBias(string? bias, bool quiet) => Note($"The bias is '{bias}', which the node adds to its product; name its weights in place of the node for none.", quiet || bias is null);

    private static void Write(string text)
    {
        try
        {
            Console.Error.WriteLine(text);
        }
        catch (IOException)
        {
            // Nobody reads: there is nobody to tell.
        }
    }
}
