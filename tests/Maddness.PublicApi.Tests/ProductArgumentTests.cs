using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Every refusal of multiplying, encoding, evaluating; and that a refused call writes nothing.</summary>
public class ProductArgumentTests
{
    private readonly MaddnessMatmul _product = Fixtures.Product;
    private readonly float[] _a = Data.Rows(3, 6, Fixtures.Inputs);
    private readonly float[] _y = new float[6 * Fixtures.Outputs];

    public ProductArgumentTests() => _y.AsSpan().Fill(42);

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Refused(() => _product.Multiply(_a, 5, _y), "a", "72 elements; expected 5 x 12 = 60");
        Refused(() => _product.Multiply(_a, 7, _y), "a", "72 elements; expected 7 x 12 = 84");
        Refused(() => _product.Multiply((float[])null!, 6, _y), "a", "0 elements; expected 6 x 12 = 72");
        Refused(() => _product.Multiply(_a, 6, _y.AsSpan(1)), "destination", "29 elements; expected 6 x 5 = 30");
        Refused(() => _product.Multiply(_a, 6, new float[31]), "destination", "31 elements; expected 6 x 5 = 30");
        Refused(() => _product.Multiply(_a, 6, (float[])null!), "destination", "0 elements; expected 6 x 5 = 30");
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.Multiply(_a, -6, _y), "rows", "-6", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.Encode(_a, -6), "rows", "-6", "non-negative");
        Refused(() => _product.Encode(_a, 5), "a", "72 elements; expected 5 x 12 = 60");
        Refused(() => Fixtures.Model.Encode(_a, 5), "a", "72 elements; expected 5 x 12 = 60");
        EncodedMatrix encoded = _product.Encode(_a, 6);
        Refused(() => _product.Multiply(encoded, _y.AsSpan(1)), "destination", "29 elements; expected 6 x 5 = 30");
        Refused(() => _product.Multiply(encoded, new TensorSpan<float>(_y, [5, 6])), "destination", "5 x 6; expected 6 x 5");
    }

    [Fact]
    public void More_outputs_than_tables_can_hold_are_refused()
    {
        // A broadcast row of B: a matrix of any width without the memory.
        float[] one = new float[Fixtures.Inputs];
        Refused(
            () => Fixtures.Model.Bind(new ReadOnlyTensorSpan<float>(one, [Fixtures.Inputs, 100_000_000], [1, 0])), "b", "100000000 columns", "expected at most");
    }

    [Fact]
    public void Very_wide_products_take_memory_for_the_rows_they_have()
    {
        const int Outputs = 300_000;
        MaddnessModel model = MaddnessTrainer.Train(Data.Rows(1, 40, 4), 40, 4, new TrainingOptions { Codebooks = 1 });
        float[] b = Data.Uniform(2, 4 * Outputs);
        MaddnessMatmul product = model.Bind(b, Outputs);
        float[] a = Data.Rows(3, 20, 4);
        float[] y = new float[20 * Outputs], row = new float[Outputs];
        product.Multiply(a, 20, y);
        product.Multiply(a.AsSpan(4, 4), 1, row);
        row.Should().Equal(y[Outputs..(2 * Outputs)]);
        product.Evaluate(a, 20, b).Rows.Should().Be(20);
        int[] best = new int[20];
        product.ArgMax(a, 20, best);
        best[1].Should().Be(row.AsSpan().IndexOf(row.Max()));
    }

    [Fact]
    public void Wrong_shapes_of_tensors_are_refused()
    {
        Refused(() => _product.Multiply(new ReadOnlyTensorSpan<float>(_a, [12, 6]), new TensorSpan<float>(_y, [6, 5])), "a", "12 x 6; expected 12 columns");
        Refused(() => _product.Multiply(new ReadOnlyTensorSpan<float>(_a, [6, 12]), new TensorSpan<float>(_y, [5, 6])), "destination", "5 x 6; expected 6 x 5");
        Refused(() => _product.Encode(new ReadOnlyTensorSpan<float>(_a, [12, 6])), "a", "12 x 6; expected 12 columns");
        Refused(() => Fixtures.Model.Encode(new ReadOnlyTensorSpan<float>(_a, [12, 6])), "a", "12 x 6; expected 12 columns");
    }

    [Fact]
    public void Wrong_ranks_are_refused()
    {
        Refused(() => _product.Multiply(new ReadOnlyTensorSpan<float>(_a), new TensorSpan<float>(_y, [6, 5])), "a", "rank 1; expected a matrix");
        Refused(() => _product.Multiply(new ReadOnlyTensorSpan<float>(_a, [6, 12]), new TensorSpan<float>(_y)), "destination", "rank 1; expected a matrix");
        Refused(() => _product.Multiply(new ReadOnlyTensorSpan<float>(_a, [6, 3, 4]), new TensorSpan<float>(_y, [6, 5])), "a", "rank 3; expected a matrix");
        Refused(() => _product.Multiply(default(ReadOnlyTensorSpan<float>), new TensorSpan<float>(_y, [6, 5])), "a", "rank 0; expected a matrix");
        Refused(() => _product.Multiply(_product.Encode(_a, 6), new TensorSpan<float>(_y)), "destination", "rank 1; expected a matrix");
        Refused(() => _product.Encode(new ReadOnlyTensorSpan<float>(_a)), "a", "rank 1; expected a matrix");
        Refused(() => _product.Evaluate(new ReadOnlyTensorSpan<float>(_a), new ReadOnlyTensorSpan<float>(Fixtures.Weights, [12, 5])), "a", "rank 1");
    }

    [Fact]
    public void A_null_encoded_matrix_is_refused()
    {
        Refusal.Of<ArgumentNullException>(() => _product.Multiply((EncodedMatrix)null!, _y), "a");
        Refusal.Of<ArgumentNullException>(() => _product.Multiply((EncodedMatrix)null!, new TensorSpan<float>(_y, [6, 5])), "a");
    }

    [Fact]
    public void No_matrix_to_encode_into_is_refused()
    {
        Refusal.Of<ArgumentNullException>(() => _product.Encode(_a, 6, null!), "destination");
        Refusal.Of<ArgumentNullException>(() => _product.Encode(new ReadOnlyTensorSpan<float>(_a, [6, 12]), null!), "destination");
        Refusal.Of<ArgumentNullException>(() => Fixtures.Model.Encode(_a, 6, null!), "destination");
        Refusal.Of<ArgumentNullException>(() => Fixtures.Model.Encode(new ReadOnlyTensorSpan<float>(_a, [6, 12]), null!), "destination");
    }

    [Fact]
    public void A_foreign_encoded_matrix_is_refused()
    {
        MaddnessModel other = MaddnessTrainer.Train(Data.Rows(50, 100, 12), 100, 12, Fixtures.Options);
        EncodedMatrix foreign = other.Encode(_a, 6);
        Refused(() => _product.Multiply(foreign, _y), "a", "fingerprint", "expected");
        Refused(() => _product.Multiply(foreign, new TensorSpan<float>(_y, [6, 5])), "a", "fingerprint", "expected");
    }

    [Fact]
    public void Another_element_type_than_the_models_is_refused()
    {
        Refused(() => _product.Multiply<short>(new short[72], 6, _y), "a", "Int16; expected Float32");
        Refused(() => _product.Multiply(new ReadOnlyTensorSpan<byte>(new byte[72], [6, 12]), new TensorSpan<float>(_y, [6, 5])), "a", "UInt8; expected Float32");
        Refused(() => _product.Encode<sbyte>(new sbyte[72], 6), "a", "Int8; expected Float32");
        Refused(() => Fixtures.Model.Encode<sbyte>(new sbyte[72], 6), "a", "Int8; expected Float32");
        Refused(() => _product.Evaluate<short>(new short[72], 6, Fixtures.Weights), "a", "Int16; expected Float32");
        MaddnessMatmul bytes = MaddnessTrainer.Train<byte>(Data.Integers<byte>(1, 100, 12), 100, 12, Fixtures.Weights, 5, default, Fixtures.Options);
        Refused(() => bytes.Multiply(_a, 6, _y), "a", "Float32; expected UInt8");
        Refused(() => bytes.Multiply<sbyte>(new sbyte[72], 6, _y), "a", "Int8; expected UInt8");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    public void A_bad_degree_of_parallelism_is_refused_even_without_rows(int degree)
    {
        const string Name = "maxDegreeOfParallelism";
        string[] parts = [$"is {degree}", "expected 1 or more", "-1 for all"];
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.Multiply(_a, 6, _y, degree), Name, parts);
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.Multiply(Array.Empty<float>(), 0, [], degree), Name, parts);
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.Multiply(_product.Encode(_a, 6), _y, degree), Name, parts);
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.Multiply(new ReadOnlyTensorSpan<float>(_a, [6, 12]), new TensorSpan<float>(_y, [6, 5]), degree), Name, parts);
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.Encode(_a, 6, degree), Name, parts);
        Refusal.Of<ArgumentOutOfRangeException>(() => Fixtures.Model.Encode(_a, 6, degree), Name, parts);
        _y.Should().OnlyContain(v => v == 42);
    }

    [Fact]
    public void Overlapping_memory_is_refused()
    {
        // 6 x 12 of A and 6 x 5 of Y at all distances within one array.
        float[] memory = new float[30 + 72 + 30];
        for (int start = 0; start <= memory.Length - 30; start++)
        {
            if (start + 30 <= 30 || start >= 30 + 72)
            {
                _product.Multiply(memory.AsSpan(30, 72), 6, memory.AsSpan(start, 30));
                memory.AsSpan(start, 30).Clear();
            }
            else
            {
                Refusal.Of(() => _product.Multiply(memory.AsSpan(30, 72), 6, memory.AsSpan(start, 30)), "destination", "shares memory with 'a'", "expected memory of its own");
            }
        }

        memory.Should().OnlyContain(v => v == 0);
    }

    [Fact]
    public void Overlap_of_another_element_type_is_refused()
    {
        MaddnessMatmul bytes = MaddnessTrainer.Train<byte>(Data.Integers<byte>(1, 100, 12), 100, 12, Fixtures.Weights, 5, default, Fixtures.Options);
        Refusal.Of(
            () => bytes.Multiply<byte>(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_y.AsSpan())[^72..], 6, _y), "destination", "shares memory with 'a'");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(300)]
    public void Parts_of_wider_rows_may_be_multiplied_from_one_to_another(int rows)
    {
        // Twelve columns of A, five of Y, and one before, between and after them that nobody touches: in this order and in the other one.
        const int Width = 20;
        float[] a = Data.Rows(3, rows, 12), expected = new float[rows * 5], exact = new float[rows * 5];
        ExactMatmul matmul = new(Fixtures.Weights, 12, 5);
        _product.Multiply(a, rows, expected);
        matmul.Multiply(a, rows, exact);
        foreach ((int source, int destination) in (ReadOnlySpan<(int, int)>)[(1, 14), (7, 1)])
        {
            float[] memory = [.. Enumerable.Repeat(7f, rows * Width)];
            for (int n = 0; n < rows; n++)
            {
                a.AsSpan(n * 12, 12).CopyTo(memory.AsSpan((n * Width) + source));
            }

            float[] before = [.. memory];
            _product.Multiply(new ReadOnlyTensorSpan<float>(memory, source, [rows, 12], [Width, 1]), new TensorSpan<float>(memory, destination, [rows, 5], [Width, 1]));
            Check(memory, before, expected);
            matmul.Multiply(new ReadOnlyTensorSpan<float>(memory, source, [rows, 12], [Width, 1]), new TensorSpan<float>(memory, destination, [rows, 5], [Width, 1]));
            Check(memory, before, exact);

            void Check(float[] found, float[] before, float[] product)
            {
                for (int i = 0; i < found.Length; i++)
                {
                    int column = (i % Width) - destination;
                    found[i].Should().Be(column is >= 0 and < 5 ? product[(i / Width * 5) + column] : before[i], "of element {0}", i);
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Bytes_may_stand_beside_floats_and_large_results_beside_rows(int threads)
    {
        // Rows of 12 bytes and five floats, 32 bytes apart.
        byte[] a = Data.Integers<byte>(5, 200, 12), memory = new byte[200 * 32];
        MaddnessMatmul bytes = MaddnessTrainer.Train<byte>(a, 200, 12, Fixtures.Weights, 5, default, Fixtures.Options);
        for (int n = 0; n < 200; n++)
        {
            a.AsSpan(n * 12, 12).CopyTo(memory.AsSpan(n * 32));
        }

        float[] expected = new float[200 * 5];
        bytes.Multiply<byte>(a, 200, expected);
        bytes.Multiply(
            new ReadOnlyTensorSpan<byte>(memory, [200, 12], [32, 1]), new TensorSpan<float>(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(memory.AsSpan(12)), [200, 5], [8, 1]), threads);
        for (int n = 0; n < 200; n++)
        {
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(memory.AsSpan((n * 32) + 12, 20)).ToArray().Should().Equal(expected.AsSpan(n * 5, 5).ToArray());
            memory.AsSpan(n * 32, 12).ToArray().Should().Equal(a.AsSpan(n * 12, 12).ToArray());
        }

        // More than 16 MB of results, which are streamed past the caches.
        const int Rows = 12_000, Wide = 400, Step = 12 + Wide + 4;
        float[] b = Data.Uniform(8, 12 * Wide), rows = Data.Rows(3, Rows, 12), wide = new float[Rows * Step], product = new float[Rows * Wide];
        MaddnessMatmul many = Fixtures.Model.Bind(b, Wide);
        for (int n = 0; n < Rows; n++)
        {
            rows.AsSpan(n * 12, 12).CopyTo(wide.AsSpan(n * Step));
        }

        many.Multiply(rows, Rows, product);
        many.Multiply(new ReadOnlyTensorSpan<float>(wide, [Rows, 12], [Step, 1]), new TensorSpan<float>(wide.AsSpan(12), [Rows, Wide], [Step, 1]), threads);
        for (int n = 0; n < Rows; n++)
        {
            wide.AsSpan((n * Step) + 12, Wide).SequenceEqual(product.AsSpan(n * Wide, Wide)).Should().BeTrue("row {0}", n);
            wide.AsSpan(n * Step, 12).SequenceEqual(rows.AsSpan(n * 12, 12)).Should().BeTrue();
            wide.AsSpan((n * Step) + 12 + Wide, 4).IndexOfAnyExcept(0f).Should().Be(-1);
        }
    }

    [Theory]
    [InlineData(11, 17, 17)]
    [InlineData(13, 17, 17)]
    [InlineData(12, 17, 18)]
    public void Parts_that_reach_into_each_other_are_refused(int start, int step, int otherStep)
    {
        // The last column of A; the first one of its next row; and steps that differ, by which some rows meet.
        float[] memory = new float[8 * 18];
        Refusal.Of(
            () => _product.Multiply(new ReadOnlyTensorSpan<float>(memory, [6, 12], [step, 1]), new TensorSpan<float>(memory.AsSpan(start), [6, 5], [otherStep, 1])),
            "destination",
            "shares memory with 'a'");
        memory.Should().OnlyContain(v => v == 0);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 0)]
    [InlineData(0, 0)]
    public void A_broadcast_destination_is_refused(int rowStride, int columnStride)
    {
        Refused(
            () => _product.Multiply(new ReadOnlyTensorSpan<float>(_a, [6, 12]), new TensorSpan<float>(_y, [6, 5], [rowStride, columnStride])),
            "destination",
            $"strides {rowStride} and {columnStride} for 6 x 5",
            "address of its own");
        EncodedMatrix encoded = _product.Encode(_a, 6);
        Refused(() => _product.Multiply(encoded, new TensorSpan<float>(_y, [6, 5], [rowStride, columnStride])), "destination", $"strides {rowStride} and {columnStride}");
    }

    [Fact]
    public void Evaluation_refuses_what_it_cannot_measure()
    {
        float[] w = Fixtures.Weights;
        Refused(() => _product.Evaluate(Array.Empty<float>(), 0, w), "a", "0 rows; expected at least 1");
        Refused(() => _product.Evaluate(_a, 5, w), "a", "72 elements; expected 5 x 12 = 60");
        Refused(() => _product.Evaluate(_a, 6, w.AsSpan(1)), "b", "59 elements; expected 12 x 5 = 60");
        Refused(() => _product.Evaluate(_a, 6, (float[])null!), "b", "0 elements");
        Refused(() => _product.Evaluate(new ReadOnlyTensorSpan<float>(_a, [12, 6]), new ReadOnlyTensorSpan<float>(w, [12, 5])), "a", "12 x 6; expected 12 columns");
        Refused(() => _product.Evaluate(new ReadOnlyTensorSpan<float>(_a, [6, 12]), new ReadOnlyTensorSpan<float>(w, [5, 12])), "b", "5 x 12", "expected 12");
        Refused(() => _product.Evaluate(new ReadOnlyTensorSpan<float>(_a, [6, 12]), new ReadOnlyTensorSpan<float>(w.AsSpan(0, 48), [12, 4])), "b", "12 x 4", "expected 12 x 5");
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            string text = bad.ToString(null, null);
            float[] a = [.. _a], b = [.. w];
            (a[(4 * 12) + 7], b[(11 * 5) + 3]) = (bad, bad);
            Refused(() => _product.Evaluate(a, 6, w), "a", text, "row 4, column 7", "expected finite");
            Refused(() => _product.Evaluate(_a, 6, b), "b", text, "row 11, column 3", "expected finite");
        }
    }

    [Fact]
    public void An_unknown_summation_is_refused() =>
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.WithSummation((Summation)2), "summation", "'summation' is 2; expected a member of Summation");

    [Fact]
    public void An_unknown_activation_is_refused() =>
        Refusal.Of<ArgumentOutOfRangeException>(() => _product.WithActivation((Activation)2), "activation", "'activation' is 2; expected a member of Activation");

    private void Refused(Action call, string argument, params string[] messageParts)
    {
        Refusal.Of(call, argument, messageParts);
        _y.Should().OnlyContain(v => v == 42, "a refused call writes nothing");
    }
}
