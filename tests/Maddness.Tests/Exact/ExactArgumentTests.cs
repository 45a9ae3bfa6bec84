using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Pipeline;

namespace Maddness.Tests.Exact;

public class ExactArgumentTests
{
    private readonly float[] _a = new float[4 * 3];
    private readonly float[] _b = new float[3 * 5];
    private readonly float[] _c = new float[4 * 5];
    private readonly ExactMatmul _matmul = new(new float[3 * 5], 3, 5);

    public ExactArgumentTests() => _c.AsSpan().Fill(7);

    [Fact]
    public void An_instance_knows_its_shape()
    {
        _matmul.Inputs.Should().Be(3);
        _matmul.Outputs.Should().Be(5);
    }

    [Fact]
    public void No_rows_write_nothing()
    {
        // No elements, with others on both sides.
        Span<float> nothing = _c.AsSpan(10, 0);
        _matmul.Multiply([], 0, nothing);
        ExactMatmul.Multiply([], 0, 3, _b, 5, nothing);
        ExactMatmul.Multiply([], 0, 0, [], 5, nothing);
        _c.Should().OnlyContain(v => v == 7);
    }

    [Theory]
    [InlineData(33_554_000, 1)]
    [InlineData(22_369_000, 24)]
    [InlineData(4_000, 134_200)]
    [InlineData(40_000_000, 1)]
    [InlineData(22_369_000, 25)]
    [InlineData(3, int.MaxValue)]
    public void All_levels_pack_what_one_does(int inputs, int outputs)
    {
        // 16, 24 and 134,200 columns for some level, or more than 536,869,873 elements: 2^31 bytes less what aligns them.
        long[] lengths = [.. ((int[])[8, 16, 32]).Select(columns => new PanelLayout(inputs, outputs, columns).Length)];
        Action check = () => PanelLayout.CheckSize(inputs, outputs, "b");
        if (lengths.Max() <= 536_869_873)
        {
            check.Should().NotThrow();
        }
        else
        {
            check.Should().Throw<ArgumentException>().WithParameterName("b").WithMessage($"*{inputs} x {outputs}*{lengths.Max()} elements*expected at most 536869873*");
        }
    }

    [Fact]
    public void Copies_larger_than_an_array_are_refused() =>
        FluentActions.Invoking(() => new DoubleProduct(MatrixView<float>.Of(new ReadOnlyTensorSpan<float>(_b, [1 << 27, 1], [0, 0]), "b"), "b"))
            .Should().Throw<ArgumentException>().WithParameterName("b").WithMessage("*134217728 x 1*2147483648 floats; expected at most*");

    [Fact]
    public void B_of_another_length_is_refused()
    {
        Refused(() => _ = new ExactMatmul(_b, 4, 5), "b", "'b' has 15 elements; expected 4 x 5 = 20.");
        Refused(() => ExactMatmul.Multiply(_a, 4, 3, _b.AsSpan(1), 5, _c), "b", "'b' has 14 elements; expected 3 x 5 = 15.");
    }

    [Fact]
    public void B_without_columns_is_refused()
        => Refused(() => _ = new ExactMatmul([], 3, 0), "b", "'b' is 3 x 0; expected at least one column.");

    [Fact]
    public void A_negative_dimension_is_refused()
    {
        Refused(() => _ = new ExactMatmul(_b, -3, -5), "inputs", "non-negative");
        Refused(() => _matmul.Multiply(_a, -1, _c), "rows", "non-negative");
    }

    [Fact]
    public void B_of_another_rank_is_refused()
        => Refused(() => _ = new ExactMatmul(new ReadOnlyTensorSpan<float>(_b, [15])), "b", "'b' has rank 1; expected a matrix, of rank 2.");

    [Fact]
    public void A_bias_of_another_length_is_refused()
    {
        Refused(() => _ = new ExactMatmul(_b, 3, 5, new float[4]), "bias", "'bias' has 4 elements; expected 5.");
        Refused(() => ExactMatmul.Multiply(_a, 4, 3, _b, 5, _c, new float[6]), "bias", "'bias' has 6 elements; expected 5.");
    }

    [Fact]
    public void A_of_another_length_is_refused()
        => Refused(() => _matmul.Multiply(_a, 5, _c), "a", "'a' has 12 elements; expected 5 x 3 = 15.");

