using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Targets;

/// <summary>
/// What look-ups take at least: loops that look bytes up and add them as bytes, which overflows, and do nothing else. Exact sums, floats and stores come on top. All is in the first cache.
/// </summary>
internal static unsafe class LookupBound
{
    private const int Codebooks = 16;
    private const int Leaves = 16;
    private const int Rows = 512;
    private const int StepRows = 8;
    private const int LineBytes = 64;

    /// <summary>Outputs whose tables, a line each, fill as much of the first cache as those that are loaded.</summary>
    private const int PermutedOutputs = Codebooks * Leaves;

    /// <summary>Loads of 64 bytes, one for 64 outputs of a row, at codes; eight rows at once. In 10⁹ look-ups a second.</summary>
    internal static double LoadsOf64(int runs) => Rate(runs, Codebooks * Leaves * LineBytes, static (tables, codes, sums) =>
    {
        for (int row = 0; row < Rows; row += StepRows)
        {
            Vector512<byte> sum0 = default, sum1 = default, sum2 = default, sum3 = default, sum4 = default, sum5 = default, sum6 = default, sum7 = default;
            byte* leaves = tables;
            for (int codebook = 0; codebook < Codebooks; codebook++)
            {
                ulong rows = *(ulong*)codes;
                sum0 += Vector512.Load(leaves + Offset(rows, 0, LineBytes));
                sum1 += Vector512.Load(leaves + Offset(rows, 1, LineBytes));
                sum2 += Vector512.Load(leaves + Offset(rows, 2, LineBytes));
                sum3 += Vector512.Load(leaves + Offset(rows, 3, LineBytes));
                sum4 += Vector512.Load(leaves + Offset(rows, 4, LineBytes));
                sum5 += Vector512.Load(leaves + Offset(rows, 5, LineBytes));
                sum6 += Vector512.Load(leaves + Offset(rows, 6, LineBytes));
                sum7 += Vector512.Load(leaves + Offset(rows, 7, LineBytes));
                codes += StepRows;
                leaves += Leaves * LineBytes;
            }

            (sum0 ^ sum1 ^ sum2 ^ sum3 ^ sum4 ^ sum5 ^ sum6 ^ sum7).Store(sums);
        }

        return LineBytes * Rows * Codebooks;
    });

    /// <summary>The same of 32 bytes, one for 32 outputs.</summary>
    internal static double LoadsOf32(int runs) => Rate(runs, Codebooks * Leaves * LineBytes / 2, static (tables, codes, sums) =>
    {
        for (int row = 0; row < Rows; row += StepRows)
        {
            Vector256<byte> sum0 = default, sum1 = default, sum2 = default, sum3 = default, sum4 = default, sum5 = default, sum6 = default, sum7 = default;
            byte* leaves = tables;
            for (int codebook = 0; codebook < Codebooks; codebook++)
            {
                ulong rows = *(ulong*)codes;
                sum0 += Vector256.Load(leaves + Offset(rows, 0, LineBytes / 2));
                sum1 += Vector256.Load(leaves + Offset(rows, 1, LineBytes / 2));
                sum2 += Vector256.Load(leaves + Offset(rows, 2, LineBytes / 2));
                sum3 += Vector256.Load(leaves + Offset(rows, 3, LineBytes / 2));
                sum4 += Vector256.Load(leaves + Offset(rows, 4, LineBytes / 2));
                sum5 += Vector256.Load(leaves + Offset(rows, 5, LineBytes / 2));
                sum6 += Vector256.Load(leaves + Offset(rows, 6, LineBytes / 2));
                sum7 += Vector256.Load(leaves + Offset(rows, 7, LineBytes / 2));
                codes += StepRows;
                leaves += Leaves * LineBytes / 2;
            }

            (sum0 ^ sum1 ^ sum2 ^ sum3 ^ sum4 ^ sum5 ^ sum6 ^ sum7).Store(sums);
        }

        return LineBytes / 2 * Rows * Codebooks;
    });

    /// <summary>Permutations of 64 bytes, the tables of four codebooks, for 64 rows and one output each: what comes out are columns, which would have to be transposed.</summary>
    internal static double Permutations(int runs) => Rate(runs, PermutedOutputs * LineBytes, static (tables, codes, sums) =>
    {
        for (int row = 0; row < Rows; row += LineBytes)
        {
            Vector512<byte> codes0 = Vector512.Load(codes), codes1 = Vector512.Load(codes + LineBytes), codes2 = Vector512.Load(codes + (2 * LineBytes)), codes3 = Vector512.Load(codes + (3 * LineBytes));
            Vector512<byte> all = default;
            for (int output = 0; output < PermutedOutputs; output++)
            {
                Vector512<byte> table = Vector512.Load(tables + (output * LineBytes));
                Vector512<byte> first = Avx512Vbmi.PermuteVar64x8(table, codes0) + Avx512Vbmi.PermuteVar64x8(table, codes1);
                Vector512<byte> second = Avx512Vbmi.PermuteVar64x8(table, codes2) + Avx512Vbmi.PermuteVar64x8(table, codes3);
                all ^= first + second;
            }

            all.Store(sums);
        }

        return 4 * Rows * PermutedOutputs;
    });

    private delegate int LookUps(byte* tables, byte* codes, byte* sums);

    /// <summary>Where the leaf of one of eight rows stands.</summary>
    private static nint Offset(ulong codes, int row, int width) => (nint)(BitOperations.RotateRight(codes, (8 * row) - BitOperations.Log2((uint)width)) & ((ulong)byte.MaxValue * (uint)width));

    private static double Rate(int runs, int tableBytes, LookUps lookUps)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(tableBytes + (Rows * Codebooks) + LineBytes), LineBytes);
        try
        {
            Random random = new(1);
            random.NextBytes(new Span<byte>(memory, tableBytes));
            byte* codes = memory + tableBytes;
            for (int i = 0; i < Rows * Codebooks; i++)
            {
                codes[i] = (byte)random.Next(Leaves);
            }

            byte* sums = codes + (Rows * Codebooks);
            int count = lookUps(memory, codes, sums);
            return count / (1e6 * Timing.Medians([() => lookUps(memory, codes, sums)], runs, 1000)[0]);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
