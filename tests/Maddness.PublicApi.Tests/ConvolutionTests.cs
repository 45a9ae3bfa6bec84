using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Convolutions against loops over pixels, and every refusal.</summary>
[Collection(KernelSelectionGroup.Name)]
public sealed class ConvolutionTests : IDisposable
{
    private const int Outputs = 5;

    private static readonly ConvolutionShape Shape = new(9, 20, 4, 3, 3) { PaddingTop = 1, PaddingLeft = 1, PaddingBottom = 1, PaddingRight = 1 };

    private static readonly float[] Images = Smooth(1, 3);

    private static readonly float[] Weights = Data.Uniform(2, 36 * Outputs);

    private static readonly float[] Bias = Data.Uniform(3, Outputs);

    private static readonly MaddnessConvolution Convolution = MaddnessConvolution.Train<float>(Images, 3, Shape, Weights, Outputs, Bias, new TrainingOptions { Codebooks = 6 });

    public void Dispose() => KernelSelection.Reset();

    public static TheoryData<int[]> Shapes => new(
        [5, 7, 3, 3, 3, 1, 1, 0, 0, 0, 0, 1, 1],
        [5, 7, 2, 3, 2, 2, 3, 1, 2, 3, 4, 1, 1],
        [8, 9, 1, 3, 3, 1, 2, 2, 0, 0, 2, 3, 2],
        [1, 30, 2, 1, 5, 1, 4, 0, 3, 0, 0, 1, 2],
        [2, 2, 3, 4, 5, 1, 1, 2, 3, 1, 5, 1, 1],
        [4, 4, 6, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rows_are_the_elements_of_windows(int[] sizes)
    {
        ConvolutionShape shape = ShapeOf(sizes);
        const int Count = 2;
        float[] images = Data.Uniform(1, Count * shape.ImageLength), rows = new float[Count * shape.Rows * shape.Inputs];
        shape.CopyRows<float>(images, Count, rows);

        // Pixel by pixel: the padded image first, then windows of it.
        int height = sizes[0] + sizes[7] + sizes[9], width = sizes[1] + sizes[8] + sizes[10];
        List<float> expected = [];
        for (int image = 0; image < Count; image++)
        {
            float[,,] padded = new float[height, width, sizes[2]];
            for (int i = 0; i < shape.ImageLength; i++)
            {
                padded[(i / sizes[2] / sizes[1]) + sizes[7], (i / sizes[2] % sizes[1]) + sizes[8], i % sizes[2]] = images[(image * shape.ImageLength) + i];
            }

            for (int y = 0; y + ((sizes[3] - 1) * sizes[11]) < height; y += sizes[5])
            {
                for (int x = 0; x + ((sizes[4] - 1) * sizes[12]) < width; x += sizes[6])
                {
                    for (int i = 0; i < sizes[3] * sizes[4] * sizes[2]; i++)
                    {
                        expected.Add(padded[y + (i / sizes[2] / sizes[4] * sizes[11]), x + (i / sizes[2] % sizes[4] * sizes[12]), i % sizes[2]]);
                    }
                }
            }
        }

        rows.Should().Equal(expected);
    }

    [Fact]
    public void A_shape_tells_what_it_makes()
    {
        ConvolutionShape shape = ShapeOf([224, 200, 3, 7, 5, 2, 3, 3, 2, 1, 4, 1, 2]);
        (shape.OutputHeight, shape.OutputWidth, shape.Inputs, shape.Rows, shape.ImageLength).Should().Be((111, 66, 105, 111 * 66, 224 * 200 * 3));
        (shape.Height, shape.Width, shape.Channels, shape.KernelHeight, shape.KernelWidth).Should().Be((224, 200, 3, 7, 5));
        (shape.StrideY, shape.StrideX, shape.DilationY, shape.DilationX).Should().Be((2, 3, 1, 2));
        (shape.PaddingTop, shape.PaddingLeft, shape.PaddingBottom, shape.PaddingRight).Should().Be((3, 2, 1, 4));
        shape.ToString().Should().Be("images of 224 × 200 × 3, windows of 7 × 5: 111 × 66 rows of 105");
        shape.Should().Be(ShapeOf([224, 200, 3, 7, 5, 2, 3, 3, 2, 1, 4, 1, 2])).And.NotBe(shape with { Height = 225 });
        (shape with { KernelHeight = 300 }).Rows.Should().Be(0);
        new ExactConvolution(Weights, Shape, Outputs).ToString().Should().Be($"{Shape} to 5 outputs");
        ConvolutionShape huge = new(100_000, 100_000, 3, 3, 3);
        Assert.Throws<OverflowException>(() => huge.ImageLength);
        Assert.Throws<OverflowException>(() => huge.Rows);
        huge.ToString().Should().Be("images of 100000 × 100000 × 3, windows of 3 × 3: 99998 × 99998 rows of 27");
        (Convolution.Outputs, Convolution.ToString()).Should().Be((Outputs, $"{Shape}; {Convolution.Product}"));
    }

    [Fact]
    public void Products_of_windows_are_those_of_rows_at_every_level_and_thread_count()
    {
        float[] rows = Rows(Images, 3), expected = new float[3 * Shape.Rows * Outputs];
        Convolution.Product.Multiply(rows, 3 * Shape.Rows, expected);
        foreach (KernelLevel level in KernelSelection.Available)
        {
            KernelSelection.Use(level);
            foreach (int threads in (int[])[1, 2, -1])
            {
                float[] y = new float[expected.Length];
                Convolution.Multiply(Images, 3, y, threads);
                Data.Bits(y).Should().Equal(Data.Bits(expected));
            }
        }

        float[] rectified = new float[expected.Length];
        new MaddnessConvolution(Convolution.Product.WithActivation(Activation.Relu), Shape).Multiply(Images, 3, rectified);
        rectified.Should().Equal(expected.Select(v => Math.Max(0, v)));
        Convolution.Multiply([], 0, []);
    }

    [Fact]
    public void Many_threads_on_one_convolution_get_the_right_bits()
    {
        ExactConvolution exact = new(Weights, Shape, Outputs);
        float[] expected = new float[3 * Shape.Rows * Outputs], expectedExact = new float[expected.Length];
        Convolution.Multiply(Images, 3, expected);
        exact.Multiply(Images, 3, expectedExact);
        int wrong = 0;
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            // Of one, two or three images, on one thread or two.
            int count = 1 + (i % 3);
            float[] y = new float[count * Shape.Rows * Outputs], yExact = new float[y.Length];
            ReadOnlySpan<float> images = Images.AsSpan(0, count * Shape.ImageLength);
            Convolution.Multiply(images, count, y, 1 + (i % 2));
            exact.Multiply(images, count, yExact, 1 + (i % 2));
            bool isRight = y.AsSpan().SequenceEqual(expected.AsSpan(0, y.Length)) && yExact.AsSpan().SequenceEqual(expectedExact.AsSpan(0, y.Length));
            Interlocked.Add(ref wrong, isRight ? 0 : 1);
        });
        wrong.Should().Be(0);
    }

