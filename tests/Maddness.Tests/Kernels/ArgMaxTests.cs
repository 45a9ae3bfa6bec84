using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Kernels;

/// <summary>The arg-max is the first largest output of the scalar product, in every kernel and at every tail, though kernels compare before they would transpose and store.</summary>
public class ArgMaxTests
{
    private const int Inputs = 13;

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Theory]
    [MemberData(nameof(Levels))]
    public void It_is_right_at_every_row_tail(KernelLevel kernel)
    {
        Random random = new(1);
        foreach (int rows in (int[])[0, 1, 5, 6, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 257, 600])
        {
            foreach (int levels in (int[])[4, 5, 6])
            {
                Check<float>(kernel, random, rows, 3, levels, 37);
                Check<float>(kernel, random, rows, 4, levels, 36);
                Check<short>(kernel, random, rows, 3, levels, 20);
                Check<sbyte>(kernel, random, rows, 3, levels, 9);
                Check<byte>(kernel, random, rows, 3, levels, 9);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void It_is_right_at_every_output_tail(KernelLevel kernel)
    {
        Random random = new(2);
        for (int outputs = 1; outputs <= 136; outputs++)
        {
            Check<float>(kernel, random, 50, 2, 4, outputs);
            Check<float>(kernel, random, 50, 2, 5, outputs);
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void It_is_right_at_every_count_of_codebooks(KernelLevel kernel)
    {
        Random random = new(3);
        foreach (int codebooks in (int[])[1, 2, 3, 5, 8, 16, 64, 127, 128, 129, 255, 256, 257, 513])
        {
            Check<float>(kernel, random, 35, codebooks, 4, 41);
            Check<float>(kernel, random, 35, codebooks, 5, 41);
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void The_first_of_equals_wins_wherever_they_stand(KernelLevel kernel)
    {
        // Entries of 0 and 1 and equal scales: most rows have their largest output in many places, in the same lanes and in different ones.
        Random random = new(4);
        foreach (int levels in (int[])[4, 5])
        {
            foreach (int outputs in (int[])[2, 7, 16, 31, 32, 40, 64, 100, 129])
            {
                foreach (int sparsity in (int[])[2, 20, 200])
                {
                    HashTrees trees = RandomModel.Trees(random, Inputs, 3, levels);
                    byte[] entries = [.. Enumerable.Range(0, (3 * outputs) << levels).Select(_ => (byte)(random.Next(sparsity) == 0 ? 1 : 0))];
                    LookupTables tables = new(3, 1 << levels, outputs, entries, [.. Enumerable.Repeat(0.5f, outputs)], new float[outputs], null);
                    CheckPlaces(kernel, trees, tables, RandomModel.Inputs<float>(random, 90 * Inputs), 90);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Zeros_of_both_signs_are_equal(KernelLevel kernel)
    {
        HashTrees trees = RandomModel.Trees(new Random(5), Inputs, 1, 4);
        foreach (int first in (int[])[0, 1, 5, 33])
        {
            // All below zero, then −0 and 0 in turn from some output on: only a product with a scale of −0, which a file may hold, is −0.
            float[] scales = [.. Enumerable.Range(0, 40).Select(m => m % 2 == 0 ? -0f : 1f)];
            float[] offsets = [.. Enumerable.Range(0, 40).Select(m => m < first ? -1f : -0f)];
            LookupTables tables = new(1, 16, 40, new byte[16 * 40], scales, offsets, null);
            float[] y = PipelineRunner.Multiply(kernel, trees, tables, new float[20 * Inputs], 20);
            y.AsSpan(first, 2).ToArray().Select(float.IsNegative).Should().BeEquivalentTo([true, false], "that is what is tested");
            PipelineRunner.ArgMax(kernel, trees, tables, new float[20 * Inputs], 20).Should().AllSatisfy(place => place.Should().Be(first));
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Extreme_scales_are_compared_as_they_are_stored(KernelLevel kernel)
    {
        float[] scales = [0, float.Epsilon, 1e-40f, 1e-30f, 0.1f, 1 / 3f, 1, 1e30f, -0f, 1e36f];
        float[] offsets = [0, -0f, float.Epsilon, -1e-40f, 1, -1, 1e30f, -1e30f, 3e38f, -3e38f];
        float[] biases = [-0f, 0, 1e-45f, -7, -3e38f];
        Random random = new(6);
        foreach (float[] chosen in (float[][])[scales, scales[..8]])
        {
            foreach (int outputs in (int[])[1, 11, 16, 33, 64, 100])
            {
                foreach (bool bias in (bool[])[true, false])
                {
                    HashTrees trees = RandomModel.Trees(random, Inputs, 5, 4);
                    byte[] entries = new byte[5 * outputs * 16];
                    random.NextBytes(entries);
                    LookupTables tables = new(5, 16, outputs, entries, random.GetItems(chosen, outputs), random.GetItems(offsets, outputs), bias ? random.GetItems(biases, outputs) : null);
                    CheckPlaces(kernel, trees, tables, RandomModel.Inputs<float>(random, 40 * Inputs), 40);

                    // Nothing but −∞: the first.
                    LookupTables lowest = new(
                        5, 16, outputs, new byte[entries.Length], tables.Scales.ToArray(), [.. Enumerable.Repeat(float.MinValue, outputs)], [.. Enumerable.Repeat(float.MinValue, outputs)]);
                    PipelineRunner.ArgMax(kernel, trees, lowest, new float[40 * Inputs], 40).Should().AllBeEquivalentTo(0);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Threads_and_averages_do_not_change_it(KernelLevel kernel)
    {
        Random random = new(7);
        HashTrees trees = RandomModel.Trees(random, Inputs, 9, 4);
        LookupTables tables = RandomModel.Tables(random, 9, 4, 70);
        float[] a = RandomModel.Inputs<float>(random, 1000 * Inputs);
        foreach (Summation summation in Enum.GetValues<Summation>())
        {
            int[] expected = Places(PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, 1000, summation: summation), 1000, 70);
            foreach (int workers in (int[])[1, 2, 7])
            {
                PipelineRunner.ArgMax(kernel, trees, tables, a, 1000, new WorkerShares(workers, 1), summation).Should().Equal(expected);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Threads_that_share_outputs_do_not_change_what_is_found(KernelLevel kernel)
    {
        Random random = new(9);
        foreach ((int levels, int outputs, int parts) in ((int, int, int)[])[(4, 300, 2), (4, 1000, 7), (5, 413, 3), (6, 290, 2)])
        {
            HashTrees trees = RandomModel.Trees(random, Inputs, 5, levels);
            LookupTables tables = RandomModel.Tables(random, 5, levels, outputs);
            foreach (int rows in (int[])[1, 17, 70, 1100])
            {
                float[] a = RandomModel.Inputs<float>(random, rows * Inputs);
                string because = $"{rows} rows, {outputs} outputs in {parts} parts, K = {1 << levels}";
                int[] largest = PipelineRunner.ArgMax(KernelLevel.Scalar, trees, tables, a, rows);
                PipelineRunner.ArgMax(kernel, trees, tables, a, rows, new WorkerShares(1, parts)).Should().Equal(largest, because);
                PipelineRunner.ArgMax(kernel, trees, tables, a, rows, new WorkerShares(2, parts, AreInTurn: true)).Should().Equal(largest, because + ", in turn");
                foreach (int k in (int[])[1, 5])
                {
                    (int[] expected, float[] values) = PipelineRunner.Search(KernelLevel.Scalar, trees, tables, a, rows, k, new(1, 1));
                    (int[] Indices, float[] Values) found = PipelineRunner.Search(kernel, trees, tables, a, rows, k, new(2, parts));
                    found.Indices.Should().Equal(expected, because);
                    Bits.ShouldBe(found.Values, values, because);
                    byte[] packed = PipelineRunner.Encode(KernelLevel.Scalar, trees, a, rows);
                    foreach (WorkerShares shares in (WorkerShares[])[new(1, 1), new(2, parts), new(2, parts, AreInTurn: true)])
                    {
                        found = PipelineRunner.Search(kernel, tables, levels, packed, rows, k, shares);
                        found.Indices.Should().Equal(expected, "{0}, from codes, {1}", because, shares);
                        Bits.ShouldBe(found.Values, values, $"{because}, from codes, {shares}");
                    }

                    foreach (int threads in (int[])[1, 3])
                    {
                        found = PipelineRunner.Search(kernel, trees, tables, a, rows, k, new(threads, parts, AreInTurn: true));
                        found.Indices.Should().Equal(expected, because + ", in turn");
                        Bits.ShouldBe(found.Values, values, because + ", in turn");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void The_largest_of_few_outputs_are_found_at_any_tail(KernelLevel kernel)
    {
        Random random = new(13);
        foreach ((int levels, int outputs, int k) in ((int, int, int)[])[(4, 10, 3), (4, 33, 5), (5, 64, 10), (6, 7, 7), (4, 64, 11)])
        {
            HashTrees trees = RandomModel.Trees(random, Inputs, 3, levels);
            LookupTables tables = RandomModel.Tables(random, 3, levels, outputs, bias: outputs % 2 == 0);
            foreach (int rows in (int[])[15, 16, 17, 63, 64, 65, 81, 130])
            {
                float[] a = RandomModel.Inputs<float>(random, rows * Inputs);
                float[] y = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows);
                (int[] indices, float[] values) = PipelineRunner.Search(kernel, trees, tables, a, rows, k, new(1, 1));
                for (int row = 0; row < rows; row++)
                {
                    float[] own = y[(row * outputs)..((row + 1) * outputs)];
                    int[] sorted = [.. Enumerable.Range(0, outputs).OrderByDescending(i => own[i]).ThenBy(i => i).Take(k)];
                    indices.AsSpan(row * k, k).SequenceEqual(sorted).Should().BeTrue("row {0} of {1}, {2} outputs, k = {3}", row, rows, outputs, k);
                    Bits.ShouldBe(values.AsSpan(row * k, k), Array.ConvertAll(sorted, i => own[i]), $"row {row} of {rows}, {outputs} outputs, k = {k}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Threads_and_parts_do_not_change_what_is_reranked(KernelLevel kernel)
    {
        Random random = new(11);
        const int Outputs = 700;
        HashTrees trees = RandomModel.Trees(random, Inputs, 5, 4);
        LookupTables tables = RandomModel.Tables(random, 5, 4, Outputs);
        float[] b = RandomModel.Inputs<float>(random, Inputs * Outputs);
        foreach (int rows in (int[])[1, 130, 1100])
        {
            float[] a = RandomModel.Inputs<float>(random, rows * Inputs);
            int threads = Math.Min(3, rows);
            (int[] expected, float[] values) = PipelineRunner.Rerank(KernelLevel.Scalar, trees, tables, b, a, rows, 40, 7, new(1, 1));
            foreach (WorkerShares shares in (WorkerShares[])[new(1, 1), new(threads, 1), new(1, 4), new(1, 3, AreInTurn: true), new(threads, 2, AreInTurn: true)])
            {
                (int[] indices, float[] found) = PipelineRunner.Rerank(kernel, trees, tables, b, a, rows, 40, 7, shares);
                indices.Should().Equal(expected, "{0} rows, {1}", rows, shares);
                Bits.ShouldBe(found, values, $"{rows} rows, {shares}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Rows_of_a_million_outputs_are_searched_one_by_one(KernelLevel kernel)
    {
        Random random = new(12);
        const int Outputs = 1_050_000, Rows = 18, K = 600;
        HashTrees trees = RandomModel.Trees(random, Inputs, 1, 4);
        LookupTables tables = RandomModel.Tables(random, 1, 4, Outputs);
        float[] a = RandomModel.Inputs<float>(random, Rows * Inputs);
        float[] y = PipelineRunner.Multiply(kernel, trees, tables, a, Rows);
        (int[] indices, float[] values) = PipelineRunner.Search(kernel, trees, tables, a, Rows, K, new(1, 1));
        for (int row = 0; row < Rows; row += 17)
        {
            float[] outputs = y[(row * Outputs)..((row + 1) * Outputs)];
            int[] sorted = [.. Enumerable.Range(0, Outputs).OrderByDescending(i => outputs[i]).ThenBy(i => i).Take(K)];
            indices[(row * K)..((row + 1) * K)].Should().Equal(sorted);
            Bits.ShouldBe(values.AsSpan(row * K, K), Array.ConvertAll(sorted, i => outputs[i]), $"row {row}");
        }
    }

    [Fact]
    public void Equal_outputs_of_several_parts_are_found_in_order()
    {
        // All outputs are the same, or no numbers: the lowest indices, whichever thread is done first.
        HashTrees trees = RandomModel.Trees(new Random(10), Inputs, 2, 4);
        LookupTables tables = new(2, 16, 600, new byte[2 * 16 * 600], [.. Enumerable.Repeat(1f, 600)], [.. Enumerable.Repeat(0f, 600)], null);
        (int[] indices, float[] values) = PipelineRunner.Search(KernelLevel.Scalar, trees, tables, new float[3 * Inputs], 3, 4, new(1, 4));
        indices.Should().Equal(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
        values.Should().AllBeEquivalentTo(0f);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Kernels_that_shuffle_wide_tiles_compare_in_registers(KernelLevel kernel)
    {
        // What the tests above are for: not only the way through stored floats.
        Finds operation = new(new PackedTables(RandomModel.Tables(new Random(8), 4, 4, 40)));
        TestedKernels.Run(kernel, ref operation);
        operation.Result.Should().Be(kernel is KernelLevel.Avx2 or KernelLevel.Avx512 or KernelLevel.Avx512Vbmi);
    }

    /// <summary>The first place of the largest value of each row.</summary>
    internal static int[] Places(float[] y, int rows, int outputs)
    {
        int[] places = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            for (int output = 1; output < outputs; output++)
            {
                places[row] = y[(row * outputs) + output] > y[(row * outputs) + places[row]] ? output : places[row];
            }
        }

        return places;
    }

    private static void Check<T>(KernelLevel kernel, Random random, int rows, int codebooks, int levels, int outputs)
        where T : unmanaged
    {
        HashTrees trees = RandomModel.Trees(random, Inputs, codebooks, levels, Common.ElementTypes.Of<T>());
        LookupTables tables = RandomModel.Tables(random, codebooks, levels, outputs, bias: outputs % 2 == 0);
        CheckPlaces(kernel, trees, tables, RandomModel.Inputs<T>(random, rows * Inputs), rows);
    }

    private static void CheckPlaces<T>(KernelLevel kernel, HashTrees trees, LookupTables tables, T[] a, int rows)
        where T : unmanaged
    {
        float[] y = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows);
        PipelineRunner.ArgMax(kernel, trees, tables, a, rows)
            .Should().Equal(Places(y, rows, tables.Outputs), "N = {0}, C = {1}, K = {2}, M = {3}", rows, tables.Codebooks, tables.Leaves, tables.Outputs);
    }

    private struct Finds(PackedTables tables) : IKernelOperation
    {
        private readonly PackedTables _tables = tables;

        internal bool Result { get; private set; }

        public void Invoke<TKernel>()
            where TKernel : struct, IKernel => Result = ArgMaxFinder.IsAvailable<TKernel>(_tables, Summation.Exact, 16);
    }
}
