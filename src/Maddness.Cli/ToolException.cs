namespace Maddness.Cli;

/// <summary>A failure that one line explains to the user: what is wrong, and what to do.</summary>
internal sealed class ToolException(string message, Exception? innerException = null) : Exception(message, innerException);
