using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>
/// Chosen outputs of the exact product, a lane for each. A chain waits four cycles for each multiply-add, so that up to four registers of chains run side by side. What lanes multiply stands in as many rows of A and of Bᵀ, of which
/// four inputs at a time are transposed. That bounds the loop, and so lanes are rows of A, as far as there are eight: they are transposed once for four outputs of each.
/// </content>
internal readonly unsafe partial struct Avx2Kernel
{
    /// <summary>Registers of chains side by side.</summary>
    private const int ChainRegisters = 4;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    public static void MultiplySelected(in SelectedOutputs outputs)
    {
        float** a = stackalloc float*[Width];
        float** b = stackalloc float*[ChainRegisters * Width];
        float* sums = stackalloc float[ChainRegisters * Width];
        int row = 0;
        for (; row <= outputs.Rows - Width; row += Width)
        {
            for (int lane = 0; lane < Width; lane++)
            {
                a[lane] = outputs.A + ((row + lane) * outputs.RowStride);
            }

            for (int first = 0; first < outputs.Count; first += ChainRegisters)
            {
                int registers = Math.Min(ChainRegisters, outputs.Count - first);
                nint start = ((nint)row * outputs.Count) + first;
                for (int register = 0; register < registers; register++)
                {
                    for (int lane = 0; lane < Width; lane++)
                    {
                        b[(register * Width) + lane] = outputs.Column(start + ((nint)lane * outputs.Count) + register);
                    }
                }

                AddChains(registers, a, b, outputs.Inputs, sums);
                for (int lane = 0; lane < Width; lane++)
                {
                    for (int register = 0; register < registers; register++)
                    {
                        outputs.Values[start + ((nint)lane * outputs.Count) + register] = sums[(register * Width) + lane];
                    }
                }
            }
        }

        // Of fewer rows lanes are the outputs, one row's after the other's; those without one compute the first one again.
        nint end = (nint)outputs.Rows * outputs.Count;
        for (nint first = (nint)row * outputs.Count; first < end; first += Width)
        {
            int lanes = (int)Math.Min(Width, end - first);
            for (int lane = 0; lane < Width; lane++)
            {
                nint place = first + (lane < lanes ? lane : 0);
                a[lane] = outputs.A + (place / outputs.Count * outputs.RowStride);
                b[lane] = outputs.Column(place);
            }

            AddChains(1, a, b, outputs.Inputs, sums);
            new Span<float>(sums, lanes).CopyTo(new Span<float>(outputs.Values + first, lanes));
        }
    }

    private static void AddChains(int registers, float** a, float** b, int inputs, float* sums)
    {
        switch (registers)
        {
            case 1:
                AddChains<Constant.One>(a, b, inputs, sums);
                break;
            case 2:
                AddChains<Constant.Two>(a, b, inputs, sums);
                break;
            case 3:
                AddChains<Constant.Three>(a, b, inputs, sums);
                break;
            default:
                AddChains<Constant.Four>(a, b, inputs, sums);
                break;
        }
    }

    /// <summary>The chains of some registers.</summary>
    /// <param name="a">For each lane the row of A.</param>
    /// <param name="b">For each lane of each register the row of Bᵀ.</param>
    /// <param name="inputs">D.</param>
    /// <param name="sums">A value for each lane of each register.</param>
    [MethodImpl(Compiled.Once)]
    private static void AddChains<TRegisters>(float** a, float** b, int inputs, float* sums)
        where TRegisters : struct, IConstant
    {
        Vector256<float> sums0 = default, sums1 = default, sums2 = default, sums3 = default;
        nint input = 0;
        for (; input <= inputs - 4; input += 4)
        {
            TransposeFour(a, input, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
            sums0 = AddFour(a0, a1, a2, a3, b, input, sums0);
            if (TRegisters.Value > 1)
            {
                sums1 = AddFour(a0, a1, a2, a3, b + Width, input, sums1);
            }

            if (TRegisters.Value > 2)
            {
                sums2 = AddFour(a0, a1, a2, a3, b + (2 * Width), input, sums2);
            }

            if (TRegisters.Value > 3)
            {
                sums3 = AddFour(a0, a1, a2, a3, b + (3 * Width), input, sums3);
            }
        }

        sums0.Store(sums);
        sums1.Store(sums + Width);
        sums2.Store(sums + (2 * Width));
        sums3.Store(sums + (3 * Width));
        for (; input < inputs; input++)
        {
            for (int chain = 0; chain < TRegisters.Value * Width; chain++)
            {
                sums[chain] = MathF.FusedMultiplyAdd(a[chain % Width][input], b[chain][input], sums[chain]);
            }
        }
    }

    /// <summary>Four steps of eight chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddFour(Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3, float** b, nint input, Vector256<float> sums)
    {
        TransposeFour(b, input, out Vector256<float> b0, out Vector256<float> b1, out Vector256<float> b2, out Vector256<float> b3);
        return Fma.MultiplyAdd(a3, b3, Fma.MultiplyAdd(a2, b2, Fma.MultiplyAdd(a1, b1, Fma.MultiplyAdd(a0, b0, sums))));
    }

    /// <summary>Four inputs of eight rows: a vector for each input, a lane for each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeFour(float** rows, nint input, out Vector256<float> input0, out Vector256<float> input1, out Vector256<float> input2, out Vector256<float> input3) =>
        Avx2Transpose.WithinLanes(
            Vector256.Create(Vector128.Load(rows[0] + input), Vector128.Load(rows[4] + input)),
            Vector256.Create(Vector128.Load(rows[1] + input), Vector128.Load(rows[5] + input)),
            Vector256.Create(Vector128.Load(rows[2] + input), Vector128.Load(rows[6] + input)),
            Vector256.Create(Vector128.Load(rows[3] + input), Vector128.Load(rows[7] + input)),
            out input0,
            out input1,
            out input2,
            out input3);
}
