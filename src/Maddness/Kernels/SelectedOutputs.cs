using System.Runtime.CompilerServices;

namespace Maddness.Kernels;

/// <summary>
/// Some outputs of the exact product, other ones for each row. Whoever fills it has proven that every address it implies is inside a live buffer.
/// </summary>
internal unsafe struct SelectedOutputs
{
    /// <summary>Rows of A, consecutive inputs.</summary>
    internal float* A;

    /// <summary>Floats from one row of A to the next.</summary>
    internal nint RowStride;

    internal int Rows;

    /// <summary>D.</summary>
    internal int Inputs;

    /// <summary>Bᵀ: for each output D consecutive floats, and then the next output's.</summary>
    internal float* TransposedB;

    /// <summary>Floats from one output to the next in <see cref="TransposedB"/>.</summary>
    internal nint OutputStride;

    /// <summary>Which outputs: <see cref="Count"/> for each row.</summary>
    internal int* Places;

    /// <summary>Outputs of a row, at least 1.</summary>
    internal int Count;

    /// <summary>Where they go: <see cref="Count"/> for each row.</summary>
    internal float* Values;

    /// <summary>The row of Bᵀ of the output at a place, counted row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly float* Column(nint place) => TransposedB + (Places[place] * OutputStride);
}
