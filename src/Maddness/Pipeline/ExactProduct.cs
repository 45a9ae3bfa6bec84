namespace Maddness.Pipeline;

/// <summary>The operands of a whole product A·B + bias in pinned memory; strides count elements.</summary>
internal unsafe struct ExactProduct
{
    internal PinnedMatrix<float> A;

    /// <summary>How B's columns fall into panels.</summary>
    internal PanelLayout Layout;

    /// <summary>The first panel; panels but the last stand <see cref="PanelStride"/> apart, in packed memory or in a row-major B itself.</summary>
    internal float* Panels;

    internal nint PanelStride;

    /// <summary>From one row of a panel, but the last one, to the next.</summary>
    internal nint PanelRowStride;

    /// <summary>The last panel, packed or, where it has no padding, in a row-major B.</summary>
    internal float* LastPanel;

    /// <summary>From one row of the last panel to the next.</summary>
    internal nint LastPanelRowStride;

    /// <summary>One value per column, padding included, or null.</summary>
    internal float* Bias;

    internal PinnedMatrix<float> C;

    /// <summary>Whether rows of panels, but perhaps of the last one, stand side by side.</summary>
    internal readonly bool IsPacked => PanelRowStride == Layout.PanelColumns;

    /// <summary>Takes a B whose panels are all packed.</summary>
    internal void UsePacked(float* panels, in PanelLayout layout)
    {
        Layout = layout;
        Panels = panels;
        PanelStride = layout.OffsetOf(1);
        PanelRowStride = layout.PanelColumns;
        LastPanel = panels + layout.OffsetOf(layout.PanelCount - 1);
        LastPanelRowStride = layout.LastColumns;
    }
}