    [Fact]
    public void Long_windows_are_copied_few_at_a_time()
    {
        // 100,000 elements a window: 96 of them take 38 MB.
        ConvolutionShape shape = new(1, 120_000, 1, 1, 100_000) { StrideX = 100 };
        float[] images = Data.Uniform(1, shape.ImageLength), rows = new float[shape.Rows * shape.Inputs], weights = Data.Uniform(2, shape.Inputs * 2);
        float[] expected = new float[shape.Rows * 2], y = new float[expected.Length];
        shape.CopyRows<float>(images, 1, rows);
        ExactMatmul.Multiply(rows, shape.Rows, shape.Inputs, weights, 2, expected);
        foreach (int threads in (int[])[1, 2])
        {
            new ExactConvolution(weights, shape, 2).Multiply(images, 1, y, threads);
            Data.Bits(y).Should().Equal(Data.Bits(expected));
        }
    }

    [Fact]
    public void Images_of_another_size_are_convolved_with_the_same_product()
    {
        ConvolutionShape wide = new(6, 50, 4, 3, 3);
        float[] images = Data.Uniform(7, wide.ImageLength), rows = new float[wide.Rows * wide.Inputs], expected = new float[wide.Rows * Outputs], y = new float[wide.Rows * Outputs];
        wide.CopyRows<float>(images, 1, rows);
        Convolution.Product.Multiply(rows, wide.Rows, expected);
        new MaddnessConvolution(Convolution.Product, wide).Multiply(images, 1, y);
        Data.Bits(y).Should().Equal(Data.Bits(expected));
    }

