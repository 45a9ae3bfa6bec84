namespace Maddness.Cli.Formats;

/// <summary>Bytes of a file, by where they lie.</summary>
/// <param name="Start">The first byte.</param>
/// <param name="Length">How many.</param>
internal readonly record struct FilePlace(long Start, long Length);
