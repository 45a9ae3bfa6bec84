using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Tests.Training;

public class TrainerErrorTests
{
    private static readonly float[] A = Samples.Rows(20, 6, 1);
    private static readonly float[] B = Samples.Rows(6, 2, 2);
    private static readonly TrainingOptions Two = new() { Codebooks = 2 };

    public static TheoryData<TrainingOptions, string, string> WrongOptions => new()
    {
        { new() { Codebooks = 0 }, nameof(TrainingOptions.Codebooks), "*Codebooks is 0; expected 1 to 1024*" },
        { new() { Codebooks = 1025 }, nameof(TrainingOptions.Codebooks), "*Codebooks is 1025; expected 1 to 1024*" },
        { new() { Codebooks = 7, Objective = Objective.Reconstruction }, nameof(TrainingOptions.Codebooks), "*Codebooks is 7; expected at most 6*" },
        { new() { Codebooks = 2, Leaves = 8 }, nameof(TrainingOptions.Leaves), "*Leaves is 8; expected 16, 32 or 64*" },
        { new() { Codebooks = 2, CandidateColumns = 0 }, nameof(TrainingOptions.CandidateColumns), "*CandidateColumns is 0; expected at least 1*" },
        { new() { Codebooks = 2, RidgeStrength = 0 }, nameof(TrainingOptions.RidgeStrength), "*RidgeStrength is 0; expected 1e-6*" },
        { new() { Codebooks = 2, RidgeStrength = double.NaN }, nameof(TrainingOptions.RidgeStrength), "*RidgeStrength is NaN; expected 1e-6*" },
        { new() { Codebooks = 2, PrototypeLayout = (PrototypeLayout)9 }, nameof(TrainingOptions.PrototypeLayout), "*PrototypeLayout is 9; expected*" },
        { new() { Codebooks = 2, Objective = (Objective)3 }, nameof(TrainingOptions.Objective), "*Objective is 3; expected*" },
        { new() { Codebooks = 2, Objective = Objective.Reconstruction, MaxCacheLines = 1 }, nameof(TrainingOptions.MaxCacheLines), "*MaxCacheLines is 1; expected null*" },
        { new() { Codebooks = 2, MaxCacheLines = 0 }, nameof(TrainingOptions.MaxCacheLines), "*MaxCacheLines is 0; expected at least 1*" },
        { new() { Codebooks = 2, MaxTrainingRows = 0 }, nameof(TrainingOptions.MaxTrainingRows), "*MaxTrainingRows is 0; expected at least 1*" },
        { new() { Codebooks = 2, MaxDegreeOfParallelism = 0 }, nameof(TrainingOptions.MaxDegreeOfParallelism), "*MaxDegreeOfParallelism is 0; expected at least 1, or -1*" },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void Options_out_of_range_are_named(TrainingOptions options, string property, string message)
    {
        Action alone = () => MaddnessTrainer.Train(A, 20, 6, options);
        alone.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message).Which.ParamName.Should().Be(property);
        Action bound = () => MaddnessTrainer.Train(A, 20, 6, B, 2, default, options);
        bound.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void The_default_options_are_valid() => MaddnessTrainer.Train(Samples.Rows(20, 16, 1), 20, 16).Trees.Codebooks.Should().Be(16);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Values_that_are_not_finite_are_named_by_place(float wrong)
    {
        Action inA = () => MaddnessTrainer.Train(With(A, (3 * 6) + 4, wrong), 20, 6, Two);
        inA.Should().Throw<ArgumentException>().WithMessage($"'a' holds {wrong} at row 3, column 4*").Which.ParamName.Should().Be("a");
        Action inUnusedA = () => MaddnessTrainer.Train(With(A, (3 * 6) + 4, wrong), 20, 6, Two with { MaxTrainingRows = 1 });
        inUnusedA.Should().Throw<ArgumentException>().WithMessage("*row 3, column 4*");
        Action inB = () => MaddnessTrainer.Train(A, 20, 6, With(B, (5 * 2) + 1, wrong), 2, default, Two);
        inB.Should().Throw<ArgumentException>().WithMessage($"'b' holds {wrong} at row 5, column 1*").Which.ParamName.Should().Be("b");
        Action inBias = () => MaddnessTrainer.Train(A, 20, 6, B, 2, [0, wrong], Two);
        inBias.Should().Throw<ArgumentException>().WithMessage($"'bias' holds {wrong} at 1*").Which.ParamName.Should().Be("bias");
    }

    [Fact]
    public void A_value_that_is_not_finite_is_found_wherever_it_stands()
    {
        // The largest floats and the smallest stand beside it; 16 values are looked at together.
        foreach (int columns in (int[])[1, 15, 16, 17, 33])
        {
            float[] matrix = [.. Enumerable.Range(0, 2 * columns).Select(i => (i % 3) switch { 0 => float.MaxValue, 1 => -float.MaxValue, _ => float.Epsilon })];
            InputChecks.Finite(MatrixView<float>.Of(matrix, 2, columns, "a"), "a");
            for (int i = 0; i < matrix.Length; i++)
            {
                float[] wrong = With(matrix, i, float.NegativeInfinity);
                Action act = () => InputChecks.Finite(MatrixView<float>.Of(wrong, 2, columns, "a"), "a");
                act.Should().Throw<ArgumentException>().WithMessage($"'a' holds {float.NegativeInfinity} at row {i / columns}, column {i % columns};*");
            }
        }
    }

    [Fact]
    public void What_stands_between_the_values_and_after_them_need_not_be_finite()
    {
        float[] memory = [.. Enumerable.Repeat(float.NaN, 16)];
        (memory[0], memory[2], memory[6], memory[8]) = (1, 2, 3, 4);
        InputChecks.Finite(MatrixView<float>.Of(new ReadOnlyTensorSpan<float>(memory, [2, 2], [6, 2]), "a"), "a");
        InputChecks.Finite(MatrixView<float>.Of(memory.AsSpan(0, 1), 1, 1, "a"), "a");
        (memory[7], memory[8]) = (0, float.NaN);
        Action act = () => InputChecks.Finite(MatrixView<float>.Of(new ReadOnlyTensorSpan<float>(memory, [2, 2], [6, 2]), "a"), "a");
        act.Should().Throw<ArgumentException>().WithMessage("'a' holds NaN at row 1, column 1;*");
    }

    [Fact]
    public void Integers_of_any_bits_one_column_and_any_finite_bias_are_taken()
    {
        InputChecks.Finite(MatrixView<byte>.Of([.. Enumerable.Repeat(byte.MaxValue, 8)], 2, 4, "a"), "a");
        InputChecks.Weights(MatrixView<float>.Of(new float[6], 6, 1, "b"), 6, "b");
        float[] bias = [1, -0f, float.MaxValue];
        InputChecks.Bias(bias, 3, "bias").Should().Equal(bias).And.NotBeSameAs(bias);
        InputChecks.Bias([], 3, "bias").Should().BeNull();
    }

    [Theory]
    [InlineData(1, 1, 16, 67_108_800)]
    [InlineData(1, 2, 16, 67_108_800)]
    [InlineData(1, 3, 32, 16_777_152)]
    [InlineData(1, 1024, 64, 32_704)]
    [InlineData(2_147_483_591, 1, 16, 1)]
    [InlineData(65_536, 1, 16, 32_767)]
    public void Outputs_are_refused_from_the_first_that_one_array_cannot_hold(int inputs, int codebooks, int leaves, int most)
    {
        Action fits = () => InputChecks.TableSize(inputs, codebooks, leaves, most, "b");
        fits.Should().NotThrow();
        Action more = () => InputChecks.TableSize(inputs, codebooks, leaves, most + 1, "b");
        more.Should().Throw<ArgumentException>().WithMessage("'b' *expected at most 2147483591*").Which.ParamName.Should().Be("b");
    }

    [Fact]
    public void Rows_of_another_type_or_width_than_the_trees_are_named()
    {
        HashTrees trees = new(ElementType.Int8, 6, 1, 4, [0, 1, 2, 3], new float[16]);
        InputChecks.Input(MatrixView<sbyte>.Of(new sbyte[12], 2, 6, "a"), trees, "a");
        Action type = () => InputChecks.Input(MatrixView<byte>.Of(new byte[12], 2, 6, "a"), trees, "a");
        type.Should().Throw<ArgumentException>().WithMessage("'a' has elements of type UInt8; expected Int8*").Which.ParamName.Should().Be("a");
        Action width = () => InputChecks.Input(MatrixView<sbyte>.Of(new sbyte[12], 3, 4, "a"), trees, "a");
        width.Should().Throw<ArgumentException>().WithMessage("'a' is 3 x 4; expected 6 columns*");
    }

    [Fact]
    public void Labels_that_are_no_output_are_named_by_place()
    {
        InputChecks.Labels([0, 2, 1], 3, "labels");
        Action first = () => InputChecks.Labels([3, 0], 3, "labels");
        first.Should().Throw<ArgumentException>().WithMessage("'labels' holds 3 at 0;*");
        foreach (int wrong in (int[])[-1, 3])
        {
            Action act = () => InputChecks.Labels([0, 2, wrong], 3, "labels");
            act.Should().Throw<ArgumentException>().WithMessage($"'labels' holds {wrong} at 2; expected 0 to 2*").Which.ParamName.Should().Be("labels");
        }
    }

    [Fact]
    public void Wrong_shapes_are_named()
    {
        Action noRows = () => MaddnessTrainer.Train([], 0, 6, Two);
        noRows.Should().Throw<ArgumentException>().WithMessage("'a' is 0 x 6*at least one training row*");
        Action noColumns = () => MaddnessTrainer.Train([], 6, 0, Two);
        noColumns.Should().Throw<ArgumentException>().WithMessage("'a' is 6 x 0*");
        Action length = () => MaddnessTrainer.Train(A, 19, 6, Two);
        length.Should().Throw<ArgumentException>().WithMessage("'a' has 120 elements; expected 19 x 6*");
        Action negative = () => MaddnessTrainer.Train(A, -20, -6, Two);
        negative.Should().Throw<ArgumentOutOfRangeException>();
        Action lengthB = () => MaddnessTrainer.Train(A, 20, 6, B, 3, default, Two);
        lengthB.Should().Throw<ArgumentException>().WithMessage("'b' has 12 elements; expected 6 x 3*");
        Action noOutputs = () => MaddnessTrainer.Train(A, 20, 6, [], 0, default, Two);
        noOutputs.Should().Throw<ArgumentException>().WithMessage("'b' is 6 x 0*");
        Action inner = () => MaddnessTrainer.Train(Tensor.Create(A, [20, 6]), Tensor.Create(B, [2, 6]), default, Two);
        inner.Should().Throw<ArgumentException>().WithMessage("'b' is 2 x 6; expected 6 rows*");
        Action bias = () => MaddnessTrainer.Train(A, 20, 6, B, 2, [1f], Two);
        bias.Should().Throw<ArgumentException>().WithMessage("'bias' has 1 elements; expected 2*");
        Action rank = () => MaddnessTrainer.Train(Tensor.Create(A, [20, 3, 2]), Two);
        rank.Should().Throw<ArgumentException>().WithMessage("'a' has rank 3*");
    }

    [Fact]
    public void Other_element_types_are_named()
    {
        Action act = () => MaddnessTrainer.Train<double>(new double[6], 1, 6, Two);
        act.Should().Throw<NotSupportedException>().WithMessage("*System.Double*");
        Action bound = () => MaddnessTrainer.Train<int>(new int[6], 1, 6, B, 2, default, Two);
        bound.Should().Throw<NotSupportedException>().WithMessage("*System.Int32*");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Products_that_float32_cannot_hold_are_refused(int outputs)
    {
        float[] b = [.. Enumerable.Repeat(1e20f, 6 * outputs)];
        Action act = () => MaddnessTrainer.Train([.. A.Select(v => v * 1e20f)], 20, 6, b, outputs, default, Two);
        act.Should().Throw<ArgumentException>().WithMessage("*'b'*float32*");
    }

    private static float[] With(float[] values, int index, float value)
    {
        float[] copy = [.. values];
        copy[index] = value;
        return copy;
    }
}