    [Fact]
    public void It_learns_what_a_trainer_learns_from_the_rows()
    {
        TrainingOptions options = new() { Codebooks = 6 };
        byte[] expected = Data.Saved(MaddnessTrainer.Train(Rows(Images, 3), 3 * Shape.Rows, 36, Weights, Outputs, Bias, options).Save);
        Data.Saved(Convolution.Product.Save).Should().Equal(expected);

        // Of more windows than that a sample, drawn with the seed.
        byte[] Sampled(ulong seed) => Data.Saved(MaddnessConvolution.Train<float>(Images, 3, Shape, Weights, Outputs, default, options with { MaxTrainingRows = 100, Seed = seed }).Product.Save);
        Sampled(1).Should().Equal(Sampled(1)).And.NotEqual(Sampled(2));

        short[] integers = Array.ConvertAll(Images, v => (short)(v * 100));
        Refusal.Of<NotSupportedException>(() => MaddnessConvolution.Train<int>(new int[Images.Length], 3, Shape, Weights, Outputs), null, "Int32");
        Refusal.Of(() => MaddnessConvolution.Train<float>(new float[720], 1, Shape, new float[36 * 40_000], 40_000, options: new TrainingOptions { Codebooks = 1024, Leaves = 64 }), "b", "40000 columns, whose tables");
        MaddnessConvolution.Train<short>(integers, 3, Shape, Weights, Outputs).Product.ElementType.Should().Be(ElementType.Int16);
    }

