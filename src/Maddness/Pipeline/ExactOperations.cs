using System.Buffers;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>A product with a B that is packed already.</summary>
internal unsafe struct BoundExactOperation : IKernelOperation
{
    /// <summary>A and C; the rest is filled in for the kernel.</summary>
    internal ExactProduct Product;

    internal ExactPanels Panels;

    internal int Parallelism;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        Product.UsePacked(Panels.PanelsFor(TKernel.ExactPanelColumns), Panels.LayoutFor(TKernel.ExactPanelColumns));
        Product.Bias = Panels.Bias;
        ExactDriver.Run<TKernel>(in Product, Parallelism);
        GC.KeepAlive(Panels);
    }
}

/// <summary>A product with a B that is used once.</summary>
internal unsafe struct OneShotExactOperation : IKernelOperation
{
    /// <summary>
    /// Up to so many rows of A, a row-major B is read where it stands: packing it would cost more than it saves. A B of up to <see cref="SmallElements"/> stays in the second cache, in which it is read more often for the same price; of one whose rows are a multiple of 4 KB apart a panel's rows drive each other out of the
    /// caches, if there are many (measured on Emerald Rapids, time in place over that with packing, 24, 48, 96 and 144 rows: 512 × 100 .69 .78 .92 .96, 256 × 256 .59 .76 .91 .88, 512 × 512 .56 .82 .95 .99; 512 × 1,000 .81 .93 1.01 1.23, 1,024 × 1,000 .86 .86 1.04 1.15; 512 × 1,024 .92 1.43 1.72 1.86, 1,024 × 1,024
    /// .91 1.39 1.67 1.88, but 256 × 1,024 .54 .76 .96 1.07).
    /// </summary>
    private const int UnpackedRows = 48, UnpackedRowsOfSmall = 96, UnpackedRowsOfConflicting = 24;

    /// <summary>1 MB.</summary>
    private const int SmallElements = 256 * 1024;

    /// <summary>Rows of B of which those of a panel, 4 KB apart, do not fit the caches' sets.</summary>
    private const int ConflictingRows = 512;

    /// <summary>A and C; the rest is filled in for the kernel.</summary>
    internal ExactProduct Product;

    internal PinnedMatrix<float> B;

    /// <summary>M values, or null.</summary>
    internal float* Bias;

    internal int Parallelism;

    private readonly int MostUnpackedRows =>
        B.RowStride * sizeof(float) % CacheLine.AliasedBytes == 0 && B.Rows >= ConflictingRows ? UnpackedRowsOfConflicting
        : B.Rows * B.RowStride <= SmallElements ? UnpackedRowsOfSmall
        : UnpackedRows;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        PanelLayout layout = new(B.Rows, B.Columns, TKernel.ExactPanelColumns);
        bool packsAll = B.ColumnStride != 1 || Product.A.Rows > MostUnpackedRows;
        int lastPanel = layout.PanelCount - 1;
        bool packsLast = layout.OutputsOf(lastPanel) < layout.LastColumns;
        PanelLayout.CheckSize(B.Rows, packsAll ? B.Columns : Math.Min(B.Columns, PanelLayout.WidestPanel), "b");
        int panelsLength = packsAll ? (int)layout.Length : packsLast ? layout.LastColumns * B.Rows : 0;
        int biasLength = Bias == null ? 0 : checked(layout.Outputs + PanelLayout.WidestPanel);
        float[] rented = ArrayPool<float>.Shared.Rent(checked(panelsLength + biasLength + CacheLine.Floats));
        fixed (float* start = rented)
        {
            float* panels = (float*)CacheLine.FirstIn(start);
            if (packsAll)
            {
                ExactPacking.Pack(in B, in layout, panels);
                Product.UsePacked(panels, in layout);
            }
            else
            {
                Product.Layout = layout;
                Product.Panels = B.First;
                Product.PanelStride = layout.PanelColumns;
                Product.PanelRowStride = B.RowStride;
                Product.LastPanel = packsLast ? panels : B.First + (lastPanel * Product.PanelStride);
                Product.LastPanelRowStride = packsLast ? layout.LastColumns : B.RowStride;
                if (packsLast)
                {
                    ExactPacking.PackPanel(in B, in layout, lastPanel, panels);
                }
            }

            if (Bias != null)
            {
                Span<float> padded = new(panels + panelsLength, biasLength);
                new ReadOnlySpan<float>(Bias, B.Columns).CopyTo(padded);
                padded[B.Columns..].Clear();
                Product.Bias = panels + panelsLength;
            }

            ExactDriver.Run<TKernel>(in Product, Parallelism);
        }

        ArrayPool<float>.Shared.Return(rented);
    }
}
