using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Kernels;

/// <summary>Chosen outputs are chains of multiply-adds, bit for bit, at every number of rows, outputs and inputs, and nothing outside the operands is touched.</summary>
public unsafe class SelectedOutputsTests
{
    private const int Outputs = 23;

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [GuardedTheory]
    [MemberData(nameof(Levels))]
    public void Each_is_one_chain(KernelLevel level)
    {
        Random random = new(1);
        foreach (bool trailing in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (int inputs in (ReadOnlySpan<int>)[1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 50])
            {
                foreach (int rows in (ReadOnlySpan<int>)[0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 33])
                {
                    for (int count = 1; count <= 10; count++)
                    {
                        Check(level, trailing, random, inputs, rows, count, hasSpecials: count % 3 == 0);
                    }
                }
            }
        }
    }

    [Fact]
    public void Outputs_stand_in_an_odd_number_of_lines()
    {
        foreach ((int inputs, int stride) in ((int, int)[])[(1, 16), (16, 16), (17, 48), (32, 48), (512, 528), (1_000, 1_008)])
        {
            TransposedWeights.StrideOf(inputs).Should().Be(stride);
        }

        // Checked before anything is copied: a broadcast column of any width takes no memory.
        float[] one = new float[20];
        FluentActions.Invoking(() => new TransposedWeights(MatrixView<float>.Of(new ReadOnlyTensorSpan<float>(one, [20, 50_000_000], [1, 0]), "b"), "b"))
            .Should().Throw<ArgumentException>().WithParameterName("b").WithMessage("'b' is 20 x 50000000, of which a copy takes 2400000000 floats; expected at most*");
    }

    private static void Check(KernelLevel level, bool trailing, Random random, int inputs, int rows, int count, bool hasSpecials)
    {
        int rowStride = inputs + (trailing ? 0 : 3), outputStride = inputs + (trailing ? 2 : 0);
        float[] a = Values(random, rows == 0 ? 0 : ((rows - 1) * rowStride) + inputs), b = Values(random, ((Outputs - 1) * outputStride) + inputs);
        for (int i = 0; hasSpecials && i < a.Length; i += 5)
        {
            a[i] = (i % 4) switch { 0 => float.PositiveInfinity, 1 => -0f, 2 => float.NaN, _ => 0 };
        }

        int[] places = [.. Enumerable.Range(0, rows * count).Select(_ => random.Next(Outputs))];
        using GuardedMemory<float> guardedA = GuardedMemory<float>.Of(a, trailing);
        using GuardedMemory<float> guardedB = GuardedMemory<float>.Of(b, trailing);
        using GuardedMemory<int> guardedPlaces = GuardedMemory<int>.Of(places, trailing);
        using GuardedMemory<float> values = GuardedMemory<float>.Of(rows * count, trailing);
        Multiplies operation = new(new()
        {
            A = guardedA.Pointer,
            RowStride = rowStride,
            Rows = rows,
            Inputs = inputs,
            TransposedB = guardedB.Pointer,
            OutputStride = outputStride,
            Places = guardedPlaces.Pointer,
            Count = count,
            Values = values.Pointer,
        });
        TestedKernels.Run(level, ref operation);
        for (int i = 0; i < places.Length; i++)
        {
            float sum = 0;
            for (int input = 0; input < inputs; input++)
            {
                sum = MathF.FusedMultiplyAdd(a[(i / count * rowStride) + input], b[(places[i] * outputStride) + input], sum);
            }

            // Which of the many NaN it is, is not promised.
            bool isRight = float.IsNaN(sum) ? float.IsNaN(values.Span[i]) : BitConverter.SingleToInt32Bits(values.Span[i]) == BitConverter.SingleToInt32Bits(sum);
            isRight.Should().BeTrue("row {0}, output {1} of {2}, {3} inputs: {4}, not {5}", i / count, i % count, count, inputs, sum, values.Span[i]);
        }
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * MathF.ScaleB(1, random.Next(8)))];

    private struct Multiplies(SelectedOutputs outputs) : IKernelOperation
    {
        private readonly SelectedOutputs _outputs = outputs;

        public readonly void Invoke<TKernel>()
            where TKernel : struct, IKernel => TKernel.MultiplySelected(_outputs);
    }
}
