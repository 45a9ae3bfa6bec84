using Maddness.Training;

namespace Maddness.Tests.Training;

public class TreePenaltyTests
{
    [Fact]
    public void Of_leaves_it_is_a_multiple_of_the_identity()
    {
        TreePenalty penalty = TreePenalty.OfLeaves(16, 3);
        for (int i = 0; i < 256; i++)
        {
            penalty[i / 16, i % 16].Should().Be(i % 17 == 0 ? 3 : 0);
        }
    }

    /// <summary>The oracle counts nodes on common paths and multiplies: (T + 1)·λ·V⁻¹ times V must be (T + 1)·λ·I.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void Of_nodes_it_inverts_the_count_of_common_nodes(int leaves)
    {
        const double Ridge = 0.7;
        int levels = int.Log2(leaves);
        TreePenalty penalty = TreePenalty.OfNodes(leaves, Ridge);
        for (int k = 0; k < leaves; k++)
        {
            for (int l = 0; l < leaves; l++)
            {
                double sum = 0;
                for (int i = 0; i < leaves; i++)
                {
                    int common = 0;
                    for (int a = leaves + i, b = leaves + l; a > 0; a /= 2, b /= 2)
                    {
                        common += a == b ? 1 : 0;
                    }

                    sum += penalty[k, i] * common;
                }

                sum.Should().BeApproximately(k == l ? (levels + 1) * Ridge : 0, 1e-12);
            }
        }
    }
}
