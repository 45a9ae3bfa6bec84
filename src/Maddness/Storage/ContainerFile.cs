namespace Maddness.Storage;

/// <summary>Saves and loads whole files: by path, or through somebody's stream.</summary>
internal static class ContainerFile
{
    internal static void Save(string path, Func<ContainerContent> describe)
    {
        ArgumentNullException.ThrowIfNull(path);
        ContainerContent content = Check(describe);
        AtomicFile.Write(path, stream => ContainerWriter.Write(stream, content));
    }

    internal static void Save(Stream stream, Func<ContainerContent> describe)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("The stream cannot be written to; expected one that can.", nameof(stream));
        }

        ContainerWriter.Write(stream, Check(describe));
    }

    internal static T Load<T>(string path, Func<Stream, T> read)
    {
        ArgumentNullException.ThrowIfNull(path);

        // Shared for deletion: on Windows the file could not be replaced while it is read, otherwise.
        FileStreamOptions options = new() { BufferSize = 0, Share = FileShare.Read | FileShare.Delete, Options = FileOptions.SequentialScan };
        using FileStream stream = new(path, options);
        return read(stream);
    }

    internal static T Load<T>(Stream stream, Func<Stream, T> read)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.CanRead ? read(stream) : throw new ArgumentException("The stream cannot be read from; expected one that can.", nameof(stream));
    }

    /// <summary>What could not be loaded again is not saved: the loss shows now, while the object still exists.</summary>
    private static ContainerContent Check(Func<ContainerContent> describe)
    {
        try
        {
            return describe();
        }
        catch (ModelFormatException e)
        {
            throw new InvalidOperationException($"This object cannot be saved, for it could not be loaded again. {e.Message}", e);
        }
    }
}
