using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <content>
/// Rows encoded as they stand: the columns that trees test are permuted out of each row's windows, and a lane serves a codebook, not a row. Thresholds of a level are chosen among by the comparisons above, of the last one among
/// eight. Columns of 16 rows are stored, and compared in a loop of its own: comparing those of each row at once leaves too few loads of the next rows in flight (measured on Zen 4, rows in the last cache, 8 windows, C = 16: 17.5
/// ns a row, and 22 at once; in the second cache 13 both).
/// </content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>Floats of a step: four levels of 16 lanes.</summary>
    private const int StepFloats = 4 * 16;

    /// <inheritdoc/>
    public static bool EncodesRows => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void EncodeRows(in RowBlock block)
    {
        // Steps of as many rows as fill a register: 16 of one row to 4 of four.
        byte* memory = stackalloc byte[(16 * StepFloats * sizeof(float)) + (2 * 256) + StackMemory.Slack];
        float* columns = (float*)StackMemory.Align(memory);
        byte* steps = (byte*)(columns + (16 * StepFloats));
        int stepRows = 16 / block.Lanes;
        int count = (block.Rows + stepRows - 1) / stepRows;
        if (block.Rows < 16)
        {
            // Sums load at the codes of missing rows, too: these must be codes.
            new Span<byte>(steps, 256).Clear();
        }

        bool isWhole = block.Codebooks == block.Lanes;
        byte* codes = isWhole ? block.Codes : steps + 256;
        switch (block.Lanes)
        {
            case 4:
                PermuteColumns<Constant.One>(block, columns);
                CompareColumns(columns, block.Thresholds, count, steps);
                DeliverFour(steps, codes);
                break;
            case 8:
                PermuteColumns<Constant.Two>(block, columns);
                CompareColumns(columns, block.Thresholds, count, steps);
                DeliverEight(steps, codes);
                break;
            default:
                PermuteColumns<Constant.Four>(block, columns);
                CompareColumns(columns, block.Thresholds, count, steps);
                DeliverSixteen(steps, codes);
                break;
        }

        if (!isWhole)
        {
            new ReadOnlySpan<byte>(codes, block.Codebooks * 16).CopyTo(new Span<byte>(block.Codes, block.Codebooks * 16));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PermuteColumns<TVectors>(in RowBlock block, float* columns)
        where TVectors : struct, IConstant
    {
        switch (block.WindowCount)
        {
            case 2:
                PermuteColumns<TVectors, Constant.Two>(block, columns);
                break;
            case 4:
                PermuteColumns<TVectors, Constant.Four>(block, columns);
                break;
            case 8:
                PermuteColumns<TVectors, Constant.Eight>(block, columns);
                break;
            case 12:
                PermuteColumns<TVectors, Constant.Twelve>(block, columns);
                break;
            default:
                PermuteColumns<TVectors, ManyWindows>(block, columns);
                break;
        }
    }

    /// <summary>Columns of each row to [step][level][row of the step][codebook].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PermuteColumns<TVectors, TWindows>(in RowBlock block, float* columns)
        where TVectors : struct, IConstant
        where TWindows : struct, IConstant
    {
        Permutations<TVectors, TWindows> permutations = new(block);
        float* row = block.Source;
        nint stride = block.RowStride;
        nint* asked = block.Asked;
        int askedCount = block.AskedCount;
        uint rows = (uint)block.Rows;
        for (uint i = 0; i < rows; i++)
        {
            if (askedCount > 0)
            {
                float* ahead = row + (block.AskedRows * stride);
                for (int j = 0; j < askedCount; j++)
                {
                    CachePrefetch.LineToSecondCache(ahead + asked[j]);
                }
            }

            permutations.Take(row, out Vector512<float> vector0, out Vector512<float> vector1, out Vector512<float> vector2, out Vector512<float> vector3);
            if (TVectors.Value == 1)
            {
                float* target = columns + (i / 4 * StepFloats) + (i % 4 * 4);
                vector0.GetLower().GetLower().Store(target);
                vector0.GetLower().GetUpper().Store(target + 16);
                vector0.GetUpper().GetLower().Store(target + 32);
                vector0.GetUpper().GetUpper().Store(target + 48);
            }
            else if (TVectors.Value == 2)
            {
                float* target = columns + (i / 2 * StepFloats) + (i % 2 * 8);
                vector0.GetLower().Store(target);
                vector0.GetUpper().Store(target + 16);
                vector1.GetLower().Store(target + 32);
                vector1.GetUpper().Store(target + 48);
            }
            else
            {
                float* target = columns + (i * StepFloats);
                vector0.Store(target);
                vector1.Store(target + 16);
                vector2.Store(target + 32);
                vector3.Store(target + 48);
            }

            row += stride;
        }
    }

    /// <summary>Walks all trees of a step at once, with the thresholds in registers. Its 16 codes, [row of the step][codebook], go to 64·(s mod 4) + 16·(s / 4), as the deliveries want them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CompareColumns(float* columns, float* thresholds, int count, byte* steps)
    {
        Vector512<float> node1 = Vector512.Load(thresholds + 16), node2 = Vector512.Load(thresholds + 32), node3 = Vector512.Load(thresholds + 48);
        Vector512<float> node4 = Vector512.Load(thresholds + 64), node5 = Vector512.Load(thresholds + 80), node6 = Vector512.Load(thresholds + 96), node7 = Vector512.Load(thresholds + 112);
        Vector512<float> node8 = Vector512.Load(thresholds + 128), node9 = Vector512.Load(thresholds + 144), node10 = Vector512.Load(thresholds + 160), node11 = Vector512.Load(thresholds + 176);
        Vector512<float> node12 = Vector512.Load(thresholds + 192), node13 = Vector512.Load(thresholds + 208), node14 = Vector512.Load(thresholds + 224), node15 = Vector512.Load(thresholds + 240);
        for (uint step = 0; step < (uint)count; step++)
        {
            Vector512<float> right0 = Vector512.GreaterThan(Vector512.Load(columns), node1);
            Vector512<float> right1 = Vector512.GreaterThan(Vector512.Load(columns + 16), Vector512.ConditionalSelect(right0, node3, node2));
            Vector512<float> right2 = Vector512.GreaterThan(
                Vector512.Load(columns + 32),
                Vector512.ConditionalSelect(right0, Vector512.ConditionalSelect(right1, node7, node6), Vector512.ConditionalSelect(right1, node5, node4)));
            Vector512<float> right = Vector512.ConditionalSelect(right1, Vector512.ConditionalSelect(right2, node15, node14), Vector512.ConditionalSelect(right2, node13, node12));
            Vector512<float> left = Vector512.ConditionalSelect(right1, Vector512.ConditionalSelect(right2, node11, node10), Vector512.ConditionalSelect(right2, node9, node8));
            Vector512<float> right3 = Vector512.GreaterThan(Vector512.Load(columns + 48), Vector512.ConditionalSelect(right0, right, left));
            Vector512<int> codes = (right0.AsInt32() & Vector512.Create(8)) | (right1.AsInt32() & Vector512.Create(4)) | (right2.AsInt32() & Vector512.Create(2)) | (right3.AsInt32() & Vector512.Create(1));
            Avx512F.ConvertToVector128Byte(codes.AsUInt32()).Store(steps + (step % 4 * 64) + (step / 4 * 16));
            columns += StepFloats;
        }
    }

    /// <summary>More than twelve: registers do not hold what these are permuted by.</summary>
    private readonly struct ManyWindows : IConstant
    {
        public static int Value => int.MaxValue;
    }

    /// <summary>What <see cref="RowBlock.Permutations"/> say, of up to twelve windows in registers.</summary>
    private readonly ref struct Permutations<TVectors, TWindows>
        where TVectors : struct, IConstant
        where TWindows : struct, IConstant
    {
        private readonly nint _window0;
        private readonly nint _window1;
        private readonly nint _window2;
        private readonly nint _window3;
        private readonly nint _window4;
        private readonly nint _window5;
        private readonly nint _window6;
        private readonly nint _window7;
        private readonly nint _window8;
        private readonly nint _window9;
        private readonly nint _window10;
        private readonly nint _window11;
        private readonly int* _laterWindows;
        private readonly int* _laterPermutations;
        private readonly int _laterParts;
        private readonly Vector512<int> _register0;
        private readonly Vector512<int> _register1;
        private readonly Vector512<int> _register2;
        private readonly Vector512<int> _register3;
        private readonly Vector512<int> _third0;
        private readonly Vector512<int> _third1;
        private readonly Vector512<int> _third2;
        private readonly Vector512<int> _third3;
        private readonly Vector512<int> _early0;
        private readonly Vector512<int> _early1;
        private readonly Vector512<int> _early2;
        private readonly Vector512<int> _early3;
        private readonly Vector512<int> _late0;
        private readonly Vector512<int> _late1;
        private readonly Vector512<int> _late2;
        private readonly Vector512<int> _late3;
        private readonly Vector512<float> _isLate0;
        private readonly Vector512<float> _isLate1;
        private readonly Vector512<float> _isLate2;
        private readonly Vector512<float> _isLate3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Permutations(in RowBlock block)
        {
            int* windows = block.Windows;
            _window0 = windows[0];
            _window1 = windows[1];
            if (TWindows.Value > 2)
            {
                _window2 = windows[2];
                _window3 = windows[3];
            }

            int* permutations = block.Permutations;
            if (TWindows.Value > 4)
            {
                _window4 = windows[4];
                _window5 = windows[5];
                _window6 = windows[6];
                _window7 = windows[7];
                _register0 = Vector512.Load(permutations);
                _register1 = Vector512.Load(permutations + 16);
                _register2 = Vector512.Load(permutations + 32);
                _register3 = Vector512.Load(permutations + 48);
            }

            if (TWindows.Value > 8)
            {
                _window8 = windows[8];
                _window9 = windows[9];
                _window10 = windows[10];
                _window11 = windows[11];
                _third0 = Vector512.Load(permutations + 256);
                _third1 = Vector512.Load(permutations + 272);
                _third2 = Vector512.Load(permutations + 288);
                _third3 = Vector512.Load(permutations + 304);
            }

            if (TWindows.Value > 12)
            {
                _laterWindows = windows + 12;
                _laterPermutations = permutations + 320;
                _laterParts = (block.WindowCount - 12) / RowBlock.Registers;
            }

            _early0 = Vector512.Load(permutations + 64);
            _late0 = Vector512.Load(permutations + 128);
            _isLate0 = Vector512.Load(permutations + 192).AsSingle();
            if (TVectors.Value > 1)
            {
                _early1 = Vector512.Load(permutations + 80);
                _late1 = Vector512.Load(permutations + 144);
                _isLate1 = Vector512.Load(permutations + 208).AsSingle();
            }

            if (TVectors.Value > 2)
            {
                _early2 = Vector512.Load(permutations + 96);
                _late2 = Vector512.Load(permutations + 160);
                _isLate2 = Vector512.Load(permutations + 224).AsSingle();
                _early3 = Vector512.Load(permutations + 112);
                _late3 = Vector512.Load(permutations + 176);
                _isLate3 = Vector512.Load(permutations + 240).AsSingle();
            }
        }

        /// <summary>The columns that a row's trees test, as vectors to compare; as many as there are.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Take(float* row, out Vector512<float> vector0, out Vector512<float> vector1, out Vector512<float> vector2, out Vector512<float> vector3)
        {
            Vector512<float> columns0, columns1, columns2 = default, columns3 = default;
            if (TWindows.Value > 4)
            {
                columns0 = Avx512F.PermuteVar16x32x2(Vector512.Load(row + _window0), _register0, Vector512.Load(row + _window1));
                columns1 = Avx512F.PermuteVar16x32x2(Vector512.Load(row + _window2), _register1, Vector512.Load(row + _window3));
                columns2 = Avx512F.PermuteVar16x32x2(Vector512.Load(row + _window4), _register2, Vector512.Load(row + _window5));
                columns3 = Avx512F.PermuteVar16x32x2(Vector512.Load(row + _window6), _register3, Vector512.Load(row + _window7));
                if (TWindows.Value > 8)
                {
                    columns0 = Avx512F.PermuteVar16x32x2(columns0, _third0, Vector512.Load(row + _window8));
                    columns1 = Avx512F.PermuteVar16x32x2(columns1, _third1, Vector512.Load(row + _window9));
                    columns2 = Avx512F.PermuteVar16x32x2(columns2, _third2, Vector512.Load(row + _window10));
                    columns3 = Avx512F.PermuteVar16x32x2(columns3, _third3, Vector512.Load(row + _window11));
                }

                if (TWindows.Value > 12)
                {
                    int* windows = _laterWindows;
                    int* permutations = _laterPermutations;
                    for (int part = 0; part < _laterParts; part++)
                    {
                        columns0 = Avx512F.PermuteVar16x32x2(columns0, Vector512.Load(permutations), Vector512.Load(row + windows[0]));
                        columns1 = Avx512F.PermuteVar16x32x2(columns1, Vector512.Load(permutations + 16), Vector512.Load(row + windows[1]));
                        columns2 = Avx512F.PermuteVar16x32x2(columns2, Vector512.Load(permutations + 32), Vector512.Load(row + windows[2]));
                        columns3 = Avx512F.PermuteVar16x32x2(columns3, Vector512.Load(permutations + 48), Vector512.Load(row + windows[3]));
                        windows += RowBlock.Registers;
                        permutations += RowBlock.Registers * 16;
                    }
                }
            }
            else
            {
                columns0 = Vector512.Load(row + _window0);
                columns1 = Vector512.Load(row + _window1);
                if (TWindows.Value > 2)
                {
                    columns2 = Vector512.Load(row + _window2);
                    columns3 = Vector512.Load(row + _window3);
                }
            }

            vector0 = Choose(columns0, columns1, columns2, columns3, _early0, _late0, _isLate0);
            vector1 = TVectors.Value > 1 ? Choose(columns0, columns1, columns2, columns3, _early1, _late1, _isLate1) : default;
            vector2 = TVectors.Value > 2 ? Choose(columns0, columns1, columns2, columns3, _early2, _late2, _isLate2) : default;
            vector3 = TVectors.Value > 2 ? Choose(columns0, columns1, columns2, columns3, _early3, _late3, _isLate3) : default;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Choose(
            Vector512<float> columns0,
            Vector512<float> columns1,
            Vector512<float> columns2,
            Vector512<float> columns3,
            Vector512<int> early,
            Vector512<int> late,
            Vector512<float> isLate)
        {
            Vector512<float> chosen = Avx512F.PermuteVar16x32x2(columns0, early, columns1);
            return TWindows.Value > 2 ? Vector512.ConditionalSelect(isLate, Avx512F.PermuteVar16x32x2(columns2, late, columns3), chosen) : chosen;
        }
    }

    /// <summary>16 × 16 bytes transposed: step s is row s, in lane s / 4 of register s mod 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DeliverSixteen(byte* rows, byte* codes)
    {
        Vector512<byte> steps0 = Vector512.Load(rows), steps1 = Vector512.Load(rows + 64), steps2 = Vector512.Load(rows + 128), steps3 = Vector512.Load(rows + 192);
        Vector512<ushort> low01 = Avx512BW.UnpackLow(steps0, steps1).AsUInt16(), high01 = Avx512BW.UnpackHigh(steps0, steps1).AsUInt16();
        Vector512<ushort> low23 = Avx512BW.UnpackLow(steps2, steps3).AsUInt16(), high23 = Avx512BW.UnpackHigh(steps2, steps3).AsUInt16();
        Gather(Avx512BW.UnpackLow(low01, low23), codes);
        Gather(Avx512BW.UnpackHigh(low01, low23), codes + 64);
        Gather(Avx512BW.UnpackLow(high01, high23), codes + 128);
        Gather(Avx512BW.UnpackHigh(high01, high23), codes + 192);
    }

    /// <summary>Step s is rows 2s and 2s + 1 of eight codebooks; steps 0 to 3 stand in lane 0 of registers 0 to 3, steps 4 to 7 in lane 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DeliverEight(byte* rows, byte* codes)
    {
        // Both rows of a step side by side, codebook by codebook.
        Vector128<byte> pairs = Vector128.Create((byte)0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
        Vector256<byte> both = Vector256.Create(pairs, pairs);
        Vector256<ushort> steps0 = Avx2.Shuffle(Vector256.Load(rows), both).AsUInt16(), steps1 = Avx2.Shuffle(Vector256.Load(rows + 64), both).AsUInt16();
        Vector256<ushort> steps2 = Avx2.Shuffle(Vector256.Load(rows + 128), both).AsUInt16(), steps3 = Avx2.Shuffle(Vector256.Load(rows + 192), both).AsUInt16();

        // Four rows of a codebook as 32 bits, codebooks 0..3 and 4..7; then eight rows as 64 bits: rows 0..7 in the low lane, 8..15 in the high one.
        Vector256<uint> low01 = Avx2.UnpackLow(steps0, steps1).AsUInt32(), high01 = Avx2.UnpackHigh(steps0, steps1).AsUInt32();
        Vector256<uint> low23 = Avx2.UnpackLow(steps2, steps3).AsUInt32(), high23 = Avx2.UnpackHigh(steps2, steps3).AsUInt32();
        Store(Avx2.UnpackLow(low01, low23), codes);
        Store(Avx2.UnpackHigh(low01, low23), codes + 32);
        Store(Avx2.UnpackLow(high01, high23), codes + 64);
        Store(Avx2.UnpackHigh(high01, high23), codes + 96);

        static void Store(Vector256<uint> twoCodebooks, byte* target) => Avx2.Permute4x64(twoCodebooks.AsUInt64(), 0b11_01_10_00).AsByte().Store(target);
    }

    /// <summary>Step s is rows 4s to 4s + 3 of four codebooks, in lane 0 of register s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DeliverFour(byte* rows, byte* codes)
    {
        Vector512<byte> steps = Vector512.Create(
            Vector256.Create(Vector128.Load(rows), Vector128.Load(rows + 64)),
            Vector256.Create(Vector128.Load(rows + 128), Vector128.Load(rows + 192)));
        Vector128<byte> transposed = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        Vector256<byte> two = Vector256.Create(transposed, transposed);
        Gather(Avx512BW.Shuffle(steps, Vector512.Create(two, two)).AsUInt16(), codes);
    }

    /// <summary>Dword j of lane l is rows 4l to 4l + 3 of codebook j: stores 16 rows of each of four codebooks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather(Vector512<ushort> fours, byte* codes) =>
        Avx512F.PermuteVar16x32(fours.AsInt32(), Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)).AsByte().Store(codes);
}
