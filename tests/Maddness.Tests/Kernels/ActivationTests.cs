using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Kernels;

/// <summary>Products that are activated equal, bit for bit, scalar ones to which the activation is applied afterwards.</summary>
public unsafe class ActivationTests
{
    private const int Inputs = 8;

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Rectified_products_equal_scalar_ones_at_every_output_tail(KernelLevel kernel)
    {
        Random random = new(1);
        for (int outputs = 1; outputs <= 136; outputs++)
        {
            Check(kernel, random, [1, 3, 37], 5, 4, outputs);
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Rectified_products_equal_scalar_ones_with_more_leaves_and_codebooks(KernelLevel kernel)
    {
        Random random = new(2);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int codebooks in (int[])[1, 4, 16, 257])
            {
                foreach (int outputs in (int[])[1, 3, 4, 7, 8, 12, 20, 32, 33, 64, 100])
                {
                    Check(kernel, random, [1, 16, 39], codebooks, levels, outputs);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Rectified_averages_equal_scalar_ones(KernelLevel kernel) => Check(kernel, new Random(3), [1, 37], 7, 4, 20, Summation.Averaging);

    [Theory]
    [MemberData(nameof(Levels))]
    public void What_is_not_below_zero_keeps_its_bits(KernelLevel kernel)
    {
        // −0, no number (∞ · 0 cannot be, ∞ − ∞ can), ∞, and what becomes 0.
        foreach (int levels in (int[])[4, 5, 6])
        {
            byte[] entries = new byte[5 << levels];
            entries.AsSpan().Fill(255);
            entries.AsSpan(0, 1 << levels).Clear();
            HashTrees trees = RandomModel.Trees(new Random(4), Inputs, 1, levels);
            LookupTables tables = new(1, 1 << levels, 5, entries, [-0.0f, float.MaxValue, float.MaxValue, 1, 1], [-0.0f, float.NegativeInfinity, 1, -300, float.NegativeInfinity], null);
            foreach (int rows in (int[])[1, 40])
            {
                float[] plain = PipelineRunner.Multiply(kernel, trees, tables, new float[rows * Inputs], rows);
                float[] y = PipelineRunner.Multiply(kernel, trees, tables, new float[rows * Inputs], rows, activation: Activation.Relu);
                for (int row = 0; row < rows; row++)
                {
                    Bits.ShouldBe(y.AsSpan(row * 5, 5), [-0.0f, plain[(row * 5) + 1], float.PositiveInfinity, 0, 0], $"row {row} of {rows}, K = {1 << levels}");
                    y[row * 5].Should().Be(plain[row * 5]);
                    float.IsNaN(y[(row * 5) + 1]).Should().BeTrue();
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Rectified_outputs_go_to_any_destination(KernelLevel kernel)
    {
        // Strips (columns), groups (rows 4 KB apart), and past the caches, in whole lines and carried, from several threads, of which some share outputs.
        Random random = new(5);
        Run(300, 70, rowStride: 1, columnStride: 300, shift: 0);
        Run(100, 200, rowStride: 1024, columnStride: 1, shift: 3);
        Run(9_000, 512, rowStride: 512, columnStride: 1, shift: 0);
        Run(9_000, 512, rowStride: 512, columnStride: 1, shift: 5);

        void Run(int rows, int outputs, nint rowStride, nint columnStride, int shift)
        {
            RunShared(rows, outputs, rowStride, columnStride, shift, new(2, 1));
            RunShared(rows, outputs, rowStride, columnStride, shift, new(1, (outputs + OutputRange.Multiple - 1) / OutputRange.Multiple));
        }

        void RunShared(int rows, int outputs, nint rowStride, nint columnStride, int shift, WorkerShares shares)
        {
            HashTrees trees = RandomModel.Trees(random, Inputs, 4, 4);
            LookupTables tables = RandomModel.Tables(random, 4, 4, outputs);
            float[] a = RandomModel.Inputs<float>(random, rows * Inputs);
            float[] expected = Rectified(PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows));
            using GuardedMemory<float> memory = GuardedMemory<float>.Of((int)((rows - 1) * rowStride + (outputs - 1) * columnStride) + 1 + 64, trailing: false);
            float* first = memory.Pointer + shift;
            fixed (float* source = a)
            {
                Product<EncodedRows<float>> product = new(
                    new PackedTables(tables), Summation.Exact, Activation.Relu, new(new EncodePlan(trees), new(source, rows, Inputs, Inputs, 1)), new(first, rows, outputs, rowStride, columnStride), shares);
                TestedKernels.Run(kernel, ref product);
            }

            float[] y = new float[expected.Length];
            for (int i = 0; i < y.Length; i++)
            {
                y[i] = first[(i / outputs * rowStride) + (i % outputs * columnStride)];
            }

            Bits.ShouldBe(y, expected, $"{rows} × {outputs}, strides {rowStride} and {columnStride}, {shift} floats behind a line, {shares}");
        }
    }

    private static void Check(KernelLevel kernel, Random random, int[] rowCounts, int codebooks, int levels, int outputs, Summation summation = Summation.Exact)
    {
        HashTrees trees = RandomModel.Trees(random, Inputs, codebooks, levels);
        LookupTables tables = RandomModel.Tables(random, codebooks, levels, outputs, bias: outputs % 2 == 0);

        // Outputs are moved about 0, so that some fall on either side.
        for (int output = 0; output < outputs; output++)
        {
            tables.Offsets[output] = -tables.Scales[output] * codebooks * 128;
        }

        int below = 0, above = 0;
        foreach (int rows in rowCounts)
        {
            float[] a = RandomModel.Inputs<float>(random, rows * Inputs);
            float[] plain = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows, summation: summation);
            below += plain.Count(y => y < 0);
            above += plain.Count(y => y > 0);
            string because = $"N = {rows}, C = {codebooks}, K = {1 << levels}, M = {outputs}";
            float[] y = PipelineRunner.Multiply(kernel, trees, tables, a, rows, summation: summation, activation: Activation.Relu);
            Bits.ShouldBe(y, Rectified(plain), because);
        }

        (below > 0 && above > 0).Should().BeTrue("there is something to rectify, and something to keep");
    }

    private static float[] Rectified(float[] values) => Array.ConvertAll(values, value => value < 0 ? 0 : value);
}
