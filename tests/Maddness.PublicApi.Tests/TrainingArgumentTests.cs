using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Every refusal of training and binding: its type, the argument it names, what it found and what it expected.</summary>
public class TrainingArgumentTests
{
    private static readonly TrainingOptions Options = new() { Codebooks = 2 };

    private readonly float[] _a = Data.Uniform(1, 20 * 4);
    private readonly float[] _b = Data.Uniform(2, 4 * 3);

    public static TheoryData<string, TrainingOptions, string> BadOptions => new()
    {
        { "Codebooks", new() { Codebooks = 0 }, "is 0; expected 1 to 1024" },
        { "Codebooks", new() { Codebooks = -1 }, "is -1; expected 1 to 1024" },
        { "Codebooks", new() { Codebooks = 1025 }, "is 1025; expected 1 to 1024" },
        { "Codebooks", new() { Codebooks = 5, PrototypeLayout = PrototypeLayout.CodebookLocal }, "is 5; expected at most 4" },
        { "Leaves", new() { Codebooks = 1, Leaves = 8 }, "is 8; expected 16, 32 or 64" },
        { "Leaves", new() { Codebooks = 1, Leaves = 17 }, "is 17; expected 16, 32 or 64" },
        { "Leaves", new() { Codebooks = 1, Leaves = 128 }, "is 128; expected 16, 32 or 64" },
        { "CandidateColumns", new() { Codebooks = 1, CandidateColumns = 0 }, "is 0; expected at least 1" },
        { "RidgeStrength", new() { Codebooks = 1, RidgeStrength = 0 }, "is 0; expected 1e-6 to 1e12" },
        { "RidgeStrength", new() { Codebooks = 1, RidgeStrength = -1 }, "is -1; expected 1e-6 to 1e12" },
        { "RidgeStrength", new() { Codebooks = 1, RidgeStrength = double.NaN }, "is NaN; expected 1e-6 to 1e12" },
        { "RidgeStrength", new() { Codebooks = 1, RidgeStrength = double.PositiveInfinity }, "is Infinity; expected 1e-6 to 1e12" },
        { "PrototypeLayout", new() { Codebooks = 1, PrototypeLayout = (PrototypeLayout)7 }, "is 7; expected a member" },
        { "Objective", new() { Codebooks = 1, Objective = (Objective)3 }, "is 3; expected a member" },
        { "MaxCacheLines", new() { Codebooks = 1, Objective = Objective.Reconstruction, MaxCacheLines = 1 }, "is 1; expected null" },
        { "MaxCacheLines", new() { Codebooks = 1, MaxCacheLines = 0 }, "is 0; expected at least 1" },
        { "MaxTrainingRows", new() { Codebooks = 1, MaxTrainingRows = 0 }, "is 0; expected at least 1" },
        { "MaxDegreeOfParallelism", new() { Codebooks = 1, MaxDegreeOfParallelism = 0 }, "is 0; expected at least 1, or -1" },
        { "MaxDegreeOfParallelism", new() { Codebooks = 1, MaxDegreeOfParallelism = -2 }, "is -2; expected at least 1, or -1" },
    };

