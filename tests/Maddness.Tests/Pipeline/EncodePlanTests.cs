using Maddness.Kernels;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

public class EncodePlanTests
{
    [Fact]
    public void Splits_find_their_columns_among_the_gathered_ones()
    {
        EncodePlan plan = Plan(47, 44, 1, 40, 3, 2, 46, 1);

        plan.TouchedColumns.Should().Equal(1, 2, 3, 40, 44, 46);
        plan.GatherOffsets.Span.ToArray().Should().Equal(320, 0, 240, 160, 80, 400, 0, 0);
    }

    [Fact]
    public void Rows_have_a_plan_wherever_they_start_in_their_lines()
    {
        EncodePlan plan = Plan(64, 5, 19, 20, 35);

        plan.GroupsAt(lead: 1)!.Span.ToArray().Should().Equal(new ColumnGroup(5, 1), new(19, 0b0011), new(35, 1));
        plan.GroupsAt(lead: 0)!.Span.ToArray().Should().Equal(new ColumnGroup(5, 1), new(19, 1), new(20, 1), new(35, 1));
        plan.GroupsAt(lead: 0).Should().BeSameAs(plan.GroupsAt(lead: 0), "they are made once");
        plan.PermutedAt(lead: 3).Should().BeNull("one codebook is not permuted");
        Plan(64, 5, 19, 20, 35, 6, 7).PermutedAt(lead: 3).Should().NotBeNull();
    }

    [Fact]
    public void An_encoder_takes_the_scratch_that_it_asked_for()
    {
        foreach (EncodePlan plan in (EncodePlan[])[Plan(64, 0, 20, 40), Plan(320, SplitColumns.InLines([.. Enumerable.Range(0, 12)])), Plan(320, SplitColumns.InLines(0, 3, 4, 9)), Plan(320, [.. Enumerable.Range(0, 68)])])
        {
            // Rows are permuted or, of more than 16 codebooks, groups of columns transposed by kernels that can; columns in place have offsets of their own.
            // Lines are asked for where there are many rows.
            foreach (int rows in (int[])[15, 16, 100, 20_000])
            {
                TakesWhatItAsksFor<Vector128Kernel>(plan, rows, rowStride: plan.Trees.Inputs, columnStride: 1);
                TakesWhatItAsksFor<Vector128Kernel>(plan, rows, rowStride: 2 * plan.Trees.Inputs, columnStride: 2);
                TakesWhatItAsksFor<ScalarKernel>(plan, rows, rowStride: plan.Trees.Inputs, columnStride: 1);
                TakesWhatItAsksFor<ScalarKernel>(plan, rows, rowStride: 1, columnStride: rows);
                TakesWhatItAsksFor<Avx2Kernel>(plan, rows, rowStride: plan.Trees.Inputs, columnStride: 1);
                TakesWhatItAsksFor<Avx512Kernel>(plan, rows, rowStride: plan.Trees.Inputs, columnStride: 1);

                // Rows that start anywhere in their lines: windows have two ends.
                TakesWhatItAsksFor<Avx512Kernel>(plan, rows, rowStride: plan.Trees.Inputs + 3, columnStride: 1);
                TakesWhatItAsksFor<Avx512Kernel>(plan, rows, rowStride: 1, columnStride: rows);
            }
        }
    }

    private static unsafe void TakesWhatItAsksFor<TKernel>(EncodePlan plan, int rows, int rowStride, int columnStride)
        where TKernel : struct, IKernel
    {
        // Nothing but what it asked for, from the first cache line on.
        PinnedMatrix<float> source = new(null, rows, plan.Trees.Inputs, rowStride, columnStride);
        Encoder<float>.Reading reading = Encoder<float>.ReadingOf<TKernel>(plan, source);
        byte[] memory = new byte[Encoder<float>.ScratchBytes(plan, source, reading) + 64];
        fixed (byte* first = memory)
        {
            byte* aligned = (byte*)(((nuint)first + 63) / 64 * 64);
            Scratch enough = new(aligned, memory.Length - 64);
            _ = new Encoder<float>(plan, source, reading, writesToMemory: false, ref enough);
            bool isRefused = false;
            try
            {
                Scratch less = new(aligned, memory.Length - 65);
                _ = new Encoder<float>(plan, source, reading, writesToMemory: false, ref less);
            }
            catch (InvalidOperationException)
            {
                isRefused = true;
            }

            isRefused.Should().Be(memory.Length > 64, "a byte less is too little, if it asked for any");
        }
    }

    private static EncodePlan Plan(int inputs, params int[] columns) => new(SplitColumns.Trees(inputs, columns));
}
