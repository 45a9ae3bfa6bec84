using Maddness.Storage;

namespace Maddness;

/// <content>Saving and loading.</content>
public sealed partial class EncodedMatrix
{
    /// <summary>
    /// Saves the codes as a file in the safetensors format, with a version and a checksum. The file is complete or absent: it is written aside in the same
    /// folder, flushed to the disk, then renamed, and replaces an existing file. A symbolic link stays, and the file that it points to is replaced.
    /// </summary>
    /// <param name="path">Where to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or no path.</exception>
    /// <exception cref="InvalidOperationException">A code in it belongs to no leaf or no row, so that it could not be loaded again; nothing is
    /// written.</exception>
    /// <exception cref="IOException">The file system refuses, or the disk is full; the path is left as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or the path is a folder or a write-protected file; it is left as it was.</exception>
    public void Save(string path) => ContainerFile.Save(path, () => EncodedFile.Describe(this));

    /// <summary>
    /// Saves the codes to a stream, at its position: the same bytes as those of a file. The stream need not seek, and is neither flushed nor closed.
    /// </summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be written to.</exception>
    /// <exception cref="InvalidOperationException">A code in it belongs to no leaf or no row, so that it could not be loaded again; nothing is
    /// written.</exception>
    /// <exception cref="IOException">The stream refuses; what else it throws, such as <see cref="NotSupportedException"/> of a stream of fixed length, comes through.</exception>
    public void Save(Stream stream) => ContainerFile.Save(stream, () => EncodedFile.Describe(this));

    /// <summary>Loads an encoded matrix from a file. Everything is checked: a file from an untrusted source may be loaded.</summary>
    /// <param name="path">Where from.</param>
    /// <returns>The encoded matrix, with the bits of the one that was saved.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or no path.</exception>
    /// <exception cref="ModelFormatException">The file is not a valid one, or holds something else than an encoded matrix.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or the path is a folder.</exception>
    public static EncodedMatrix Load(string path) => ContainerFile.Load(path, EncodedFile.Read);

    /// <summary>
    /// Loads an encoded matrix from a stream, from its position to its end: anything that follows is refused. The stream need not seek and is not closed.
    /// Memory grows with the bytes that arrive, never with what their header promises.
    /// </summary>
    /// <param name="stream">Where from.</param>
    /// <returns>The encoded matrix, with the bits of the one that was saved.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read from.</exception>
    /// <exception cref="ModelFormatException">The content is not valid, or is something else than an encoded matrix.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static EncodedMatrix Load(Stream stream) => ContainerFile.Load(stream, EncodedFile.Read);
}
