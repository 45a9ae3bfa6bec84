namespace Maddness.Kernels;

/// <summary>The largest output of each row, found among sums as kernels make them: nothing is transposed, and no output stored.</summary>
internal unsafe partial interface IKernel
{
    /// <summary>Lanes in which <see cref="KeepLargest"/> keeps the largest outputs of a tile's block of rows, see <see cref="LargestOutputs"/>; 0 if the kernel has no such loop for tables of so many leaves, or no tile.</summary>
    static virtual int LargestLanes(int leaves) => 0;

    /// <summary>Rows of a call from which <see cref="KeepLargest"/> is faster than a search through floats.</summary>
    static virtual int MinSearchedRows(int leaves, int outputs, int codebooks) => throw new NotSupportedException();

    /// <summary>Rows that <see cref="KeepLargest"/> treats at once: a whole number of blocks of 16.</summary>
    static virtual int SearchedBlockRows(int leaves) => 16;

    /// <summary>Outputs of a tile of <see cref="KeepLargest"/>.</summary>
    static virtual int SearchedOutputs(int leaves) => throw new NotSupportedException();

    /// <summary>Outputs of a tile of <see cref="KeepNarrowLargest"/>, for what is left beyond the last whole tile; 0 if there is none.</summary>
    static virtual int NarrowSearchedOutputs(int leaves) => 0;

    /// <summary>Bytes of index vectors for one block of 16 rows; 0 if the search reads the codes themselves.</summary>
    static virtual int IndexBytes(int codebooks, int leaves) => 0;

    /// <summary>Makes the index vectors that the search reads from the codes of <paramref name="blocks"/> blocks.</summary>
    static virtual void ExpandCodes(byte* codes, byte* index, int codebooks, int leaves, int blocks) => throw new NotSupportedException();

    /// <summary>Lays out the tables of <see cref="SearchedOutputs"/> outputs for <see cref="KeepLargest"/>.</summary>
    static virtual void PackSearchedTile(in TableSource source, int firstOutput, byte* packed) => throw new NotSupportedException();

    /// <summary>Lays out the tables of <see cref="NarrowSearchedOutputs"/> outputs for <see cref="KeepNarrowLargest"/>, in as many bytes per output.</summary>
    static virtual void PackNarrowSearchedTile(in TableSource source, int firstOutput, byte* packed) => throw new NotSupportedException();

    /// <summary>
    /// Sums a tile as <see cref="SumTile"/> does, estimates its outputs from the sums (<see cref="OutputTile.Estimates"/>), and replaces what <paramref name="largest"/> keeps of its rows where an estimate is greater. At most
    /// <see cref="OutputTile.FlushCodebooks"/> codebooks.
    /// </summary>
    /// <param name="tile">The codes or index vectors, the tables, and what estimates are made with; no scales, and no destination.</param>
    /// <param name="place">The tile's first output.</param>
    /// <param name="largest">Of the tile's first block of rows; cleared before the first tile.</param>
    static virtual void KeepLargest(in OutputTile tile, int place, LargestOutputs largest) => throw new NotSupportedException();

    /// <summary>The same for a narrow tile.</summary>
    static virtual void KeepNarrowLargest(in OutputTile tile, int place, LargestOutputs largest) => throw new NotSupportedException();

    /// <summary>Writes the places of the largest estimates of up to 64 rows.</summary>
    /// <returns>Bit r is set where row r has another estimate so close to the largest one that outputs may be in another order.</returns>
    static virtual ulong WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows) => throw new NotSupportedException();
}
