namespace Maddness.Pipeline;

/// <summary>
/// Where values are ranked. Of up to 230 values no two lists share addresses modulo 4 KB, by which CPUs tell whether a load waits for a store: one list is read while another is written in no order. (Side by side, 13 of 160 processes took 1.5 to 2.6 times as long on Zen 4, all of a process or of a
/// thread as chance had it; so none of 100.)
/// </summary>
internal readonly unsafe struct RankingMemory
{
    private const int Page = 4096;

    /// <summary>Bytes of a list, with room for a vector more.</summary>
    private const int ListBytes = (TopSelection.MaxRanked + TopSelection.Padding) * sizeof(float);

    /// <summary>Where the second pair of lists starts: a page and half a list behind the first.</summary>
    private const int SecondPair = Page + (ListBytes / 2);

    private const int AllBytes = SecondPair + (2 * ListBytes);

    internal RankingMemory(scoped ref Scratch scratch)
    {
        byte* memory = scratch.Take<byte>(AllBytes);
        Candidates = (float*)memory;
        Places = (int*)(memory + ListBytes);
        Ranked = (float*)(memory + SecondPair);
        RankedPlaces = (int*)(memory + SecondPair + ListBytes);
    }

    /// <summary>Scratch for them.</summary>
    internal static long Bytes => Scratch.SizeOf<byte>(AllBytes);

    /// <summary>Values, and room for a vector more.</summary>
    internal float* Candidates { get; }

    /// <summary>Whose they are.</summary>
    internal int* Places { get; }

    /// <summary>The values in order; before that, whatever helps to find them.</summary>
    internal float* Ranked { get; }

    /// <summary>Whose these are.</summary>
    internal int* RankedPlaces { get; }
}
