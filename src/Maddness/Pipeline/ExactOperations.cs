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
    /// <summary>Up to so many rows of A, a row-major B is read where it stands: packing it would cost more than it saves.</summary>
    private const int UnpackedRows = 48;

    /// <summary>A and C; the rest is filled in for the kernel.</summary>
    internal ExactProduct Product;

    internal PinnedMatrix<float> B;

    /// <summary>M values, or null.</summary>
    internal float* Bias;

    internal int Parallelism;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        PanelLayout layout = new(B.Rows, B.Columns, TKernel.ExactPanelColumns);
        bool packsAll = B.ColumnStride != 1 || Product.A.Rows > UnpackedRows;
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
