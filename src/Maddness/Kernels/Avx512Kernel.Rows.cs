using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>
/// Rows encoded as they stand: the columns that trees test are permuted out of each row's windows, and a lane serves a codebook, not a row. Thresholds of a level are chosen among by the comparisons above, of the last one among
/// eight. Columns of 16 rows are stored, and compared in a loop of its own: comparing those of each row at once leaves too few loads of the next rows in flight (measured on Zen 4, rows in the last cache, 8 windows, C = 16: 17.5
/// ns a row, and 22 at once; in the second cache 13 both).
/// </content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>Floats of a step, which is as many rows as fill a register: four levels of 16 lanes.</summary>
    private const int StepFloats = 4 * 16;

    /// <summary>Of four steps, whose codes are the bytes of a register.</summary>
    private const int GroupFloats = 4 * StepFloats;

    /// <inheritdoc/>
    public static bool EncodesRows => true;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    public static void EncodeRows(in RowBlock block)
    {
        const int Groups = 4;
        byte* memory = stackalloc byte[(Groups * GroupFloats * sizeof(float)) + (Groups * 16 * sizeof(uint)) + (16 * 16) + CacheLine.Bytes];
        float* columns = (float*)CacheLine.FirstIn(memory);
        uint* groups = (uint*)(columns + (Groups * GroupFloats));
        int groupRows = 4 * 16 / block.Lanes;
        int count = (block.Rows + groupRows - 1) / groupRows;
        if (block.Rows < 16)
        {
            // Sums load at the codes of missing rows, too: these must be codes, as all that comparisons give are.
            new Span<uint>(groups, Groups * 16).Clear();
        }

        bool isWhole = block.Codebooks == block.Lanes;
        byte* codes = isWhole ? block.Codes : (byte*)(groups + (Groups * 16));
        switch (block.Lanes)
        {
            case 4:
                PermuteColumns<Constant.One>(block, columns);
                CompareColumns(columns, block.Thresholds, count, groups);
                DeliverFour(groups, codes);
                break;
            case 8:
                PermuteColumns<Constant.Two>(block, columns);
                CompareColumns(columns, block.Thresholds, count, groups);
                DeliverEight(groups, codes);
                break;
            default:
                PermuteColumns<Constant.Four>(block, columns);
                CompareColumns(columns, block.Thresholds, count, groups);
                DeliverSixteen(groups, codes);
                break;
        }

        if (!isWhole)
        {
            new ReadOnlySpan<byte>(codes, block.Codebooks * 16).CopyTo(new Span<byte>(block.Codes, block.Codebooks * 16));
        }
    }

    [MethodImpl(Compiled.Once)]
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

    /// <summary>Columns of each row to [group][step][level][row of the step][lane]. Rows 4p to 4p + 3 of a group are row p of its steps 0 to 3, so that the codes of four neighbours become neighbours.</summary>
    [MethodImpl(Compiled.Once)]
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
                float* target = columns + (i % 4 * StepFloats) + (i / 4 * 4);
                vector0.GetLower().GetLower().Store(target);
                vector0.GetLower().GetUpper().Store(target + 16);
                vector0.GetUpper().GetLower().Store(target + 32);
                vector0.GetUpper().GetUpper().Store(target + 48);
            }
            else if (TVectors.Value == 2)
            {
                float* target = columns + (i / 8 * GroupFloats) + (i % 4 * StepFloats) + (i / 4 % 2 * 8);
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

    /// <summary>
    /// Walks all trees of a step at once, with the thresholds in registers. Lane l of a group holds its codes in the group's four steps, a byte each. All vectors that a mask chooses among are of one type: only then does the compiler keep it in a mask register
    /// (measured on Zen 4, encoding by 16 codebooks from the second cache, ns a row: 11.5 so, 12.5 with vectors as masks).
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static void CompareColumns(float* columns, float* thresholds, int count, uint* groups)
    {
        Vector512<float> node1 = Vector512.Load(thresholds + 16), node2 = Vector512.Load(thresholds + 32), node3 = Vector512.Load(thresholds + 48);
        Vector512<float> node4 = Vector512.Load(thresholds + 64), node5 = Vector512.Load(thresholds + 80), node6 = Vector512.Load(thresholds + 96), node7 = Vector512.Load(thresholds + 112);
        Vector512<float> node8 = Vector512.Load(thresholds + 128), node9 = Vector512.Load(thresholds + 144), node10 = Vector512.Load(thresholds + 160), node11 = Vector512.Load(thresholds + 176);
        Vector512<float> node12 = Vector512.Load(thresholds + 192), node13 = Vector512.Load(thresholds + 208), node14 = Vector512.Load(thresholds + 224), node15 = Vector512.Load(thresholds + 240);
        Vector512<float> bit3 = Vector512.Create(8).AsSingle(), bit2 = Vector512.Create(4).AsSingle(), bit1 = Vector512.Create(2).AsSingle(), bit0 = Vector512.Create(1).AsSingle();
        for (int group = 0; group < count; group++)
        {
            Vector512<float> codes = default;
            for (int step = 3; step >= 0; step--)
            {
                float* column = columns + (step * StepFloats);
                Vector512<float> right0 = Avx512F.CompareGreaterThan(Vector512.Load(column), node1);
                Vector512<float> right1 = Avx512F.CompareGreaterThan(Vector512.Load(column + 16), Avx512F.BlendVariable(node2, node3, right0));
                Vector512<float> node = Avx512F.BlendVariable(Avx512F.BlendVariable(node4, node5, right1), Avx512F.BlendVariable(node6, node7, right1), right0);
                Vector512<float> right2 = Avx512F.CompareGreaterThan(Vector512.Load(column + 32), node);
                Vector512<float> left = Avx512F.BlendVariable(Avx512F.BlendVariable(node8, node9, right2), Avx512F.BlendVariable(node10, node11, right2), right1);
                Vector512<float> right = Avx512F.BlendVariable(Avx512F.BlendVariable(node12, node13, right2), Avx512F.BlendVariable(node14, node15, right2), right1);
                Vector512<float> right3 = Avx512F.CompareGreaterThan(Vector512.Load(column + 48), Avx512F.BlendVariable(left, right, right0));
                codes = (codes.AsUInt32() << 8).AsSingle();
                codes = Avx512F.BlendVariable(codes, codes | bit3, right0);
                codes = Avx512F.BlendVariable(codes, codes | bit2, right1);
                codes = Avx512F.BlendVariable(codes, codes | bit1, right2);
                codes = Avx512F.BlendVariable(codes, codes | bit0, right3);
            }

            codes.AsUInt32().Store(groups + (group * 16));
            columns += GroupFloats;
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

    /// <summary>Group g is rows 4g to 4g + 3; codebooks stand in lanes as <see cref="RowBlock.LaneOf"/> says, so that four of them leave in order.</summary>
    [MethodImpl(Compiled.Once)]
    private static void DeliverSixteen(uint* groups, byte* codes)
    {
        Vector512<uint> group0 = Vector512.Load(groups), group1 = Vector512.Load(groups + 16), group2 = Vector512.Load(groups + 32), group3 = Vector512.Load(groups + 48);
        Vector512<ulong> low01 = Avx512F.UnpackLow(group0, group1).AsUInt64(), high01 = Avx512F.UnpackHigh(group0, group1).AsUInt64();
        Vector512<ulong> low23 = Avx512F.UnpackLow(group2, group3).AsUInt64(), high23 = Avx512F.UnpackHigh(group2, group3).AsUInt64();
        Avx512F.UnpackLow(low01, low23).AsByte().Store(codes);
        Avx512F.UnpackHigh(low01, low23).AsByte().Store(codes + 64);
        Avx512F.UnpackLow(high01, high23).AsByte().Store(codes + 128);
        Avx512F.UnpackHigh(high01, high23).AsByte().Store(codes + 192);
    }

    /// <summary>Lane c of group g is rows 8g to 8g + 3 of codebook c, lane 8 + c the four behind them.</summary>
    [MethodImpl(Compiled.Once)]
    private static void DeliverEight(uint* groups, byte* codes)
    {
        Vector512<uint> group0 = Vector512.Load(groups), group1 = Vector512.Load(groups + 16);
        Vector512<uint> first = Vector512.Create(0u, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27);
        Avx512F.PermuteVar16x32x2(group0, first, group1).AsByte().Store(codes);
        Avx512F.PermuteVar16x32x2(group0, first + Vector512.Create(4u), group1).AsByte().Store(codes + 64);
    }

    /// <summary>Lane 4p + c is rows 4p to 4p + 3 of codebook c.</summary>
    [MethodImpl(Compiled.Once)]
    private static void DeliverFour(uint* groups, byte* codes) =>
        Avx512F.PermuteVar16x32(Vector512.Load(groups), Vector512.Create(0u, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)).AsByte().Store(codes);
}
