namespace Maddness.Kernels;

/// <summary>
/// What outputs are estimated with, in 16 bits: the upper half of (sum · 2^Shift) · scale, plus the offset. Each output's scale and offset stand <see cref="Copies"/> times side by side, as rows do in lanes. Behind the last
/// output scales are 0, and offsets the least there is.
/// </summary>
internal unsafe struct TileEstimates
{
    /// <summary>Times that a scale or an offset is repeated: the words of 128 bits.</summary>
    internal const int Copies = 8;

    /// <summary>An output is surely greater than another one if its estimate is by so much: see <c>OutputEstimates</c>.</summary>
    internal const int SureDistance = 4;

    /// <summary>Scales from the tile's first output on.</summary>
    internal ushort* Scales;

    /// <summary>Offsets from the tile's first output on.</summary>
    internal short* Offsets;

    /// <summary>0 to 6: sums times 2^Shift fit 16 bits, and two entries times 2^Shift fit 15.</summary>
    internal int Shift;
}
