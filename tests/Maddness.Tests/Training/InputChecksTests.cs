using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Tests.Training;

/// <summary>Refusals by themselves, some of them at sizes and places that a training would take long for.</summary>
public class InputChecksTests
{
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
    public void Weights_and_a_bias_that_do_not_fit_or_are_not_finite_are_named()
    {
        Action rows = () => InputChecks.Weights(MatrixView<float>.Of(new float[10], 5, 2, "b"), 6, "b");
        rows.Should().Throw<ArgumentException>().WithMessage("'b' is 5 x 2; expected 6 rows and at least 1 column*").Which.ParamName.Should().Be("b");
        Action columns = () => InputChecks.Weights(MatrixView<float>.Of([], 6, 0, "b"), 6, "b");
        columns.Should().Throw<ArgumentException>().WithMessage("'b' is 6 x 0; expected*");
        Action weight = () => InputChecks.Weights(MatrixView<float>.Of(With(new float[12], 11, float.NaN), 6, 2, "b"), 6, "b");
        weight.Should().Throw<ArgumentException>().WithMessage("'b' holds NaN at row 5, column 1*").Which.ParamName.Should().Be("b");
        Action length = () => InputChecks.Bias([1f], 2, "bias");
        length.Should().Throw<ArgumentException>().WithMessage("'bias' has 1 elements; expected 2*").Which.ParamName.Should().Be("bias");
        Action bias = () => InputChecks.Bias([0, float.PositiveInfinity], 2, "bias");
        bias.Should().Throw<ArgumentException>().WithMessage($"'bias' holds {float.PositiveInfinity} at 1; expected finite*").Which.ParamName.Should().Be("bias");
    }

    private static float[] With(float[] values, int index, float value)
    {
        float[] copy = [.. values];
        copy[index] = value;
        return copy;
    }
}
