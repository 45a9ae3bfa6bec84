using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The exact product in tiles of 6 rows × 16 columns, or 12 × 8: of the 16 registers 12 hold sums, one or two a row of B, one an element of A.</content>
internal readonly partial struct Avx2Kernel
{
    /// <inheritdoc/>
    public static int ExactTileRows => 6;

    /// <inheritdoc/>
    public static int ExactNarrowTileRows => 12;

    /// <inheritdoc/>
    public static int ExactPanelColumns => 16;

    /// <inheritdoc/>
    // Lane j of c3L, say, is the sum of row 3 and column j of the panel, of c3R that of column 8 + j. Memory: A is read at rows 0 to TRows.Value − 1 and k below Depth,
    // B at 8 or 16 floats of rows k below Depth, C and the bias at that many floats a row: the bounds the caller vouches for. Conditions on the type
    // parameters are constants: the code of rows and columns that a shape lacks is never generated.
    [MethodImpl(Compiled.Once)]
    public static unsafe void MultiplyTile<TRows, TWidth>(in ExactTile tile)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        if (!TWidth.IsWide)
        {
            MultiplyHalfTile<TRows>(in tile);
            return;
        }

        Vector256<float> c0L = Vector256<float>.Zero, c0R = Vector256<float>.Zero;
        Vector256<float> c1L = Vector256<float>.Zero, c1R = Vector256<float>.Zero;
        Vector256<float> c2L = Vector256<float>.Zero, c2R = Vector256<float>.Zero;
        Vector256<float> c3L = Vector256<float>.Zero, c3R = Vector256<float>.Zero;
        Vector256<float> c4L = Vector256<float>.Zero, c4R = Vector256<float>.Zero;
        Vector256<float> c5L = Vector256<float>.Zero, c5R = Vector256<float>.Zero;
        float* c = tile.C;
        nint cRow = tile.CRowStride;
        if (tile.Continues)
        {
            Load<PanelWidth.Wide>(c, out c0L, out c0R);
            if (TRows.Value > 1) Load<PanelWidth.Wide>(c + cRow, out c1L, out c1R);
            if (TRows.Value > 2) Load<PanelWidth.Wide>(c + (2 * cRow), out c2L, out c2R);
            if (TRows.Value > 3) Load<PanelWidth.Wide>(c + (3 * cRow), out c3L, out c3R);
            if (TRows.Value > 4) Load<PanelWidth.Wide>(c + (4 * cRow), out c4L, out c4R);
            if (TRows.Value > 5) Load<PanelWidth.Wide>(c + (5 * cRow), out c5L, out c5R);
        }

        // Row r of A is reached from the base of its group of three by 0, 1 or 2 row strides, in bytes: an address the processor adds up by itself.
        nint row = tile.ARowStride * sizeof(float);
        nint row2 = 2 * row;
        nint step = tile.AColumnStride * sizeof(float);
        byte* a0 = (byte*)tile.A;
        byte* a3 = a0 + (3 * row);
        float* b = tile.B;
        nint bRow = tile.BRowStride;
        nint askedOffset = tile.AskedOffset;
        for (int k = tile.Depth; k > 0;)
        {
            if (askedOffset != 0)
            {
                CachePrefetch.RowsToSecondCache<TRows>(a0 + askedOffset, row);
            }

            // As many k as a line of A has: asking in the loop that sums lost 5 % where nothing is asked for (Intel Emerald Rapids, 1,024 inputs, six rows).
            for (int rest = Math.Max(k - CacheLine.Floats, 0); k > rest; k--)
            {
                Vector256<float> bL = Vector256.Load(b);
                Vector256<float> bR = Vector256.Load(b + 8);
                b += bRow;
                Add<PanelWidth.Wide>(Vector256.Create(*(float*)a0), bL, bR, ref c0L, ref c0R);
                if (TRows.Value > 1) Add<PanelWidth.Wide>(Vector256.Create(*(float*)(a0 + row)), bL, bR, ref c1L, ref c1R);
                if (TRows.Value > 2) Add<PanelWidth.Wide>(Vector256.Create(*(float*)(a0 + row2)), bL, bR, ref c2L, ref c2R);
                if (TRows.Value > 3) Add<PanelWidth.Wide>(Vector256.Create(*(float*)a3), bL, bR, ref c3L, ref c3R);
                if (TRows.Value > 4) Add<PanelWidth.Wide>(Vector256.Create(*(float*)(a3 + row)), bL, bR, ref c4L, ref c4R);
                if (TRows.Value > 5) Add<PanelWidth.Wide>(Vector256.Create(*(float*)(a3 + row2)), bL, bR, ref c5L, ref c5R);
                a0 += step;
                a3 += step;
            }
        }

        if (tile.Bias != null)
        {
            Vector256<float> biasL = Vector256.Load(tile.Bias);
            Vector256<float> biasR = Vector256.Load(tile.Bias + 8);
            c0L += biasL;
            c0R += biasR;
            c1L += biasL;
            c1R += biasR;
            c2L += biasL;
            c2R += biasR;
            c3L += biasL;
            c3R += biasR;
            c4L += biasL;
            c4R += biasR;
            c5L += biasL;
            c5R += biasR;
        }

        Store<PanelWidth.Wide>(c, c0L, c0R);
        if (TRows.Value > 1) Store<PanelWidth.Wide>(c + cRow, c1L, c1R);
        if (TRows.Value > 2) Store<PanelWidth.Wide>(c + (2 * cRow), c2L, c2R);
        if (TRows.Value > 3) Store<PanelWidth.Wide>(c + (3 * cRow), c3L, c3R);
        if (TRows.Value > 4) Store<PanelWidth.Wide>(c + (4 * cRow), c4L, c4R);
        if (TRows.Value > 5) Store<PanelWidth.Wide>(c + (5 * cRow), c5L, c5R);
    }

    // As above for eight columns and up to 12 rows: six sums are too few to hide the time of an addition (AMD Zen 4, 512 inputs, up to eight outputs: 98 ns a row,
    // with twelve sums 86).
    // Lane j of c3, say, is the sum of row 3 and column j. B is read at 8 floats of rows k below Depth, C and the bias at 8 floats a row.
    [MethodImpl(Compiled.Once)]
    internal static unsafe void MultiplyHalfTile<TRows>(in ExactTile tile)
        where TRows : struct, IConstant
    {
        Vector256<float> c0 = Vector256<float>.Zero, c1 = Vector256<float>.Zero, c2 = Vector256<float>.Zero;
        Vector256<float> c3 = Vector256<float>.Zero, c4 = Vector256<float>.Zero, c5 = Vector256<float>.Zero;
        Vector256<float> c6 = Vector256<float>.Zero, c7 = Vector256<float>.Zero, c8 = Vector256<float>.Zero;
        Vector256<float> c9 = Vector256<float>.Zero, c10 = Vector256<float>.Zero, c11 = Vector256<float>.Zero;
        float* c = tile.C;
        nint cRow = tile.CRowStride;
        if (tile.Continues)
        {
            c0 = Vector256.Load(c);
            if (TRows.Value > 1) c1 = Vector256.Load(c + cRow);
            if (TRows.Value > 2) c2 = Vector256.Load(c + (2 * cRow));
            if (TRows.Value > 3) c3 = Vector256.Load(c + (3 * cRow));
            if (TRows.Value > 4) c4 = Vector256.Load(c + (4 * cRow));
            if (TRows.Value > 5) c5 = Vector256.Load(c + (5 * cRow));
            if (TRows.Value > 6) c6 = Vector256.Load(c + (6 * cRow));
            if (TRows.Value > 7) c7 = Vector256.Load(c + (7 * cRow));
            if (TRows.Value > 8) c8 = Vector256.Load(c + (8 * cRow));
            if (TRows.Value > 9) c9 = Vector256.Load(c + (9 * cRow));
            if (TRows.Value > 10) c10 = Vector256.Load(c + (10 * cRow));
            if (TRows.Value > 11) c11 = Vector256.Load(c + (11 * cRow));
        }

        nint row = tile.ARowStride * sizeof(float);
        nint row2 = 2 * row;
        nint step = tile.AColumnStride * sizeof(float);
        byte* a0 = (byte*)tile.A;
        byte* a3 = a0 + (3 * row);
        byte* a6 = a3 + (3 * row);
        byte* a9 = a6 + (3 * row);
        float* b = tile.B;
        nint bRow = tile.BRowStride;
        nint askedOffset = tile.AskedOffset;
        for (int k = tile.Depth; k > 0;)
        {
            if (askedOffset != 0)
            {
                CachePrefetch.RowsToSecondCache<TRows>(a0 + askedOffset, row);
            }

            for (int rest = Math.Max(k - CacheLine.Floats, 0); k > rest; k--)
            {
                Vector256<float> b0 = Vector256.Load(b);
                b += bRow;
                c0 = Fma.MultiplyAdd(Vector256.Create(*(float*)a0), b0, c0);
                if (TRows.Value > 1) c1 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a0 + row)), b0, c1);
                if (TRows.Value > 2) c2 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a0 + row2)), b0, c2);
                if (TRows.Value > 3) c3 = Fma.MultiplyAdd(Vector256.Create(*(float*)a3), b0, c3);
                if (TRows.Value > 4) c4 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a3 + row)), b0, c4);
                if (TRows.Value > 5) c5 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a3 + row2)), b0, c5);
                if (TRows.Value > 6) c6 = Fma.MultiplyAdd(Vector256.Create(*(float*)a6), b0, c6);
                if (TRows.Value > 7) c7 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a6 + row)), b0, c7);
                if (TRows.Value > 8) c8 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a6 + row2)), b0, c8);
                if (TRows.Value > 9) c9 = Fma.MultiplyAdd(Vector256.Create(*(float*)a9), b0, c9);
                if (TRows.Value > 10) c10 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a9 + row)), b0, c10);
                if (TRows.Value > 11) c11 = Fma.MultiplyAdd(Vector256.Create(*(float*)(a9 + row2)), b0, c11);
                a0 += step;
                a3 += step;
                a6 += step;
                a9 += step;
            }
        }

        if (tile.Bias != null)
        {
            Vector256<float> bias = Vector256.Load(tile.Bias);
            c0 += bias;
            c1 += bias;
            c2 += bias;
            c3 += bias;
            c4 += bias;
            c5 += bias;
            c6 += bias;
            c7 += bias;
            c8 += bias;
            c9 += bias;
            c10 += bias;
            c11 += bias;
        }

        c0.Store(c);
        if (TRows.Value > 1) c1.Store(c + cRow);
        if (TRows.Value > 2) c2.Store(c + (2 * cRow));
        if (TRows.Value > 3) c3.Store(c + (3 * cRow));
        if (TRows.Value > 4) c4.Store(c + (4 * cRow));
        if (TRows.Value > 5) c5.Store(c + (5 * cRow));
        if (TRows.Value > 6) c6.Store(c + (6 * cRow));
        if (TRows.Value > 7) c7.Store(c + (7 * cRow));
        if (TRows.Value > 8) c8.Store(c + (8 * cRow));
        if (TRows.Value > 9) c9.Store(c + (9 * cRow));
        if (TRows.Value > 10) c10.Store(c + (10 * cRow));
        if (TRows.Value > 11) c11.Store(c + (11 * cRow));
    }

    /// <inheritdoc/>
    // As above with two panels: c0 to c3 are the sums of row 0, d0 to d3 those of row 1. B is read at 16 floats of rows k below Depth, the second panel at as many as it has columns.
    [MethodImpl(Compiled.Once)]
    public static unsafe void MultiplyPair<TRows, TWidth>(in ExactTile tile, float* second, nint secondRowStride)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        Vector256<float> c0 = Vector256<float>.Zero, c1 = Vector256<float>.Zero, c2 = Vector256<float>.Zero, c3 = Vector256<float>.Zero;
        Vector256<float> d0 = Vector256<float>.Zero, d1 = Vector256<float>.Zero, d2 = Vector256<float>.Zero, d3 = Vector256<float>.Zero;
        float* c = tile.C;
        float* d = c + tile.CRowStride;
        if (tile.Continues)
        {
            Load<PanelWidth.Wide>(c, out c0, out c1);
            Load<TWidth>(c + 16, out c2, out c3);
            if (TRows.Value > 1)
            {
                Load<PanelWidth.Wide>(d, out d0, out d1);
                Load<TWidth>(d + 16, out d2, out d3);
            }
        }

        nint row = tile.ARowStride;
        nint step = tile.AColumnStride;
        float* a = tile.A;
        float* b = tile.B;
        nint bRow = tile.BRowStride;
        for (int k = tile.Depth; k > 0; k--)
        {
            Load<PanelWidth.Wide>(b, out Vector256<float> b0, out Vector256<float> b1);
            Load<TWidth>(second, out Vector256<float> b2, out Vector256<float> b3);
            b += bRow;
            second += secondRowStride;
            Vector256<float> first = Vector256.Create(*a);
            Add<PanelWidth.Wide>(first, b0, b1, ref c0, ref c1);
            Add<TWidth>(first, b2, b3, ref c2, ref c3);
            if (TRows.Value > 1)
            {
                Vector256<float> other = Vector256.Create(a[row]);
                Add<PanelWidth.Wide>(other, b0, b1, ref d0, ref d1);
                Add<TWidth>(other, b2, b3, ref d2, ref d3);
            }

            a += step;
        }

        if (tile.Bias != null)
        {
            Load<PanelWidth.Wide>(tile.Bias, out Vector256<float> bias0, out Vector256<float> bias1);
            Load<TWidth>(tile.Bias + 16, out Vector256<float> bias2, out Vector256<float> bias3);
            c0 += bias0;
            c1 += bias1;
            c2 += bias2;
            c3 += bias3;
            d0 += bias0;
            d1 += bias1;
            d2 += bias2;
            d3 += bias3;
        }

        Store<PanelWidth.Wide>(c, c0, c1);
        Store<TWidth>(c + 16, c2, c3);
        if (TRows.Value > 1)
        {
            Store<PanelWidth.Wide>(d, d0, d1);
            Store<TWidth>(d + 16, d2, d3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TWidth>(Vector256<float> a, Vector256<float> bL, Vector256<float> bR, ref Vector256<float> cL, ref Vector256<float> cR)
        where TWidth : struct, IPanelWidth
    {
        cL = Fma.MultiplyAdd(a, bL, cL);
        if (TWidth.IsWide)
        {
            cR = Fma.MultiplyAdd(a, bR, cR);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Load<TWidth>(float* source, out Vector256<float> left, out Vector256<float> right)
        where TWidth : struct, IPanelWidth
    {
        left = Vector256.Load(source);
        right = TWidth.IsWide ? Vector256.Load(source + 8) : Vector256<float>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store<TWidth>(float* destination, Vector256<float> left, Vector256<float> right)
        where TWidth : struct, IPanelWidth
    {
        left.Store(destination);
        if (TWidth.IsWide)
        {
            right.Store(destination + 8);
        }
    }
}
