using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Maddness.Storage;
using Maddness.Tests.Support;

namespace Maddness.Tests.Storage;

/// <summary>Files that were made to mislead: their checksum is correct, and one rule is broken.</summary>
public class HostileFileTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(4, 4)]
    [InlineData(64, 4)]
    [InlineData(3, 5)]
    [InlineData(3, 6)]
    public void Codes_that_claim_the_fingerprint_of_other_trees_are_refused_by_their_shape(int codebooks, int levels)
    {
        // A fingerprint is text in a file: a forged one must not make a product read codes of another shape.
        MaddnessMatmul product = StoredSamples.Matmul();
        product.Codebooks.Should().Be(3);
        EncodedMatrix honest = StoredSamples.Encoded(rows: 5000, codebooks, levels);
        EncodedMatrix forged = new(honest.Rows, codebooks, levels, product.Trees.Fingerprint, honest.Codes.ToArray());
        EncodedMatrix loaded = EncodedMatrix.Load(new MemoryStream(SavedBytes.Of(forged.Save)));
        FluentActions.Invoking(() => product.Multiply(loaded, new float[5000 * product.Outputs]))
            .Should().Throw<ArgumentException>().WithParameterName("a").WithMessage($"*{codebooks} codebooks of {1 << levels} leaves; expected 3 of 16*");
    }

    [Theory]
    [InlineData("format", "Maddness", "*format is 'Maddness'; expected 'maddness'*")]
    [InlineData("version", "2", "*version is '2'; expected '1'*newer version of this library is needed*")]
    [InlineData("version", "0", "*version is '0'; expected '1'.")]
    [InlineData("version", "01", "*version is '01'; expected '1'.")]
    [InlineData("kind", "models", "*unknown kind 'models'*")]
    [InlineData("inputs", "0", "*inputs is '0'*")]
    [InlineData("inputs", "-2", "*inputs is '-2'*")]
    [InlineData("inputs", "+2", "*inputs*")]
    [InlineData("inputs", " 2", "*inputs*")]
    [InlineData("inputs", "02", "*inputs*")]
    [InlineData("inputs", "2.0", "*inputs*")]
    [InlineData("inputs", "2147483648", "*inputs*2147483591*")]
    [InlineData("inputs", "2147483592", "*inputs*2147483591*")]
    [InlineData("inputs", "", "*inputs*")]
    [InlineData("inputs", "2147483591", "*would have*elements*")]
    [InlineData("inputs", "3", "*'prototypes' has the shape [32,2]; expected [32,3]*")]
    [InlineData("codebooks", "0", "*codebooks*1 to 1024*")]
    [InlineData("codebooks", "1025", "*codebooks*1 to 1024*")]
    [InlineData("codebooks", "1", "*'columns' has the shape [2,4]; expected [1,4]*")]
    [InlineData("leaves", "8", "*leaves*16 to 64*")]
    [InlineData("leaves", "48", "*leaves*power of two*")]
    [InlineData("leaves", "128", "*leaves*16 to 64*")]
    [InlineData("leaves", "32", "*'columns' has the shape*")]
    [InlineData("element_type", "float64", "*element_type is 'float64'*")]
    [InlineData("element_type", "int16", "*'thresholds' is of type 'F32'; expected I16*")]
    [InlineData("prototypes", "Dense", "*prototypes is 'Dense'*")]
    [InlineData("prototypes", "local", "*'prototypes' has the shape [32,2]; expected [32]*")]
    [InlineData("tree_fingerprint", "00", "*tree_fingerprint is '00'*")]
    [InlineData("tree_fingerprint", "0000000000000000000000000000000000000000000000000000000000000000", "*fingerprint of the file's trees is*expected 0000*")]
    [InlineData("extra", "x", "*unknown key 'extra'*")]
    [InlineData("outputs", "1", "*unknown key 'outputs'*")]
    public void Metadata_must_be_right(string key, string value, string message) =>
        Refused("model", file => file.Metadata[key] = value, message);

    [Fact]
    public void Tables_that_no_product_could_hold_are_refused()
    {
        // Entries of 64 outputs, 16 leaves and two codebooks, as one is padded, are 2,048 bytes; arrays hold 2,147,483,591.
        TreeShape shape = new(ElementType.Float32, 8, 1, 4);
        FluentActions.Invoking(() => MatmulFile.CheckTableSize(shape, 67_108_736)).Should().NotThrow();
        FluentActions.Invoking(() => MatmulFile.CheckTableSize(shape, 67_108_801)).Should().Throw<ModelFormatException>()
            .WithMessage("*67108801 outputs, 1 codebooks and 16 leaves take 2147483712 bytes; expected at most 2147483591*");
        Refused("matmul", file => file.Metadata["outputs"] = "67108801", "*The tables of 67108801 outputs*expected at most*");
    }

    [Fact]
    public void Every_key_of_the_metadata_is_needed()
    {
        foreach (string kind in StoredSamples.Kinds)
        {
            foreach (string key in SafetensorsFile.Parse(StoredSamples.File(kind)).Metadata.Select(p => p.Key).Where(k => k != "checksum"))
            {
                Refused(kind, file => file.Metadata.Remove(key), $"*no '{key}'*");
            }
        }
    }

    [Fact]
    public void Every_tensor_is_needed_but_the_bias()
    {
        foreach (string kind in StoredSamples.Kinds)
        {
            foreach (string name in SafetensorsFile.Parse(StoredSamples.File(kind)).Json.Select(p => p.Key).Where(k => k != "__metadata__"))
            {
                // Without its bias a file is refused too: the bytes are still there.
                Refused(kind, file => file.Json.Remove(name), name == "bias" ? "*'thresholds' stands at*" : $"*no tensor '{name}'*");
            }
        }
    }

    [Fact]
    public void Unknown_tensors_are_refused()
    {
        foreach (string kind in StoredSamples.Kinds)
        {
            JsonObject empty = new() { ["dtype"] = "F32", ["shape"] = new JsonArray(0), ["data_offsets"] = new JsonArray(0, 0) };
            Refused(kind, file => file.Json["more"] = empty, "*unknown tensor 'more'*");
        }
    }

    [Theory]
    [InlineData("dtype", "\"F16\"", "*'columns' is of type 'F16'; expected I32*")]
    [InlineData("dtype", "\"U32\"", "*'columns' is of type 'U32'*")]
    [InlineData("dtype", "7", "*Number in 'dtype'; expected String*")]
    [InlineData("shape", "[4,2]", "*'columns' has the shape [4,2]; expected [2,4]*")]
    [InlineData("shape", "[8]", "*'columns' has the shape*")]
    [InlineData("shape", "[]", "*'columns' has the shape*")]
    [InlineData("shape", "[2,4,1]", "*'columns' has the shape*")]
    [InlineData("shape", "[2,-4]", "*shape of tensor 'columns'*")]
    [InlineData("shape", "[2,4.0]", "*shape of tensor 'columns'*")]
    [InlineData("shape", "[2,4e0]", "*shape of tensor 'columns'*")]
    [InlineData("shape", "[2,9223372036854775808]", "*shape of tensor 'columns'*")]
    [InlineData("shape", "[4294967296,4294967296]", "*'columns' has the shape*")]
    [InlineData("shape", "[2,\"4\"]", "*shape of tensor 'columns'*")]
    [InlineData("shape", "[[2],4]", "*")]
    [InlineData("shape", "[1,1,1,1,1,1,1,2,4]", "*at most 8*")]
    [InlineData("shape", "null", "*Null in 'shape'*")]
    [InlineData("shape", "{}", "*")]
    [InlineData("data_offsets", "[0]", "*not complete*")]
    [InlineData("data_offsets", "[0,32,64]", "*not complete*")]
    [InlineData("data_offsets", "[0,31]", "*stands at bytes 0 to 31; expected 0 to 32*")]
    [InlineData("data_offsets", "[8,32]", "*stands at bytes 8 to 32; expected 0 to 32*")]
    [InlineData("data_offsets", "[32,0]", "*stands at bytes 32 to 0*")]
    [InlineData("data_offsets", "[8,40]", "*stands at bytes 8 to 40*")]
    [InlineData("data_offsets", "[9223372036854775775,9223372036854775807]", "*stands at bytes 9223372036854775775*")]
    [InlineData("more", "1", "*'columns' has 'more'*")]
    public void Tensors_must_be_described_rightly(string key, string value, string message) =>
        Refused("model", file => file.Json["columns"]![key] = JsonNode.Parse(value), message);

    [Fact]
    public void Tensors_must_stand_in_their_order()
    {
        Refused(
            "matmul",
            file => (file.Json["scales"]!["data_offsets"], file.Json["offsets"]!["data_offsets"]) =
                (file.Json["offsets"]!["data_offsets"]!.DeepClone(), file.Json["scales"]!["data_offsets"]!.DeepClone()),
            "*'scales' stands at*");
        foreach (string key in new[] { "dtype", "shape", "data_offsets" })
        {
            Refused("model", file => file.Json["columns"]!.AsObject().Remove(key), "*not complete*");
        }
    }

    [Theory]
    [InlineData("\"version\":\"1\"", "\"version\":\"1\",\"version\":\"1\"", "*'version' twice*")]
    [InlineData("\"version\":\"1\"", "\"checksum\":\"sha256:\",\"version\":\"1\"", "*'checksum' twice*")]
    [InlineData("\"version\":\"1\"", "\"version\":1", "*Number in 'version'*")]
    [InlineData("\"version\":\"1\"", "\"version\":null", "*Null in 'version'*")]
    [InlineData("\"version\":\"1\"", "\"version\":{}", "*")]
    [InlineData("\"version\":\"1\"", "\"v\\u0065rsion\":\"1\"", "*0x5C*")]
    [InlineData("\"version\":\"1\"", "\"version\":\"\\ud800\"", "*0x5C*")]
    [InlineData("\"version\":\"1\"", "\"version\":\"é\"", "*0xC3*")]
    [InlineData("\"version\":\"1\"", "\n\"version\":\"1\"", "*0x0A*")]
    [InlineData("\"version\":\"1\"", "/**/\"version\":\"1\"", "*JSON*")]
    [InlineData("\"version\":\"1\"", "\"version\":\"1\",", "*JSON*")]
    [InlineData("\"columns\":", "\"__metadata__\":{},\"columns\":", "*'__metadata__' twice*")]
    [InlineData("\"columns\":", "\"columns\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]},\"columns\":", "*'columns' twice*")]
    [InlineData("\"dtype\":\"I32\"", "\"dtype\":\"I32\",\"dtype\":\"I32\"", "*'dtype' twice*")]
    [InlineData("\"dtype\":\"I32\",", "\"shape\":[1],\"dtype\":\"I32\",", "*'shape' twice*")]
    [InlineData("\"dtype\":\"I32\",", "\"data_offsets\":[0,4],\"dtype\":\"I32\",", "*'data_offsets' twice*")]
    [InlineData("\"columns\":{", "\"columns\":[{", "*")]
    [InlineData("]}}", "]}} {}", "*JSON*")]
    [InlineData("]}}", "]}}}", "*JSON*")]
    [InlineData("]}}", "]}", "*JSON*")]
    [InlineData("]}}", "]},}", "*JSON*")]
    [InlineData("\"checksum\":\"sha256:", "\"checksum\" : \"sha256:", "*does not start as expected*")]
    [InlineData("{\"__metadata__\"", " {\"__metadata__\"", "*does not start as expected*")]
    public void The_header_must_be_strict(string old, string changed, string message)
    {
        SafetensorsFile file = SafetensorsFile.Parse(StoredSamples.File("model"));
        int at = old == "]}}" ? file.Header.LastIndexOf(old, StringComparison.Ordinal) : file.Header.IndexOf(old, StringComparison.Ordinal);
        string header = file.Header.TrimEnd().Remove(at, old.Length).Insert(at, changed);
        Action load = () => StoredSamples.Load("model", SafetensorsFile.Build(header, file.Payload));
        load.Should().Throw<ModelFormatException>().WithMessage(message);
    }

    [Fact]
    public void Checksums_have_one_spelling()
    {
        byte[] bytes = StoredSamples.File("model");
        int letter = Array.FindIndex(bytes, SafetensorsFile.DigestStart, b => b is >= (byte)'a' and <= (byte)'f');
        bytes[letter] -= 32;
        Throws("model", bytes, "*lower-case*");
    }

    [Fact]
    public void Long_names_are_cut_in_messages()
    {
        Action load = () => StoredSamples.Load("model", Change("model", file => file.Metadata[new string('x', 30_000)] = "y"));
        load.Should().Throw<ModelFormatException>().Which.Message.Length.Should().BeLessThan(1000);
    }

    [Theory]
    [InlineData("columns", -1, "*Element 0*'columns' is -1; expected*0 to 1*")]
    [InlineData("columns", 2, "*Element 0*'columns' is 2; expected*0 to 1*")]
    [InlineData("columns", int.MinValue, "*'columns'*")]
    [InlineData("range_starts", 1, "*goes from 1*")]
    [InlineData("range_starts", -1, "*goes from -1*")]
    public void Integers_must_be_in_range(string tensor, int value, string message) =>
        Refused("model", file => BinaryPrimitives.WriteInt32LittleEndian(file.Tensor(tensor), value), message);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 2)]
    [InlineData(1, -1)]
    [InlineData(2, 3)]
    [InlineData(2, 1)]
    [InlineData(2, int.MaxValue)]
    public void Ranges_must_ascend_to_the_inputs(int index, int value) =>
        Refused("model", file => BinaryPrimitives.WriteInt32LittleEndian(file.Tensor("range_starts")[(4 * index)..], value), "*'range_starts' goes from*");

    [Theory]
    [InlineData("model", "prototypes", float.NaN)]
    [InlineData("model", "prototypes", float.PositiveInfinity)]
    [InlineData("model", "thresholds", float.NaN)]
    [InlineData("model", "thresholds", float.NegativeInfinity)]
    [InlineData("matmul", "scales", float.NaN)]
    [InlineData("matmul", "scales", float.PositiveInfinity)]
    [InlineData("matmul", "scales", -1f)]
    [InlineData("matmul", "offsets", float.NaN)]
    [InlineData("matmul", "offsets", float.NegativeInfinity)]
    [InlineData("matmul", "bias", float.NaN)]
    [InlineData("matmul", "bias", float.PositiveInfinity)]
    [InlineData("matmul", "thresholds", float.NaN)]
    public void Floats_must_be_finite(string kind, string tensor, float value) =>
        Refused(kind, file => BinaryPrimitives.WriteSingleLittleEndian(file.Tensor(tensor)[^4..], value), $"*{tensor[..^1]}*expected*");

    [Fact]
    public void Columns_of_bound_models_must_be_in_range() =>
        Refused("matmul", file => BinaryPrimitives.WriteInt32LittleEndian(file.Tensor("columns")[^4..], 2), "*Element 3*'columns' is 2*");

    [Theory]
    [InlineData("outputs", "0", "*outputs*1 to*")]
    [InlineData("outputs", "2", "*'scales' has the shape [1]; expected [2]*")]
    [InlineData("outputs", "2147483647", "*tables of 2147483647 outputs*expected at most*")]
    [InlineData("objective", "auto", "*objective is 'auto'; expected output or reconstruction*")]
    [InlineData("rows", "1", "*unknown key 'rows'*")]
    public void Metadata_of_bound_models_must_be_right(string key, string value, string message) =>
        Refused("matmul", file => file.Metadata[key] = value, message);

    [Theory]
    [InlineData("rows", "-1", "*rows*")]
    [InlineData("rows", "33", "*shape [2,2,16]; expected [3,2,16]*")]
    [InlineData("rows", "16", "*shape [2,2,16]; expected [1,2,16]*")]
    [InlineData("rows", "2147483647", "*would have*")]
    [InlineData("rows", "18", "*Byte 34*padding*expected at most 0*")]
    [InlineData("codebooks", "5", "*expected [2,3,16]*")]
    [InlineData("leaves", "32", "*expected [2,3,16]*")]
    [InlineData("tree_fingerprint", "A000000000000000000000000000000000000000000000000000000000000000", "*lower-case*")]
    [InlineData("inputs", "1", "*unknown key 'inputs'*")]
    public void Metadata_of_encoded_matrices_must_be_right(string key, string value, string message) =>
        Refused("encoded", file => file.Metadata[key] = value, message);

    [Theory]
    [InlineData(16, 0x10, "*Byte 16*odd codebook, is 16; expected at most 15*")]
    [InlineData(48, 0xF0, "*Byte 48*odd codebook*")]
    [InlineData(35, 0x01, "*Byte 35*padding, is 1; expected at most 0*")]
    [InlineData(63, 0x01, "*Byte 63*padding*")]
    public void Codes_that_do_not_exist_are_refused(int index, byte value, string message) =>
        Refused("encoded", file => file.Payload[index] = value, message);

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Codes_beyond_the_leaves_are_refused(int levels)
    {
        byte[] codes = StoredSamples.Encoded(rows: 32, codebooks: 3, levels).Codes.ToArray();
        for (int i = 0; i < codes.Length; i++)
        {
            SafetensorsFile file = SafetensorsFile.Parse(SavedBytes.Of(StoredSamples.Encoded(rows: 32, codebooks: 3, levels).Save));
            file.Payload[i] = (byte)(1 << levels);
            Throws("encoded", file.Build(), $"*Byte {i}*a code, is {1 << levels}*");
        }
    }

    [Fact]
    public void Payloads_of_another_size_are_refused()
    {
        Refused("model", file => file.Payload = file.Payload[..^4], "*truncated*");
        Refused("model", file => file.Payload = [.. file.Payload, 0, 0, 0, 0], "*oversized*");
        Refused("encoded", file => file.Payload = [], "*truncated*");
    }

    [Theory]
    [MemberData(nameof(DamageTests.Kinds), MemberType = typeof(DamageTests))]
    public void Random_changes_are_refused_or_give_a_valid_object(string kind)
    {
        byte[] valid = StoredSamples.File(kind);
        int payload = 8 + BitConverter.ToInt32(valid);
        Random random = new(5);
        int loads = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = [.. valid];
            bool isHeader = random.Next(2) == 0;
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = isHeader ? random.Next(SafetensorsFile.DigestStart + SafetensorsFile.DigestDigits, payload) : random.Next(payload, bytes.Length);
                bytes[at] = isHeader ? valid[random.Next(8, payload)] : (byte)random.Next(256);
            }

            Encoding.ASCII.GetBytes(SafetensorsFile.Checksum(bytes)).CopyTo(bytes, SafetensorsFile.DigestStart);
            try
            {
                object loaded = StoredSamples.Load(kind, bytes);
                loads++;
                Action<Stream> save = loaded switch { MaddnessModel m => m.Save, MaddnessMatmul m => m.Save, _ => ((EncodedMatrix)loaded).Save };

                // Saving checks every value once more.
                SavedBytes.Of(save).Length.Should().Be(bytes.Length);
            }
            catch (ModelFormatException)
            {
                continue;
            }
        }

        loads.Should().BeGreaterThan(10, "some changes are valid");
    }

    private static byte[] Change(string kind, Action<SafetensorsFile> change)
    {
        SafetensorsFile file = SafetensorsFile.Parse(StoredSamples.File(kind));
        change(file);
        return file.Build();
    }

    private static void Refused(string kind, Action<SafetensorsFile> change, string message) => Throws(kind, Change(kind, change), message);

    private static void Throws(string kind, byte[] bytes, string message)
    {
        Action load = () => StoredSamples.Load(kind, bytes);
        load.Should().Throw<ModelFormatException>().WithMessage(message);
    }
}
