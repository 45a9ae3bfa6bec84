using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>
/// The exact product in tiles of 6 rows × 8 columns: 12 sums, two vectors of a row of B and one of A fill 15 of the 16 registers of x86. Without an FMA unit
/// the multiply-add is done in software, lane by lane: slow, and the same bits.
/// </content>
internal readonly partial struct Vector128Kernel
{
    /// <inheritdoc/>
    public static int ExactTileRows => 6;

    /// <inheritdoc/>
    public static int ExactNarrowTileRows => 6;

    /// <inheritdoc/>
    public static int ExactPanelColumns => 8;

    /// <inheritdoc/>
    public static void MultiplySelected(in SelectedOutputs outputs) => ScalarKernel.MultiplySelected(outputs);

    /// <inheritdoc/>
    // Lane j of c3L, say, is the sum of row 3 and column j of the panel, of c3R that of column 4 + j. Memory: A is read at rows 0 to TRows.Value − 1 and k below Depth,
    // B at 4 or 8 floats of rows k below Depth, C and the bias at that many floats a row: the bounds the caller vouches for. Conditions on the type
    // parameters are constants: the code of rows and columns that a shape lacks is never generated.
    [MethodImpl(Compiled.Once)]
    public static unsafe void MultiplyTile<TRows, TWidth>(in ExactTile tile)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        Vector128<float> c0L = Vector128<float>.Zero, c0R = Vector128<float>.Zero;
        Vector128<float> c1L = Vector128<float>.Zero, c1R = Vector128<float>.Zero;
        Vector128<float> c2L = Vector128<float>.Zero, c2R = Vector128<float>.Zero;
        Vector128<float> c3L = Vector128<float>.Zero, c3R = Vector128<float>.Zero;
        Vector128<float> c4L = Vector128<float>.Zero, c4R = Vector128<float>.Zero;
        Vector128<float> c5L = Vector128<float>.Zero, c5R = Vector128<float>.Zero;
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
        }

        // Row r of A is reached from the base of its group of three by 0, 1 or 2 row strides, in bytes: an address the processor adds up by itself.
        nint row = tile.ARowStride * sizeof(float);
        nint row2 = 2 * row;
        nint step = tile.AColumnStride * sizeof(float);
        byte* a0 = (byte*)tile.A;
        byte* a3 = a0 + (3 * row);
        float* b = tile.B;
        nint bRow = tile.BRowStride;
        for (int k = tile.Depth; k > 0; k--)
        {
            Vector128<float> bL = Vector128.Load(b);
            Vector128<float> bR = TWidth.IsWide ? Vector128.Load(b + 4) : Vector128<float>.Zero;
            b += bRow;
            Add<TWidth>(Vector128.Create(*(float*)a0), bL, bR, ref c0L, ref c0R);
            if (TRows.Value > 1) Add<TWidth>(Vector128.Create(*(float*)(a0 + row)), bL, bR, ref c1L, ref c1R);
            if (TRows.Value > 2) Add<TWidth>(Vector128.Create(*(float*)(a0 + row2)), bL, bR, ref c2L, ref c2R);
            if (TRows.Value > 3) Add<TWidth>(Vector128.Create(*(float*)a3), bL, bR, ref c3L, ref c3R);
            if (TRows.Value > 4) Add<TWidth>(Vector128.Create(*(float*)(a3 + row)), bL, bR, ref c4L, ref c4R);
            if (TRows.Value > 5) Add<TWidth>(Vector128.Create(*(float*)(a3 + row2)), bL, bR, ref c5L, ref c5R);
            a0 += step;
            a3 += step;
        }

        if (tile.Bias != null)
        {
            Vector128<float> biasL = Vector128.Load(tile.Bias);
            Vector128<float> biasR = TWidth.IsWide ? Vector128.Load(tile.Bias + 4) : Vector128<float>.Zero;
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

        Store<TWidth>(c, c0L, c0R);
        if (TRows.Value > 1) Store<TWidth>(c + cRow, c1L, c1R);
        if (TRows.Value > 2) Store<TWidth>(c + (2 * cRow), c2L, c2R);
        if (TRows.Value > 3) Store<TWidth>(c + (3 * cRow), c3L, c3R);
        if (TRows.Value > 4) Store<TWidth>(c + (4 * cRow), c4L, c4R);
        if (TRows.Value > 5) Store<TWidth>(c + (5 * cRow), c5L, c5R);
    }

    /// <inheritdoc/>
    // As above with two panels: c0 to c3 are the sums of row 0, d0 to d3 those of row 1. B is read at 8 floats of rows k below Depth, the second panel at as many as it has columns.
    [MethodImpl(Compiled.Once)]
    public static unsafe void MultiplyPair<TRows, TWidth>(in ExactTile tile, float* second, nint secondRowStride)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        Vector128<float> c0 = Vector128<float>.Zero, c1 = Vector128<float>.Zero, c2 = Vector128<float>.Zero, c3 = Vector128<float>.Zero;
        Vector128<float> d0 = Vector128<float>.Zero, d1 = Vector128<float>.Zero, d2 = Vector128<float>.Zero, d3 = Vector128<float>.Zero;
        float* c = tile.C;
        float* d = c + tile.CRowStride;
        if (tile.Continues)
        {
            Load<PanelWidth.Wide>(c, out c0, out c1);
            Load<TWidth>(c + 8, out c2, out c3);
            if (TRows.Value > 1)
            {
                Load<PanelWidth.Wide>(d, out d0, out d1);
                Load<TWidth>(d + 8, out d2, out d3);
            }
        }

        nint row = tile.ARowStride;
        nint step = tile.AColumnStride;
        float* a = tile.A;
        float* b = tile.B;
        nint bRow = tile.BRowStride;
        for (int k = tile.Depth; k > 0; k--)
        {
            Load<PanelWidth.Wide>(b, out Vector128<float> b0, out Vector128<float> b1);
            Load<TWidth>(second, out Vector128<float> b2, out Vector128<float> b3);
            b += bRow;
            second += secondRowStride;
            Vector128<float> first = Vector128.Create(*a);
            Add<PanelWidth.Wide>(first, b0, b1, ref c0, ref c1);
            Add<TWidth>(first, b2, b3, ref c2, ref c3);
            if (TRows.Value > 1)
            {
                Vector128<float> other = Vector128.Create(a[row]);
                Add<PanelWidth.Wide>(other, b0, b1, ref d0, ref d1);
                Add<TWidth>(other, b2, b3, ref d2, ref d3);
            }

            a += step;
        }

        if (tile.Bias != null)
        {
            Load<PanelWidth.Wide>(tile.Bias, out Vector128<float> bias0, out Vector128<float> bias1);
            Load<TWidth>(tile.Bias + 8, out Vector128<float> bias2, out Vector128<float> bias3);
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
        Store<TWidth>(c + 8, c2, c3);
        if (TRows.Value > 1)
        {
            Store<PanelWidth.Wide>(d, d0, d1);
            Store<TWidth>(d + 8, d2, d3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TWidth>(Vector128<float> a, Vector128<float> bL, Vector128<float> bR, ref Vector128<float> cL, ref Vector128<float> cR)
        where TWidth : struct, IPanelWidth
    {
        cL = Portable.MultiplyAdd(a, bL, cL);
        if (TWidth.IsWide)
        {
            cR = Portable.MultiplyAdd(a, bR, cR);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Load<TWidth>(float* source, out Vector128<float> left, out Vector128<float> right)
        where TWidth : struct, IPanelWidth
    {
        left = Vector128.Load(source);
        right = TWidth.IsWide ? Vector128.Load(source + 4) : Vector128<float>.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store<TWidth>(float* destination, Vector128<float> left, Vector128<float> right)
        where TWidth : struct, IPanelWidth
    {
        left.Store(destination);
        if (TWidth.IsWide)
        {
            right.Store(destination + 4);
        }
    }
}
