namespace Maddness.Cli.Formats;

/// <summary>
/// Reads the fields of one message in Protobuf's wire format (protobuf.dev, "Encoding") where it lies. The Protobuf package makes an object or a string of everything that it passes, so that a hostile file of the shortest messages costs a
/// hundred times its size; here a field is its place in the file until somebody asks for more.
/// </summary>
internal struct WireReader
{
    private const int Variable = 0, Eight = 1, Delimited = 2, Four = 5;

    private readonly FileWindow _bytes;
    private readonly long _end;

    private long _position;
    private int _type;

    internal WireReader(FileWindow bytes, FilePlace message)
    {
        _bytes = bytes;
        _position = message.Start;
        _end = message.Start + message.Length;
    }

    /// <summary>The number of the field that was come to.</summary>
    internal int Field { get; private set; }

    /// <summary>Whether the field is a string, bytes, a message, or packed numbers.</summary>
    internal readonly bool IsDelimited => _type == Delimited;

    /// <summary>Whether the field is an integer.</summary>
    internal readonly bool IsVariable => _type == Variable;

    /// <summary>Goes to the next field. The last one must have been read or skipped.</summary>
    /// <exception cref="InvalidDataException">There is none, and yet bytes.</exception>
    internal bool Next()
    {
        if (_position == _end)
        {
            return false;
        }

        ulong tag = ReadVariable();
        Field = tag is >= 8 and <= uint.MaxValue ? (int)(tag >> 3) : throw Damage("a field's number", tag);
        _type = (int)(tag & 7);
        return true;
    }

    /// <summary>The integer of the field.</summary>
    internal long Integer()
    {
        Require(Variable);
        return (long)ReadVariable();
    }

    /// <summary>The float of the field.</summary>
    internal float Float()
    {
        Require(Four);
        long start = Advance(4);
        uint bits = 0;
        for (int i = 3; i >= 0; i--)
        {
            bits = (bits << 8) | _bytes[start + i];
        }

        return BitConverter.UInt32BitsToSingle(bits);
    }

    /// <summary>Where the field's string, bytes, message or packed numbers are.</summary>
    internal FilePlace Place()
    {
        Require(Delimited);
        ulong length = ReadVariable();
        return length <= (ulong)(_end - _position) ? new FilePlace(Advance((long)length), (long)length) : throw Damage("a length", length);
    }

    /// <summary>The integers of the field, whether packed or one alone: how many, each handed on.</summary>
    internal long Integers(Action<long>? use = null)
    {
        if (!IsDelimited)
        {
            long value = Integer();
            use?.Invoke(value);
            return 1;
        }

        WireReader packed = new(_bytes, Place());
        long count = 0;
        for (; packed._position < packed._end; count++)
        {
            long value = (long)packed.ReadVariable();
            use?.Invoke(value);
        }

        return count;
    }

    /// <summary>Where the floats of the field are, whether packed or one alone.</summary>
    internal FilePlace Floats()
    {
        if (!IsDelimited)
        {
            Require(Four);
            return new FilePlace(Advance(4), 4);
        }

        FilePlace packed = Place();
        return packed.Length % 4 == 0 ? packed : throw Damage("a length of floats", (ulong)packed.Length);
    }

    /// <summary>Passes over the field.</summary>
    internal void Skip()
    {
        switch (_type)
        {
            case Variable:
                ReadVariable();
                break;
            case Eight:
                Advance(8);
                break;
            case Delimited:
                Place();
                break;
            case Four:
                Advance(4);
                break;
            default:
                // Groups: ONNX has none.
                throw Damage("a field's type", (ulong)_type);
        }
    }

    private readonly void Require(int type)
    {
        if (_type != type)
        {
            throw Damage("a field's type", (ulong)_type);
        }
    }

    private long Advance(long length)
    {
        long start = _position;
        return length <= _end - start ? (_position = start + length) - length : throw Damage("the end of a message", (ulong)_end);
    }

    /// <summary>Seven bits a byte, the lowest first; the highest bit says that more follow. Ten bytes at most: bits beyond the 64th are lost.</summary>
    private ulong ReadVariable()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = _bytes[Advance(1)];
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
            {
                return value;
            }
        }

        throw Damage("a number of more than ten bytes, beginning with", value);
    }

    private readonly InvalidDataException Damage(string what, ulong value) => new($"There is {what}, {value}, before byte {_position}.");
}
