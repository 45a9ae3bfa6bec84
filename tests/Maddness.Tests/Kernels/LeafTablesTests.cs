using Maddness.Kernels;

namespace Maddness.Tests.Kernels;

public sealed unsafe class LeafTablesTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void Index_words_are_eight_units_a_code_and_never_leave_a_table(int leaves)
    {
        const int Codebooks = 3, Blocks = 2;
        byte[] codes = new byte[Blocks * 4 * 16];
        new Random(1).NextBytes(codes);
        ushort[] index = new ushort[LeafTables.IndexBytes(Codebooks) / sizeof(ushort) * Blocks];
        fixed (byte* source = codes)
        {
            fixed (ushort* target = index)
            {
                LeafTables.ExpandCodes(source, (byte*)target, Codebooks, leaves, Blocks);
            }
        }

        index.Should().Equal(codes.Select(code => (ushort)(code % leaves * 8)), "blocks have an even number of codebooks, in codes and index alike, and upper bits of a code are dropped");
    }
}
