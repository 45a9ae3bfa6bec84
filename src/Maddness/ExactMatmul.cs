namespace Maddness;

/// <summary>The exact product (placeholder of the first build; replaced whole by the packed GEMM).</summary>
public sealed class ExactMatmul
{
    /// <summary>Y = A·B for dense row-major spans.</summary>
    public static void Multiply(ReadOnlySpan<float> a, int rows, int inner, ReadOnlySpan<float> b, int outputs, Span<float> destination)
    {
        for (int n = 0; n < rows; n++)
        {
            for (int m = 0; m < outputs; m++)
            {
                float sum = 0;
                for (int d = 0; d < inner; d++)
                {
                    sum = MathF.FusedMultiplyAdd(a[(n * inner) + d], b[(d * outputs) + m], sum);
                }

                destination[(n * outputs) + m] = sum;
            }
        }
    }
}
