using System.Buffers.Binary;
using Maddness.Storage;

namespace Maddness.Tests.Storage;

/// <summary>Files that are not what was written: changed, cut short, too long, or of another kind.</summary>
public class DamageTests
{
    /// <summary>What a reader may allocate for a small file, whatever it promises: its buffers, hash state and messages.</summary>
    private const long SmallAllocation = 1024 * 1024;

    public static TheoryData<string> Kinds => [.. StoredSamples.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_changed_byte_is_refused(string kind)
    {
        byte[] bytes = StoredSamples.File(kind);
        for (int i = 0; i < bytes.Length; i++)
        {
            foreach (byte change in new byte[] { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF })
            {
                bytes[i] ^= change;
                Refuses(kind, bytes).Should().BeTrue($"byte {i} was changed by {change}");
                bytes[i] ^= change;
            }
        }

        Refuses(kind, bytes).Should().BeFalse("every change was undone");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_truncation_is_refused(string kind)
    {
        byte[] bytes = StoredSamples.File(kind);
        for (int length = 0; length < bytes.Length; length++)
        {
            Refuses(kind, bytes[..length]).Should().BeTrue($"only {length} bytes were left");
        }

        Action load = () => StoredSamples.Load(kind, bytes[..^1]);
        load.Should().Throw<ModelFormatException>().WithMessage($"*truncated*{bytes.Length - 1} bytes*{bytes.Length} bytes*");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Trailing_bytes_are_refused(string kind)
    {
        byte[] bytes = StoredSamples.File(kind);
        Action load = () => StoredSamples.Load(kind, [.. bytes, 0]);
        load.Should().Throw<ModelFormatException>().WithMessage($"*oversized*{bytes.Length} bytes*");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_wrong_checksum_says_so(string kind)
    {
        byte[] bytes = StoredSamples.File(kind);
        bytes[^20] ^= 1;
        Action load = () => StoredSamples.Load(kind, bytes);
        load.Should().Throw<ModelFormatException>().WithMessage("*damaged*checksum*");
    }

    [Fact]
    public void Files_of_other_kinds_are_refused_by_name()
    {
        string[] loaders = ["MaddnessModel.Load", "MaddnessMatmul.Load", "EncodedMatrix.Load"];
        string[] kinds = StoredSamples.Kinds;
        for (int file = 0; file < 3; file++)
        {
            for (int wanted = 0; wanted < 3; wanted++)
            {
                byte[] bytes = StoredSamples.File(kinds[file]);
                Action load = () => StoredSamples.Load(kinds[wanted], bytes);
                if (file != wanted)
                {
                    load.Should().Throw<ModelFormatException>()
                        .WithMessage($"*is a*'{kinds[file]}'*{loaders[file]}*; expected a*'{kinds[wanted]}'*{loaders[wanted]}*");
                }
            }
        }
    }

    [Fact]
    public void Files_of_other_formats_are_refused()
    {
        byte[][] files =
        [
            [],
            [0x50, 0x4B, 3, 4, 20, 0, 0, 0, 8, 0],
            new byte[100_000],
            [.. Enumerable.Repeat((byte)0xFF, 1000)],
            Plain("{}"),
            Plain("{\"__metadata__\":{\"format\":\"pt\"},\"weight\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"),
            Plain(new string('[', 4000)),
        ];
        foreach (byte[] file in files)
        {
            Refuses("model", file).Should().BeTrue();
        }
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(96UL)]
    [InlineData(101UL)]
    [InlineData(64 * 1024 + 8UL)]
    [InlineData((1UL << 31) - 8)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue - 7)]
    public void A_lying_header_length_is_refused_before_anything_is_allocated(ulong length)
    {
        byte[] bytes = StoredSamples.File("model");
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        AllocatedBy(() => Refuses("model", bytes).Should().BeTrue()).Should().BeLessThan(SmallAllocation);
        Action load = () => StoredSamples.Load("model", bytes);
        load.Should().Throw<ModelFormatException>().WithMessage($"*{length}*expected*65536*");
    }

    [Theory]
    [InlineData(",\"{0:x}\":\"\"", "")]
    [InlineData("", ",\"{0:x}\":{{\"dtype\":\"\",\"shape\":[],\"data_offsets\":[0,0]}}")]
    [InlineData("", ",\"{0:x}\":{{\"dtype\":\"\",\"shape\":[1,1,1,1,1,1,1,1],\"data_offsets\":[0,0]}}")]
    public void Headers_full_of_the_shortest_things_cost_a_small_multiple_of_their_size(string metadata, string tensor)
    {
        const int Size = 60_000;
        string Many(string part) => part.Length == 0 ? part : string.Concat(Enumerable.Range(0, Size / part.Length).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, part, i)));
        string start = $"{{\"__metadata__\":{{\"checksum\":\"sha256:{new string('0', SafetensorsFile.DigestDigits)}\",\"format\":\"maddness\",\"version\":\"1\",\"kind\":\"model\"";
        byte[] bytes = SafetensorsFile.Build($"{start}{Many(metadata)}}}{Many(tensor)}}}", []);
        bytes.Length.Should().BeInRange(Size / 2, FormatText.MaxHeaderBytes);
        foreach (string kind in StoredSamples.Kinds)
        {
            AllocatedBy(() => Refuses(kind, bytes).Should().BeTrue()).Should().BeLessThan((12L * bytes.Length) + SmallAllocation);
        }
    }

    [Fact]
    public void The_largest_allowed_header_that_never_comes_costs_little()
    {
        byte[] bytes = StoredSamples.File("model");
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, 64 * 1024);
        AllocatedBy(() => Refuses("model", bytes).Should().BeTrue()).Should().BeLessThan(SmallAllocation);
    }

