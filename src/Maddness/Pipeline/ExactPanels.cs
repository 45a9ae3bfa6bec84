using System.Numerics;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>A matrix B and its bias packed for tiles. Levels whose panels are as wide share a packing; another width is packed from the first one when it is asked for.</summary>
internal sealed unsafe class ExactPanels
{
    /// <summary>Panels are 8, 16 or 32 columns wide: by the logarithm of the width, one packing each.</summary>
    private readonly AlignedBuffer<float>?[] _packings = new AlignedBuffer<float>?[6];

    private readonly int _firstWidth;

    private readonly AlignedBuffer<float>? _bias;

    /// <summary>Packs B in panels of <paramref name="panelColumns"/> columns. Arguments are checked but for the size.</summary>
    internal ExactPanels(scoped in MatrixView<float> b, ReadOnlySpan<float> bias, int panelColumns, string name)
    {
        Inputs = b.Rows;
        Outputs = b.Columns;
        _firstWidth = panelColumns;
        PanelLayout.CheckSize(Inputs, Outputs, name);
        PanelLayout layout = LayoutFor(panelColumns);
        AlignedBuffer<float> panels = new((int)layout.Length);
        fixed (float* first = &b.First)
        {
            ExactPacking.Pack(new(first, in b), in layout, panels.Pointer);
        }

        _packings[BitOperations.Log2((uint)panelColumns)] = panels;
        if (!bias.IsEmpty)
        {
            _bias = new AlignedBuffer<float>(checked(Outputs + PanelLayout.WidestPanel));
            bias.CopyTo(_bias.Span);
        }
    }

    /// <summary>D.</summary>
    internal int Inputs { get; }

    /// <summary>M.</summary>
    internal int Outputs { get; }

    /// <summary>The bias, with zeros up to whole panels, or null.</summary>
    internal float* Bias => _bias is null ? null : _bias.Pointer;

    /// <summary>How B falls into panels of a width.</summary>
    internal PanelLayout LayoutFor(int panelColumns) => new(Inputs, Outputs, panelColumns);

    /// <summary>The panels of a width. They live as long as this object.</summary>
    internal float* PanelsFor(int panelColumns)
    {
        ref AlignedBuffer<float>? slot = ref _packings[BitOperations.Log2((uint)panelColumns)];
        AlignedBuffer<float>? panels = Volatile.Read(ref slot);
        if (panels is null)
        {
            PanelLayout layout = LayoutFor(panelColumns);
            panels = new AlignedBuffer<float>((int)layout.Length);
            PanelLayout first = LayoutFor(_firstWidth);
            ExactPacking.Repack(PanelsFor(_firstWidth), in first, panels.Pointer, in layout);

            // Threads that come here together pack the same floats: the first one's stay.
            panels = Interlocked.CompareExchange(ref slot, panels, null) ?? panels;
        }

        return panels.Pointer;
    }
}
