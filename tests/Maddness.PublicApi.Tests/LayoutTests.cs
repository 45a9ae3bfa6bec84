using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Strides change nothing: not a bit of the result, and no element that is not the destination's.</summary>
public class LayoutTests
{
    private static readonly int[] RowCounts = [1, 2, 15, 16, 17, 70];

    public static TheoryData<Layout, Layout> Pairs
    {
        get
        {
            TheoryData<Layout, Layout> pairs = [];
            foreach (Layout a in Enum.GetValues<Layout>())
            {
                foreach (Layout destination in Enum.GetValues<Layout>())
                {
                    pairs.Add(a, destination);
                }
            }

            return pairs;
        }
    }

    public static TheoryData<Layout> Layouts => [.. Enum.GetValues<Layout>()];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Products_are_the_same_bits_in_any_layout(Layout layoutOfA, Layout layoutOfY)
    {
        foreach (int outputs in (int[])[1, 5, 33, 70])
        {
            MaddnessMatmul product = Fixtures.Model.Bind(Data.Uniform(4, Fixtures.Inputs * outputs), outputs, Data.Uniform(5, outputs));
            // More rows for two threads, which share no less.
            (int, int)[] cases = [.. RowCounts.Select(rows => (rows, 1)), .. outputs == 70 ? [(2_100, 2)] : Array.Empty<(int, int)>()];
            foreach ((int rows, int threads) in cases)
            {
                float[] values = Data.Rows(6, rows, Fixtures.Inputs);
                float[] expected = new float[rows * outputs];
                product.Multiply(values, rows, expected);
                Laid<float> a = new(layoutOfA, rows, Fixtures.Inputs, float.NaN, values);
                Laid<float> y = new(layoutOfY, rows, outputs, -7);
                product.Multiply(a.ReadOnly, y.Tensor, threads);
                Check(y, expected);
                y = new(layoutOfY, rows, outputs, -7);
                product.Multiply(product.Encode(a.ReadOnly, threads), y.Tensor, threads);
                Check(y, expected);
            }
        }
    }

