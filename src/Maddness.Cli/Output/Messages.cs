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