    [Fact]
    public void A_with_another_number_of_columns_is_refused()
    {
        Refused(() => _matmul.Multiply(new ReadOnlyTensorSpan<float>(_a, [3, 4]), new TensorSpan<float>(_c, [4, 5])), "a", "'a' is 3 x 4; expected 3 columns.");
        Refused(
            () => ExactMatmul.Multiply(new ReadOnlyTensorSpan<float>(_a, [3, 4]), new ReadOnlyTensorSpan<float>(_b, [3, 5]), new TensorSpan<float>(_c, [4, 5])),
            "a",
            "'a' is 3 x 4; expected 3 columns.");
    }

    [Fact]
    public void A_destination_of_another_length_is_refused()
    {
        Refused(() => _matmul.Multiply(_a, 4, _c.AsSpan(1)), "destination", "'destination' has 19 elements; expected 4 x 5 = 20.");
        Refused(() => _matmul.Multiply(_a, 4, new float[21]), "destination", "'destination' has 21 elements; expected 4 x 5 = 20.");
    }

    [Fact]
    public void A_destination_of_another_shape_is_refused()
        => Refused(
            () => _matmul.Multiply(new ReadOnlyTensorSpan<float>(_a, [4, 3]), new TensorSpan<float>(_c, [5, 4])), "destination", "'destination' is 5 x 4; expected 4 x 5.");

    [Fact]
    public void A_destination_over_a_is_refused()
    {
        float[] shared = new float[40];
        Refused(() => _matmul.Multiply(shared.AsSpan(8, 12), 4, shared.AsSpan(19, 20)), "destination", "'destination' shares memory with 'a'; expected memory of its own.");
        Refused(() => _matmul.Multiply(shared.AsSpan(19, 12), 4, shared.AsSpan(0, 20)), "destination", "'destination' shares memory with 'a'; expected memory of its own.");
        _matmul.Multiply(shared.AsSpan(0, 12), 4, shared.AsSpan(12, 20));
        _matmul.Multiply(shared.AsSpan(20, 12), 4, shared.AsSpan(0, 20));
    }

    [Fact]
    public void A_destination_over_b_or_the_bias_is_refused()
    {
        float[] shared = new float[40];
        Refused(() => ExactMatmul.Multiply(_a, 4, 3, shared.AsSpan(0, 15), 5, shared.AsSpan(14, 20)), "destination", "'destination' shares memory with 'b'; expected memory of its own.");
        Refused(
            () => ExactMatmul.Multiply(_a, 4, 3, _b, 5, shared.AsSpan(0, 20), shared.AsSpan(19, 5)),
            "destination",
            "'destination' shares memory with 'bias'; expected memory of its own.");
    }

    [Fact]
    public void A_destination_over_itself_is_refused()
        => Refused(
            () => _matmul.Multiply(new ReadOnlyTensorSpan<float>(_a, [4, 3]), new TensorSpan<float>(_c, [4, 5], [0, 1])),
            "destination",
            "'destination' has strides 0 and 1 for 4 x 5 elements; expected strides that give each element an address of its own.");

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    public void A_wrong_number_of_threads_is_refused(int threads)
    {
        string expected = $"'maxDegreeOfParallelism' is {threads}; expected 1 or more threads, or -1 for all processors.";
        Refused(() => _matmul.Multiply(_a, 4, _c, threads), "maxDegreeOfParallelism", expected);
        Refused(() => ExactMatmul.Multiply(_a, 4, 3, _b, 5, _c, maxDegreeOfParallelism: threads), "maxDegreeOfParallelism", expected);
    }

    [Fact]
    public void A_refused_call_leaves_the_destination_alone()
    {
        FluentActions.Invoking(() => _matmul.Multiply(_a, 4, _c, 0)).Should().Throw<ArgumentException>();
        _c.Should().OnlyContain(v => v == 7);
    }

    private void Refused(Action call, string argument, string message)
    {
        call.Should().Throw<ArgumentException>().WithMessage($"*{message}*").Which.ParamName.Should().Be(argument);
        _c.Should().OnlyContain(v => v == 7, "a refused call writes nothing");
    }
}
