namespace Maddness;

/// <summary>
/// A file or stream does not hold what was asked for: it is damaged, cut short, too long, of another kind, of a newer version, or made to mislead. The message
/// names what was found and what was expected. Errors of the file system stay <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>.
/// </summary>
public sealed class ModelFormatException : FormatException
{
    /// <summary>An exception with a general message.</summary>
    public ModelFormatException()
        : base("The content is no valid Maddness file.")
    {
    }

    /// <summary>An exception that says what was found and what was expected.</summary>
    /// <param name="message">The message.</param>
    public ModelFormatException(string? message)
        : base(message)
    {
    }

    /// <summary>An exception that says what was found and what was expected, with its cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public ModelFormatException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
