using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Maddness.Cli.Output;

/// <summary>Messages to the user, on standard error, one line each.</summary>
internal static class Messages
{
    /// <summary>Its descriptor on Unix.</summary>
    private const int StandardError = 2;

    internal static void Error(string text) => Write($"maddness: {text}");

    /// <summary>The error of a process that ends, past the runtime's console: there, what is written to standard error waits for what is written to standard output, which may be for a reader that never reads.</summary>
    internal static void LastError(string text)
    {
        try
        {
            byte[] line = Encoding.UTF8.GetBytes($"maddness: {text}{Environment.NewLine}");
            if (OperatingSystem.IsWindows())
            {
                using Stream console = Console.OpenStandardError();
                console.Write(line);
                return;
            }

            using FileStream stream = new(new SafeFileHandle(StandardError, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            stream.Write(line);

            // A stream writes to a file at a place of its own. Whoever asks for its handle finds the file where the stream is, and so does whoever shares it: a log goes on behind these words.
            _ = stream.SafeFileHandle;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody reads: there is nobody to tell.
        }
    }

    internal static void Note(string text, bool quiet)
    {
        if (!quiet)
        {
            Write(text);
        }
    }

    /// <summary>Says what to beware of; null for nothing.</summary>
    internal static void Warning(string? text, bool quiet) => Note($"Warning: {text}", quiet || text is null);

    /// <summary>Says that a bias was taken which nobody named.</summary>
    internal static void OwnBias(string? bias, bool quiet) => Note($"The bias is '{bias}', which the node adds to its product; name its weights, as 'file::initialiser', for none.", quiet || bias is null);

    private static void Write(string text)
    {
        try
        {
            Console.Error.WriteLine(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody reads: there is nobody to tell.
        }
    }
}
