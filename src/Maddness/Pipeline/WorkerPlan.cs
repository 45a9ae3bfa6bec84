using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// On how many threads a call runs: at most as many as it may, and only as many as have enough to do. Work is counted in look-ups of a product in cache, of 12 to 30 ps each on Zen 4; all of a call's, however it is
/// shaped, are less than 2^63.
/// (There, of calls one after another, two threads take as long as one from some 6 µs of work on: 512 × 100, C = 8, 192 rows 5.7 and 6.3 µs, 256 7.5 and 6.3; 64 × 10, C = 4, 130 rows 1.2 and 2.7, 768 6.1 and 5.8.)
/// </summary>
internal static class WorkerPlan
{
    /// <summary>The least that is worth a thread: half as much again as on a quiet machine.</summary>
    private const long LeastLookups = 200_000;

    /// <summary>Encoding one row by one codebook: 1 to 1.5 ns.</summary>
    private const int EncodeLookups = 64;

    /// <summary>Finding one of the largest outputs of a row, or ranking one candidate: some 15 ns.</summary>
    private const int SelectionLookups = 512;

    /// <summary>Threads that encode.</summary>
    internal static int ForEncoding(int rows, int codebooks, int degree) => Of(rows, (long)codebooks * EncodeLookups, degree);

    /// <summary>Threads that add up tables, from codes.</summary>
    internal static int ForSums(int rows, LookupTables tables, int degree) => Of(rows, (long)tables.Codebooks * tables.Outputs, degree);

    /// <summary>Threads of a whole product.</summary>
    internal static int ForProduct(int rows, LookupTables tables, int degree) => Of(rows, ProductLookups(tables), degree);

    /// <summary>Threads of a product of which k outputs a row are kept.</summary>
    internal static int ForSearch(int rows, LookupTables tables, int k, int degree) => Of(rows, ProductLookups(tables) + ((long)k * SelectionLookups), degree);

    /// <summary>The same of one whose candidates are computed exactly: an input of these takes as long as a look-up.</summary>
    internal static int ForReranking(int rows, LookupTables tables, int candidates, int inputs, int degree) =>
        Of(rows, ProductLookups(tables) + (candidates * ((long)SelectionLookups + inputs)), degree);

    /// <summary>Threads of an exact product, one of whose multiply-adds takes as long as a look-up; how they share rows and outputs is for <see cref="ExactDriver"/> to say.</summary>
    internal static int ForExact(int rows, int inputs, int outputs, int degree) =>
        (int)Math.Clamp((long)rows * outputs * inputs / LeastLookups, 1, degree);

    private static long ProductLookups(LookupTables tables) => tables.Codebooks * ((long)EncodeLookups + tables.Outputs);

    /// <summary>No more than encode tiles, either, the last of which may be a part of one.</summary>
    private static int Of(int rows, long lookupsPerRow, int degree)
    {
        long tiles = ((long)rows + TilePlan.GatherRows - 1) / TilePlan.GatherRows;
        return (int)Math.Clamp(Math.Min(tiles, rows * lookupsPerRow / LeastLookups), 1, degree);
    }
}
