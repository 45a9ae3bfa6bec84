using Maddness.Model;
using Maddness.Tests.Support;

namespace Maddness.Tests.Storage;

public class RoundTripTests
{
    public static TheoryData<ElementType, int> TypesAndLevels()
    {
        TheoryData<ElementType, int> data = [];
        foreach (ElementType type in StoredSamples.AllElementTypes)
        {
            foreach (int levels in StoredSamples.AllLevels)
            {
                data.Add(type, levels);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(TypesAndLevels))]
    public void An_unbound_model_comes_back(ElementType type, int levels)
    {
        foreach (bool isDense in new[] { true, false })
        {
            MaddnessModel model = StoredSamples.Model(inputs: 11, codebooks: 3, levels, isDense, type);
            byte[] bytes = SavedBytes.Of(model.Save);
            MaddnessModel loaded = MaddnessModel.Load(new MemoryStream(bytes));

            ShouldEqual(loaded.Trees, model.Trees);
            loaded.Prototypes.IsDense.Should().Be(isDense);
            loaded.Prototypes.Leaves.Should().Be(1 << levels);
            loaded.Prototypes.RangeStarts.Should().Equal(model.Prototypes.RangeStarts);
            loaded.Prototypes.Values.Should().Equal(model.Prototypes.Values);
            SavedBytes.Of(loaded.Save).Should().Equal(bytes, "the same model gives the same bytes");
        }
    }

    [Theory]
    [MemberData(nameof(TypesAndLevels))]
    public void A_bound_model_comes_back(ElementType type, int levels)
    {
        foreach (bool hasBias in new[] { true, false })
        {
            // More codebooks than inputs: trees over all columns may have them.
            MaddnessMatmul model = StoredSamples.Matmul(inputs: 2, codebooks: 5, levels, outputs: 3, hasBias, type, hasBias ? Objective.Output : Objective.Reconstruction);
            byte[] bytes = SavedBytes.Of(model.Save);
            MaddnessMatmul loaded = MaddnessMatmul.Load(new MemoryStream(bytes));

            ShouldEqual(loaded.Trees, model.Trees);
            loaded.Objective.Should().Be(model.Objective);
            loaded.Tables.Outputs.Should().Be(3);
            loaded.Tables.Codebooks.Should().Be(5);
            loaded.Tables.Leaves.Should().Be(1 << levels);
            loaded.Tables.Entries.Should().Equal(model.Tables.Entries);
            loaded.Tables.Scales.Should().Equal(model.Tables.Scales);
            loaded.Tables.Offsets.Should().Equal(model.Tables.Offsets);
            loaded.Tables.Bias.Should().BeEquivalentTo(model.Tables.Bias, o => o.WithStrictOrdering());
            SavedBytes.Of(loaded.Save).Should().Equal(bytes, "the same model gives the same bytes");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(64)]
    public void An_encoded_matrix_comes_back(int rows)
    {
        foreach (int levels in StoredSamples.AllLevels)
        {
            foreach (int codebooks in new[] { 1, 2, 5 })
            {
                EncodedMatrix matrix = StoredSamples.Encoded(rows, codebooks, levels);
                byte[] bytes = SavedBytes.Of(matrix.Save);
                EncodedMatrix loaded = EncodedMatrix.Load(new MemoryStream(bytes));

                loaded.Rows.Should().Be(rows);
                loaded.Codebooks.Should().Be(codebooks);
                loaded.Leaves.Should().Be(1 << levels);
                loaded.TreeFingerprint.Should().Be(matrix.TreeFingerprint);
                loaded.Codes.ToArray().Should().Equal(matrix.Codes.ToArray());
                SavedBytes.Of(loaded.Save).Should().Equal(bytes);
            }
        }
    }

    [Fact]
    public void The_largest_number_of_codebooks_comes_back()
    {
        MaddnessMatmul model = StoredSamples.Matmul(inputs: 3, codebooks: ModelLimits.MaxCodebooks, levels: 6, outputs: 2);
        MaddnessMatmul.Load(new MemoryStream(SavedBytes.Of(model.Save))).Tables.Entries.Should().Equal(model.Tables.Entries);
    }

    [Fact]
    public void Tensors_of_many_pieces_come_back()
    {
        // Prototypes of 1.2 MB: the array grows several times while it is read.
        MaddnessModel model = StoredSamples.Model(inputs: 1201, codebooks: 16);
        MaddnessModel loaded = MaddnessModel.Load(new ChunkedStream(SavedBytes.Of(model.Save), 1000));
        loaded.Prototypes.Values.AsSpan().SequenceEqual(model.Prototypes.Values).Should().BeTrue();
    }

    [Fact]
    public void A_stream_is_written_from_its_position_and_left_open()
    {
        using MemoryStream stream = new();
        stream.Write([1, 2, 3]);
        MaddnessMatmul model = StoredSamples.Matmul();
        model.Save(stream);
        stream.CanWrite.Should().BeTrue();
        stream.Position = 3;
        MaddnessMatmul.Load(stream).Tables.Entries.Should().Equal(model.Tables.Entries);
        stream.CanRead.Should().BeTrue();
    }

    [Fact]
    public void Streams_that_only_write_are_written()
    {
        using MemoryStream inner = new();
        MaddnessModel model = StoredSamples.Model();
        using (System.IO.Compression.GZipStream zip = new(inner, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            model.Save(zip);
        }

        inner.Position = 0;
        using System.IO.Compression.GZipStream unzip = new(inner, System.IO.Compression.CompressionMode.Decompress);
        SavedBytes.Of(MaddnessModel.Load(unzip).Save).Should().Equal(SavedBytes.Of(model.Save));
    }

    private static void ShouldEqual(HashTrees found, HashTrees expected)
    {
        found.ElementType.Should().Be(expected.ElementType);
        found.Inputs.Should().Be(expected.Inputs);
        found.Codebooks.Should().Be(expected.Codebooks);
        found.Levels.Should().Be(expected.Levels);
        found.Columns.Should().Equal(expected.Columns);
        found.Thresholds.Select(BitConverter.SingleToInt32Bits).Should().Equal(expected.Thresholds.Select(BitConverter.SingleToInt32Bits));
        found.Fingerprint.Should().Be(expected.Fingerprint);
    }
}
