namespace Maddness.Tests.Support;

/// <summary>What a file would hold.</summary>
internal static class SavedBytes
{
    internal static byte[] Of(Action<Stream> save)
    {
        using MemoryStream stream = new();
        save(stream);
        return stream.ToArray();
    }
}
