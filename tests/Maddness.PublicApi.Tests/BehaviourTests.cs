using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>What the library promises, from end to end.</summary>
public class BehaviourTests
{
    [Fact]
    public void No_rows_write_nothing()
    {
        MaddnessMatmul product = Fixtures.Product;
        EncodedMatrix none = product.Encode(Array.Empty<float>(), 0);
        none.Rows.Should().Be(0);
        product.Multiply(Array.Empty<float>(), 0, []);
        product.Multiply(none, []);
        product.Multiply(new ReadOnlyTensorSpan<float>(Array.Empty<float>(), [0, 12]), new TensorSpan<float>(Array.Empty<float>(), [0, 5]));
        product.Multiply(none, new TensorSpan<float>(Array.Empty<float>(), [0, 5]), -1);
        Fixtures.Model.Encode(new ReadOnlyTensorSpan<float>(Array.Empty<float>(), [0, 12]), -1).Rows.Should().Be(0);
        using MemoryStream stream = new(Data.Saved(none.Save));
        EncodedMatrix.Load(stream).Rows.Should().Be(0);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void NaN_and_negative_infinity_go_left_and_zeros_are_equal(int leaves)
    {
        MaddnessModel model = MaddnessTrainer.Train(Fixtures.Training, 200, 12, new() { Codebooks = 3, Leaves = leaves });
        float[] row = Data.Rows(3, 37, 12);
        Codes(v => float.NaN).Should().Equal(Codes(v => float.NegativeInfinity), "both go left everywhere");
        Codes(v => -float.NaN).Should().Equal(Codes(v => float.NegativeInfinity));
        Codes(v => BitConverter.Int32BitsToSingle(0x7F800001)).Should().Equal(Codes(v => float.NegativeInfinity), "signalling NaNs are no exception");
        Codes(v => 0f).Should().Equal(Codes(v => -0f));
        Codes(v => float.PositiveInfinity).Should().Equal(Codes(v => float.MaxValue), "thresholds of learned splits are finite");
        Codes(v => v > 0.3f ? float.NaN : v).Should().Equal(Codes(v => v > 0.3f ? float.NegativeInfinity : v), "a NaN is nobody else's business");
        Codes(v => float.PositiveInfinity).Should().NotEqual(Codes(v => float.NegativeInfinity));

        byte[] Codes(Func<float, float> change) => Data.Saved(model.Encode(Array.ConvertAll(row, v => change(v)), 37).Save);
    }

    [Fact]
    public void Products_of_NaN_are_finite()
    {
        float[] y = new float[37 * 5];
        Fixtures.Product.Multiply([.. Enumerable.Repeat(float.NaN, 37 * 12)], 37, y);
        y.Should().OnlyContain(v => float.IsFinite(v));
    }

    [Fact]
    public void One_training_suffices_for_many_B_and_one_encoding_too()
    {
        MaddnessModel model = Fixtures.Model;
        float[] x = Data.Rows(11, 333, 12);
        EncodedMatrix encoded = model.Encode(x, 333);
        (encoded.Rows, encoded.Codebooks, encoded.Leaves).Should().Be((333, 3, 16));
        foreach ((int outputs, bool bias) in ((int, bool)[])[(1, false), (5, true), (16, false), (17, true), (100, true)])
        {
            float[] b = Data.Uniform(outputs, 12 * outputs);
            MaddnessMatmul product = model.Bind(b, outputs, bias ? Data.Uniform(3, outputs) : default(ReadOnlySpan<float>));
            (product.Inputs, product.Outputs, product.Codebooks, product.Leaves, product.HasBias).Should().Be((12, outputs, 3, 16, bias));
            product.Evaluate(x, 333, b).NormalizedMeanSquaredError.Should().BeLessThan(0.3);

            float[] direct = new float[333 * outputs], scanned = new float[333 * outputs];
            product.Multiply(x, 333, direct);
            product.Multiply(encoded, scanned);
            Data.Bits(scanned).Should().Equal(Data.Bits(direct));
            product.Multiply(product.Encode(x, 333), scanned, 2);
            Data.Bits(scanned).Should().Equal(Data.Bits(direct));
        }
    }

    [Fact]
    public void Encoding_into_a_matrix_makes_it_the_one_that_would_be_new()
    {
        MaddnessModel model = Fixtures.Model;
        MaddnessMatmul product = model.Bind(Data.Uniform(5, 12 * 5), 5);
        MaddnessModel other = MaddnessTrainer.Train(Data.Rows(50, 100, 12), 100, 12, new() { Codebooks = 5 });
        MaddnessModel wide = MaddnessTrainer.Train(Data.Rows(50, 200, 12), 200, 12, new() { Codebooks = 2, Leaves = 32 });
        EncodedMatrix reused = other.Encode(Data.Rows(1, 50, 12), 50);
        foreach (int rows in (int[])[333, 16, 17, 0, 1, 333, 1000])
        {
            float[] x = Data.Rows(11, rows, 12);
            model.Encode(x, rows, reused);
            Check(model.Encode(x, rows));
            product.Encode(x, rows, reused, 2);
            Check(product.Encode(x, rows));
            wide.Encode(x, rows, reused);
            Check(wide.Encode(x, rows));
            other.Encode(new ReadOnlyTensorSpan<float>(x, [rows, 12]), reused);
            Check(other.Encode(x, rows));
            product.Encode(new ReadOnlyTensorSpan<float>(x, [rows, 12]), reused);
            Check(product.Encode(x, rows));

            float[] direct = new float[rows * 5], scanned = new float[rows * 5];
            product.Multiply(x, rows, direct);
            product.Multiply(reused, scanned);
            Data.Bits(scanned).Should().Equal(Data.Bits(direct));
        }

        void Check(EncodedMatrix expected)
        {
            (reused.Rows, reused.Codebooks, reused.Leaves).Should().Be((expected.Rows, expected.Codebooks, expected.Leaves));
            Data.Saved(reused.Save).Should().Equal(Data.Saved(expected.Save));
        }
    }

    [Fact]
    public void A_matrix_that_is_not_encoded_into_keeps_its_rows()
    {
        EncodedMatrix encoded = Fixtures.Model.Encode(Data.Rows(11, 33, 12), 33);
        byte[] before = Data.Saved(encoded.Save);
        ((Action)(() => Fixtures.Model.Encode(new float[35], 3, encoded))).Should().Throw<ArgumentException>();
        ((Action)(() => Fixtures.Model.Encode<short>(new short[36], 3, encoded))).Should().Throw<ArgumentException>();
        ((Action)(() => Fixtures.Model.Encode(new float[36], 3, encoded, 0))).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => Fixtures.Model.Encode<double>(new double[36], 3, encoded))).Should().Throw<NotSupportedException>();
        ((Action)(() => Fixtures.Product.Encode(new float[35], 3, encoded))).Should().Throw<ArgumentException>();
        ((Action)(() => Fixtures.Product.Encode(new ReadOnlyTensorSpan<float>(new float[36], [3, 12]), encoded, -2))).Should().Throw<ArgumentOutOfRangeException>();
        Data.Saved(encoded.Save).Should().Equal(before);
    }

    [Fact]
    public void Rows_do_not_depend_on_their_neighbours()
    {
        float[] x = Data.Rows(12, 300, 12), all = new float[300 * 5], part = new float[300 * 5];
        Fixtures.Product.Multiply(x, 300, all);
        foreach (int batch in (int[])[1, 7, 16, 64, 299])
        {
            for (int start = 0; start < 300; start += batch)
            {
                int rows = Math.Min(batch, 300 - start);
                Fixtures.Product.Multiply(x.AsSpan(start * 12, rows * 12), rows, part.AsSpan(start * 5, rows * 5));
            }

            Data.Bits(part).Should().Equal(Data.Bits(all), "batches of {0}", batch);
        }
    }

    [Fact]
    public void Integers_train_bind_and_multiply()
    {
        Run<short>(ElementType.Int16);
        Run<sbyte>(ElementType.Int8);
        Run<byte>(ElementType.UInt8);

        static void Run<T>(ElementType type)
            where T : unmanaged
        {
            const int Many = 4_001;
            T[] x = Data.Integers<T>(2, 333, 12);
            float[] b = Fixtures.Weights;
            foreach (int leaves in type == ElementType.Int16 ? (int[])[16, 32, 64] : [16])
            {
                // Few, among which some are made, and once many.
                int count = leaves == 32 ? Many : 400;
                T[] training = Data.Integers<T>(1, count, 12);
                TrainingOptions options = new() { Codebooks = 4, Leaves = leaves };
                MaddnessModel model = MaddnessTrainer.Train<T>(training, count, 12, options);
                MaddnessMatmul product = MaddnessTrainer.Train<T>(training, count, 12, b, 5, default, options);
                (model.ElementType, product.ElementType).Should().Be((type, type));
                product.Evaluate<T>(x, 333, b).NormalizedMeanSquaredError.Should().BeLessThan(0.2);
                MaddnessMatmul bound = model.Bind(b, 5);
                bound.Evaluate<T>(x, 333, b).NormalizedMeanSquaredError.Should().BeLessThan(0.2);

                // Rows given are alone where there are many, and with this objective; made ones of integers are rounded.
                if (count < Many)
                {
                    options = options with { Objective = Objective.Reconstruction };
                    product = MaddnessTrainer.Train<T>(training, count, 12, b, 5, default, options);
                }

                SameOfFloats(product, training, count, options);
            }

            T[] others = Data.Integers<T>(3, Many, 12);
            TrainingOptions output = new() { Codebooks = 2, Objective = Objective.Output };
            SameOfFloats(MaddnessTrainer.Train<T>(others, Many, 12, b, 5, default, output), others, Many, output);

            // The same values as float: other thresholds (midpoints are not rounded down to integers), but the same side for every integer, so the same tables.
            void SameOfFloats(MaddnessMatmul product, T[] rows, int number, TrainingOptions options)
            {
                MaddnessMatmul floats = MaddnessTrainer.Train(Data.AsFloats(rows), number, 12, b, 5, default, options);
                float[] ofIntegers = new float[333 * 5], ofFloats = new float[333 * 5];
                product.Multiply<T>(x, 333, ofIntegers);
                floats.Multiply(Data.AsFloats(x), 333, ofFloats);
                Data.Bits(ofIntegers).Should().Equal(Data.Bits(ofFloats));
                product.Multiply(product.Encode<T>(x, 333), ofIntegers);
                Data.Bits(ofIntegers).Should().Equal(Data.Bits(ofFloats));
            }
        }
    }

    [Theory]
    [InlineData(257, 16)]
    [InlineData(300, 16)]
    [InlineData(257, 32)]
    [InlineData(258, 64)]
    public void More_than_256_codebooks_work(int codebooks, int leaves)
    {
        // One column per codebook, and the first ones get two.
        int inputs = codebooks + 10;
        float[] training = Data.Rows(1, 120, inputs), b = Data.Uniform(2, inputs * 9);
        MaddnessMatmul product = MaddnessTrainer.Train(training, 120, inputs, b, 9, default, new() { Codebooks = codebooks, Leaves = leaves, PrototypeLayout = PrototypeLayout.CodebookLocal });
        product.Evaluate(training, 120, b).NormalizedMeanSquaredError.Should().BeLessThan(0.02);
    }

    [Fact]
    public void More_leaves_lower_the_error()
    {
        float[] training = Data.Rows(1, 2000, 32), x = Data.Rows(5, 500, 32), b = Data.Uniform(2, 32 * 20);
        double[] errors = [.. ((int[])[16, 32, 64]).Select(leaves =>
            MaddnessTrainer.Train(training, 2000, 32, b, 20, default, new() { Codebooks = 4, Leaves = leaves }).Evaluate(x, 500, b).NormalizedMeanSquaredError)];
        errors.Should().BeInDescendingOrder();
        errors[0].Should().BeLessThan(0.2);
    }

    [Fact]
    public void Saved_products_multiply_to_the_same_bits()
    {
        MaddnessMatmul product = MaddnessTrainer.Train(Fixtures.Training, 200, 12, Fixtures.Weights, 5, Data.Uniform(7, 5), new() { Codebooks = 3, Leaves = 32 });
        using MemoryStream stream = new(Data.Saved(product.Save));
        MaddnessMatmul loaded = MaddnessMatmul.Load(stream);
        float[] x = Data.Rows(3, 50, 12), expected = new float[250], actual = new float[250];
        product.Multiply(x, 50, expected);
        loaded.Multiply(x, 50, actual);
        Data.Bits(actual).Should().Equal(Data.Bits(expected));
        loaded.Multiply(product.Encode(x, 50), actual);
        Data.Bits(actual).Should().Equal(Data.Bits(expected), "codes of a product fit the loaded copy");
        (loaded.HasBias, loaded.SizeInBytes).Should().Be((true, product.SizeInBytes));
    }

    [Fact]
    public void The_size_in_bytes_is_that_of_tables_scales_and_trees()
    {
        // Tables K·C·M; a scale and an offset per output, and a bias; K thresholds and T columns per codebook.
        Fixtures.Product.SizeInBytes.Should().Be((16 * 3 * 5) + (4 * 2 * 5) + (4 * 16 * 3) + (4 * 4 * 3));
        Fixtures.Model.Bind(Fixtures.Weights, 5, new float[5]).SizeInBytes.Should().Be(Fixtures.Product.SizeInBytes + (4 * 5));
    }

    [Fact]
    public void An_activation_is_applied_by_all_that_multiplies_and_by_nothing_else()
    {
        const int Rows = 333;
        float[] x = Data.Rows(7, Rows, 12), b = Fixtures.Weights, bias = [0.1f, -0.2f, 0.3f, -0.4f, 0];
        MaddnessMatmul plain = Fixtures.Model.Bind(b, 5, bias), product = plain.WithActivation(Activation.Relu);
        (plain.Activation, product.Activation).Should().Be((Activation.None, Activation.Relu));
        float[] outputs = new float[Rows * 5], y = new float[Rows * 5];
        plain.Multiply(x, Rows, outputs);
        float[] expected = Array.ConvertAll(outputs, value => value < 0 ? 0 : value);
        expected.Should().Contain(value => value == 0).And.Contain(value => value > 0);
        product.Multiply(x, Rows, y);
        y.Should().Equal(expected);
        y.AsSpan().Clear();
        product.Multiply(new ReadOnlyTensorSpan<float>(x, [Rows, 12]), new TensorSpan<float>(y, [Rows, 5]), 2);
        y.Should().Equal(expected);
        y.AsSpan().Clear();
        product.Multiply(plain.Encode(x, Rows), y);
        y.Should().Equal(expected);
        y.AsSpan().Clear();
        product.Multiply(product.Encode(x, Rows), new TensorSpan<float>(y, [Rows, 5]));
        y.Should().Equal(expected);

        int[] indices = new int[Rows * 2], ofPlain = new int[Rows * 2];
        float[] values = new float[Rows * 2], valuesOfPlain = new float[Rows * 2];
        product.TopK(x, Rows, 2, indices, values);
        plain.TopK(x, Rows, 2, ofPlain, valuesOfPlain);
        indices.Should().Equal(ofPlain);
        values.Should().Equal(valuesOfPlain).And.Contain(value => value < 0);
        product.ArgMax(x, Rows, indices.AsSpan(0, Rows));
        plain.ArgMax(x, Rows, ofPlain.AsSpan(0, Rows));
        indices.Should().Equal(ofPlain);
        new TopKReranker(product, b).Find(x, Rows, 2, indices, values);
        new TopKReranker(plain, b).Find(x, Rows, 2, ofPlain, valuesOfPlain);
        values.Should().Equal(valuesOfPlain);
        product.Evaluate(x, Rows, b).NormalizedMeanSquaredError.Should().Be(plain.Evaluate(x, Rows, b).NormalizedMeanSquaredError);
        DriftGuard guard = new(product, b, 9, new() { Interval = 1 }), guardOfPlain = new(plain, b, 9, new() { Interval = 1 });
        guard.Multiply(x, Rows, y);
        y.Should().Equal(expected);
        guardOfPlain.Multiply(x, Rows, y);
        guard.Bound.Should().Be(guardOfPlain.Bound).And.BePositive();

        product.WithSummation(Summation.Averaging).Activation.Should().Be(Activation.Relu);
        product.WithSummation(Summation.Averaging).WithActivation(Activation.None).Summation.Should().Be(Summation.Averaging);
        using MemoryStream stream = new(Data.Saved(product.Save));
        MaddnessMatmul.Load(stream).Activation.Should().Be(Activation.None);
    }

    [Fact]
    public void Products_models_and_encoded_matrices_say_what_they_are()
    {
        MaddnessMatmul product = Fixtures.Product;
        product.ToString().Should().Be("12 × 5, 3 codebooks of 16 leaves, rows of Float32, " + product.SizeInBytes.ToString(System.Globalization.CultureInfo.InvariantCulture) + " bytes");
        MaddnessTrainer.Train<sbyte>(Data.Integers<sbyte>(4, 40, 12), 40, 12, Fixtures.Weights, 5, new float[5], Fixtures.Options).ToString().Should().StartWith("12 × 5 with bias, 3 codebooks of 16 leaves, rows of Int8, ");
        product.WithActivation(Activation.Relu).ToString().Should().StartWith("12 × 5, 3 codebooks of 16 leaves, Relu, rows of Float32, ");
        Fixtures.Model.ToString().Should().Be("12 inputs, 3 codebooks of 16 leaves, rows of Float32");
        product.Encode(Fixtures.Training, 200).ToString().Should().Be("200 rows, 3 codes each of 16 leaves");
    }

    [Fact]
    public void The_default_options_take_any_number_of_columns_where_b_is_known()
    {
        foreach (int inputs in (int[])[1, 2, 9, 15])
        {
            foreach (int rows in (int[])[1, 5, 60, 1_200])
            {
                float[] a = Data.Rows(3, rows, inputs), b = Data.Uniform(4, inputs * 3), y = new float[rows * 3];
                MaddnessMatmul product = MaddnessTrainer.Train(a, rows, inputs, b, 3);
                product.Codebooks.Should().Be(16);
                product.Multiply(a, rows, y);
                y.Should().OnlyContain(v => float.IsFinite(v));
                if (rows > 1_000)
                {
                    product.Evaluate(a, rows, b).NormalizedMeanSquaredError.Should().BeLessThan(0.1);
                }
            }
        }

        float[] nine = Data.Rows(3, 60, 9), weights = Data.Uniform(4, 9);
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(nine, 60, 9), "Codebooks", "is 16", "at most 9");
        Refusal.Of<ArgumentOutOfRangeException>(
            () => MaddnessTrainer.Train(nine, 60, 9, weights, 1, options: new() { PrototypeLayout = PrototypeLayout.CodebookLocal }), "Codebooks", "at most 9");
    }

    [Theory]
    [InlineData(3, 16)]
    [InlineData(4, 16)]
    [InlineData(4, 32)]
    [InlineData(2, 64)]
    public void What_pooled_memory_held_does_not_show(int codebooks, int leaves)
    {
        TrainingOptions options = Fixtures.Options with { Codebooks = codebooks, Leaves = leaves };
        MaddnessMatmul product = MaddnessTrainer.Train(Fixtures.Training, 200, 12, Fixtures.Weights, 5, Data.Uniform(7, 5), options);
        TopKReranker reranker = new(product, Fixtures.Weights);
        float[] x = Data.Rows(3, 77, 12), y = new float[77 * 5], values = new float[77 * 2];
        int[] indices = new int[77 * 2];
        List<string> results = [];
        foreach (byte filler in (byte[])[0, 0xFF, 0x7F, 0xA5])
        {
            Poison<byte>(filler);
            product.Multiply(x, 77, y);
            string result = Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(y.AsSpan()));
            Poison<byte>(filler);
            result += Convert.ToHexString(Data.Saved(product.Encode(x, 77).Save));
            Poison<byte>(filler);
            product.TopK(x, 77, 2, indices, values);
            result += string.Join(' ', indices) + string.Join(' ', Data.Bits(values));
            Poison<byte>(filler);
            product.ArgMax(x, 77, indices.AsSpan(0, 77));
            result += string.Join(' ', indices);
            Poison<byte>(filler);
            reranker.Find(x, 77, 2, indices, values, 3);
            result += string.Join(' ', indices) + string.Join(' ', Data.Bits(values));
            Poison<byte>(filler);
            product.Multiply(product.Encode(x, 77), y);
            result += string.Join(' ', Data.Bits(y));
            Poison<float>(filler);
            ExactMatmul.Multiply(x, 77, 12, Fixtures.Weights, 5, y);
            result += string.Join(' ', Data.Bits(y));
            Poison<float>(filler);
            Poison<byte>(filler);
            result += Convert.ToHexString(Data.Saved(Fixtures.Model.Bind(Fixtures.Weights, 5).Save));
            Poison<double>(filler);
            Poison<float>(filler);
            DriftGuard guard = new(product, Fixtures.Weights, 1, new() { Interval = 1 });
            guard.Check(x, 77);
            results.Add(result + guard.NormalizedMeanSquaredError);
        }

        results.Distinct().Should().ContainSingle();

        // Arrays that this thread gives back are those that it is given next.
        static void Poison<T>(byte filler)
            where T : unmanaged
        {
            for (int length = 16; length <= 1 << 20; length *= 2)
            {
                T[] array = System.Buffers.ArrayPool<T>.Shared.Rent(length);
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(array.AsSpan()).Fill(filler);
                System.Buffers.ArrayPool<T>.Shared.Return(array);
            }
        }
    }

    [Fact]
    public void Many_threads_on_one_product_get_the_right_bits()
    {
        // Fresh objects, so that tables are packed and the fingerprint is made while others ask for them.
        float[] x = Data.Rows(13, 130, 12), b = Data.Uniform(4, 12 * 50);
        float[] expected = new float[130 * 50];
        Fixtures.Model.Bind(b, 50).Multiply(x, 130, expected);
        for (int round = 0; round < 10; round++)
        {
            MaddnessModel model = MaddnessTrainer.Train(Fixtures.Training, 200, 12, Fixtures.Options);
            MaddnessMatmul product = model.Bind(b, 50);
            using Barrier start = new(8);
            Thread[] threads = new Thread[8];
            bool[] right = new bool[threads.Length];
            for (int i = 0; i < threads.Length; i++)
            {
                int me = i;
                threads[me] = new(() =>
                {
                    float[] y = new float[130 * 50];
                    start.SignalAndWait();
                    bool good = true;
                    for (int call = 0; call < 5; call++)
                    {
                        y.AsSpan().Clear();
                        if (me % 2 == 0)
                        {
                            product.Multiply(x, 130, y, 1 + (me % 3));
                        }
                        else
                        {
                            product.Multiply(model.Encode(x, 130), y);
                        }

                        good &= y.AsSpan().SequenceEqual(expected);
                    }

                    right[me] = good;
                });
                threads[me].Start();
            }

            Array.ForEach(threads, t => t.Join());
            right.Should().OnlyContain(r => r);
        }
    }
}
