namespace Maddness.Stress.Fuzzing;

/// <summary>
/// A reader of files from strangers, under attack. To attack another one, implement this and add it to <see cref="ReaderTargets.All"/>: seeds, and what the reader may throw, are enough;
/// a mutation that knows the format reaches deeper.
/// </summary>
public interface IReaderTarget
{
    /// <summary>How the command line calls it.</summary>
    string Name { get; }

    /// <summary>A small valid file.</summary>
    byte[] Seed(Random random);

    /// <summary>A file that breaks, bends or keeps a rule of the format, for the reader to find; by default a valid one, of which single bytes are changed afterwards.</summary>
    byte[] Mutate(Random random) => Seed(random);

    /// <summary>Makes checksums right after bytes were changed; by default there are none.</summary>
    void Repair(byte[] file)
    {
    }

    /// <summary>Reads. What it returns was accepted.</summary>
    object Read(Stream stream);

    /// <summary>Uses what was accepted, as a caller would: nothing may fail, whatever the file held.</summary>
    void Use(object accepted);

    /// <summary>Whether this is the documented exception for a bad file.</summary>
    bool IsRefusal(Exception exception);

    /// <summary>Cases of the short form, which is a test.</summary>
    int ShortCases => 10_000;

    /// <summary>Bytes that reading a file of this length may allocate.</summary>
    long AllocationLimit(long fileLength) => (6 * fileLength) + (1024 * 1024);
}
