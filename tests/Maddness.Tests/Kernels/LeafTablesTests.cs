using Maddness.Kernels;

namespace Maddness.Tests.Kernels;

public sealed unsafe class LeafTablesTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void Entries_of_one_leaf_stand_together_at_the_places_of_their_outputs(int leaves)
    {
        const int Codebooks = 3, Outputs = 11, First = 4, Width = 8;
        byte[] entries = new byte[Outputs * Codebooks * leaves];
        new Random(1).NextBytes(entries);
        TableSource source = new(entries, Codebooks, leaves, Outputs);
        byte[] packed = new byte[Codebooks * leaves * Width];
        fixed (byte* target = packed)
        {
            LeafTables.Pack(source, First, Width, static output => Width - 1 - output, target);
        }

        byte[] expected = new byte[packed.Length];
        for (int output = First; output < Outputs; output++)
        {
            for (int leaf = 0; leaf < Codebooks * leaves; leaf++)
            {
                expected[(leaf * Width) + (Width - 1 - (output - First))] = entries[(output * Codebooks * leaves) + leaf];
            }
        }

        packed.Should().Equal(expected, "what stands behind the last output is left as it is");
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void Each_of_eight_codes_leads_to_its_leaf(int width)
    {
        byte[] codes = [63, 0, 1, 62, 32, 31, 255, 5];
        for (int row = 0; row < codes.Length; row++)
        {
            LeafTables.OffsetOf(BitConverter.ToUInt64(codes), row, width).Should().Be(codes[row] * width);
            LeafTables.OffsetOf(~(0xFFUL << (8 * row)), row, width).Should().Be(0, "the others' bits stay out");
        }
    }
}