    [Fact]
    public void Columns_of_a_wider_matrix_are_written_and_no_others()
    {
        // Rows 4 KB apart share cache sets, and are written by a way of their own.
        const int Stride = 1024;
        foreach (int outputs in (int[])[130, 517, 1024])
        {
            MaddnessMatmul product = Fixtures.Model.Bind(Data.Uniform(4, Fixtures.Inputs * outputs), outputs);
            foreach (int rows in RowCounts)
            {
                float[] values = Data.Rows(6, rows, Fixtures.Inputs);
                float[] expected = new float[rows * outputs];
                product.Multiply(values, rows, expected);
                float[] wide = new float[rows * Stride];
                wide.AsSpan().Fill(-7);
                product.Multiply(new ReadOnlyTensorSpan<float>(values, [rows, Fixtures.Inputs]), new TensorSpan<float>(wide, [rows, outputs], [rows == 1 ? 0 : Stride, 1]));
                for (int i = 0; i < wide.Length; i++)
                {
                    (int row, int column) = (i / Stride, i % Stride);
                    wide[i].Should().Be(column < outputs ? expected[(row * outputs) + column] : -7, "N = {0}, M = {1}, row {2}, column {3}", rows, outputs, row, column);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Integers_in_any_layout_give_the_same_bits(Layout layout)
    {
        Run<short>(layout);
        Run<sbyte>(layout);
        Run<byte>(layout);

        static void Run<T>(Layout layout)
            where T : unmanaged
        {
            MaddnessMatmul product = MaddnessTrainer.Train<T>(Data.Integers<T>(1, 100, 12), 100, 12, Fixtures.Weights, 5, default, Fixtures.Options);
            foreach (int rows in RowCounts)
            {
                T[] values = Data.Integers<T>(6, rows, 12);
                float[] expected = new float[rows * 5];
                product.Multiply<T>(values, rows, expected);
                Laid<float> y = new(Layout.Scattered, rows, 5, -7);
                product.Multiply(new Laid<T>(layout, rows, 12, default, values).ReadOnly, y.Tensor);
                Check(y, expected);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Trained_models_are_the_same_bytes_in_any_layout(Layout layout)
    {
        Laid<float> a = new(layout, 200, Fixtures.Inputs, float.NaN, Fixtures.Training);
        Laid<float> b = new(layout, Fixtures.Inputs, Fixtures.Outputs, float.NaN, Fixtures.Weights);
        byte[] model = Data.Saved(Fixtures.Model.Save);
        Data.Saved(MaddnessTrainer.Train(a.ReadOnly, Fixtures.Options).Save).Should().Equal(model);
        Data.Saved(MaddnessTrainer.Train<float>(a.ReadOnly, Fixtures.Options).Save).Should().Equal(model);
        Data.Saved(MaddnessTrainer.Train<float>(Fixtures.Training, 200, Fixtures.Inputs, Fixtures.Options).Save).Should().Equal(model);
        Data.Saved(MaddnessTrainer.Train(a.ReadOnly, b.ReadOnly, default, Fixtures.Options).Save).Should().Equal(Data.Saved(Fixtures.Product.Save));
        Data.Saved(MaddnessTrainer.Train<float>(a.ReadOnly, b.ReadOnly, default, Fixtures.Options).Save).Should().Equal(Data.Saved(Fixtures.Product.Save));
        Data.Saved(Fixtures.Model.Bind(b.ReadOnly).Save).Should().Equal(Data.Saved(Fixtures.Model.Bind(Fixtures.Weights, Fixtures.Outputs).Save));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Reports_are_the_same_in_any_layout(Layout layout)
    {
        float[] values = Data.Rows(6, 150, Fixtures.Inputs);
        ApproximationReport expected = Fixtures.Product.Evaluate(values, 150, Fixtures.Weights);
        ApproximationReport actual = Fixtures.Product.Evaluate(
            new Laid<float>(layout, 150, Fixtures.Inputs, float.NaN, values).ReadOnly, new Laid<float>(layout, Fixtures.Inputs, Fixtures.Outputs, float.NaN, Fixtures.Weights).ReadOnly);
        actual.Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());

        // Blocks of rows, with labels.
        int[] labels = [.. Enumerable.Range(0, 150).Select(n => n % Fixtures.Outputs)];
        ApproximationMeasurement inSpans = new(Fixtures.Product, Fixtures.Weights);
        inSpans.Add(values, 150, labels);
        ApproximationMeasurement inTensors = new(Fixtures.Product, new Laid<float>(layout, Fixtures.Inputs, Fixtures.Outputs, float.NaN, Fixtures.Weights).ReadOnly);
        inTensors.Add(new Laid<float>(layout, 90, Fixtures.Inputs, float.NaN, values[..(90 * Fixtures.Inputs)]).ReadOnly, labels.AsSpan(0, 90));
        inTensors.Add(new Laid<float>(layout, 60, Fixtures.Inputs, float.NaN, values[(90 * Fixtures.Inputs)..]).ReadOnly, labels.AsSpan(90));
        inTensors.Report().Should().BeEquivalentTo(inSpans.Report(), options => options.WithStrictOrdering());
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Plans_measure_the_same_errors_in_any_layout(Layout layout)
    {
        float[] heldOut = Data.Rows(6, 151, Fixtures.Inputs);
        int[] labels = [.. Enumerable.Range(0, 151).Select(n => n % Fixtures.Outputs)];
        PlanningOptions options = new() { MaxError = 0.9, MaxCodebooks = 1 };
        float[] bias = Data.Uniform(7, Fixtures.Outputs);
        MaddnessPlan inSpans = MaddnessPlanner.Plan(Fixtures.Training, 200, Fixtures.Inputs, Fixtures.Weights, Fixtures.Outputs, heldOut, 151, options, bias, labels);
        MaddnessPlan inTensors = MaddnessPlanner.Plan(
            new Laid<float>(layout, 200, Fixtures.Inputs, float.NaN, Fixtures.Training).ReadOnly,
            new Laid<float>(layout, Fixtures.Inputs, Fixtures.Outputs, float.NaN, Fixtures.Weights).ReadOnly,
            new Laid<float>(layout, 151, Fixtures.Inputs, float.NaN, heldOut).ReadOnly,
            options,
            bias,
            labels);

        // How many follow is a matter of times.
        inTensors.Candidates[0].Options.Should().Be(inSpans.Candidates[0].Options);
        inTensors.Candidates[0].Accuracy.Should().BeEquivalentTo(inSpans.Candidates[0].Accuracy, comparison => comparison.WithStrictOrdering());
        (inTensors.ChoosingRows, inTensors.ConfirmingRows).Should().Be((75, 76));
    }

    [Fact]
    public void Slices_and_transposed_tensors_work_as_they_come()
    {
        // B as a framework's layer keeps it, outputs x inputs; A and Y as inner parts of larger tensors.
        float[] transposedWeights = new float[60];
        Laid<float> weights = new(Layout.RowMajor, 12, 5, 0, Fixtures.Weights);
        for (int i = 0; i < 60; i++)
        {
            transposedWeights[(i % 5 * 12) + (i / 5)] = Fixtures.Weights[i];
        }

        Tensor<float> stored = Tensor.Create(transposedWeights, [5, 12]);
        MaddnessMatmul product = Fixtures.Model.Bind(Tensor.Transpose(stored).AsReadOnlyTensorSpan());
        Data.Saved(product.Save).Should().Equal(Data.Saved(Fixtures.Model.Bind(weights.ReadOnly).Save));

        float[] values = Data.Rows(8, 20, 16);
        float[] dense = [.. Enumerable.Range(0, 9 * 12).Select(i => values[((3 + (i / 12)) * 16) + 2 + (i % 12)])];
        float[] expected = new float[9 * 5];
        product.Multiply(dense, 9, expected);
        float[] memory = new float[11 * 8];
        product.Multiply(
            new ReadOnlyTensorSpan<float>(values, [20, 16]).Slice([3..12, 2..14]), new TensorSpan<float>(memory, [11, 8]).Slice([1..10, 3..8]));
        for (int i = 0; i < memory.Length; i++)
        {
            (int row, int column) = ((i / 8) - 1, (i % 8) - 3);
            memory[i].Should().Be(row is >= 0 and < 9 && column >= 0 ? expected[(row * 5) + column] : 0);
        }
    }

    [Fact]
    public void A_broadcast_row_gives_equal_rows()
    {
        float[] row = Data.Rows(9, 1, 12);
        float[] expected = new float[5], y = new float[20 * 5];
        Fixtures.Product.Multiply(row, 1, expected);
        Fixtures.Product.Multiply(new ReadOnlyTensorSpan<float>(row, [20, 12], [0, 1]), new TensorSpan<float>(y, [20, 5]));
        for (int i = 0; i < 20; i++)
        {
            y.AsSpan(i * 5, 5).ToArray().Should().Equal(expected);
        }
    }

    private static void Check(Laid<float> y, float[] expected)
    {
        Data.Bits(y.ToRowMajor()).Should().Equal(Data.Bits(expected));
        y.ForeignElementsChanged().Should().Be(0);
    }
}
