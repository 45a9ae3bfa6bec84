using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Maddness.Model;
using Maddness.Storage;
using Maddness.Tests.Architecture;
using Maddness.Tests.Support;

namespace Maddness.Tests.Storage;

/// <summary>The bytes of files, seen by a reader that does not share the library's code.</summary>
public class FileLayoutTests
{
    [Theory]
    [InlineData("model", "columns range_starts prototypes thresholds")]
    [InlineData("matmul", "columns scales offsets bias thresholds tables")]
    [InlineData("encoded", "codes")]
    public void Files_are_valid_safetensors_with_the_documented_checksum(string kind, string tensors)
    {
        byte[] bytes = StoredSamples.File(kind);
        SafetensorsFile file = SafetensorsFile.Parse(bytes);

        file.Json.Select(p => p.Key).Should().Equal(["__metadata__", .. tensors.Split(' ')]);
        ((string)file.Metadata["format"]!).Should().Be("maddness");
        ((string)file.Metadata["version"]!).Should().Be("1");
        ((string)file.Metadata["kind"]!).Should().Be(kind);
        ((string)file.Metadata["checksum"]!).Should().Be("sha256:" + SafetensorsFile.Checksum(bytes));
        file.Header.IndexOf("sha256:", StringComparison.Ordinal).Should().Be(SafetensorsFile.DigestStart - 8 - "sha256:".Length);
        (file.Header.Length % 8).Should().Be(0);
    }

    [Fact]
    public void The_rewritten_header_is_read_when_nothing_changed()
    {
        // Or the tests with hostile headers would prove nothing.
        foreach (string kind in StoredSamples.Kinds)
        {
            StoredSamples.Load(kind, SafetensorsFile.Parse(StoredSamples.File(kind)).Build()).Should().NotBeNull();
        }
    }

    [Fact]
    public void An_unbound_model_is_laid_out_as_documented()
    {
        foreach (bool isDense in new[] { true, false })
        {
            MaddnessModel model = StoredSamples.Model(inputs: 7, codebooks: 3, levels: 5, isDense, ElementType.Int16);
            SafetensorsFile file = SafetensorsFile.Parse(SavedBytes.Of(model.Save));

            file.Metadata.Select(p => p.Key).Should().Equal(
                "checksum", "format", "version", "kind", "element_type", "inputs", "codebooks", "leaves", "tree_fingerprint", "prototypes");
            file.Metadata.Skip(4).Select(p => (string)p.Value!).Should().Equal(
                "int16", "7", "3", "32", model.Trees.Fingerprint, isDense ? "dense" : "local");
            Describe(file, "columns").Should().Be("I32 [3,5]");
            Describe(file, "range_starts").Should().Be("I32 [4]");
            Describe(file, "prototypes").Should().Be(isDense ? "F32 [96,7]" : "F32 [224]");
            Describe(file, "thresholds").Should().Be("I16 [3,31]");

            Ints(file.Tensor("columns")).Should().Equal(model.Trees.Columns);
            Ints(file.Tensor("range_starts")).Should().Equal(0, 3, 5, 7);
            Floats(file.Tensor("prototypes")).Should().Equal(model.Prototypes.Values);
            for (int c = 0; c < 3; c++)
            {
                for (int node = 1; node < 32; node++)
                {
                    BinaryPrimitives.ReadInt16LittleEndian(file.Tensor("thresholds")[(2 * ((c * 31) + node - 1))..])
                        .Should().Be((short)model.Trees.Thresholds[(c * 32) + node]);
                }
            }
        }
    }

    [Theory]
    [InlineData(ElementType.Float32, "float32", "F32")]
    [InlineData(ElementType.Int16, "int16", "I16")]
    [InlineData(ElementType.Int8, "int8", "I8")]
    [InlineData(ElementType.UInt8, "uint8", "U8")]
    public void A_bound_model_is_laid_out_as_documented(ElementType type, string typeName, string tensorType)
    {
        foreach (bool hasBias in new[] { true, false })
        {
            MaddnessMatmul model = StoredSamples.Matmul(inputs: 2, codebooks: 3, levels: 4, outputs: 5, hasBias, type);
            SafetensorsFile file = SafetensorsFile.Parse(SavedBytes.Of(model.Save));

            file.Metadata.Select(p => p.Key).Should().Equal(
                "checksum", "format", "version", "kind", "element_type", "inputs", "codebooks", "leaves", "tree_fingerprint", "outputs", "objective");
            file.Metadata.Skip(4).Select(p => (string)p.Value!).Should().Equal(typeName, "2", "3", "16", model.Trees.Fingerprint, "5", "reconstruction");
            Describe(file, "thresholds").Should().Be(tensorType + " [3,15]");
            Describe(file, "tables").Should().Be("U8 [5,3,16]");
            Describe(file, "scales").Should().Be("F32 [5]");
            Describe(file, "offsets").Should().Be("F32 [5]");
            file.Json.ContainsKey("bias").Should().Be(hasBias);
            Floats(file.Tensor("scales")).Should().Equal(model.Tables.Scales);
            Floats(file.Tensor("offsets")).Should().Equal(model.Tables.Offsets);
            if (hasBias)
            {
                Describe(file, "bias").Should().Be("F32 [5]");
                Floats(file.Tensor("bias")).Should().Equal(model.Tables.Bias);
            }

            file.Tensor("tables").ToArray().Should().Equal(model.Tables.Entries);
        }
    }

