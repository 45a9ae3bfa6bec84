using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The exact product in tiles of 12 rows × 32 columns: of the 32 registers 24 hold sums, two a row of B, one an element of A.</content>
internal readonly partial struct Avx512Kernel
{
    /// <inheritdoc/>
    public static int ExactTileRows => 12;

    /// <inheritdoc/>
    public static int ExactNarrowTileRows => 12;

    /// <inheritdoc/>
    public static int ExactPanelColumns => 32;

    /// <inheritdoc/>
    public static void MultiplySelected(in SelectedOutputs outputs) => Avx2Kernel.MultiplySelected(outputs);

    /// <inheritdoc/>
    // Lane j of c3L, say, is the sum of row 3 and column j of the panel, of c3R that of column 16 + j. Memory: A is read at rows 0 to TRows.Value − 1 and k below Depth,
    // B at 16 or 32 floats of rows k below Depth, C and the bias at that many floats a row: the bounds the caller vouches for. Conditions on the type
    // parameters are constants: the code of rows and columns that a shape lacks is never generated.
    [MethodImpl(Compiled.Once)]
    public static unsafe void MultiplyTile<TRows, TWidth>(in ExactTile tile)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        if (TWidth.IsQuarter)
        {
            // Two registers of eight lanes are added to at once by a processor that splits those of sixteen (AMD Zen 4, 512 inputs, 100 outputs: 990 to 935 ns a row).
            Avx2Kernel.MultiplyHalfTile<TRows>(in tile);
            return;
        }

        Vector512<float> c0L = Vector512<float>.Zero, c0R = Vector512<float>.Zero;
        Vector512<float> c1L = Vector512<float>.Zero, c1R = Vector512<float>.Zero;
        Vector512<float> c2L = Vector512<float>.Zero, c2R = Vector512<float>.Zero;
        Vector512<float> c3L = Vector512<float>.Zero, c3R = Vector512<float>.Zero;
        Vector512<float> c4L = Vector512<float>.Zero, c4R = Vector512<float>.Zero;
        Vector512<float> c5L = Vector512<float>.Zero, c5R = Vector512<float>.Zero;
        Vector512<float> c6L = Vector512<float>.Zero, c6R = Vector512<float>.Zero;
        Vector512<float> c7L = Vector512<float>.Zero, c7R = Vector512<float>.Zero;
        Vector512<float> c8L = Vector512<float>.Zero, c8R = Vector512<float>.Zero;
        Vector512<float> c9L = Vector512<float>.Zero, c9R = Vector512<float>.Zero;
        Vector512<float> c10L = Vector512<float>.Zero, c10R = Vector512<float>.Zero;
        Vector512<float> c11L = Vector512<float>.Zero, c11R = Vector512<float>.Zero;
        float* c = tile.C;
        nint cRow = tile.CRowStride;
        if (tile.Continues)
        {
            Load<TWidth>(c, out c0L, out c0R);
            if (TRows.Value > 1) Load<TWidth>(c + cRow, out c1L, out c1R);
            if (TRows.Value > 2) Load<TWidth>(c + (2 * cRow), out c2L, out c2R);
            if (TRows.Value > 3) Load<TWidth>(c + (3 * cRow), out c3L, out c3R);
            if (TRows.Value > 4) Load<TWidth>(c + (4 * cRow), out c4L, out c4R);
            if (TRows.Value > 5) Load<TWidth>(c + (5 * cRow), out c5L, out c5R);
            if (TRows.Value > 6) Load<TWidth>(c + (6 * cRow), out c6L, out c6R);
            if (TRows.Value > 7) Load<TWidth>(c + (7 * cRow), out c7L, out c7R);
            if (TRows.Value > 8) Load<TWidth>(c + (8 * cRow), out c8L, out c8R);
            if (TRows.Value > 9) Load<TWidth>(c + (9 * cRow), out c9L, out c9R);
            if (TRows.Value > 10) Load<TWidth>(c + (10 * cRow), out c10L, out c10R);
            if (TRows.Value > 11) Load<TWidth>(c + (11 * cRow), out c11L, out c11R);
        }

        // Row r of A is reached from the base of its group of three by 0, 1 or 2 row strides, in bytes: an address the processor adds up by itself.
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

            // As many k as a line of A has: asking in the loop that sums lost 5 % where nothing is asked for (Intel Emerald Rapids, 1,024 inputs, six rows).
            for (int rest = Math.Max(k - CacheLine.Floats, 0); k > rest; k--)
            {
                Vector512<float> bL = Vector512.Load(b);
                Vector512<float> bR = TWidth.IsWide ? Vector512.Load(b + 16) : Vector512<float>.Zero;
                b += bRow;
                Add<TWidth>(Vector512.Create(*(float*)a0), bL, bR, ref c0L, ref c0R);
                if (TRows.Value > 1) Add<TWidth>(Vector512.Create(*(float*)(a0 + row)), bL, bR, ref c1L, ref c1R);
                if (TRows.Value > 2) Add<TWidth>(Vector512.Create(*(float*)(a0 + row2)), bL, bR, ref c2L, ref c2R);
                if (TRows.Value > 3) Add<TWidth>(Vector512.Create(*(float*)a3), bL, bR, ref c3L, ref c3R);
                if (TRows.Value > 4) Add<TWidth>(Vector512.Create(*(float*)(a3 + row)), bL, bR, ref c4L, ref c4R);
                if (TRows.Value > 5) Add<TWidth>(Vector512.Create(*(float*)(a3 + row2)), bL, bR, ref c5L, ref c5R);
                if (TRows.Value > 6) Add<TWidth>(Vector512.Create(*(float*)a6), bL, bR, ref c6L, ref c6R);
                if (TRows.Value > 7) Add<TWidth>(Vector512.Create(*(float*)(a6 + row)), bL, bR, ref c7L, ref c7R);
                if (TRows.Value > 8) Add<TWidth>(Vector512.Create(*(float*)(a6 + row2)), bL, bR, ref c8L, ref c8R);
                if (TRows.Value > 9) Add<TWidth>(Vector512.Create(*(float*)a9), bL, bR, ref c9L, ref c9R);
                if (TRows.Value > 10) Add<TWidth>(Vector512.Create(*(float*)(a9 + row)), bL, bR, ref c10L, ref c10R);
                if (TRows.Value > 11) Add<TWidth>(Vector512.Create(*(float*)(a9 + row2)), bL, bR, ref c11L, ref c11R);
                a0 += step;
                a3 += step;
                a6 += step;
                a9 += step;
            }
        }

        if (tile.Bias != null)
        {
            Vector512<float> biasL = Vector512.Load(tile.Bias);
            Vector512<float> biasR = TWidth.IsWide ? Vector512.Load(tile.Bias + 16) : Vector512<float>.Zero;
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
            c6L += biasL;
            c6R += biasR;
            c7L += biasL;
            c7R += biasR;
            c8L += biasL;
            c8R += biasR;
            c9L += biasL;
            c9R += biasR;
            c10L += biasL;
            c10R += biasR;
            c11L += biasL;
            c11R += biasR;
        }

        Store<TWidth>(c, c0L, c0R);
        if (TRows.Value > 1) Store<TWidth>(c + cRow, c1L, c1R);
        if (TRows.Value > 2) Store<TWidth>(c + (2 * cRow), c2L, c2R);
        if (TRows.Value > 3) Store<TWidth>(c + (3 * cRow), c3L, c3R);
        if (TRows.Value > 4) Store<TWidth>(c + (4 * cRow), c4L, c4R);
        if (TRows.Value > 5) Store<TWidth>(c + (5 * cRow), c5L, c5R);
        if (TRows.Value > 6) Store<TWidth>(c + (6 * cRow), c6L, c6R);
        if (TRows.Value > 7) Store<TWidth>(c + (7 * cRow), c7L, c7R);
        if (TRows.Value > 8) Store<TWidth>(c + (8 * cRow), c8L, c8R);
        if (TRows.Value > 9) Store<TWidth>(c + (9 * cRow), c9L, c9R);
        if (TRows.Value > 10) Store<TWidth>(c + (10 * cRow), c10L, c10R);
        if (TRows.Value > 11) Store<TWidth>(c + (11 * cRow), c11L, c11R);
    }

    /// <inheritdoc/>
    // As above with two panels: c0 to c3 are the sums of row 0, d0 to d3 those of row 1. B is read at 32 floats of rows k below Depth, the second panel at as many as it has columns.
    [MethodImpl(Compiled.Once)]
    public static unsafe void MultiplyPair<TRows, TWidth>(in ExactTile tile, float* second, nint secondRowStride)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        Vector512<float> c0 = Vector512<float>.Zero, c1 = Vector512<float>.Zero, c2 = Vector512<float>.Zero, c3 = Vector512<float>.Zero;
        Vector512<float> d0 = Vector512<float>.Zero, d1 = Vector512<float>.Zero, d2 = Vector512<float>.Zero, d3 = Vector512<float>.Zero;
        float* c = tile.C;
        float* d = c + tile.CRowStride;
        if (tile.Continues)
        {
            Load<PanelWidth.Wide>(c, out c0, out c1);
            Load<TWidth>(c + 32, out c2, out c3);
            if (TRows.Value > 1)
            {
                Load<PanelWidth.Wide>(d, out d0, out d1);
                Load<TWidth>(d + 32, out d2, out d3);
            }
        }

        nint row = tile.ARowStride;
        nint step = tile.AColumnStride;
        float* a = tile.A;
        float* b = tile.B;
        nint bRow = tile.BRowStride;
        for (int k = tile.Depth; k > 0; k--)
        {
            Load<PanelWidth.Wide>(b, out Vector512<float> b0, out Vector512<float> b1);
            Load<TWidth>(second, out Vector512<float> b2, out Vector512<float> b3);
            b += bRow;
            second += secondRowStride;
            Vector512<float> first = Vector512.Create(*a);
            Add<PanelWidth.Wide>(first, b0, b1, ref c0, ref c1);
            Add<TWidth>(first, b2, b3, ref c2, ref c3);
            if (TRows.Value > 1)
            {
                Vector512<float> other = Vector512.Create(a[row]);
                Add<PanelWidth.Wide>(other, b0, b1, ref d0, ref d1);
                Add<TWidth>(other, b2, b3, ref d2, ref d3);
            }

            a += step;
        }

        if (tile.Bias != null)
        {
            Load<PanelWidth.Wide>(tile.Bias, out Vector512<float> bias0, out Vector512<float> bias1);
            Load<TWidth>(tile.Bias + 32, out Vector512<float> bias2, out Vector512<float> bias3);
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
        Store<TWidth>(c + 32, c2, c3);
        if (TRows.Value > 1)
        {
            Store<PanelWidth.Wide>(d, d0, d1);
            Store<TWidth>(d + 32, d2, d3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TWidth>(Vector512<float> a, Vector512<float> bL, Vector512<float> bR, ref Vector512<float> cL, ref Vector512<float> cR)
        where TWidth : struct, IPanelWidth
    {
        cL = Avx512F.FusedMultiplyAdd(a, bL, cL);
        if (TWidth.IsWide)
        {
            cR = Avx512F.FusedMultiplyAdd(a, bR, cR);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Load<TWidth>(float* source, out Vector512<float> left, out Vector512<float> right)
        where TWidth : struct, IPanelWidth
    {
        left = TWidth.IsQuarter ? Vector256.Load(source).ToVector512() : Vector512.Load(source);
        right = TWidth.IsWide ? Vector512.Load(source + 16) : Vector512<float>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store<TWidth>(float* destination, Vector512<float> left, Vector512<float> right)
        where TWidth : struct, IPanelWidth
    {
        if (TWidth.IsQuarter)
        {
            left.GetLower().Store(destination);
            return;
        }

        left.Store(destination);
        if (TWidth.IsWide)
        {
            right.Store(destination + 16);
        }
    }
}
