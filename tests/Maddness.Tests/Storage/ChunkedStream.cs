namespace Maddness.Tests.Storage;

/// <summary>A stream that cannot seek and gives few bytes at a time; at the end it can fail or go on for ever.</summary>
internal sealed class ChunkedStream(byte[] bytes, int chunk, Exception? atEnd = null) : Stream
{
    private int _position;

    internal bool IsAtEnd => _position == bytes.Length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count = Math.Min(Math.Min(chunk, buffer.Length), bytes.Length - _position);
        if (count == 0 && atEnd is not null)
        {
            throw atEnd;
        }

        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
