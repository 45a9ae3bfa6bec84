using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>Scales, offsets and bias at the ends of float32, zeros of both signs among them: shortcuts of a kernel's last steps must give the scalar bits there too.</summary>
public class ExtremeScaleTests
{
    private const int Inputs = 6;

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Outputs_equal_scalar_bits(KernelLevel kernel) => Check(kernel, 4);

    [Theory]
    [MemberData(nameof(Levels))]
    public void Outputs_of_more_leaves_equal_scalar_bits(KernelLevel kernel)
    {
        Check(kernel, 5);
        Check(kernel, 6);
    }

    [Theory]
    [InlineData(1.2676505e30f, true)]
    [InlineData(1.2676506e30f, false)]
    [InlineData(0f, true)]
    [InlineData(-0f, false)]
    public void Scales_are_moderate_below_two_to_the_hundred_and_but_for_minus_zero(float scale, bool expected)
    {
        // One of three is enough, wherever it stands.
        for (int place = 0; place < 3; place++)
        {
            float[] scales = [1, 1, 1];
            scales[place] = scale;
            new PackedTables(new(1, 16, 3, new byte[48], scales, new float[3], null)).ScalesAreModerate.Should().Be(expected);
        }
    }

    private static void Check(KernelLevel kernel, int levels)
    {
        float[] scales = [0, -0f, float.Epsilon, 1e-40f, 1.1754944e-38f, 1e-30f, 0.1f, 1 / 3f, 1, 1e30f, 3.9e31f, 4.1e31f, 1e36f];
        float[] offsets = [0, -0f, float.Epsilon, -1e-40f, 1, -1, 1e30f, -1e30f, 3e38f, -3e38f];
        float[] biases = [-0f, 0, 1e-45f, -7, 2e38f];
        Random random = new(1);
        foreach (float[] chosen in (float[][])[scales, scales[..10], scales[2..10]])
        {
            foreach (int codebooks in (int[])[1, 2, 5, 33, 257])
            {
                foreach (int outputs in (int[])[11, 16, 30, 33, 47, 55, 64, 100])
                {
                    HashTrees trees = RandomModel.Trees(random, Inputs, codebooks, levels);
                    byte[] entries = new byte[(codebooks * outputs) << levels];
                    if (codebooks > 1)
                    {
                        random.NextBytes(entries);
                    }

                    foreach (bool bias in (bool[])[true, false])
                    {
                        LookupTables tables = new(
                            codebooks, 1 << levels, outputs, entries, random.GetItems(chosen, outputs), random.GetItems(offsets, outputs), bias ? random.GetItems(biases, outputs) : null);
                        float[] a = RandomModel.Inputs<float>(random, 40 * Inputs);
                        float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, 40);
                        string because = $"C = {codebooks}, M = {outputs}";
                        Bits.ShouldBe(PipelineRunner.Multiply(kernel, trees, tables, a, 40), expected, because);
                        Bits.ShouldBe(PipelineRunner.Multiply(kernel, trees, tables, a[..(3 * Inputs)], 3), expected.AsSpan(0, 3 * outputs), because + ", 3 rows");
                    }
                }
            }
        }
    }
}