    [Theory]
    [InlineData("model", 33_000_000, "prototypes")]
    [InlineData("matmul", 44_000_000, "tables")]
    [InlineData("encoded", 1_000_000_000, "codes")]
    public void Shapes_that_lie_consistently_cost_only_what_arrives(string kind, int size, string tensor)
    {
        SafetensorsFile file = SafetensorsFile.Parse(StoredSamples.File(kind));
        file.Metadata[kind switch { "model" => "inputs", "matmul" => "outputs", _ => "rows" }] = $"{size}";
        long begin = 0;
        foreach (string name in file.Json.Select(p => p.Key).Where(n => n != "__metadata__").ToArray())
        {
            long[] shape = [.. file.Json[name]!["shape"]!.AsArray().Select(n => (long)n!)];
            int width = (string)file.Json[name]!["dtype"]! is "F32" or "I32" ? 4 : 1;
            shape = name switch
            {
                "prototypes" => [shape[0], size],
                "scales" or "offsets" or "bias" => [size],
                "tables" => [size, shape[1], shape[2]],
                "codes" => [size / 16, shape[1], shape[2]],
                _ => shape,
            };
            long end = begin + (shape.Aggregate(1L, (a, b) => a * b) * width);
            file.Json[name]!["shape"] = new System.Text.Json.Nodes.JsonArray([.. shape.Select(n => (System.Text.Json.Nodes.JsonNode)n)]);
            file.Json[name]!["data_offsets"] = new System.Text.Json.Nodes.JsonArray(begin, end);
            begin = end;
        }

        byte[] bytes = file.Build();
        AllocatedBy(() => Refuses(kind, bytes).Should().BeTrue()).Should().BeLessThan(SmallAllocation, $"no {tensor} ever came");

        file.Payload = new byte[1_000_000];
        bytes = file.Build();
        AllocatedBy(() => Refuses(kind, bytes).Should().BeTrue()).Should().BeLessThan((6 * 1_000_000) + SmallAllocation);
    }

    [Fact]
    public void Errors_of_the_stream_come_through()
    {
        byte[] bytes = StoredSamples.File("matmul");
        foreach (int length in new[] { 0, 5, 100, bytes.Length - 1, bytes.Length })
        {
            using ChunkedStream stream = new(bytes[..length], 7, new IOException("gone"));
            Action load = () => MaddnessMatmul.Load(stream);
            load.Should().Throw<IOException>().WithMessage("gone");
        }
    }

    private static byte[] Plain(string header)
    {
        byte[] file = new byte[8 + ((header.Length + 7) / 8 * 8)];
        file.AsSpan(8).Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(file, file.Length - 8);
        System.Text.Encoding.ASCII.GetBytes(header).CopyTo(file, 8);
        return file;
    }

    /// <summary>Whether loading throws the one exception that it may throw; any other fails the test.</summary>
    private static bool Refuses(string kind, byte[] bytes)
    {
        try
        {
            StoredSamples.Load(kind, bytes);
            return false;
        }
        catch (ModelFormatException)
        {
            return true;
        }
    }

    private static long AllocatedBy(Action action)
    {
        action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