    [Fact]
    public void An_encoded_matrix_is_laid_out_as_documented()
    {
        EncodedMatrix matrix = StoredSamples.Encoded(rows: 19, codebooks: 3, levels: 4);
        SafetensorsFile file = SafetensorsFile.Parse(SavedBytes.Of(matrix.Save));
        file.Metadata.Select(p => p.Key).Should().Equal("checksum", "format", "version", "kind", "rows", "codebooks", "leaves", "tree_fingerprint");
        file.Metadata.Skip(4).Select(p => (string)p.Value!).Should().Equal("19", "3", "16", matrix.TreeFingerprint);
        Describe(file, "codes").Should().Be("U8 [2,2,16]");
        file.Tensor("codes").ToArray().Should().Equal(matrix.Codes.ToArray());
        Describe(SafetensorsFile.Parse(SavedBytes.Of(StoredSamples.Encoded(33, 3, 5).Save)), "codes").Should().Be("U8 [3,3,16]");
    }

    [Fact]
    public void The_documented_example_is_what_is_written()
    {
        float[] thresholds = [0, .. Enumerable.Range(0, 15).Select(i => i / 4f)];
        HashTrees trees = new(ElementType.Float32, 3, 1, 4, [2, 0, 1, 2], thresholds);
        MaddnessMatmul model = new(trees, new(1, 16, 1, [.. Enumerable.Range(0, 16).Select(k => (byte)(17 * k))], [0.5f], [-2f], null));
        SafetensorsFile file = SafetensorsFile.Parse(SavedBytes.Of(model.Save));

        string documentation = File.ReadAllText(Path.Combine(SourceFile.Root, "docs", "model-format.md"));
        documentation = documentation.ReplaceLineEndings("\n");
        documentation.Should().Contain($"\n{BreakLines(file.Header)}\n");
        documentation.Should().Contain($"H is {file.Header.Length}.");
        int padding = file.Header.Length - file.Header.TrimEnd().Length;
        documentation.Should().Contain($"The header is followed by {padding} spaces, and they by {file.Payload.Length} bytes");
        string words = string.Join(' ', file.Payload.Take(28).Chunk(4).Select(Convert.ToHexStringLower));
        documentation.Should().Contain($"\n{words}\n");
    }

    [Fact]
    public void Fingerprints_are_what_is_documented()
    {
        foreach (ElementType type in StoredSamples.AllElementTypes)
        {
            SafetensorsFile file = SafetensorsFile.Parse(SavedBytes.Of(StoredSamples.Matmul(inputs: 9, codebooks: 2, levels: 5, type: type).Save));
            List<byte> bytes = [];
            int number = Array.IndexOf(["float32", "int16", "int8", "uint8"], (string)file.Metadata["element_type"]!);
            foreach (int value in (int[])[number, 9, 2, 5, .. Ints(file.Tensor("columns"))])
            {
                bytes.AddRange(BitConverter.GetBytes(value));
            }

            byte[] thresholds = file.Tensor("thresholds").ToArray();
            for (int i = 0; i < 62; i++)
            {
                bytes.AddRange(i % 31 == 0 ? new byte[4] : []);
                bytes.AddRange(BitConverter.GetBytes(type switch
                {
                    ElementType.Float32 => BitConverter.ToSingle(thresholds, 4 * i),
                    ElementType.Int16 => BitConverter.ToInt16(thresholds, 2 * i),
                    ElementType.Int8 => (sbyte)thresholds[i],
                    _ => thresholds[i],
                }));
            }

            Convert.ToHexStringLower(SHA256.HashData([.. bytes])).Should().Be((string)file.Metadata["tree_fingerprint"]!);
        }
    }

    [Fact]
    public void Bytes_are_reversed_per_element_on_other_machines()
    {
        short[] values = [0x0102, 0x0304];
        LittleEndian.ReverseBytes<short>(values);
        values.Should().Equal(0x0201, 0x0403);
        float[] floats = [BitConverter.Int32BitsToSingle(0x01020304)];
        LittleEndian.ReverseBytes<float>(floats);
        BitConverter.SingleToInt32Bits(floats[0]).Should().Be(0x04030201);
    }

    private static string Describe(SafetensorsFile file, string tensor) =>
        $"{(string)file.Json[tensor]!["dtype"]!} {file.Json[tensor]!["shape"]!.ToJsonString()}";

    /// <summary>The header as the documentation shows it: a line per metadata and per tensor.</summary>
    private static string BreakLines(string header) => Regex.Replace(header.TrimEnd(), ",\"(?!shape|data_offsets)", ",\n\"");

    private static int[] Ints(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, int>(bytes).ToArray();

    private static float[] Floats(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
