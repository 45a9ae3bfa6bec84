using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// Outputs in 16 bits, from sums as they stand, for a search of the largest: one unit u for all outputs, such that none leaves the range. Where a row's two largest estimates are
/// <see cref="TileEstimates.SureDistance"/> apart the outputs, as floats, are in the same order. An estimate is the floor of a product, less than 1 below it; the scale is rounded, by at most ½, and multiplied by a sum of less than
/// 2^16 / 2^16; the offset is rounded, by at most ½: so it is less than 2 below and less than 1 above the output in units, and of two that are 4 apart the outputs are more than 1 apart. Estimates are used as long as
/// the floats' own roundings, three for an output, stay below half a unit.
/// </summary>
internal sealed class OutputEstimates
{
    /// <summary>Units from the lowest to the highest estimate: of 65,536 some are left for roundings, and the lowest of all for what stands behind the last output.</summary>
    private const int Range = 65_000;

    private const int Lowest = -Range / 2;

    /// <summary>Places are words.</summary>
    internal const int MaxOutputs = 65_536;

    /// <summary>A pair's two entries times 2^6 are 32,640 at most: signed words hold them.</summary>
    private const int MaxShift = 6;

    /// <summary>Half a unit in the last place, of three operations, with some room for the higher orders.</summary>
    private const double FloatRoundings = 3.01 / (1 << 24);

    /// <param name="tables">The tables.</param>
    /// <param name="paddedOutputs">Outputs of whole tiles.</param>
    [MethodImpl(Compiled.Once)]
    internal OutputEstimates(LookupTables tables, int paddedOutputs)
    {
        int largestSum = 1;
        double lowest = double.PositiveInfinity, highest = double.NegativeInfinity, largestScale = 0, magnitude = 0;
        bool areFinite = true;
        for (int output = 0; output < tables.Outputs; output++)
        {
            int sum = LargestSum(tables, output);
            double scale = tables.Scales[output], offset = tables.Offsets[output], bias = tables.Bias is { } biases ? biases[output] : 0;
            largestSum = Math.Max(largestSum, sum);
            largestScale = Math.Max(largestScale, scale);
            lowest = Math.Min(lowest, offset + bias);
            highest = Math.Max(highest, offset + bias + (sum * scale));
            magnitude = Math.Max(magnitude, (sum * scale) + Math.Abs(offset) + Math.Abs(bias));
            areFinite &= double.IsFinite(scale) && scale >= 0 && double.IsFinite(offset) && double.IsFinite(bias);
        }

        while (Shift < MaxShift && largestSum << (Shift + 1) <= ushort.MaxValue)
        {
            Shift++;
        }

        // No scale may exceed 16 bits.
        double unit = Math.Max((highest - lowest) / Range, largestScale / (1 << Shift) * (65_536.0 / 65_535));
        AreUsable = areFinite
            && tables.Outputs <= MaxOutputs
            && tables.Codebooks <= OutputTile.FlushCodebooks
            && unit > 0
            && magnitude <= float.MaxValue
            && magnitude * FloatRoundings < unit / 2;
        int words = AreUsable ? paddedOutputs * TileEstimates.Copies : 0;
        Scales = new AlignedBuffer<ushort>(words);
        Offsets = new AlignedBuffer<short>(words);
        Offsets.Span.Fill(short.MinValue);
        for (int output = 0; AreUsable && output < tables.Outputs; output++)
        {
            double bias = tables.Bias is { } biases ? biases[output] : 0;
            Repeated(Scales, output).Fill((ushort)Math.Round(tables.Scales[output] / unit / (1 << Shift) * 65_536));
            Repeated(Offsets, output).Fill((short)(Math.Round((tables.Offsets[output] + bias - lowest) / unit) + Lowest));
        }
    }

    /// <summary>Whether there are estimates, and what they leave open is as good as what floats do.</summary>
    internal bool AreUsable { get; }

    /// <summary><see cref="TileEstimates.Scales"/> of all outputs.</summary>
    internal AlignedBuffer<ushort> Scales { get; }

    /// <summary><see cref="TileEstimates.Offsets"/> of all outputs.</summary>
    internal AlignedBuffer<short> Offsets { get; }

    /// <inheritdoc cref="TileEstimates.Shift"/>
    internal int Shift { get; }

    /// <summary>Those of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe TileEstimates From(int output) => new()
    {
        Scales = Scales.Pointer + ((nint)output * TileEstimates.Copies),
        Offsets = Offsets.Pointer + ((nint)output * TileEstimates.Copies),
        Shift = Shift,
    };

    private static Span<T> Repeated<T>(AlignedBuffer<T> buffer, int output)
        where T : unmanaged => buffer.Span.Slice(output * TileEstimates.Copies, TileEstimates.Copies);

    /// <summary>The sum of each codebook's largest entry.</summary>
    [MethodImpl(Compiled.Once)]
    private static int LargestSum(LookupTables tables, int output)
    {
        int sum = 0;
        ReadOnlySpan<byte> entries = tables.Entries.AsSpan(output * tables.Codebooks * tables.Leaves, tables.Codebooks * tables.Leaves);
        for (int first = 0; first < entries.Length; first += tables.Leaves)
        {
            sum += System.Numerics.Tensors.TensorPrimitives.Max(entries.Slice(first, tables.Leaves));
        }

        return sum;
    }
}
