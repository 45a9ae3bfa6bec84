using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// How B stands when packed for tiles: panel after panel, each row-major [k][column of the panel]. All panels are wide but the last one, which is
/// half as wide where that holds the columns left, or of 32 columns a quarter; its columns beyond M hold zeros, whose sums nobody stores.
/// </summary>
internal readonly struct PanelLayout
{
    /// <summary>The columns of a panel at any level: these, or twice as many, up to <see cref="WidestPanel"/>.</summary>
    internal const int NarrowestPanel = 8;

    internal const int WidestPanel = 32;

    internal PanelLayout(int inputs, int outputs, int panelColumns)
    {
        Inputs = inputs;
        Outputs = outputs;
        PanelColumns = panelColumns;
        int left = outputs % panelColumns;
        int narrow = left <= NarrowestPanel ? Math.Min(NarrowestPanel, panelColumns / 2) : panelColumns / 2;
        LastColumns = left == 0 || left > panelColumns / 2 ? panelColumns : narrow;
        PanelCount = (int)(((long)outputs + panelColumns - 1) / panelColumns);
    }

    /// <summary>D.</summary>
    internal int Inputs { get; }

    /// <summary>M.</summary>
    internal int Outputs { get; }

    /// <summary>Columns of a wide panel.</summary>
    internal int PanelColumns { get; }

    /// <summary>Columns of the last panel, padding included.</summary>
    internal int LastColumns { get; }

    internal int PanelCount { get; }

    /// <summary>All columns, padding included.</summary>
    internal long PaddedOutputs => ((long)(PanelCount - 1) * PanelColumns) + LastColumns;

    /// <summary>Floats of all panels.</summary>
    internal long Length => PaddedOutputs * Inputs;

    /// <summary>The most floats that are packed: an array of bytes holds them, and what aligns them.</summary>
    private static int MaxLength => (Array.MaxLength / sizeof(float)) - 1024;

    /// <summary>Refuses a B that an array does not hold in panels of whatever width: no level packs what another could not.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void CheckSize(int inputs, int outputs, string name)
    {
        long length = 0;
        for (int columns = NarrowestPanel; columns <= WidestPanel; columns *= 2)
        {
            length = Math.Max(length, new PanelLayout(inputs, outputs, columns).Length);
        }

        if (length > MaxLength)
        {
            throw new ArgumentException($"'{name}' is {inputs} x {outputs}, which are {length} elements with the columns rounded up to whole panels; expected at most {MaxLength}.", name);
        }
    }

    /// <summary>Columns of a panel, padding included.</summary>
    internal int ColumnsOf(int panel) => panel == PanelCount - 1 ? LastColumns : PanelColumns;

    /// <summary>Outputs of a panel: its columns without the padding.</summary>
    internal int OutputsOf(int panel) => Math.Min(PanelColumns, Outputs - (panel * PanelColumns));

    /// <summary>Where a panel starts.</summary>
    internal nint OffsetOf(int panel) => (nint)panel * PanelColumns * Inputs;
}
