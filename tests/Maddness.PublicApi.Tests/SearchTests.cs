using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Searches return what sorting the whole product would.</summary>
[Collection(KernelSelectionGroup.Name)]
public sealed class SearchTests : IDisposable
{
    private const int Inputs = 24;

    private static readonly float[] Training = Data.Rows(1, 300, Inputs);

    private static readonly MaddnessModel Model = MaddnessTrainer.Train(Training, 300, Inputs, new() { Codebooks = 5 });

    public static TheoryData<KernelLevel> Levels => [.. KernelSelection.Available];

    public void Dispose() => KernelSelection.Reset();

    [Theory]
    [MemberData(nameof(Levels))]
    public void The_largest_outputs_are_those_of_the_product(KernelLevel level)
    {
        KernelSelection.Use(level);
        foreach (int outputs in (int[])[1, 2, 15, 16, 17, 33, 70, 129])
        {
            foreach (bool hasBias in (bool[])[false, true])
            {
                MaddnessMatmul product = Model.Bind(Data.Uniform(2, Inputs * outputs), outputs, hasBias ? Data.Uniform(3, outputs) : default);
                foreach (int rows in (int[])[0, 1, 5, 16, 63, 64, 65, 200])
                {
                    float[] a = Data.Rows(4, rows, Inputs);
                    float[] y = new float[rows * outputs];
                    product.Multiply(a, rows, y);
                    foreach (int k in (int[])[1, Math.Min(5, outputs), outputs])
                    {
                        int[] indices = new int[rows * k];
                        float[] values = new float[rows * k];
                        product.TopK(a, rows, k, indices, values);
                        for (int row = 0; row < rows; row++)
                        {
                            (int Index, float Value)[] expected = Sorted(y.AsSpan(row * outputs, outputs), k);
                            indices.AsSpan(row * k, k).ToArray().Should().Equal(expected.Select(e => e.Index), "M = {0}, k = {1}, row {2} of {3}", outputs, k, row, rows);
                            values.AsSpan(row * k, k).ToArray().Should().Equal(expected.Select(e => e.Value));
                        }
                    }

                    int[] best = new int[rows];
                    product.ArgMax(a, rows, best);
                    best.Should().Equal(Enumerable.Range(0, rows).Select(row => Sorted(y.AsSpan(row * outputs, outputs), 1)[0].Index));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_made_earlier_are_searched_like_their_rows(KernelLevel level)
    {
        KernelSelection.Use(level);
        foreach ((int outputs, int k) in ((int, int)[])[(1, 1), (7, 3), (100, 12), (300, 300)])
        {
            MaddnessMatmul product = Model.Bind(Data.Uniform(2, Inputs * outputs), outputs, Data.Uniform(3, outputs));
            foreach (MaddnessMatmul way in (MaddnessMatmul[])[product, product.WithSummation(Summation.Averaging)])
            {
                foreach (int rows in (int[])[0, 1, 16, 65, 3000])
                {
                    float[] a = Data.Rows(4, rows, Inputs);
                    EncodedMatrix codes = product.Encode(a, rows);
                    int[] expected = new int[rows * k], indices = new int[rows * k];
                    float[] expectedValues = new float[rows * k], values = new float[rows * k];
                    way.TopK(a, rows, k, expected, expectedValues);
                    way.TopK(codes, k, indices, values, 2);
                    indices.Should().Equal(expected);
                    values.Should().Equal(expectedValues);
                    int[] largest = new int[rows], found = new int[rows];
                    way.ArgMax(a, rows, largest);
                    way.ArgMax(codes, found, 2);
                    found.Should().Equal(largest);
                }
            }
        }
    }

    [Fact]
    public void Searches_of_codes_check_their_arguments()
    {
        MaddnessMatmul product = Model.Bind(Data.Uniform(2, Inputs * 5), 5);
        EncodedMatrix codes = product.Encode(Training, 300);
        MaddnessModel other = MaddnessTrainer.Train(Data.Rows(9, 300, Inputs), 300, Inputs, new() { Codebooks = 5 });
        Refusal.Of<ArgumentNullException>(() => product.ArgMax((EncodedMatrix)null!, new int[300]), "a");
        Refusal.Of<ArgumentNullException>(() => product.TopK((EncodedMatrix)null!, 1, new int[300], new float[300]), "a");
        Refusal.Of(() => product.ArgMax(other.Encode(Training, 300), new int[300]), "a", "fingerprint");
        Refusal.Of(() => product.TopK(other.Encode(Training, 300), 1, new int[300], new float[300]), "a", "fingerprint");
        Refusal.Of(() => product.ArgMax(codes, new int[299]), "indices", "299", "expected 300");
        Refusal.Of(() => product.TopK(codes, 2, new int[599], new float[600]), "indices", "599", "300 x 2");
        Refusal.Of(() => product.TopK(codes, 2, new int[600], new float[601]), "values", "601", "300 x 2");
        Refusal.Of<ArgumentOutOfRangeException>(() => product.TopK(codes, 6, new int[1800], new float[1800]), "k", "is 6; expected 1 to 5");
        Refusal.Of<ArgumentOutOfRangeException>(() => product.TopK(codes, 0, [], []), "k", "is 0");
        Refusal.Of<ArgumentOutOfRangeException>(() => product.ArgMax(codes, new int[300], 0), "maxDegreeOfParallelism", "is 0");
        float[] shared = new float[600];
        Refusal.Of(() => product.TopK(codes, 2, System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(shared.AsSpan()), shared), "values", "memory");
    }

    [Fact]
    public void Equal_outputs_come_in_order_of_their_index()
    {
        // Columns repeat every three outputs, so that each value stands in many places.
        const int Outputs = 40;
        float[] columns = Data.Uniform(5, Inputs * 3);
        float[] b = new float[Inputs * Outputs];
        for (int i = 0; i < b.Length; i++)
        {
            b[i] = columns[(i / Outputs * 3) + (i % Outputs % 3)];
        }

        MaddnessMatmul product = Model.Bind(b, Outputs);
        float[] a = Data.Rows(6, 50, Inputs);
        float[] y = new float[50 * Outputs];
        product.Multiply(a, 50, y);
        int[] best = new int[50], indices = new int[50 * 20], reranked = new int[50 * 20];
        float[] values = new float[50 * 20];
        product.ArgMax(a, 50, best);
        product.TopK(a, 50, 20, indices, values);
        new TopKReranker(product, b).Find(a, 50, 20, reranked, values);
        for (int row = 0; row < 50; row++)
        {
            int[] expected = [.. Sorted(y.AsSpan(row * Outputs, Outputs), 20).Select(e => e.Index)];
            best[row].Should().Be(expected[0]).And.BeLessThan(3);
            indices.AsSpan(row * 20, 20).ToArray().Should().Equal(expected);
            int[] found = reranked.AsSpan(row * 20, 20).ToArray();
            for (int i = 1; i < 20; i++)
            {
                (found[i - 1] % 3 != found[i] % 3 || found[i - 1] < found[i]).Should().BeTrue("equal columns come in order");
            }
        }
    }

    [Fact]
    public void Of_equal_exact_values_at_the_cut_the_first_index_is_kept()
    {
        // Columns hold the same whole numbers in turned order, so that a row of ones makes them equal, but not its estimates; column 3 is larger.
        const int Outputs = 8;
        float[] b = new float[Inputs * Outputs], ones = [.. Enumerable.Repeat(1f, Inputs)];
        for (int i = 0; i < b.Length; i++)
        {
            b[i] = ((i / Outputs) + (5 * (i % Outputs))) % Inputs + (i % Outputs == 3 ? 1000 : 0);
        }

        MaddnessMatmul product = Model.Bind(b, Outputs);
        int[] estimated = new int[2], found = new int[2];
        float[] values = new float[2];
        product.TopK(ones, 1, 2, estimated, values);
        estimated[0].Should().Be(3);
        estimated[1].Should().NotBe(0, "the candidates must stand in another order");
        new TopKReranker(product, b).Find(ones, 1, 2, found, values, candidates: Outputs);
        found.Should().Equal(3, 0);
        values.Should().Equal(24_276, 276);
    }

    [Fact]
    public void Reranking_takes_rows_and_weights_in_any_layout()
    {
        const int Outputs = 23, Rows = 40, K = 4;
        float[] b = Data.Uniform(7, Inputs * Outputs), a = Data.Rows(9, Rows, Inputs);
        MaddnessMatmul product = Model.Bind(b, Outputs);
        int[] indices = new int[Rows * K], expected = new int[Rows * K];
        float[] values = new float[Rows * K], expectedValues = new float[Rows * K];
        new TopKReranker(product, b).Find(a, Rows, K, expected, expectedValues, candidates: 9);
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            Laid<float> weights = new(layout, Inputs, Outputs, float.NaN, b), rows = new(layout, Rows, Inputs, float.NaN, a);
            TopKReranker reranker = new(product, weights.ReadOnly);
            reranker.Find(rows.ReadOnly, K, indices, values, candidates: 9);
            indices.Should().Equal(expected, "the layout is {0}", layout);
            Data.Bits(values).Should().Equal(Data.Bits(expectedValues));

            // As many candidates as are asked for, where nothing else is said.
            reranker.Find(rows.ReadOnly, K, indices, values);
            int[] top = new int[Rows * K];
            product.TopK(a, Rows, K, top, new float[Rows * K]);
            indices.Chunk(K).Select(row => row.Order().ToArray()).Should().BeEquivalentTo(top.Chunk(K).Select(row => row.Order().ToArray()), options => options.WithStrictOrdering());
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Reranked_values_are_the_exact_product_bit_for_bit(KernelLevel level)
    {
        KernelSelection.Use(level);
        const int Outputs = 61, Rows = 150;
        float[] b = Data.Uniform(7, Inputs * Outputs);
        foreach (bool hasBias in (bool[])[false, true])
        {
            float[] bias = hasBias ? Data.Uniform(8, Outputs) : [];
            MaddnessMatmul product = Model.Bind(b, Outputs, bias);
            TopKReranker reranker = new(product, b);
            float[] a = Data.Rows(9, Rows, Inputs);
            float[] exact = new float[Rows * Outputs];
            new ExactMatmul(b, Inputs, Outputs, bias).Multiply(a, Rows, exact);
            foreach ((int k, int candidates) in ((int, int)[])[(1, 1), (1, 7), (2, 2), (3, 5), (4, 4), (5, 9), (5, Outputs), (Outputs, Outputs)])
            {
                int[] indices = new int[Rows * k], parallelIndices = new int[Rows * k];
                float[] values = new float[Rows * k], parallelValues = new float[Rows * k];
                reranker.Find(a, Rows, k, indices, values, candidates);
                reranker.Find(a, Rows, k, parallelIndices, parallelValues, candidates, maxDegreeOfParallelism: 7);
                parallelIndices.Should().Equal(indices);
                for (int i = 0; i < indices.Length; i++)
                {
                    BitConverter.SingleToInt32Bits(values[i]).Should().Be(BitConverter.SingleToInt32Bits(exact[(i / k * Outputs) + indices[i]]));
                }

                if (candidates == Outputs)
                {
                    // With every output a candidate, the answer is the exact one.
                    for (int row = 0; row < Rows; row++)
                    {
                        indices.AsSpan(row * k, k).ToArray().Should().Equal(Sorted(exact.AsSpan(row * Outputs, Outputs), k).Select(e => e.Index));
                    }
                }
            }
        }
    }

    [Fact]
    public void Many_candidates_are_ordered_like_few()
    {
        // More than are ranked at once, and weights that repeat, so that exact values are equal.
        const int Outputs = 700, Rows = 12;
        float[] distinct = Data.Uniform(7, Inputs * 350), b = new float[Inputs * Outputs], a = Data.Rows(9, Rows, Inputs), exact = new float[Rows * Outputs];
        for (int i = 0; i < b.Length; i++)
        {
            b[i] = distinct[(i / Outputs * 350) + (i % Outputs % 350)];
        }

        new ExactMatmul(b, Inputs, Outputs).Multiply(a, Rows, exact);
        TopKReranker reranker = new(Model.Bind(b, Outputs), b);
        foreach (int k in (ReadOnlySpan<int>)[1, 6, 513, Outputs])
        {
            int[] indices = new int[Rows * k];
            float[] values = new float[Rows * k];
            reranker.Find(a, Rows, k, indices, values, candidates: Outputs);
            for (int row = 0; row < Rows; row++)
            {
                indices.AsSpan(row * k, k).ToArray().Should().Equal(Sorted(exact.AsSpan(row * Outputs, Outputs), k).Select(e => e.Index));
            }
        }
    }

    [Fact]
    public void Exact_values_that_are_no_number_stand_last()
    {
        // An infinity against weights of zero is no number, against others an infinity of either sign.
        const int Outputs = 9, Rows = 20;
        float[] b = Data.Uniform(7, Inputs * Outputs), a = Data.Rows(9, Rows, Inputs);
        foreach (int output in (ReadOnlySpan<int>)[0, 4, 5])
        {
            b[output] = 0;
        }

        a[0] = float.PositiveInfinity;
        a[Inputs] = float.NegativeInfinity;
        a[2 * Inputs] = float.NaN;
        float[] exact = new float[Rows * Outputs];
        new ExactMatmul(b, Inputs, Outputs).Multiply(a, Rows, exact);
        exact.Count(float.IsNaN).Should().Be(3 + 3 + Outputs);
        TopKReranker reranker = new(Model.Bind(b, Outputs), b);
        foreach (int k in (ReadOnlySpan<int>)[1, 2, 8, Outputs])
        {
            int[] indices = new int[Rows * k];
            float[] values = new float[Rows * k];
            reranker.Find(a, Rows, k, indices, values, candidates: Outputs);
            for (int row = 0; row < Rows; row++)
            {
                // Comparisons of .NET take what is no number for less than everything.
                (int Index, float Value)[] expected = Sorted(exact.AsSpan(row * Outputs, Outputs), k);
                indices.AsSpan(row * k, k).ToArray().Should().Equal(expected.Select(e => e.Index));
                values.AsSpan(row * k, k).ToArray().Should().Equal(expected.Select(e => e.Value));
            }
        }
    }

    [Fact]
    public void Layouts_and_threads_find_the_same()
    {
        const int Outputs = 35, Rows = 5_000, K = 4;
        MaddnessMatmul product = Model.Bind(Data.Uniform(10, Inputs * Outputs), Outputs);
        float[] a = Data.Rows(11, Rows, Inputs);
        float[] transposed = new float[a.Length];
        for (int i = 0; i < a.Length; i++)
        {
            transposed[(i % Inputs * Rows) + (i / Inputs)] = a[i];
        }

        int[] expected = new int[Rows * K], indices = new int[Rows * K], best = new int[Rows];
        float[] values = new float[Rows * K];
        product.TopK(a, Rows, K, expected, values);
        product.TopK(new ReadOnlyTensorSpan<float>(transposed, [Rows, Inputs], [1, Rows]), K, indices, values, maxDegreeOfParallelism: 2);
        indices.Should().Equal(expected);
        product.TopK(new ReadOnlyTensorSpan<float>(a, [Rows, Inputs]), K, indices, values, maxDegreeOfParallelism: 7);
        indices.Should().Equal(expected);
        product.ArgMax(new ReadOnlyTensorSpan<float>(transposed, [Rows, Inputs], [1, Rows]), best, maxDegreeOfParallelism: -1);
        best.Should().Equal(expected.Where((_, i) => i % K == 0));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        MaddnessMatmul product = Model.Bind(Data.Uniform(12, Inputs * 6), 6);
        float[] a = Data.Rows(13, 4, Inputs);
        int[] indices = new int[8];
        float[] values = new float[8];
        FluentActions.Invoking(() => product.TopK(a, 4, 0, indices, values)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("k").WithMessage("*0*1 to 6*");
        FluentActions.Invoking(() => product.TopK(a, 4, 7, indices, values)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("k").WithMessage("*7*1 to 6*");
        FluentActions.Invoking(() => product.TopK(a, 4, 3, indices, values)).Should().Throw<ArgumentException>().WithParameterName("indices").WithMessage("*8*12*");
        FluentActions.Invoking(() => product.TopK(a, 4, 2, indices, new float[7])).Should().Throw<ArgumentException>().WithParameterName("values").WithMessage("*7*8*");
        FluentActions.Invoking(() => product.TopK(a, 3, 2, indices, values)).Should().Throw<ArgumentException>().WithParameterName("a");
        FluentActions.Invoking(() => product.TopK(a, 4, 2, indices, values, 0)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("maxDegreeOfParallelism");
        FluentActions.Invoking(() => product.TopK(a, 4, 2, indices, a.AsSpan(0, 8))).Should().Throw<ArgumentException>().WithParameterName("values").WithMessage("*shares memory*");
        FluentActions.Invoking(() => product.ArgMax(a, 4, indices)).Should().Throw<ArgumentException>().WithParameterName("indices").WithMessage("*8*4*");
        FluentActions.Invoking(() => product.ArgMax<short>(new short[4 * Inputs], 4, new int[4])).Should().Throw<ArgumentException>().WithParameterName("a").WithMessage("*Int16*Float32*");
        FluentActions.Invoking(() => new TopKReranker(null!, values)).Should().Throw<ArgumentNullException>().WithParameterName("product");
        FluentActions.Invoking(() => new TopKReranker(product, values)).Should().Throw<ArgumentException>().WithParameterName("b");
        float[] broken = Data.Uniform(12, Inputs * 6);
        broken[7] = float.NaN;
        FluentActions.Invoking(() => new TopKReranker(product, broken)).Should().Throw<ArgumentException>().WithParameterName("b").WithMessage("*row 1, column 1*");
        TopKReranker reranker = new(product, Data.Uniform(12, Inputs * 6));
        FluentActions.Invoking(() => reranker.Find(a, 4, 2, indices, values, candidates: 1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("candidates").WithMessage("*1*2*6*");
        FluentActions.Invoking(() => reranker.Find(a, 4, 2, indices, values, candidates: 7)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("candidates");
    }

    [Fact]
    public void Integer_rows_are_searched_too()
    {
        const int Rows = 40, Outputs = 9;
        Random random = new(14);
        sbyte[] a = new sbyte[Rows * 8];
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = (sbyte)random.Next(-100, 100);
        }

        float[] b = Data.Uniform(15, 8 * Outputs);
        MaddnessMatmul product = MaddnessTrainer.Train<sbyte>(a, Rows, 8, b, Outputs, options: new TrainingOptions { Codebooks = 4 });
        int[] indices = new int[Rows * 2];
        float[] values = new float[Rows * 2];
        new TopKReranker(product, b).Find<sbyte>(a, Rows, 2, indices, values, candidates: Outputs);
        for (int row = 0; row < Rows; row++)
        {
            float[] exact = new float[Outputs];
            for (int output = 0; output < Outputs; output++)
            {
                for (int input = 0; input < 8; input++)
                {
                    exact[output] = MathF.FusedMultiplyAdd(a[(row * 8) + input], b[(input * Outputs) + output], exact[output]);
                }
            }

            indices.AsSpan(row * 2, 2).ToArray().Should().Equal(Sorted(exact, 2).Select(e => e.Index));
        }
    }

    private static (int Index, float Value)[] Sorted(ReadOnlySpan<float> row, int k) =>
        [.. row.ToArray().Select((value, index) => (index, value)).OrderByDescending(e => e.value).ThenBy(e => e.index).Take(k)];
}
