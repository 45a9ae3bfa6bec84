using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Chosen outputs of the exact product.</content>
internal readonly unsafe partial struct ScalarKernel
{
    /// <summary>Chains side by side: each waits for its last addition.</summary>
    private const int Chains = 4;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void MultiplySelected(in SelectedOutputs outputs)
    {
        int inputs = outputs.Inputs, last = outputs.Count - 1;
        for (int row = 0; row < outputs.Rows; row++)
        {
            float* a = outputs.A + (row * outputs.RowStride);
            nint start = (nint)row * outputs.Count;
            float* values = outputs.Values + start;
            for (int first = 0; first <= last; first += Chains)
            {
                // A last incomplete group computes its last output again and again, and stores it as often.
                int second = Math.Min(first + 1, last), third = Math.Min(first + 2, last), fourth = Math.Min(first + 3, last);
                float* b0 = outputs.Column(start + first);
                float* b1 = outputs.Column(start + second);
                float* b2 = outputs.Column(start + third);
                float* b3 = outputs.Column(start + fourth);
                float sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
                for (int input = 0; input < inputs; input++)
                {
                    float value = a[input];
                    sum0 = MathF.FusedMultiplyAdd(value, b0[input], sum0);
                    sum1 = MathF.FusedMultiplyAdd(value, b1[input], sum1);
                    sum2 = MathF.FusedMultiplyAdd(value, b2[input], sum2);
                    sum3 = MathF.FusedMultiplyAdd(value, b3[input], sum3);
                }

                values[first] = sum0;
                values[second] = sum1;
                values[third] = sum2;
                values[fourth] = sum3;
            }
        }
    }
}
