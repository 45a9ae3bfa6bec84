namespace Maddness.Pipeline;

/// <summary>
/// How B stands when packed for tiles: panel after panel, each row-major [k][column of the panel]. All panels are wide but the last one, which is
/// narrow (half as wide) where that holds the columns left; its columns beyond M hold zeros, whose sums nobody stores.
/// </summary>
internal readonly struct PanelLayout
{
    internal PanelLayout(int inputs, int outputs, int panelColumns)
    {
        Inputs = inputs;
        Outputs = outputs;
        PanelColumns = panelColumns;
        int left = outputs % panelColumns;
        LastColumns = left == 0 || left > panelColumns / 2 ? panelColumns : panelColumns / 2;
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

    /// <summary><see cref="Length"/>, or an exception that names the argument B if one array cannot hold them.</summary>
    internal int CheckedLength(string name)
    {
        if (Length > MaxLength)
        {
            throw new ArgumentException($"'{name}' is {Inputs} x {Outputs}; expected at most {MaxLength} elements, with the columns rounded up to whole panels.", name);
        }

        return (int)Length;
    }

    /// <summary>Columns of a panel, padding included.</summary>
    internal int ColumnsOf(int panel) => panel == PanelCount - 1 ? LastColumns : PanelColumns;

    /// <summary>Outputs of a panel: its columns without the padding.</summary>
    internal int OutputsOf(int panel) => Math.Min(PanelColumns, Outputs - (panel * PanelColumns));

    /// <summary>Where a panel starts.</summary>
    internal nint OffsetOf(int panel) => (nint)panel * PanelColumns * Inputs;
}