    [Fact]
    public void It_approximates_the_convolution_and_tells_how_well()
    {
        float[] images = Smooth(9, 2);
        ApproximationReport report = Convolution.Evaluate<float>(images, 2, Weights), ofRows = Convolution.Product.Evaluate(Rows(images, 2), 2 * Shape.Rows, Weights);
        report.Rows.Should().Be(2 * Shape.Rows);
        report.OutputErrors.Should().Equal(ofRows.OutputErrors);
        report.MaxAbsoluteErrorRow.Should().Be(ofRows.MaxAbsoluteErrorRow);
        report.NormalizedMeanSquaredError.Should().Be(ofRows.NormalizedMeanSquaredError).And.BeLessThan(0.15);

        float[] y = new float[2 * Shape.Rows * Outputs];
        Convolution.Multiply(images, 2, y);
        double[] exact = Data.Product(Rows(images, 2), 2 * Shape.Rows, 36, Weights, Outputs);
        double error = y.Select((value, i) => Math.Pow(value - exact[i] - Bias[i % Outputs], 2)).Average();
        Math.Sqrt(error).Should().BeApproximately(report.RootMeanSquaredError, 1e-6 * report.RootMeanSquaredError);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Exact_convolutions_are_exact_products_of_the_rows(int[] sizes)
    {
        ConvolutionShape shape = ShapeOf(sizes);
        const int Count = 40;
        float[] images = Data.Uniform(1, Count * shape.ImageLength), rows = new float[Count * shape.Rows * shape.Inputs], weights = Data.Uniform(2, shape.Inputs * 7), bias = Data.Uniform(3, 7);
        float[] expected = new float[Count * shape.Rows * 7], y = new float[expected.Length];
        shape.CopyRows<float>(images, Count, rows);
        ExactMatmul.Multiply(rows, Count * shape.Rows, shape.Inputs, weights, 7, expected, bias);
        ExactConvolution convolution = new(weights, shape, 7, bias);
        (convolution.Shape, convolution.Outputs).Should().Be((shape, 7));
        foreach (int threads in (int[])[1, 2, -1])
        {
            y.AsSpan().Fill(float.NaN);
            convolution.Multiply(images, Count, y, threads);
            Data.Bits(y).Should().Equal(Data.Bits(expected));
        }

        convolution.Multiply([], 0, []);
    }

    [Fact]
    public void Wide_windows_are_copied_in_blocks()
    {
        // 2,304 elements a window, whose blocks have 96 rows of 196.
        ConvolutionShape shape = new(14, 14, 256, 3, 3) { PaddingTop = 1, PaddingLeft = 1, PaddingBottom = 1, PaddingRight = 1 };
        float[] images = Data.Uniform(1, 2 * shape.ImageLength), rows = new float[2 * shape.Rows * shape.Inputs], weights = Data.Uniform(2, shape.Inputs * 3);
        float[] expected = new float[2 * shape.Rows * 3], y = new float[expected.Length];
        shape.CopyRows<float>(images, 2, rows);
        ExactMatmul.Multiply(rows, 2 * shape.Rows, shape.Inputs, weights, 3, expected);
        foreach (int threads in (int[])[1, 3])
        {
            y.AsSpan().Fill(float.NaN);
            new ExactConvolution(weights, shape, 3).Multiply(images, 2, y, threads);
            Data.Bits(y).Should().Equal(Data.Bits(expected));
        }
    }

    [Fact]
    public void Its_speed_is_measured_beside_the_exact_convolution()
    {
        List<double> shares = [];
        SpeedReport report = Convolution.MeasureSpeed<float>(Images, 3, Weights, new Told(shares.Add));
        report.Rows.Should().Be(3 * Shape.Rows);
        report.NanosecondsPerRowApproximate.Should().BePositive();
        report.NanosecondsPerRowExact.Should().BePositive();
        report.Kernel.Should().Be(KernelSelection.Current);
        shares.Should().BeInAscendingOrder().And.EndWith(1);
        MaddnessConvolution ofBytes = MaddnessConvolution.Train<byte>(Array.ConvertAll(Images, v => (byte)(100 + (20 * v))), 3, Shape, Weights, Outputs, default, new TrainingOptions { Codebooks = 2 });
        ofBytes.MeasureSpeed<byte>(new byte[Shape.ImageLength], 1, Weights).Rows.Should().Be(Shape.Rows);
    }

    [Fact]
    public void It_allocates_nothing_after_the_first_call()
    {
        float[] y = new float[3 * Shape.Rows * Outputs];
        ExactConvolution exact = new(Weights, Shape, Outputs);
        foreach (KernelLevel level in KernelSelection.Available)
        {
            KernelSelection.Use(level);
            Convolution.Multiply(Images, 3, y);
            exact.Multiply(Images, 3, y);
            long smallest = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Convolution.Multiply(Images, 3, y);
                exact.Multiply(Images, 3, y);
                smallest = Math.Min(smallest, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            smallest.Should().Be(0, "{0}", level);
        }
    }

    [Fact]
    public void Shapes_that_are_none_are_refused()
    {
        ConvolutionShape one = new(1, 1, 1, 1, 1);
        Outside(one with { Height = 0 }, "Height", "ConvolutionShape.Height is 0; expected at least 1");
        Outside(one with { Width = -1 }, "Width", "ConvolutionShape.Width is -1; expected at least 1");
        Outside(one with { Channels = 0 }, "Channels", "ConvolutionShape.Channels is 0; expected at least 1");
        Outside(one with { KernelHeight = 0 }, "KernelHeight", "ConvolutionShape.KernelHeight is 0; expected at least 1");
        Outside(one with { KernelWidth = 0 }, "KernelWidth", "ConvolutionShape.KernelWidth is 0; expected at least 1");
        Outside(one with { StrideY = 0 }, "StrideY", "ConvolutionShape.StrideY is 0; expected at least 1");
        Outside(one with { StrideX = 0 }, "StrideX", "ConvolutionShape.StrideX is 0; expected at least 1");
        Outside(one with { PaddingTop = -1 }, "PaddingTop", "ConvolutionShape.PaddingTop is -1; expected at least 0");
        Outside(one with { PaddingLeft = -1 }, "PaddingLeft", "ConvolutionShape.PaddingLeft is -1; expected at least 0");
        Outside(one with { PaddingBottom = -1 }, "PaddingBottom", "ConvolutionShape.PaddingBottom is -1; expected at least 0");
        Outside(one with { PaddingRight = -1 }, "PaddingRight", "ConvolutionShape.PaddingRight is -1; expected at least 0");
        Outside(one with { DilationY = 0 }, "DilationY", "ConvolutionShape.DilationY is 0; expected at least 1");
        Outside(one with { DilationX = 0 }, "DilationX", "ConvolutionShape.DilationX is 0; expected at least 1");
        Outside(new ConvolutionShape(4, 9, 1, 7, 1) { PaddingTop = 1, PaddingBottom = 1 }, "KernelHeight", "KernelHeight is 7; expected", "at most 6 rows", "which are 7 here");
        Outside(new ConvolutionShape(4, 9, 1, 1, 4) { PaddingLeft = 2, DilationX = 4 }, "KernelWidth", "KernelWidth is 4; expected", "at most 11 pixels", "which are 13 here");
        Outside(new ConvolutionShape(50_000, 50_000, 1, 1, 1), "Height", "50000 x 50000 x 1 here");
        Outside(new ConvolutionShape(int.MaxValue, int.MaxValue, int.MaxValue, 1, 1) { PaddingTop = int.MaxValue, PaddingRight = int.MaxValue }, "Height", "padding included");
        Outside(new ConvolutionShape(1, 1, 1, int.MaxValue, 1) { DilationY = int.MaxValue }, "KernelHeight", "at most 1 rows");

        static void Outside(ConvolutionShape shape, string property, params string[] parts)
        {
            Refusal.Of<ArgumentOutOfRangeException>(() => shape.CopyRows<float>([], 0, []), property, parts);
            Refusal.Of<ArgumentOutOfRangeException>(() => _ = new MaddnessConvolution(Convolution.Product, shape), property, parts);
            Refusal.Of<ArgumentOutOfRangeException>(() => _ = new ExactConvolution(Weights, shape, Outputs), property, parts);
            Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessConvolution.Train<float>(Images, 3, shape, Weights, Outputs), property, parts);
        }
    }

    [Fact]
    public void A_stride_may_be_larger_than_an_image()
    {
        ConvolutionShape shape = Shape with { StrideX = 1 << 30, StrideY = int.MaxValue };
        (shape.OutputHeight, shape.OutputWidth).Should().Be((1, 1));
        float[] expected = new float[3 * Shape.Rows * Outputs], y = new float[3 * Outputs], exact = new float[3 * Outputs];
        Convolution.Multiply(Images, 3, expected);
        new MaddnessConvolution(Convolution.Product, shape).Multiply(Images, 3, y);
        y.Should().Equal(Enumerable.Range(0, 3).SelectMany(i => expected.AsSpan(i * Shape.Rows * Outputs, Outputs).ToArray()));
        new ExactConvolution(Weights, Shape, Outputs).Multiply(Images, 3, expected);
        new ExactConvolution(Weights, shape, Outputs).Multiply(Images, 3, exact);
        exact.Should().Equal(Enumerable.Range(0, 3).SelectMany(i => expected.AsSpan(i * Shape.Rows * Outputs, Outputs).ToArray()));
    }

    [Fact]
    public void Wrong_arguments_are_refused_and_write_nothing()
    {
        float[] y = new float[3 * Shape.Rows * Outputs];
        y.AsSpan().Fill(42);
        Refusal.Of<ArgumentNullException>(() => _ = new MaddnessConvolution(null!, Shape), "product");
        Refusal.Of<ArgumentNullException>(() => _ = new MaddnessConvolution(Convolution.Product, null!), "shape");
        Refusal.Of(() => _ = new MaddnessConvolution(Fixtures.Product, Shape), "product", "12 inputs; expected 36, the elements of a window of 3 x 3 x 4");
        Refusal.Of(() => Convolution.Multiply(Images, 2, y), "images", "2160 elements; expected 2 x 720");
        Refusal.Of(() => Convolution.Multiply(Images, 3, y.AsSpan(1)), "destination", "2699 elements; expected 540 x 5");
        Refusal.Of<ArgumentOutOfRangeException>(() => Convolution.Multiply(Images, -3, y), "count", "-3", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => Convolution.Multiply(Images, 3, y, 0), "maxDegreeOfParallelism", "0");
        Refusal.Of(() => Convolution.Multiply<short>(new short[2160], 3, y), "images", "Int16; expected Float32");
        Refusal.Of<NotSupportedException>(() => Convolution.Multiply<int>(new int[2160], 3, y), null, "Int32");
        y.Should().AllBeEquivalentTo(42f);

        float[] shared = new float[4000];
        Refusal.Of(() => Convolution.Multiply(shared.AsSpan(0, 2160), 3, shared.AsSpan(1000, 2700)), "destination", "shares memory with 'images'");
        Refusal.Of(() => Shape.CopyRows<float>(shared.AsSpan(0, 720), 1, new float[5]), "destination", "5 elements; expected 180 x 36");
        Refusal.Of(() => Shape.CopyRows<float>(shared.AsSpan(0, 721), 1, new float[180 * 36]), "images", "721 elements; expected 1 x 720");
        Refusal.Of<ArgumentOutOfRangeException>(() => Shape.CopyRows<float>([], -1, []), "count", "-1");
        Refusal.Of(() => new ConvolutionShape(1, 1, 1, 1, 1) { PaddingTop = 50_000, PaddingLeft = 40_000 }.CopyRows<float>(new float[2], 2, []), "count", "is 2, of images that make 2000090001 rows each", "take the images in parts");

        ExactConvolution exact = new(Weights, Shape, Outputs);
        Refusal.Of<ArgumentNullException>(() => _ = new ExactConvolution(Weights, null!, Outputs), "shape");
        Refusal.Of(() => _ = new ExactConvolution(Weights, Shape, 4), "b", "180 elements; expected 36 x 4");
        Refusal.Of(() => _ = new ExactConvolution([], Shape, 0), "b", "36 x 0; expected at least one column");
        Refusal.Of(() => _ = new ExactConvolution(Weights, Shape, Outputs, Weights), "bias", "180 elements; expected 5");
        Refusal.Of(() => exact.Multiply(Images, 2, y), "images", "2160 elements; expected 2 x 720");
        Refusal.Of(() => exact.Multiply(Images, 3, y.AsSpan(1)), "destination", "2699 elements; expected 540 x 5");
        Refusal.Of<ArgumentOutOfRangeException>(() => exact.Multiply(Images, -3, y), "count", "-3", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => exact.Multiply(Images, 3, y, -2), "maxDegreeOfParallelism", "-2");
        Refusal.Of(() => exact.Multiply(shared.AsSpan(0, 2160), 3, shared.AsSpan(1000, 2700)), "destination", "shares memory with 'images'");
        y.Should().AllBeEquivalentTo(42f);

        Refusal.Of<ArgumentOutOfRangeException>(() => Convolution.MeasureSpeed<float>([], 0, Weights), "count", "is 0; expected at least 1 image");
        Refusal.Of(() => Convolution.MeasureSpeed<float>(Images, 3, Bias), "b", "5 elements; expected 36 x 5");
        Assert.Throws<OperationCanceledException>(() => Convolution.MeasureSpeed<float>(Images, 3, Weights, cancellationToken: new CancellationToken(canceled: true)));
        Refusal.Of<ArgumentOutOfRangeException>(() => Convolution.Evaluate<float>([], 0, Weights), "count", "is 0; expected at least 1 image");
        Refusal.Of(() => Convolution.Evaluate<float>(Images, 3, Bias), "b", "5 elements; expected 36 x 5");
        Refusal.Of(() => Convolution.Evaluate<float>(Broken(Images), 3, Weights), "images", "NaN in image 2, row 0, pixel 1, channel 3");
        Refusal.Of(() => Convolution.Evaluate<float>(Images, 3, Broken(Weights)), "b", "NaN");
        Refusal.Of<ArgumentNullException>(() => MaddnessConvolution.Train<float>(Images, 3, null!, Weights, Outputs), "shape");
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessConvolution.Train<float>([], 0, Shape, Weights, Outputs), "count", "is 0; expected at least 1 image");
        Refusal.Of(() => MaddnessConvolution.Train<float>(Broken(Images), 3, Shape, Weights, Outputs), "images", "NaN in image 2, row 0, pixel 1, channel 3");
        Refusal.Of(() => MaddnessConvolution.Train<float>(Images, 3, Shape, Weights, 4), "b", "180 elements; expected 36 x 4");
        Refusal.Of(() => MaddnessConvolution.Train<float>(Images, 3, Shape, Broken(Weights), Outputs), "b", "NaN");
        Refusal.Of(() => MaddnessConvolution.Train<float>(Images, 3, Shape, Weights, Outputs, Broken(Bias)), "bias", "NaN");
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessConvolution.Train<float>(Images, 3, Shape, Weights, Outputs, options: new TrainingOptions { Codebooks = 0 }), "Codebooks", "0");
        Assert.Throws<OperationCanceledException>(() => MaddnessConvolution.Train<float>(Images, 3, Shape, Weights, Outputs, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => Convolution.Evaluate<float>(Images, 3, Weights, new CancellationToken(canceled: true)));
    }

