namespace Maddness.Cli.Formats;

/// <summary>A file does not hold a matrix that this tool reads. The message names the file, what was found, and what to do.</summary>
internal sealed class MatrixFormatException(string message, Exception? innerException = null) : FormatException(message, innerException);
