using Maddness.Storage;

namespace Maddness;

/// <content>Saving and loading.</content>
public sealed partial class MaddnessMatmul
{
    /// <summary>
    /// Saves this bound model as a file in the safetensors format, with a version and a checksum. The file is complete or absent: it is written aside in the
    /// same folder, flushed to the disk, then renamed, and replaces an existing file. A symbolic link stays, and the file that it points to is replaced.
    /// The file holds neither <see cref="Activation"/> nor <see cref="Summation"/>, which are how a product is used: ask for them again after loading (<see cref="WithActivation"/>, <see cref="WithSummation"/>).
    /// </summary>
    /// <param name="path">Where to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or no path.</exception>
    /// <exception cref="InvalidOperationException">A value in it is one that no file may hold, such as NaN, so that it could not be loaded again; nothing is
    /// written.</exception>
    /// <exception cref="IOException">The file system refuses, or the disk is full; the path is left as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or the path is a folder or a write-protected file; it is left as it was.</exception>
    public void Save(string path) => ContainerFile.Save(path, () => MatmulFile.Describe(Trees, Tables));

    /// <summary>
    /// Saves this bound model to a stream, at its position: the same bytes as those of a file, without <see cref="Activation"/> and <see cref="Summation"/>. The stream need not seek, and is neither flushed nor closed.
    /// </summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be written to.</exception>
    /// <exception cref="InvalidOperationException">A value in it is one that no file may hold, such as NaN, so that it could not be loaded again; nothing is
    /// written.</exception>
    /// <exception cref="IOException">The stream refuses; what else it throws, such as <see cref="NotSupportedException"/> of a stream of fixed length, comes through.</exception>
    public void Save(Stream stream) => ContainerFile.Save(stream, () => MatmulFile.Describe(Trees, Tables));

    /// <summary>Loads a bound model from a file. Everything is checked: a file from an untrusted source may be loaded.</summary>
    /// <param name="path">Where from.</param>
    /// <returns>The model that was saved, without activation and with exact sums.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or no path.</exception>
    /// <exception cref="ModelFormatException">The file is not a valid one, or holds something else than a bound model.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or the path is a folder.</exception>
    public static MaddnessMatmul Load(string path) => ContainerFile.Load(path, Read);

    /// <summary>
    /// Loads a bound model from a stream, from its position to its end: anything that follows is refused. The stream need not seek and is not closed. Memory
    /// grows with the bytes that arrive, never with what their header promises.
    /// </summary>
    /// <param name="stream">Where from.</param>
    /// <returns>The model that was saved, without activation and with exact sums.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read from.</exception>
    /// <exception cref="ModelFormatException">The content is not valid, or is something else than a bound model.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static MaddnessMatmul Load(Stream stream) => ContainerFile.Load(stream, Read);

    private static MaddnessMatmul Read(Stream stream)
    {
        (Model.HashTrees trees, Model.LookupTables tables) = MatmulFile.Read(stream);
        return new(trees, tables);
    }
}
