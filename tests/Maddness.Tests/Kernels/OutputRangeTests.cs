using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Kernels;

public unsafe class OutputRangeTests
{
    private const int Inputs = 7;

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(128, 1)]
    [InlineData(129, 2)]
    [InlineData(1000, 3)]
    [InlineData(1024, 8)]
    public void Parts_follow_each_other_in_whole_tiles(int outputs, int parts)
    {
        int end = 0;
        for (int part = 0; part < parts; part++)
        {
            OutputRange range = OutputRange.Part(outputs, part, parts);
            range.First.Should().Be(end);
            (range.First % OutputRange.Multiple).Should().Be(0);
            range.Count.Should().BePositive();
            end = range.End;
        }

        end.Should().Be(outputs);
        OutputRange.All(outputs).Should().Be(new OutputRange(0, outputs));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_thread_writes_its_outputs_and_no_others(KernelLevel kernel)
    {
        const float Filler = -12345;
        Random random = new(1);
        foreach ((int outputs, int parts) in ((int, int)[])[(300, 2), (517, 3), (1024, 4)])
        {
            // Rows side by side, 4 KB apart, and columns.
            foreach (int levels in (int[])[4, 5, 6])
            {
                HashTrees trees = RandomModel.Trees(random, Inputs, 5, levels);
                LookupTables tables = RandomModel.Tables(random, 5, levels, outputs);
                PackedTables packed = new(tables);
                foreach (int rows in (int[])[1, 17, 64])
                {
                    float[] a = RandomModel.Inputs<float>(random, rows * Inputs);
                    float[] all = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows);
                    foreach ((nint rowStride, nint columnStride) in ((nint, nint)[])[(outputs, 1), (1024, 1), (1, rows)])
                    {
                        for (int part = 0; part < parts; part++)
                        {
                            OutputRange range = OutputRange.Part(outputs, part, parts);
                            using GuardedMemory<float> y = GuardedMemory<float>.Of((int)(((rows - 1) * rowStride) + ((outputs - 1) * columnStride)) + 1, trailing: part == parts - 1);
                            y.Span.Fill(Filler);
                            float[] expected = y.Span.ToArray();
                            for (int row = 0; row < rows; row++)
                            {
                                for (int output = range.First; output < range.End; output++)
                                {
                                    expected[(row * rowStride) + (output * columnStride)] = all[(row * outputs) + output];
                                }
                            }

                            fixed (float* source = a)
                            {
                                Product<EncodedRows<float>> product = new(packed, Summation.Exact, Activation.None, new(new EncodePlan(trees), new(source, rows, Inputs, Inputs, 1)), new(y.Pointer, rows, outputs, rowStride, columnStride), new(1, parts)) { Outputs = range };
                                OneThread thread = new(product, rows);
                                TestedKernels.Run(kernel, ref thread);
                            }

                            Bits.ShouldBe(y.Span, expected, $"{rows} x {outputs}, {range}, strides {rowStride} and {columnStride}, K = {1 << levels}");
                        }
                    }
                }
            }
        }
    }

    /// <summary>What one of several threads does.</summary>
    private struct OneThread(Product<EncodedRows<float>> product, int rows) : IKernelOperation
    {
        private Product<EncodedRows<float>> _product = product;

        public void Invoke<TKernel>()
            where TKernel : struct, IKernel => _product.Run<TKernel>(0, rows);
    }
}
