namespace Maddness.Kernels;

/// <summary>
/// The hot loops of one instruction set. Implementations are empty structs, and drivers are generic over them, so that every call is direct.
/// A kernel gets a tile of rows, not a vector: register blocking stays in its file; loops over tiles, and tails, are written once, in the drivers.
/// </summary>
internal unsafe partial interface IKernel
{
    /// <summary>The level this kernel serves.</summary>
    static abstract KernelLevel Level { get; }

    /// <summary>Whether this CPU and runtime can run it.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Outputs of one tile for tables of so many leaves, 0 if the kernel has none.</summary>
    static virtual int TileOutputs(int leaves) => 0;

    /// <summary>Rows of a call from which a tile is faster than <see cref="SumRows"/>: with fewer, most of its block is empty.</summary>
    static virtual int MinTileRows(int leaves, int outputs, int codebooks) => throw new NotSupportedException();

    /// <summary>Of the last rows of a call, behind whole blocks, how many are worth a tile: fewer, as its tables are in cache by then. 0 if all are.</summary>
    static virtual int MinTailRows(int leaves, int outputs) => throw new NotSupportedException();

    /// <summary>Encodes blocks of 16 rows.</summary>
    static abstract void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged;

    /// <summary>Of how many rows, or a multiple, <see cref="EncodePairs"/> encodes columns; 0 if it encodes none of this type or of so many levels.</summary>
    static virtual int PairRows<T>(int levels)
        where T : unmanaged => 0;

    /// <summary>As <see cref="Encode"/>, but to the layout of <see cref="EncodedMatrix"/>: 16 bytes for each block and pair of codebooks. Whether columns are out of cache makes no difference.</summary>
    static virtual void EncodePairs<T>(in EncodeTile<T> tile)
        where T : unmanaged => throw new NotSupportedException();

    /// <summary>Whether <see cref="EncodeRows"/> is there.</summary>
    static virtual bool EncodesRows => false;

    /// <summary>Encodes row-major rows where they stand.</summary>
    static virtual void EncodeRows(in RowBlock block) => throw new NotSupportedException();

    /// <summary>Whether whole tiles heed <see cref="OutputTile.IsStreamed"/>, <see cref="OutputTile.Carry"/> and <see cref="OutputTile.Heads"/>.</summary>
    static virtual bool Streams => false;

    /// <summary>Whether <see cref="TransposeGroups"/> is there.</summary>
    static virtual bool TransposesGroups => false;

    /// <summary>Transposes groups of columns of <see cref="GroupTranspose.Rows"/> row-major rows: the tested columns go to <paramref name="target"/> one after another, <paramref name="targetStride"/> apart.</summary>
    /// <returns>Where the next column goes.</returns>
    static virtual float* TransposeGroups(float* source, nint rowStride, ColumnGroup* groups, int count, float* target, nint targetStride) => throw new NotSupportedException();

    /// <summary>Lays out the tables of <see cref="TileOutputs"/> outputs for <see cref="SumTile"/>.</summary>
    static virtual void PackTile(in TableSource source, int firstOutput, byte* packed) => throw new NotSupportedException();

    /// <summary>Sums tables over rows, by loads (<see cref="LeafTables"/>) or byte shuffles, and writes floats.</summary>
    static virtual void SumTile(in OutputTile tile) => throw new NotSupportedException();

    /// <summary>Outputs of a narrow tile for what is left beyond the last whole tile; 0 if the kernel has none.</summary>
    static virtual int NarrowOutputs(int leaves) => 0;

    /// <summary>How many outputs behind those of a narrow tile are faster in a second one than all of them in a wide tile.</summary>
    static virtual int MaxSecondNarrowOutputs(int leaves) => 0;

    /// <summary>Lays out the tables of <see cref="NarrowOutputs"/> outputs for <see cref="SumNarrowTile"/>, in as many bytes per output as a whole tile has.</summary>
    static virtual void PackNarrowTile(in TableSource source, int firstOutput, byte* packed) => throw new NotSupportedException();

    /// <summary>As <see cref="SumTile"/>, for up to <see cref="NarrowOutputs"/> outputs.</summary>
    static virtual void SumNarrowTile(in OutputTile tile) => throw new NotSupportedException();

    /// <summary>Sums tables of any number of leaves row by row: entries of one code are contiguous over outputs.</summary>
    static abstract void SumRows(in OutputTile tile);
}