    private static ConvolutionShape ShapeOf(int[] sizes) => new(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4])
    {
        StrideY = sizes[5],
        StrideX = sizes[6],
        PaddingTop = sizes[7],
        PaddingLeft = sizes[8],
        PaddingBottom = sizes[9],
        PaddingRight = sizes[10],
        DilationY = sizes[11],
        DilationX = sizes[12],
    };

    /// <summary>Tells at once, on the same thread.</summary>
    private sealed class Told(Action<double> tell) : IProgress<double>
    {
        public void Report(double value) => tell(value);
    }

    private static float[] Broken(float[] values)
    {
        float[] broken = [.. values];
        broken[values.Length > 1447 ? 1447 : 2] = float.NaN;
        return broken;
    }

    private static float[] Rows(float[] images, int count)
    {
        float[] rows = new float[count * Shape.Rows * Shape.Inputs];
        Shape.CopyRows<float>(images, count, rows);
        return rows;
    }

    /// <summary>Images whose pixels change slowly, in a few directions of their channels.</summary>
    private static float[] Smooth(int seed, int count)
    {
        float[] images = new float[count * Shape.ImageLength], phases = Data.Uniform(seed, count * 8), mix = Data.Uniform(55, 4 * Shape.Channels);
        for (int i = 0; i < images.Length; i++)
        {
            int pixel = i / Shape.Channels, image = i / Shape.ImageLength, y = pixel / Shape.Width % Shape.Height, x = pixel % Shape.Width;
            for (int k = 0; k < 4; k++)
            {
                images[i] += mix[(k * Shape.Channels) + (i % Shape.Channels)] * MathF.Sin((6 * phases[(image * 8) + k]) + (0.3f * y * phases[(image * 8) + 4 + k]) + (0.2f * x));
            }
        }

        return images;
    }
}