    public static TheoryData<float> NotFinite => [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_out_of_range_are_refused(string property, TrainingOptions options, string message)
    {
        string expected = $"TrainingOptions.{property} {message}";
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, 20, 4, options), property, expected);
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, 20, 4, _b, 3, default, options), property, expected);
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train<short>(new short[80], 20, 4, options), property, expected);
    }

    [Fact]
    public void Trees_that_serve_the_outputs_have_no_local_prototypes() =>
        Refusal.Of<ArgumentOutOfRangeException>(
            () => MaddnessTrainer.Train(_a, 20, 4, _b, 3, default, new() { Codebooks = 1, Objective = Objective.Output, PrototypeLayout = PrototypeLayout.CodebookLocal }),
            "PrototypeLayout",
            "TrainingOptions.PrototypeLayout is CodebookLocal; expected Dense");

    [Fact]
    public void Outputs_are_normalized_only_where_there_are_outputs_that_are_no_logits()
    {
        TrainingOptions options = new() { Codebooks = 1, NormalizeOutputs = true };
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, 20, 4, options), "NormalizeOutputs", "is True; expected false where B is not known");
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, 20, 4, _b, 3, default, options with { Classifier = true }), "NormalizeOutputs", "is True; expected false with Classifier");
    }

    [Fact]
    public void The_default_options_are_valid() => MaddnessTrainer.Train(Data.Uniform(1, 20 * 16), 20, 16).Codebooks.Should().Be(16);

    [Fact]
    public void More_codebooks_than_columns_by_default_are_refused_not_adjusted() =>
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, 20, 4), "Codebooks", "is 16; expected at most 4");

    [Fact]
    public void Shapes_beyond_one_array_are_refused_before_anything_is_allocated()
    {
        // 1,024 codebooks of 64 prototypes of 40,000 columns; and a B of 40,000 x 60,000, which is one number with strides of 0.
        const int Columns = 40_000;
        float[] row = new float[Columns], one = [1];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refusal.Of(() => MaddnessTrainer.Train(row, 1, Columns, new TrainingOptions { Codebooks = 1024, Leaves = 64, PrototypeLayout = PrototypeLayout.Dense }), "a", "take 2621440000 elements", "CodebookLocal");
        Refusal.Of(
            () => MaddnessTrainer.Train(new ReadOnlyTensorSpan<float>(row, [1, Columns]), new ReadOnlyTensorSpan<float>(one, [Columns, 60_000], [0, 0]), default, new TrainingOptions { Codebooks = 1 }),
            "b",
            "40000 x 60000",
            "elements");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);
    }

    [Fact]
    public void Zero_training_rows_are_refused()
    {
        Refusal.Of(() => MaddnessTrainer.Train(Array.Empty<float>(), 0, 4, Options), "a", "0 x 4", "at least one training row");
        Refusal.Of(() => MaddnessTrainer.Train((float[])null!, 0, 4, Options), "a", "0 x 4");
        Refusal.Of(() => MaddnessTrainer.Train(Array.Empty<float>(), 0, 4, _b, 3, default, Options), "a", "0 x 4", "at least one training row");
        Refusal.Of(() => MaddnessTrainer.Train(Array.Empty<byte>(), 0, 4, Options), "a", "0 x 4");
        Refusal.Of(() => MaddnessTrainer.Train(Array.Empty<float>(), 3, 0, Options), "a", "3 x 0");
        Refusal.Of(() => MaddnessTrainer.Train(new ReadOnlyTensorSpan<float>(Array.Empty<float>(), [0, 4]), Options), "a", "0 x 4");
        Refusal.Of(() => MaddnessTrainer.Train(default(ReadOnlyTensorSpan<float>), Options), "a", "rank 0", "rank 2");
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Refusal.Of(() => MaddnessTrainer.Train(_a, 21, 4, Options), "a", "80 elements; expected 21 x 4 = 84");
        Refusal.Of(() => MaddnessTrainer.Train(_a, 19, 4, Options), "a", "80 elements; expected 19 x 4 = 76");
        Refusal.Of(() => MaddnessTrainer.Train(_a, int.MaxValue, int.MaxValue, Options), "a", "80 elements");
        Refusal.Of(() => MaddnessTrainer.Train(_a, 20, 4, _b, 4, default, Options), "b", "12 elements; expected 4 x 4 = 16");
        Refusal.Of(() => MaddnessTrainer.Train(_a, 20, 4, _b, 3, new float[2], Options), "bias", "2", "expected 3");
        Refusal.Of(() => MaddnessTrainer.Train(_a, 20, 4, Array.Empty<float>(), 0, default, Options), "b", "4 x 0", "at least 1 column");
        Refusal.Of(
            () => MaddnessTrainer.Train(new ReadOnlyTensorSpan<float>(_a, [20, 4]), new ReadOnlyTensorSpan<float>(_b, [3, 4]), default, Options),
            "b",
            "3 x 4",
            "expected 4 rows");
    }

    [Fact]
    public void Negative_dimensions_are_refused_by_their_own_names()
    {
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, -1, 4, Options), "rows", "-1", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, 20, -4, Options), "inputs", "-4", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => MaddnessTrainer.Train(_a, 20, 4, _b, -3, default, Options), "outputs", "-3", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => Fixtures.Model.Bind(_b, -3), "outputs", "-3", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => _ = new ExactMatmul(_b, -4, 3), "inputs", "-4", "non-negative");
        Refusal.Of<ArgumentOutOfRangeException>(() => _ = new ExactMatmul(_b, 4, -3), "outputs", "-3", "non-negative");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Other_ranks_than_2_are_refused(int rank)
    {
        nint[] lengths = rank == 1 ? [80] : [4, 5, 4];
        Refusal.Of(() => MaddnessTrainer.Train(new ReadOnlyTensorSpan<float>(_a, lengths), Options), "a", $"rank {rank}; expected a matrix");
        Refusal.Of(() => MaddnessTrainer.Train<float>(new ReadOnlyTensorSpan<float>(_a, lengths), Options), "a", $"rank {rank}; expected a matrix");
        Refusal.Of(
            () => MaddnessTrainer.Train(new ReadOnlyTensorSpan<float>(_a, [20, 4]), new ReadOnlyTensorSpan<float>(_a, lengths), default, Options), "b", $"rank {rank}");
        Refusal.Of(() => Fixtures.Model.Bind(new ReadOnlyTensorSpan<float>(_a, lengths)), "b", $"rank {rank}");
    }

    [Theory]
    [MemberData(nameof(NotFinite))]
    public void Values_that_are_not_finite_are_refused_with_their_place(float value)
    {
        float[] a = [.. _a], b = [.. _b], bias = [1, value, 3];
        (a[(13 * 4) + 2], b[(3 * 3) + 1]) = (value, value);
        string text = value.ToString(null, null);
        Refusal.Of(() => MaddnessTrainer.Train(a, 20, 4, Options), "a", text, "row 13, column 2", "expected finite");
        Refusal.Of(() => MaddnessTrainer.Train(a, 20, 4, Options with { MaxTrainingRows = 2 }), "a", text, "row 13, column 2");
        Refusal.Of(() => MaddnessTrainer.Train(_a, 20, 4, b, 3, default, Options), "b", text, "row 3, column 1", "expected finite");
        Refusal.Of(() => MaddnessTrainer.Train(_a, 20, 4, _b, 3, bias, Options), "bias", $"holds {text} at 1;", "expected finite");

        MaddnessModel model = MaddnessTrainer.Train(_a, 20, 4, Options);
        Refusal.Of(() => model.Bind(b, 3), "b", text, "row 3, column 1", "expected finite");
        Refusal.Of(() => model.Bind(_b, 3, bias), "bias", $"holds {text} at 1;", "expected finite");
    }

    [Fact]
    public void Binding_refuses_shapes_that_do_not_fit()
    {
        MaddnessModel model = Fixtures.Model;
        Refusal.Of(() => model.Bind(new float[13], 1), "b", "13 elements; expected 12 x 1 = 12");
        Refusal.Of(() => model.Bind(Array.Empty<float>(), 0), "b", "12 x 0", "at least 1 column");
        Refusal.Of(() => model.Bind((float[])null!, 1), "b", "0 elements");
        Refusal.Of(() => model.Bind(new ReadOnlyTensorSpan<float>(new float[12], [4, 3])), "b", "4 x 3", "expected 12 rows");
        Refusal.Of(() => model.Bind(new float[24], 2, new float[3]), "bias", "3 elements; expected 2");
    }

    [Fact]
    public void Unsupported_element_types_are_refused()
    {
        Refusal.Of<NotSupportedException>(() => MaddnessTrainer.Train<double>(new double[80], 20, 4, Options), null, "System.Double", "expected float, short, sbyte or byte");
        Refusal.Of<NotSupportedException>(() => MaddnessTrainer.Train<ushort>(new ushort[80], 20, 4, _b, 3, default, Options), null, "System.UInt16", "expected float");
        Refusal.Of<NotSupportedException>(() => MaddnessTrainer.Train(new ReadOnlyTensorSpan<int>(new int[80], [20, 4]), Options), null, "System.Int32", "expected float");
        Refusal.Of<NotSupportedException>(() => Fixtures.Model.Encode<double>(new double[12], 1), null, "System.Double", "expected float");
        Refusal.Of<NotSupportedException>(() => Fixtures.Product.Multiply<double>(new double[12], 1, new float[5]), null, "System.Double", "expected float");
        Refusal.Of<NotSupportedException>(() => Fixtures.Product.Evaluate<Half>(new Half[12], 1, Fixtures.Weights), null, "System.Half", "expected float");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Products_too_large_for_float_are_refused(int outputs)
    {
        float[] a = [.. _a.Select(v => v * 1e20f)];
        float[] b = [.. Data.Uniform(2, 4 * outputs).Select(v => v * 1e20f)];
        MaddnessModel model = MaddnessTrainer.Train(a, 20, 4, Options);
        Refusal.Of(() => model.Bind(b, outputs), "b", "Output 0", "leaves the range of float32", "expected what float32 holds");
        Refusal.Of(() => MaddnessTrainer.Train(a, 20, 4, b, outputs, default, Options), "b", "Output 0", "leaves the range of float32", "expected what float32 holds");
    }

    [Fact]
    public void A_bias_that_makes_outputs_too_large_is_refused()
    {
        // Every row of A is (1, 1, 1, 1): the outputs are 3e38 without the bias, which fits, and 6e38 with it.
        float[] a = [.. Enumerable.Repeat(1f, 80)];
        float[] b = [3e38f, 0, 0, 0];
        MaddnessTrainer.Train(a, 20, 4, b, 1, default, Options).HasBias.Should().BeFalse();
        Refusal.Of(() => MaddnessTrainer.Train(a, 20, 4, b, 1, [3e38f], Options), "b", "Output 0", "expected what float32 holds");
        Refusal.Of(() => MaddnessTrainer.Train(a, 20, 4, Options).Bind(b, 1, [3e38f]), "b", "Output 0", "expected what float32 holds");
    }

    [Fact]
    public void More_columns_than_arrays_hold_bins_for_are_refused()
    {
        int columns = (Array.MaxLength / 64) + 1;
        string[] expected = [$"has {columns} columns", $"expected at most {columns - 1}"];
        Refusal.Of(() => MaddnessTrainer.Train(new float[columns], 1, columns, Options), "a", expected);
        Refusal.Of(() => MaddnessTrainer.Train(new float[columns], 1, columns, new float[columns], 1, default, Options), "a", expected);
    }

    [Fact]
    public void A_cancelled_training_throws()
    {
        CancellationToken cancelled = new(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => MaddnessTrainer.Train(_a, 20, 4, Options, null, cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => MaddnessTrainer.Train(_a, 20, 4, _b, 3, default, Options, null, cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => Fixtures.Product.Evaluate(Fixtures.Training, 200, Fixtures.Weights, cancelled));
    }
}
