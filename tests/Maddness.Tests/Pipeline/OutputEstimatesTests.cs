using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>What a search relies on: estimates that are far enough apart are in the order of the floats, whatever the tables hold; and kernels make the estimates that are written here once more.</summary>
public unsafe class OutputEstimatesTests
{
    private const int Inputs = 13;

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Fact]
    public void Estimates_that_are_apart_are_in_the_order_of_the_floats()
    {
        Random random = new(1);
        int apart = 0, close = 0;
        foreach (int codebooks in (int[])[1, 2, 3, 8, 16, 100, 256])
        {
            for (int repetition = 0; repetition < 40; repetition++)
            {
                const int Outputs = 40;
                float spread = MathF.Pow(10, random.Next(-2, 3));
                byte[] entries = new byte[codebooks * Outputs * 16];
                random.NextBytes(entries);
                LookupTables tables = new(
                    codebooks,
                    16,
                    Outputs,
                    entries,
                    RandomModel.Floats(random, Outputs, random.Next(2) == 0 ? 0.9f : 0, 1),
                    RandomModel.Floats(random, Outputs, -spread, spread),
                    random.Next(2) == 0 ? RandomModel.Floats(random, Outputs, -spread, spread) : null);
                OutputEstimates estimates = new(tables, 64);
                estimates.AreUsable.Should().BeTrue();
                for (float common = 64; repetition % 2 == 0; common *= 2)
                {
                    // As far from zero as estimates may be: floats round most there.
                    LookupTables moved = new(codebooks, 16, Outputs, entries, tables.Scales, [.. tables.Offsets.Select(offset => offset + common)], tables.Bias);
                    OutputEstimates ofMoved = new(moved, 64);
                    if (!ofMoved.AreUsable)
                    {
                        common.Should().BeGreaterThan(1000, "that is what is tested");
                        break;
                    }

                    (tables, estimates) = (moved, ofMoved);
                }

                for (int i = 0; i < 3000; i++)
                {
                    // Two sums whose outputs are as close as they can be.
                    int output = random.Next(Outputs), other = random.Next(Outputs);
                    int sum = SumOf(tables, random, output);
                    double wanted = (Float(tables, sum, output) - Float(tables, 0, other)) / tables.Scales[other];
                    int otherSum = (int)Math.Clamp(Math.Round(wanted) + random.Next(-3, 4), 0, LargestSum(tables, other));
                    int distance = (int)(Estimate(estimates, sum, output) - Estimate(estimates, otherSum, other));
                    if (Math.Abs(distance) < TileEstimates.SureDistance)
                    {
                        close++;
                        continue;
                    }

                    apart++;
                    float difference = Float(tables, sum, output) - Float(tables, otherSum, other);
                    Assert.True(Math.Sign(distance) == Math.Sign(difference), $"{sum} of output {output} beside {otherSum} of output {other}: {distance} units, {difference}");
                }
            }
        }

        apart.Should().BeGreaterThan(100_000);
        close.Should().BeGreaterThan(100_000);
    }

    [Fact]
    public void Estimates_tell_outputs_apart_that_differ_by_a_step_of_the_tables()
    {
        // Not only right, but of use: one unit of a sum is more than the distance that is asked for, up to 16 codebooks of full tables.
        foreach (int codebooks in (int[])[1, 2, 4, 8, 16])
        {
            LookupTables tables = new(codebooks, 16, 2, FullTables(codebooks, 2), [1, 1], [0, 0], null);
            OutputEstimates estimates = new(tables, 64);
            for (int sum = 0; sum < 255 * codebooks; sum++)
            {
                (Estimate(estimates, sum + 1, 1) - Estimate(estimates, sum, 0)).Should().BeGreaterThanOrEqualTo(TileEstimates.SureDistance);
            }
        }
    }

    [Fact]
    public void Tables_that_16_bits_cannot_serve_are_left_to_floats()
    {
        IsUsable([1, 2], [0, 0], null).Should().BeTrue("that is what is tested");
        IsUsable([0, 0], [3, 3], null).Should().BeFalse("all outputs are equal");
        IsUsable([0, 0], [3, 4], null).Should().BeTrue();
        IsUsable([float.NaN, 1], [0, 0], null).Should().BeFalse();
        IsUsable([float.PositiveInfinity, 1], [0, 0], null).Should().BeFalse();
        IsUsable([1, 1], [0, float.NaN], null).Should().BeFalse();
        IsUsable([1, 1], [0, float.NegativeInfinity], null).Should().BeFalse();
        IsUsable([1, 1], [0, 0], [0, float.NaN]).Should().BeFalse();
        IsUsable([-1, 1], [0, 0], null).Should().BeFalse("a sum times a scale would be below the offset");
        IsUsable([3e38f, 1], [0, 0], null).Should().BeFalse("floats overflow");
        IsUsable([1, 1], [3e38f, 0], [3e38f, 0]).Should().BeFalse("floats overflow");
        IsUsable([1e-3f, 1e-3f], [1e6f, 1e6f], null).Should().BeFalse("floats round to .06, and a unit is less");
        IsUsable([1, 1], [1e6f, 1e6f], null).Should().BeFalse("floats round to .06, three times, and a unit is a 64th");
        IsUsable([1, 1], [1e4f, 1e4f], null).Should().BeTrue();

        new OutputEstimates(new LookupTables(257, 16, 1, FullTables(257, 1), [1], [0], null), 64).AreUsable.Should().BeFalse("their sums leave 16 bits");
        new OutputEstimates(new LookupTables(256, 16, 1, FullTables(256, 1), [1], [0], null), 64).AreUsable.Should().BeTrue();
        new OutputEstimates(new LookupTables(1, 16, 65_537, FullTables(1, 65_537), Ones(65_537), new float[65_537], null), 65_600).AreUsable.Should().BeFalse("places leave 16 bits");
        new OutputEstimates(new LookupTables(1, 16, 65_536, FullTables(1, 65_536), Ones(65_536), new float[65_536], null), 65_536).AreUsable.Should().BeTrue();

        static bool IsUsable(float[] scales, float[] offsets, float[]? bias) => new OutputEstimates(new LookupTables(2, 16, 2, FullTables(2, 2), scales, offsets, bias), 64).AreUsable;

        static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];
    }

    [Fact]
    public void The_last_of_65536_outputs_is_found()
    {
        // Its place, and those of its neighbours, are negative words: in a whole tile, in one narrow one, and in the second of two.
        foreach (int outputs in (int[])[65_536, 65_512, 65_520])
        {
            foreach (int levels in (int[])[4, 5])
            {
                float[] offsets = new float[outputs];
                offsets[^1] = 300;
                offsets[^2] = 200;
                HashTrees trees = RandomModel.Trees(new Random(4), Inputs, 1, levels);
                LookupTables tables = new(1, 1 << levels, outputs, new byte[outputs << levels], new float[outputs], offsets, null);
                foreach (KernelLevel kernel in TestedKernels.Levels)
                {
                    PipelineRunner.ArgMax(kernel, trees, tables, new float[20 * Inputs], 20).Should().AllBeEquivalentTo(outputs - 1);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Kernels_make_these_estimates(KernelLevel kernel)
    {
        Random random = new(2);
        foreach (int leaves in (int[])[16, 32])
        {
            foreach (int codebooks in (int[])[1, 2, 3, 6, 7, 8, 17, 129, 256])
            {
                foreach (int outputs in (int[])[1, 2, 7, 8, 9, 16, 17, 31, 32, 33, 41, 64, 100])
                {
                    foreach (int rows in (int[])[1, 7, 8, 9, 15, 16, 17, 31, 33, 47, 64])
                    {
                        int levels = leaves == 16 ? 4 : 5;
                        LookupTables tables = rows % 3 == 0
                            ? RandomModel.TablesOfFours(random, codebooks, levels, outputs)
                            : RandomModel.Tables(random, codebooks, levels, outputs, bias: rows % 2 == 0, full: outputs == 31);
                        (rows % 3 != 0 || tables.FoursFit == (codebooks >= 4)).Should().BeTrue("sums of four are what is tested with these rows");
                        Check(kernel, random, tables, rows);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Rows_that_estimates_cannot_decide_are_decided_by_floats(KernelLevel kernel)
    {
        // Pairs of outputs that are equal, or differ by less than estimates see: in none, some, many and all rows of a tile.
        Random random = new(3);
        foreach (int levels in (int[])[4, 5])
        {
            foreach (int share in (int[])[0, 3, 30, 100])
            {
                HashTrees trees = RandomModel.Trees(random, Inputs, 4, levels);
                LookupTables tables = RandomModel.Tables(random, 4, levels, 48, bias: false);
                int table = 4 << levels;
                for (int output = 1; output < 48; output += 2)
                {
                    if (random.Next(100) < share)
                    {
                        tables.Entries.AsSpan((output - 1) * table, table).CopyTo(tables.Entries.AsSpan(output * table));
                        tables.Scales[output] = tables.Scales[output - 1];
                        tables.Offsets[output] = random.Next(2) == 0 ? tables.Offsets[output - 1] : MathF.BitIncrement(tables.Offsets[output - 1]);
                    }
                }

                float[] a = RandomModel.Inputs<float>(random, 700 * Inputs);
                float[] y = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, 700);
                PipelineRunner.ArgMax(kernel, trees, tables, a, 700).Should().Equal(Kernels.ArgMaxTests.Places(y, 700, 48), "K = {0}, {1} % of the pairs", 1 << levels, share);
            }
        }
    }

    /// <summary>(sum · 2^shift · scale) / 2^16, rounded down, + offset, in integers that hold all of it: estimates that leave 16 bits would differ.</summary>
    private static long Estimate(OutputEstimates estimates, int sum, int output)
    {
        int place = output * TileEstimates.Copies;
        return (((long)sum << estimates.Shift) * estimates.Scales.Span[place] / 65_536) + estimates.Offsets.Span[place];
    }

    /// <summary>The output as products store it.</summary>
    private static float Float(LookupTables tables, int sum, int output)
    {
        float value = (float)(sum * (double)tables.Scales[output]);
        value = (float)((double)value + tables.Offsets[output]);
        return tables.Bias is { } bias ? (float)((double)value + bias[output]) : value;
    }

    private static int SumOf(LookupTables tables, Random random, int output)
    {
        int sum = 0;
        for (int codebook = 0; codebook < tables.Codebooks; codebook++)
        {
            sum += tables.Entries[(((output * tables.Codebooks) + codebook) * tables.Leaves) + random.Next(tables.Leaves)];
        }

        return sum;
    }

    private static int LargestSum(LookupTables tables, int output) =>
        Enumerable.Range(0, tables.Codebooks).Sum(codebook => (int)tables.Entries.AsSpan(((output * tables.Codebooks) + codebook) * tables.Leaves, tables.Leaves).ToArray().Max());

    private static byte[] FullTables(int codebooks, int outputs) => [.. Enumerable.Repeat((byte)255, codebooks * outputs * 16)];

    private static void Check(KernelLevel kernel, Random random, LookupTables tables, int rows)
    {
        int stride = TilePlan.CodeBlockStride(tables.Codebooks);
        byte[] codes = new byte[(rows + 15) / 16 * stride];
        for (int i = 0; i < codes.Length; i++)
        {
            // Codes of missing rows are codes, too; the partner of an odd last codebook reads as zero.
            codes[i] = (byte)(i % stride / 16 < tables.Codebooks ? random.Next(tables.Leaves) : 0);
        }

        Estimates operation = new(new PackedTables(tables), codes, rows);
        TestedKernels.Run(kernel, ref operation);
        if (operation.Places is null)
        {
            (kernel is KernelLevel.Scalar or KernelLevel.Vector128 || (tables.Leaves == 32 && kernel != KernelLevel.Avx512Vbmi)).Should().BeTrue("others have such a loop");
            return;
        }

        OutputEstimates estimates = new(tables, (tables.Outputs + 63) / 64 * 64);
        estimates.AreUsable.Should().BeTrue("that is what is tested");
        ulong unsure = 0;
        for (int row = 0; row < rows; row++)
        {
            long[] values = [.. Enumerable.Range(0, tables.Outputs).Select(m => Estimate(estimates, RowSum(row, m), m))];
            long largest = values.Max();
            if (values.Count(value => value > largest - TileEstimates.SureDistance) > 1)
            {
                unsure |= 1UL << row;
                continue;
            }

            operation.Places[row].Should().Be(Array.IndexOf(values, largest), "row {0} of {1}, C = {2}, K = {3}, M = {4}", row, rows, tables.Codebooks, tables.Leaves, tables.Outputs);
        }

        operation.Unsure.Should().Be(unsure, "N = {0}, C = {1}, K = {2}, M = {3}", rows, tables.Codebooks, tables.Leaves, tables.Outputs);

        int RowSum(int row, int output)
        {
            int sum = 0;
            for (int codebook = 0; codebook < tables.Codebooks; codebook++)
            {
                sum += tables.Entries[(((output * tables.Codebooks) + codebook) * tables.Leaves) + codes[(row / 16 * stride) + (codebook * 16) + (row % 16)]];
            }

            return sum;
        }
    }

    private struct Estimates(PackedTables tables, byte[] codes, int rows) : IKernelOperation
    {
        private readonly PackedTables _tables = tables;
        private readonly byte[] _codes = codes;
        private readonly int _rows = rows;

        internal int[]? Places { get; private set; }

        internal ulong Unsure { get; private set; }

        public void Invoke<TKernel>()
            where TKernel : struct, IKernel
        {
            _tables.PrepareSearch<TKernel>();
            if (TKernel.LargestLanes(_tables.Tables.Leaves) == 0)
            {
                return;
            }

            Places = new int[_rows];
            byte[] rented = Scratch.Rent(ArgMaxFinder.ScratchBytes<TKernel>(_tables));
            fixed (byte* memory = rented, rowCodes = _codes)
            fixed (int* places = Places)
            {
                Scratch scratch = new(memory, rented.Length);
                Unsure = ArgMaxFinder.Create<TKernel>(_tables, places, ref scratch).Pass<TKernel>(rowCodes, _rows, places);
            }

            Scratch.Return(rented);
        }
    }
}
