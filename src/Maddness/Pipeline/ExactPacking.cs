using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Copies of B in panels, and back.</summary>
internal static unsafe class ExactPacking
{
    /// <summary>Rows of B that are packed at once where its columns do not lie side by side: of a column whose elements do, a cache line is then read once, and what it is spread over stays in the first cache.</summary>
    private const int BlockRows = 16;

    /// <summary>Packs one panel of B; <paramref name="panel"/> holds D × the panel's columns.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void PackPanel(in PinnedMatrix<float> b, in PanelLayout layout, int index, float* panel)
    {
        int columns = layout.ColumnsOf(index);
        int outputs = layout.OutputsOf(index);
        (nint rowStride, nint columnStride) = (b.RowStride, b.ColumnStride);
        float* source = b.First + (index * layout.PanelColumns * columnStride);

        // Reads b[k, first + m] for k < D and m < the panel's outputs, all inside B, and writes the D rows of the panel.
        for (int start = 0; start < layout.Inputs; start += BlockRows)
        {
            int rows = Math.Min(BlockRows, layout.Inputs - start);
            if (outputs < columns)
            {
                new Span<float>(panel, rows * columns).Clear();
            }

            StridedCopy.Run(source, rowStride, columnStride, panel, columns, 1, rows, outputs);
            source += rows * rowStride;
            panel += rows * columns;
        }
    }

    /// <summary>Packs all panels of B.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Pack(in PinnedMatrix<float> b, in PanelLayout layout, float* panels)
    {
        for (int panel = 0; panel < layout.PanelCount; panel++)
        {
            PackPanel(in b, in layout, panel, panels + layout.OffsetOf(panel));
        }
    }

    /// <summary>Packs panels of one width anew for another width.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Repack(float* from, in PanelLayout old, float* to, in PanelLayout layout)
    {
        for (int panel = 0; panel < layout.PanelCount; panel++)
        {
            int columns = layout.ColumnsOf(panel);
            for (int m = 0; m < columns; m++)
            {
                int output = (panel * layout.PanelColumns) + m;
                float* target = to + layout.OffsetOf(panel) + m;
                if (output >= layout.Outputs)
                {
                    for (int k = 0; k < layout.Inputs; k++)
                    {
                        target[(nint)k * columns] = 0;
                    }

                    continue;
                }

                int oldPanel = output / old.PanelColumns;
                nint oldColumns = old.ColumnsOf(oldPanel);
                float* source = from + old.OffsetOf(oldPanel) + (output % old.PanelColumns);
                for (int k = 0; k < layout.Inputs; k++)
                {
                    target[(nint)k * columns] = source[k * oldColumns];
                }
            }
        }
    }
}
