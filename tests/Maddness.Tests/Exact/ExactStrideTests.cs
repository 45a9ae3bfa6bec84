using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Tests.Support;

namespace Maddness.Tests.Exact;

public class ExactStrideTests
{
    private const int Rows = 29;
    private const int Inputs = 23;
    private const int Outputs = 39;

    /// <summary>How a matrix may lie in memory.</summary>
    public enum Layout
    {
        RowMajor,
        ColumnMajor,
        Padded,
        PaddedColumnMajor,
        EverySecond,
    }

    public static TheoryData<KernelLevel> Levels => ExactCase.Levels;

    [Theory]
    [MemberData(nameof(Levels))]
    public void All_layouts_of_all_operands_give_the_same_bits(KernelLevel level)
    {
        ExactCase c = new(Rows, Inputs, Outputs, hasBias: true);
        float[] expected = c.Chain();
        Layout[] layouts = Enum.GetValues<Layout>();
        foreach (Layout layoutA in layouts)
        {
            foreach (Layout layoutB in layouts)
            {
                foreach (Layout layoutC in layouts)
                {
                    float[] result = ExactCase.Poisoned(Memory(Rows, Outputs));
                    float[] oneShot = ExactCase.Poisoned(Memory(Rows, Outputs));
                    float[] a = Place(c.A, Rows, Inputs, layoutA);
                    float[] b = Place(c.B, Inputs, Outputs, layoutB);
                    ExactMatmul matmul = new(ViewOf(b, Inputs, Outputs, layoutB), c.Bias, level);
                    matmul.Multiply(ViewOf(a, Rows, Inputs, layoutA), ViewOf(result, Rows, Outputs, layoutC), level, 1);
                    ExactMatmul.Multiply(
                        ViewOf(a, Rows, Inputs, layoutA), ViewOf(b, Inputs, Outputs, layoutB), ViewOf(oneShot, Rows, Outputs, layoutC), c.Bias, level, 1);
                    string because = $"A {layoutA}, B {layoutB}, C {layoutC}";
                    Bits.ShouldBe(result, Place(expected, Rows, Outputs, layoutC), because + ": the outputs, and nothing between them");
                    Bits.ShouldBe(oneShot, result, because + ", one shot");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Strided_outputs_keep_their_sums_between_blocks_of_k(KernelLevel level)
    {
        ExactCase c = new(14, 1300, 35, hasBias: true);
        float[] result = ExactCase.Poisoned(Memory(14, 35));
        float[] a = Place(c.A, 14, 1300, Layout.ColumnMajor);
        c.Bind(level).Multiply(ViewOf(a, 14, 1300, Layout.ColumnMajor), ViewOf(result, 14, 35, Layout.EverySecond), level, 2);
        Bits.ShouldBe(result, Place(c.Chain(), 14, 35, Layout.EverySecond), "C holds the sums as float32");
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void The_largest_blocks_of_columns_are_copied_to_their_tiles(KernelLevel level)
    {
        // Eight whole tiles and the full depth of a block, then a block that lacks rows. What is read in place may be twice as deep, and would not fit where copies go.
        foreach (int inputs in (int[])[512, 1024])
        {
            foreach (int rows in (int[])[96, 97, 205])
            {
                ExactCase c = new(rows, inputs, 35);
                float[] result = ExactCase.Poisoned(Memory(rows, 35));
                c.Bind(level).Multiply(ViewOf(Place(c.A, rows, inputs, Layout.ColumnMajor), rows, inputs, Layout.ColumnMajor), ViewOf(result, rows, 35, Layout.EverySecond), level, 1);
                Bits.ShouldBe(result, Place(c.Chain(), rows, 35, Layout.EverySecond), $"{rows} rows, {inputs} inputs");
            }
        }
    }

    [Fact]
    public void Tensors_of_the_public_calls_may_have_any_strides()
    {
        ExactCase c = new(Rows, Inputs, Outputs, hasBias: true);
        float[] expected = c.Chain();
        float[] a = Place(c.A, Rows, Inputs, Layout.ColumnMajor);
        float[] b = Place(c.B, Inputs, Outputs, Layout.Padded);
        float[] result = ExactCase.Poisoned(Memory(Rows, Outputs));
        ReadOnlyTensorSpan<float> tensorA = TensorOf(a, Rows, Inputs, Layout.ColumnMajor);
        ReadOnlyTensorSpan<float> tensorB = TensorOf(b, Inputs, Outputs, Layout.Padded);
        ReadOnlySpan<nint> strides = [1, Rows + 3];
        TensorSpan<float> destination = new(result, [Rows, Outputs], strides);
        new ExactMatmul(tensorB, c.Bias).Multiply(tensorA, destination);
        Bits.ShouldBe(result, Place(expected, Rows, Outputs, Layout.PaddedColumnMajor), "bound");
        result = ExactCase.Poisoned(result.Length);
        ExactMatmul.Multiply(tensorA, tensorB, new TensorSpan<float>(result, [Rows, Outputs], strides), c.Bias, maxDegreeOfParallelism: 2);
        Bits.ShouldBe(result, Place(expected, Rows, Outputs, Layout.PaddedColumnMajor), "one shot");
    }

    [Fact]
    public void Slices_of_tensors_are_read_and_written_where_they_are()
    {
        ExactCase c = new(10, 6, 8);
        Tensor<float> wide = Tensor.CreateFromShape<float>([12, 9]);
        wide.AsTensorSpan().Fill(float.NaN);
        TensorSpan<float> inside = wide.AsTensorSpan().Slice([1..11, 2..8]);
        new ReadOnlyTensorSpan<float>(c.A, [10, 6]).CopyTo(inside);
        Tensor<float> target = Tensor.CreateFromShape<float>([11, 10]);
        ExactMatmul.Multiply(inside.AsReadOnlyTensorSpan(), new ReadOnlyTensorSpan<float>(c.B, [6, 8]), target.AsTensorSpan().Slice([1..11, 1..9]));
        float[] expected = c.Chain();
        for (int n = 0; n < 11; n++)
        {
            for (int m = 0; m < 10; m++)
            {
                target[n, m].Should().Be(n >= 1 && m is >= 1 and < 9 ? expected[((n - 1) * 8) + m - 1] : 0);
            }
        }
    }

    private static int Memory(int rows, int columns) => (rows + 3) * (columns + 3) * 2 * 3;

    private static (int Row, int Column) StridesOf(int rows, int columns, Layout layout) => layout switch
    {
        Layout.RowMajor => (columns, 1),
        Layout.ColumnMajor => (1, rows),
        Layout.Padded => (columns + 3, 1),
        Layout.PaddedColumnMajor => (1, rows + 3),
        _ => ((2 * columns) + 5, 2),
    };

    private static float[] Place(float[] dense, int rows, int columns, Layout layout)
    {
        float[] memory = ExactCase.Poisoned(Memory(rows, columns));
        (int row, int column) = StridesOf(rows, columns, layout);
        for (int r = 0; r < rows; r++)
        {
            for (int m = 0; m < columns; m++)
            {
                memory[(r * row) + (m * column)] = dense[(r * columns) + m];
            }
        }

        return memory;
    }

    private static MatrixView<float> ViewOf(float[] memory, int rows, int columns, Layout layout)
        => MatrixView<float>.Of(TensorOf(memory, rows, columns, layout), "matrix");

    private static ReadOnlyTensorSpan<float> TensorOf(float[] memory, int rows, int columns, Layout layout)
    {
        (int row, int column) = StridesOf(rows, columns, layout);
        return new ReadOnlyTensorSpan<float>(memory, [rows, columns], [row, column]);
    }
}
