using System.Numerics.Tensors;

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
        { new() { Codebooks = 2, MaxDegreeOfParallelism = 0 }, nameof(TrainingOptions.MaxDegreeOfParallelism), "*MaxDegreeOfParallelism is 0; expected 1 to 1024*" },
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
        inBias.Should().Throw<ArgumentException>().WithMessage($"'bias' holds {wrong} at column 1*").Which.ParamName.Should().Be("bias");
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
        bias.Should().Throw<ArgumentException>().WithMessage("'bias' has 1 values; expected 2*");
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
