using System.Text;

namespace Maddness.Cli.Formats;

/// <summary>A part of a file in memory, moved to where bytes are asked for: single bytes then cost no call to the system each.</summary>
internal sealed class FileWindow(InputFile file)
{
    private const int Size = 4096;

    /// <summary>Longer names are not shown.</summary>
    internal const int MaxTextBytes = 1000;

    private readonly byte[] _bytes = new byte[Size];
    private readonly byte[] _other = new byte[Size];

    private long _start;
    private int _length;

    internal long FileLength => file.Length;

    /// <summary>One byte. The caller has checked that the file has it.</summary>
    internal byte this[long offset]
    {
        get
        {
            if (offset < _start || offset >= _start + _length)
            {
                Fill(offset, (int)Math.Min(Size, file.Length - offset));
            }

            return _bytes[(int)(offset - _start)];
        }
    }

    /// <summary>Whether a place holds these bytes.</summary>
    internal bool Is(FilePlace place, ReadOnlySpan<byte> expected)
    {
        if (place.Length != expected.Length)
        {
            return false;
        }

        if (place.Start >= _start && place.Start + place.Length <= _start + _length)
        {
            return _bytes.AsSpan((int)(place.Start - _start), expected.Length).SequenceEqual(expected);
        }

        for (int i = 0; i < expected.Length; i += Size)
        {
            ReadOnlySpan<byte> part = expected[i..Math.Min(expected.Length, i + Size)];
            Span<byte> held = _other.AsSpan(0, part.Length);
            file.Read(place.Start + i, held);
            if (!held.SequenceEqual(part))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A copy of the bytes of a place.</summary>
    internal byte[] Copy(FilePlace place)
    {
        byte[] bytes = new byte[place.Length];
        file.Read(place.Start, bytes);
        return bytes;
    }

    /// <summary>Copies the bytes of a place; of a short one from memory.</summary>
    internal void Copy(FilePlace place, Span<byte> destination)
    {
        if (place.Length > Size)
        {
            file.Read(place.Start, destination);
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = this[place.Start + i];
        }
    }

    /// <summary>The text of a place, for a message or a path; of one without end, only that it is so.</summary>
    internal string Text(FilePlace place) => place.Length > MaxTextBytes ? $"(a name of {place.Length} bytes)" : Encoding.UTF8.GetString(Copy(place));

    /// <summary>Compares places by the bytes that they hold.</summary>
    internal sealed class ContentComparer(FileWindow window) : IEqualityComparer<FilePlace>
    {
        public bool Equals(FilePlace x, FilePlace y)
        {
            if (x.Length != y.Length)
            {
                return false;
            }

            for (long i = 0; i < x.Length && x != y; i += Size)
            {
                int length = (int)Math.Min(Size, x.Length - i);
                window.Fill(x.Start + i, length);
                if (!window.Is(new FilePlace(y.Start + i, length), window._bytes.AsSpan(0, length)))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(FilePlace place)
        {
            HashCode hash = default;
            for (long i = 0; i < place.Length; i += Size)
            {
                int length = (int)Math.Min(Size, place.Length - i);
                window.Fill(place.Start + i, length);
                hash.AddBytes(window._bytes.AsSpan(0, length));
            }

            return hash.ToHashCode();
        }
    }

    private void Fill(long offset, int length)
    {
        _start = offset;
        _length = length;
        file.Read(offset, _bytes.AsSpan(0, length));
    }
}
