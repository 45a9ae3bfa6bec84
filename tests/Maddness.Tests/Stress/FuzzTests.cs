using Maddness.Stress.Fuzzing;

namespace Maddness.Tests.Stress;

/// <summary>The short form of the fuzzer: the first cases of a fixed seed. Millions: dotnet run -c Release --project tests/Maddness.Stress -- fuzz.</summary>
public class FuzzTests
{
    public static TheoryData<string> Targets => [.. ReaderTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Mutated_files_are_refused_or_work(string name)
    {
        IReaderTarget target = ReaderTargets.Find(name);
        Fuzzer fuzzer = new(target, seed: 1);
        fuzzer.Run(0, target.ShortCases).Should().BeEmpty();
        (fuzzer.Accepted + fuzzer.Refused).Should().Be(target.ShortCases);
        fuzzer.Accepted.Should().BeGreaterThan(target.ShortCases / 10, "valid files are among the cases");
        fuzzer.Refused.Should().BeGreaterThan(target.ShortCases / 2);
    }

    [Fact]
    public void Cases_follow_from_seed_and_number()
    {
        IReaderTarget target = ReaderTargets.All[0];
        new Fuzzer(target, 3).File(17).Should().Equal(new Fuzzer(target, 3).File(17));
        Enumerable.Range(0, 50).Select(i => Convert.ToHexString(new Fuzzer(target, 3).File(i))).Distinct().Should().HaveCount(50);
    }

    [Theory]
    [InlineData(Fault.Throws, "threw System.IndexOutOfRangeException")]
    [InlineData(Fault.Allocates, "expected at most")]
    [InlineData(Fault.AcceptsTheUnusable, "using what was accepted threw")]
    public void Faults_are_found(Fault fault, string finding) => new Fuzzer(new FaultyReader(fault), 1).Run(0, 2000).Should().Contain(line => line.Contains(finding, StringComparison.Ordinal));

    /// <summary>What a reader may do wrong.</summary>
    public enum Fault
    {
        /// <summary>It believes an index.</summary>
        Throws,

        /// <summary>It believes a size.</summary>
        Allocates,

        /// <summary>It accepts what fails later.</summary>
        AcceptsTheUnusable,
    }

    /// <summary>A reader of files that are one byte, which is a size, an index and a value.</summary>
    private sealed class FaultyReader(Fault fault) : IReaderTarget
    {
        public string Name => "faulty";

        public byte[] Seed(Random random) => [(byte)random.Next(4)];

        public object Read(Stream stream)
        {
            int value = stream.ReadByte();
            int[] table = new int[fault == Fault.Allocates ? value << 16 : 4];
            return value switch
            {
                < 0 => throw new FormatException("There is no byte."),
                > 3 when fault == Fault.AcceptsTheUnusable => value,
                > 3 when fault == Fault.Allocates => throw new FormatException($"The byte is {value}; expected 0 to 3."),
                _ => table[value],
            };
        }

        public void Use(object accepted)
        {
            if ((int)accepted > 3)
            {
                throw new InvalidDataException("This is not usable.");
            }
        }

        public bool IsRefusal(Exception exception) => exception is FormatException;
    }
}
