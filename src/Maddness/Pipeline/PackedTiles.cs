using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>The tables of all outputs as a kernel reads them: wide tiles in output order, the last of which may have fewer outputs, or behind whole ones narrow tiles for what is left.</summary>
internal sealed unsafe class PackedTiles
{
    private readonly AlignedBuffer<byte> _buffer;

    private PackedTiles(AlignedBuffer<byte> buffer, int outputs, int wideTiles, int narrowOutputs, int narrowTiles, int bytesPerOutput)
    {
        _buffer = buffer;
        Outputs = outputs;
        WideTiles = wideTiles;
        NarrowOutputs = narrowOutputs;
        NarrowTiles = narrowTiles;
        TileBytes = outputs * bytesPerOutput;
        NarrowTileBytes = narrowOutputs * bytesPerOutput;
    }

    /// <summary>A way to lay out tiles.</summary>
    internal interface ILayout
    {
        /// <summary>Outputs of a wide tile.</summary>
        static abstract int Outputs(int leaves);

        /// <summary>Outputs of a narrow tile; 0 if there are none.</summary>
        static abstract int NarrowOutputs(int leaves);

        /// <summary>Codebooks of a tile: a byte for each, each output and leaf.</summary>
        static abstract int Codebooks(int codebooks);

        /// <summary>How many outputs behind a whole narrow tile are worth a second one.</summary>
        static abstract int MaxSecondOutputs(int leaves);

        /// <summary>Lays out a wide tile.</summary>
        static abstract void Pack(in TableSource source, int firstOutput, byte* packed);

        /// <summary>Lays out a narrow tile.</summary>
        static abstract void PackNarrow(in TableSource source, int firstOutput, byte* packed);
    }

    /// <summary>Outputs of a wide tile.</summary>
    internal int Outputs { get; }

    internal int WideTiles { get; }

    /// <summary>Outputs of a narrow tile.</summary>
    internal int NarrowOutputs { get; }

    internal int NarrowTiles { get; }

    /// <summary>Bytes of a wide tile.</summary>
    internal int TileBytes { get; }

    /// <summary>Bytes of a narrow tile.</summary>
    internal int NarrowTileBytes { get; }

    /// <summary>The first tile.</summary>
    internal byte* First => _buffer.Pointer;

    [MethodImpl(Compiled.Once)]
    internal static PackedTiles Create<TLayout>(in TableSource source)
        where TLayout : struct, ILayout
    {
        int outputs = TLayout.Outputs(source.Leaves), narrowOutputs = TLayout.NarrowOutputs(source.Leaves);
        int narrowTiles = NarrowTilesFor(source.Outputs % outputs, narrowOutputs, TLayout.MaxSecondOutputs(source.Leaves));
        int wideTiles = narrowTiles > 0 ? source.Outputs / outputs : (source.Outputs + outputs - 1) / outputs;

        int bytesPerOutput = checked(TLayout.Codebooks(source.Codebooks) * source.Leaves);
        AlignedBuffer<byte> buffer = new(checked(((wideTiles * outputs) + (narrowTiles * narrowOutputs)) * bytesPerOutput));
        PackedTiles tiles = new(buffer, outputs, wideTiles, narrowOutputs, narrowTiles, bytesPerOutput);
        byte* packed = tiles.First;
        for (int i = 0; i < wideTiles; i++)
        {
            TLayout.Pack(source, i * outputs, packed);
            packed += tiles.TileBytes;
        }

        for (int i = 0; i < narrowTiles; i++)
        {
            TLayout.PackNarrow(source, (wideTiles * outputs) + (i * narrowOutputs), packed);
            packed += tiles.NarrowTileBytes;
        }

        return tiles;
    }

    /// <summary>How many narrow tiles <paramref name="rest"/> outputs behind the last whole tile take; none if a wide tile is faster.</summary>
    private static int NarrowTilesFor(int rest, int narrowOutputs, int maxSecondOutputs) =>
        rest == 0 || narrowOutputs == 0 ? 0 : rest <= narrowOutputs ? 1 : rest <= narrowOutputs + maxSecondOutputs ? 2 : 0;

    /// <summary>For <see cref="IKernel.SumTile"/> and <see cref="IKernel.SumNarrowTile"/>.</summary>
    internal readonly struct Summed<TKernel> : ILayout
        where TKernel : struct, IKernel
    {
        public static int Outputs(int leaves) => TKernel.TileOutputs(leaves);

        public static int NarrowOutputs(int leaves) => TKernel.NarrowOutputs(leaves);

        public static int MaxSecondOutputs(int leaves) => TKernel.MaxSecondNarrowOutputs(leaves);

        public static int Codebooks(int codebooks) => codebooks;

        public static void Pack(in TableSource source, int firstOutput, byte* packed) => TKernel.PackTile(source, firstOutput, packed);

        public static void PackNarrow(in TableSource source, int firstOutput, byte* packed) => TKernel.PackNarrowTile(source, firstOutput, packed);
    }

    /// <summary>For <see cref="IKernel.KeepLargest"/> and <see cref="IKernel.KeepNarrowLargest"/>.</summary>
    internal readonly struct Searched<TKernel> : ILayout
        where TKernel : struct, IKernel
    {
        public static int Outputs(int leaves) => TKernel.SearchedOutputs(leaves);

        public static int NarrowOutputs(int leaves) => TKernel.NarrowSearchedOutputs(leaves);

        public static int MaxSecondOutputs(int leaves) => TKernel.NarrowSearchedOutputs(leaves);

        /// <summary>Pairs are permuted together.</summary>
        public static int Codebooks(int codebooks) => codebooks + (codebooks & 1);

        public static void Pack(in TableSource source, int firstOutput, byte* packed) => TKernel.PackSearchedTile(source, firstOutput, packed);

        public static void PackNarrow(in TableSource source, int firstOutput, byte* packed) => TKernel.PackNarrowSearchedTile(source, firstOutput, packed);
    }
}
