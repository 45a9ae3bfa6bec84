using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Kernels;
using Maddness.Tests.Support;

namespace Maddness.Tests.Memory;

/// <summary>
/// A, the codes and the destination each stand flush against a page that nobody may touch, before or after, at every tail and layout: a read or write outside ends the process.
/// The memory of a strided destination ends with its last element, and what lies between its elements stays as it was.
/// </summary>
public unsafe class PipelineMemoryTests
{
    private const int Inputs = 9;

    private const float Filler = -12345;

    private static readonly int[] RowCounts = [.. Enumerable.Range(1, 34), 47, 48, 49, 63, 64, 65, 80, 255, 256, 257];

    private enum Strides
    {
        RowMajor,
        ColumnMajor,
        WideColumns,
        Scattered,
        ScatteredColumns,
        WideRows,
        WholeLines,
    }

    public static TheoryData<KernelLevel, bool> Cases
    {
        get
        {
            TheoryData<KernelLevel, bool> cases = [];
            foreach (KernelLevel kernel in TestedKernels.Levels)
            {
                cases.Add(kernel, true);
                cases.Add(kernel, false);
            }

            return cases;
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Every_row_tail_stays_inside(KernelLevel kernel, bool trailing)
    {
        Random random = new(1);
        foreach (int codebooks in (int[])[3, 4])
        {
            foreach (int outputs in (int[])[4, 5, 11, 33])
            {
                Check<float>(kernel, trailing, random, RowCounts, codebooks, 4, outputs);
            }
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Every_output_tail_stays_inside(KernelLevel kernel, bool trailing)
    {
        Random random = new(2);
        for (int outputs = 1; outputs <= 130; outputs++)
        {
            Check<float>(kernel, trailing, random, [3, 36, 37], 2, 4, outputs);
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Integers_and_more_leaves_stay_inside(KernelLevel kernel, bool trailing)
    {
        Random random = new(3);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int outputs in (int[])[1, 7, 17, 29, 32, 50, 64, 100])
            {
                Check<float>(kernel, trailing, random, [1, 7, 16, 31, 64, 65], 3, levels, outputs);
            }

            Check<short>(kernel, trailing, random, [1, 15, 16, 31, 64, 65], 3, levels, 17);
            Check<sbyte>(kernel, trailing, random, [1, 15, 16, 31, 64, 65], 3, levels, 17);
            Check<byte>(kernel, trailing, random, [1, 15, 16, 31, 64, 65], 3, levels, 17);
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Rows_read_in_windows_or_groups_stay_inside(KernelLevel kernel, bool trailing)
    {
        foreach (int inputs in (int[])[16, 19, 32, 100, 128])
        {
            foreach (int codebooks in (int[])[8, 17])
            {
                EncodePlan plan = new(RandomModel.Trees(new Random(8), inputs, codebooks, 4));
                plan.GroupsAt(0).Should().NotBeNull("the case must reach the groups");
                (plan.PermutedAt(0) is not null).Should().Be(codebooks == 8, "as well as the columns that are permuted out of rows");
                Check<float>(kernel, trailing, new Random(8), [1, 2, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 20, 21, 23, 31, 65], codebooks, 4, 5, inputs: inputs);
            }

            new EncodePlan(RandomModel.Trees(new Random(9), inputs, 8, 4, ElementType.Int8)).GroupsAt(0).Should().NotBeNull("so must integers");
            Check<short>(kernel, trailing, new Random(9), [1, 3, 8, 15, 16, 17, 65], 8, 4, 5, inputs: inputs);
            Check<sbyte>(kernel, trailing, new Random(9), [1, 7, 8, 9, 16, 17, 65], 8, 4, 5, inputs: inputs);
            Check<byte>(kernel, trailing, new Random(9), [8, 65], 8, 4, 5, inputs: inputs);
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Rows_read_line_by_line_stay_inside(KernelLevel kernel, bool trailing)
    {
        // Of rows that are whole lines apart, and end with their memory, each starts somewhere in a line.
        foreach (int inputs in (int[])[250, 500])
        {
            HashTrees trees = RandomModel.Trees(new Random(10), inputs, 16, 4);
            new EncodePlan(trees).PermutedAt(lead: 16 - (inputs % 16)).Should().NotBeNull();
            trees.Columns.Select(column => column / 16).Distinct().Should().HaveCountGreaterThan(8);
            Check<float>(kernel, trailing, new Random(10), [1, 2, 15, 16, 17, 33], 16, 4, 5, inputs: inputs);
        }

        // The same of groups, whose rows need not be a window long.
        foreach (int inputs in (int[])[4, 7, 13, 101, 250])
        {
            EncodePlan plan = new(RandomModel.Trees(new Random(11), inputs, 17, 4));
            plan.PermutedAt(lead: 16 - (inputs % 16)).Should().BeNull();
            plan.GroupsAt(lead: inputs % 4).Should().NotBeNull();
            Check<float>(kernel, trailing, new Random(11), [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 20, 21, 23, 33], 17, 4, 5, inputs: inputs);
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Watched_lines_stay_inside(KernelLevel kernel, bool trailing)
    {
        // Rows of one line of 512 bytes, of which no column is tested, and memory enough to be asked for: permuted, transposed and copied.
        const int Rows = 4_107, Inputs = 128;
        TilePlan.IsAskedFor(Rows, Inputs, sizeof(float)).Should().BeTrue();
        foreach ((int codebooks, int levels) in ((int, int)[])[(1, 4), (3, 4), (3, 5)])
        {
            int seed = Enumerable.Range(0, 1_000).First(seed => Watched(RandomModel.Trees(new Random(seed), Inputs, codebooks, levels)) == 80);
            Check<float>(kernel, trailing, new Random(seed), [Rows], codebooks, levels, 5, inputs: Inputs, watchesLines: true);
        }

        static nint Watched(HashTrees trees) => WatchedLine.Find(new PinnedMatrix<float>(null, Rows, Inputs, Inputs, 1), [.. trees.Columns, 0, Inputs - 1]);
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Averages_stay_inside(KernelLevel kernel, bool trailing) =>
        Check<float>(kernel, trailing, new Random(4), [1, 16, 37], 17, 4, 65, Summation.Averaging);

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Destinations_asked_for_ahead_stay_inside(KernelLevel kernel, bool trailing)
    {
        foreach (int outputs in (int[])[517, 576])
        {
            const int Rows = 4_107;
            TilePlan.IsAskedFor(new PinnedMatrix<float>(null, Rows, outputs, outputs, 1)).Should().BeTrue("the case must reach the path that asks");
            TilePlan.IsAskedFor(new PinnedMatrix<float>(null, Rows, outputs, 1, Rows)).Should().BeTrue("so must that of columns");
            Check<float>(kernel, trailing, new Random(5), [Rows], 2, 4, outputs);
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Destinations_whose_rows_share_cache_sets_stay_inside(KernelLevel kernel, bool trailing)
    {
        TilePlan.IsGrouped(new(null, 16, 1024, 1024, 1)).Should().BeTrue("the case must reach the grouped path");
        Check<float>(kernel, trailing, new Random(6), [16, 33, 79], 9, 4, 1024);
        Check<float>(kernel, trailing, new Random(7), [33, 79], 9, 5, 1024);
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Last_outputs_of_rows_that_share_cache_sets_are_right(KernelLevel kernel, bool trailing)
    {
        const int Rows = 37, Stride = 1024;
        Random random = new(11);
        HashTrees trees = RandomModel.Trees(random, Inputs, 3, 4);
        float[] a = RandomModel.Inputs<float>(random, Rows * Inputs);
        foreach (int outputs in (int[])[128, 131, 140, 155, 391])
        {
            LookupTables tables = RandomModel.Tables(random, 3, 4, outputs);
            float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, Rows);
            using GuardedMemory<float> y = GuardedMemory<float>.Of(((Rows - 1) * Stride) + outputs, trailing);
            y.Span.Fill(Filler);
            fixed (float* source = a)
            {
                PinnedMatrix<float> destination = new(y.Pointer, Rows, outputs, Stride, 1);
                TilePlan.IsGrouped(destination).Should().BeTrue("the case must reach the grouped path");
                Product<EncodedRows<float>> product = new(new PackedTables(tables), Summation.Exact, Activation.None, new(new EncodePlan(trees), new(source, Rows, Inputs, Inputs, 1)), destination, new(1, 1));
                TestedKernels.Run(kernel, ref product);
            }

            Bits.ShouldBe(y.Span, Placed(expected, outputs, y.Length, 0, Stride, 1), $"{outputs} outputs");
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Cases))]
    public void Destinations_written_past_the_caches_are_right(KernelLevel kernel, bool trailing)
    {
        // Rows with a gap behind them, whose ends stand alone in their lines, and rows without one, where a line holds the end of one and the start of the next. At odd places threads share long rows.
        const int Stride = 1040;
        Random random = new(12);
        const int TileTail = 4_237, RowTail = 4_242;
        ReadOnlySpan<(int, int, int, int, int)> cases =
        [
            (TileTail, 4, Stride, 0, Stride), (TileTail, 4, 1000, 0, Stride), (TileTail, 5, Stride, 0, Stride), (TileTail, 4, 1000, 1, Stride), (TileTail, 4, 992, 13, Stride), (TileTail, 4, 990, 5, Stride), (TileTail, 4, 1000, 15, Stride), (TileTail, 5, 1000, 4, Stride),
            (TileTail, 6, Stride, 0, Stride), (TileTail, 6, 992, 13, Stride), (TileTail, 5, 1002, 7, Stride), (TileTail, 4, 1008, 0, Stride), (TileTail, 4, 1020, 0, Stride), (TileTail, 4, 1020, 9, Stride), (TileTail, 4, 1030, 0, Stride), (RowTail, 4, Stride, 0, Stride), (RowTail, 4, 1000, 3, Stride), (RowTail, 5, 1000, 3, Stride),
            (TileTail, 4, 1024, 4, 1024), (4_246, 4, 1024, 4, 1024), (RowTail, 4, 1088, 11, 1088), (TileTail, 5, 1024, 1, 1024), (TileTail, 4, 1056, 15, 1056), (34_003, 4, 128, 4, 128), (34_010, 6, 192, 9, 192), (TileTail, 4, 1072, 2, 1072),

            // Rows that start as they may, with gaps and without, and few very long ones.
            (TileTail, 4, 1000, 3, 1001), (TileTail, 5, 1024, 7, 1027), (TileTail, 4, 1056, 5, 1057), (TileTail, 6, 1057, 0, 1057), (RowTail, 4, 1001, 0, 1001), (RowTail, 5, 1056, 15, 1063), (8_300, 4, 513, 2, 513),
            (17, 4, 130_000, 3, 130_001), (40, 4, 65_600, 0, 65_600), (33, 5, 65_600, 6, 65_601), (70, 5, 40_000, 3, 40_001), (64, 4, 33_000, 5, 33_008),
        ];
        foreach ((int rows, int levels, int outputs, int shift, int stride) in cases)
        {
            float[] a = RandomModel.Inputs<float>(random, rows * Inputs);
            HashTrees trees = RandomModel.Trees(random, Inputs, 3, levels);
            LookupTables tables = RandomModel.Tables(random, 3, levels, outputs);
            float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows);
            using GuardedMemory<float> y = GuardedMemory<float>.Of((rows + 1) * stride, trailing);
            y.Span.Fill(Filler);
            float* first = y.Pointer + ((16 - ((nint)y.Pointer / 4 % 16)) % 16) + shift;
            fixed (float* source = a)
            {
                PinnedMatrix<float> destination = new(first, rows, outputs, stride, 1);
                TilePlan.IsStreamed(destination).Should().BeTrue("the case must reach the streamed path");
                destination.Lead.Should().Be(stride % 16 == 0 ? shift : null);
                Product<EncodedRows<float>> product = new(new PackedTables(tables), Summation.Exact, Activation.None, new(new EncodePlan(trees), new(source, rows, Inputs, Inputs, 1)), destination, outputs >= 512 && int.IsOddInteger(shift) ? new(2, 3) : new(2, 1));
                TestedKernels.Run(kernel, ref product);
            }

            float[] wanted = Placed(expected, outputs, y.Length, (int)(first - y.Pointer), stride, 1);
            Bits.ShouldBe(y.Span, wanted, $"{rows} rows, {levels} levels, {outputs} outputs, {shift} behind a line, stride {stride}");
        }
    }

    [Fact]
    public void Only_large_destinations_of_long_rows_are_written_past_the_caches()
    {
        float* aligned = (float*)4096;
        TilePlan.IsStreamed(new(aligned, 5_000, 1000, 1008, 1)).Should().BeTrue();
        TilePlan.IsStreamed(new(aligned, 5_000, 1000, 1000, 1)).Should().BeTrue();
        TilePlan.IsStreamed(new(aligned, 20_000, 511, 511, 1)).Should().BeFalse("rows are short, and stand differently in lines");
        TilePlan.IsStreamed(new(aligned, 20_000, 512, 513, 1)).Should().BeTrue();
        TilePlan.IsStreamed(new(aligned, 256, 16 * 1024, 16 * 1024, 1)).Should().BeFalse("it is 16 MB");
        TilePlan.IsStreamed(new(aligned, 128, 17 * 1024, 17 * 1024, 1)).Should().BeTrue("rows are very long");
        TilePlan.IsStreamed(new(aligned, 16, 1 << 20, 1 << 20, 1)).Should().BeFalse("it may be a block that is searched");
        TilePlan.IsStreamed(new(aligned, TilePlan.PassRows, TilePlan.MaxSearchStride - 16, TilePlan.MaxSearchStride, 1)).Should().BeFalse("so may this");
        TilePlan.IsStreamed(new(aligned + 4, 5_000, 1000, 1008, 1)).Should().BeTrue();
        TilePlan.IsStreamed(new((float*)4098, 5_000, 1000, 1008, 1)).Should().BeFalse("floats straddle lines");
        TilePlan.IsStreamed(new(aligned + 4, 50_000, 128, 128, 1)).Should().BeTrue();
        TilePlan.IsStreamed(new(aligned + 4, 50_000, 127, 128, 1)).Should().BeFalse("rows are short, and do not start lines");
        TilePlan.IsStreamed(new(aligned, 5_000, 1000, 16, 16)).Should().BeFalse("outputs are not consecutive");
        TilePlan.IsStreamed(new(aligned, 4_000, 1000, 1008, 1)).Should().BeFalse("it may stay in a cache");
    }

    [Fact]
    public void Groups_are_written_past_the_caches_where_rows_start_lines_or_are_very_long()
    {
        float* aligned = (float*)4096;
        TilePlan.AreGroupsStreamed(new(aligned, 5_000, 1024, 1024, 1)).Should().BeTrue();
        TilePlan.AreGroupsStreamed(new(aligned, 4_096, 1024, 1024, 1)).Should().BeFalse("it is 16 MB");
        TilePlan.AreGroupsStreamed(new(aligned, 5_000, 1023, 1024, 1)).Should().BeFalse("rows are short");
        TilePlan.AreGroupsStreamed(new(aligned + 4, 5_000, 1024, 1024, 1)).Should().BeFalse("rows start within lines");
        TilePlan.AreGroupsStreamed(new(aligned + 4, 64, 40_000, 40_001, 1)).Should().BeTrue();
        TilePlan.AreGroupsStreamed(new(aligned + 4, 63, 40_000, 40_001, 1)).Should().BeFalse("they are few");
        TilePlan.AreGroupsStreamed(new((float*)4098, 64, 40_000, 40_000, 1)).Should().BeFalse("floats straddle lines");
    }

    [Fact]
    public void Large_destinations_are_asked_for_unless_each_element_has_its_line()
    {
        TilePlan.IsAskedFor(new PinnedMatrix<float>(null, 2_000, 500, 500, 1)).Should().BeTrue();
        TilePlan.IsAskedFor(new PinnedMatrix<float>(null, 1_000, 500, 1, 1_000)).Should().BeFalse("it may stay in a near cache");
        TilePlan.IsAskedFor(new PinnedMatrix<float>(null, 2_000, 500, 1, 2_000)).Should().BeTrue();
        TilePlan.IsAskedFor(new PinnedMatrix<float>(null, 1_000, 500, 1_503, 3)).Should().BeTrue();
        TilePlan.IsAskedFor(new PinnedMatrix<float>(null, 5_000, 500, 16, 80_000)).Should().BeFalse("most lines between are not its own");
    }

    [Theory]
    [InlineData(4_107, 517, 517, 0)]
    [InlineData(4_107, 517, 600, 3)]
    [InlineData(9_000, 512, 512, 4)]
    [InlineData(9_000, 512, 512, 0)]
    [InlineData(9_000, 512, 1024, 9)]
    public void Large_destinations_take_no_more_scratch_than_they_asked_for(int rows, int outputs, int stride, int shift)
    {
        PackedTables tables = new(RandomModel.Tables(new Random(10), 3, 4, outputs));
        PinnedMatrix<float> destination = new((float*)4096 + shift, rows, outputs, stride, 1);
        TakesWhatItAsksFor<Avx512Kernel>(tables, destination);
        TakesWhatItAsksFor<Avx2Kernel>(tables, destination);
    }

    [Fact]
    public void An_accumulator_takes_the_scratch_that_it_asked_for()
    {
        PackedTables tables = new(RandomModel.Tables(new Random(10), 3, 4, 128));
        foreach ((nint rowStride, nint columnStride, int floats) in (ReadOnlySpan<(nint, nint, int)>)[(128, 1, 0), (257, 2, 64 * 64), (1, 64, 64 * 64), (1024, 1, 16 * 144)])
        {
            PinnedMatrix<float> destination = new(null, 64, 128, rowStride, columnStride);
            Accumulator.ScratchBytes(destination).Should().Be(4 * floats, "strides {0} and {1}", rowStride, columnStride);
            TakesWhatItAsksFor<Vector128Kernel>(tables, destination);
        }
    }

    private static void Check<T>(
        KernelLevel kernel, bool trailing, Random random, int[] rowCounts, int codebooks, int levels, int outputs, Summation summation = Summation.Exact, int inputs = Inputs, bool watchesLines = false)
        where T : unmanaged
    {
        ElementType type = Common.ElementTypes.Of<T>();
        HashTrees trees = RandomModel.Trees(random, inputs, codebooks, levels, type);

        // The first and the last column are touched, so that both ends of A are read.
        (trees.Columns[0], trees.Columns[^1]) = (0, inputs - 1);
        LookupTables tables = RandomModel.Tables(random, codebooks, levels, outputs);
        EncodePlan plan = new(trees) { WatchesLines = watchesLines };
        PackedTables packed = new(tables);
        foreach (int rows in rowCounts)
        {
            T[] values = RandomModel.Inputs<T>(random, rows * inputs);
            float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, values, rows, summation: summation);
            byte[] expectedCodes = PipelineRunner.Encode(KernelLevel.Scalar, trees, values, rows);
            int[] expectedPlaces = ArgMaxTests.Places(expected, rows, outputs);
            using GuardedMemory<byte> codes = GuardedMemory<byte>.Of(expectedCodes.Length, trailing);
            using GuardedMemory<int> places = GuardedMemory<int>.Of(rows, trailing);
            foreach (Strides strides in Enum.GetValues<Strides>())
            {
                (nint rowStride, nint columnStride) = Of(strides, rows, inputs);
                using GuardedMemory<T> a = GuardedMemory<T>.Of(Extent(rows, inputs, rowStride, columnStride), trailing);
                for (int i = 0; i < values.Length; i++)
                {
                    a.Pointer[(i / inputs * rowStride) + (i % inputs * columnStride)] = values[i];
                }

                PinnedMatrix<T> source = new(a.Pointer, rows, inputs, rowStride, columnStride);
                Encoding<T> encoding = new(plan, source, codes.Pointer, 1);
                TestedKernels.Run(kernel, ref encoding);
                codes.Span.SequenceEqual(expectedCodes).Should().BeTrue("{0} rows, {1}", rows, strides);
                places.Span.Fill(-1);
                ArgMax<EncodedRows<T>> argMax = new(packed, summation, new(plan, source), places.Pointer, new(1, 1), new(1, 1));
                TestedKernels.Run(kernel, ref argMax);
                places.Span.SequenceEqual(expectedPlaces).Should().BeTrue("{0} rows, {1}", rows, strides);
                places.Span.Fill(-1);
                ArgMax<PackedCodes> found = new(packed, summation, new(codes.Pointer, rows, codebooks, levels), places.Pointer, new(1, 1), new(1, 1));
                TestedKernels.Run(kernel, ref found);
                places.Span.SequenceEqual(expectedPlaces).Should().BeTrue("{0} rows, from codes", rows);
                Write(strides, rows, outputs, trailing, expected, destination =>
                {
                    Product<EncodedRows<T>> product = new(packed, summation, Activation.None, new(plan, source), destination, new(1, 1));
                    TestedKernels.Run(kernel, ref product);
                });
                Write(strides, rows, outputs, trailing, expected, destination =>
                {
                    Product<PackedCodes> scan = new(packed, summation, Activation.None, new(codes.Pointer, rows, codebooks, levels), destination, new(1, 1));
                    TestedKernels.Run(kernel, ref scan);
                });
            }
        }
    }

    private static void Write(Strides strides, int rows, int outputs, bool trailing, float[] expected, Action<PinnedMatrix<float>> run)
    {
        (nint rowStride, nint columnStride) = Of(strides, rows, outputs);
        using GuardedMemory<float> memory = GuardedMemory<float>.Of(Extent(rows, outputs, rowStride, columnStride), trailing);
        memory.Span.Fill(Filler);
        run(new(memory.Pointer, rows, outputs, rowStride, columnStride));
        float[] wanted = Placed(expected, outputs, memory.Length, 0, rowStride, columnStride);
        Bits.ShouldBe(memory.Span, wanted, $"{rows} x {outputs}, {strides}: the elements are right and what lies between them is untouched");
    }

    /// <summary>Memory that holds outputs with these strides from a place on, and between them what was there before.</summary>
    private static float[] Placed(float[] values, int outputs, int length, int start, nint rowStride, nint columnStride)
    {
        float[] memory = new float[length];
        memory.AsSpan().Fill(Filler);
        for (int i = 0; i < values.Length; i++)
        {
            memory[start + (i / outputs * rowStride) + (i % outputs * columnStride)] = values[i];
        }

        return memory;
    }

    private static (nint Row, nint Column) Of(Strides strides, int rows, int columns) => strides switch
    {
        Strides.RowMajor => (columns, 1),
        Strides.ColumnMajor => (1, rows),
        Strides.WideColumns => (1, rows + 3),
        Strides.ScatteredColumns => (2, (2 * rows) + 3),
        Strides.WideRows => (columns + 3, 1),
        Strides.WholeLines => ((columns + 15) / 16 * 16, 1),
        _ => ((2 * columns) + 3, 2),
    };

    private static int Extent(int rows, int columns, nint rowStride, nint columnStride) => (int)(((rows - 1) * rowStride) + ((columns - 1) * columnStride)) + 1;

    /// <summary>Creation runs no kernel: it works on any CPU.</summary>
    private static void TakesWhatItAsksFor<TKernel>(PackedTables tables, PinnedMatrix<float> destination)
        where TKernel : struct, IKernel
    {
        int bytes = (int)Accumulator.ScratchBytes(destination);
        byte[] memory = new byte[bytes + 128];
        fixed (byte* first = memory)
        {
            byte* aligned = (byte*)(((nuint)first + 63) / 64 * 64);
            Scratch enough = new(aligned, bytes);
            Accumulator.Create<TKernel>(tables, OutputRange.All(tables.Tables.Outputs), Summation.Exact, Activation.None, destination, ref enough);
        }
    }
}
