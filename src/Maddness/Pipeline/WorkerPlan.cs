using Maddness.Common;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// On how many threads a call runs: at most as many as it may, and only as many as have enough to do. Work is counted in look-ups of a product in cache, of 12 to 30 ps each on Zen 4.
/// (There, of calls one after another, two threads take as long as one from some 6 µs of work on: 512 × 100, C = 8, 192 rows 5.7 and 6.3 µs, 256 7.5 and 6.3; 64 × 10, C = 4, 130 rows 1.2 and 2.7, 768 6.1 and 5.8.)
/// </summary>
internal static class WorkerPlan
{
    /// <summary>The least that is worth a thread: half as much again as on a quiet machine.</summary>
    private const long LeastLookups = 200_000;

    /// <summary>Rows that are worth a thread: of fewer each takes longer.</summary>
    private const int LeastRows = 2 * CodeBlock.Rows;

    /// <summary>Outputs that are worth encoding rows a second time: four times as much work as that.</summary>
    private const int LeastOutputs = 4 * EncodeLookups;

    /// <summary>
    /// Where tables, and floats of a pass, are more bytes than this, each thread searches one part of the outputs after the other (measured on Zen 4, 128 inputs, µs a row, all at once and so: 1,000 rows, k = 10, C = 16, 20,000 outputs 7.1 and 6.5, 40,000 42 and 13, 100,000 136 and 32; k = 100 11 and 11, 47 and 21, 156 and 43; C = 64, 10,000
    /// outputs, k = 10, 10 and 9, 40,000 137 and 35; C = 4, 40,000 12 and 8; 64 rows, C = 16, 40,000 39 and 18, 100,000, whose tables have to come from memory, 90 to 150 either way).
    /// </summary>
    private const long MostBytesOfSearch = 12 << 20;

    /// <summary>What one of these parts has of them.</summary>
    private const long BytesInTurn = 4 << 20;

    /// <summary>
    /// Where tables alone are more bytes than this, and a thread's rows times these are more than that, the largest outputs are found so, too, among floats and not by estimates (by estimates and so, 1,000 rows: 10 MB 8 and 13, 15 MB 20 and 17, 20 MB 30 and 20, 41 MB 71 and 36; 256 rows 20 MB 28 and 33, 30 MB 54 and 43, 41 MB 73
    /// and 57; 64 rows 41 MB 68 and 121).
    /// </summary>
    private const long MostBytesOfArgMax = 15 << 20;

    private const long LeastBytesOfArgMax = 512 * MostBytesOfArgMax;

    private const int LeastRowsOfArgMax = 256;

    /// <summary>Outputs that are worth finding k of them once more: so many times k.</summary>
    private const int LeastOutputsOfFound = 16;

    /// <summary>Outputs that threads may find together before the largest of these are kept: 8 MB.</summary>
    private const int MostShared = 1 << 20;

    /// <summary>Encoding one row by one codebook: 1 to 1.5 ns.</summary>
    private const int EncodeLookups = 64;

    /// <summary>Finding one of the largest outputs of a row, or ranking one candidate: some 15 ns.</summary>
    private const int SelectionLookups = 512;

    /// <summary>Threads that encode.</summary>
    internal static int ForEncoding(int rows, int codebooks, int degree) => Of(rows, (long)codebooks * EncodeLookups, degree);

    /// <summary>Threads that add up tables, from codes.</summary>
    internal static WorkerShares ForSums(int rows, LookupTables tables, int degree) => Shares(rows, (long)tables.Codebooks * tables.Outputs, tables.Outputs, LeastOutputs, degree);

    /// <summary>Threads of a whole product.</summary>
    internal static WorkerShares ForProduct(int rows, LookupTables tables, int degree) => Shares(rows, ProductLookups(tables), tables.Outputs, LeastOutputs, degree);

    /// <summary>Threads of a product of which the largest output a row is kept, by estimates if there can be any, which take no longer than storing outputs.</summary>
    internal static WorkerShares ForArgMax(int rows, LookupTables tables, int degree)
    {
        bool hasEstimates = tables.Outputs <= OutputEstimates.MaxOutputs;
        if (!hasEstimates || TableBytes(tables) > MostBytesOfArgMax)
        {
            WorkerShares search = ForSearch(rows, tables, 1, degree);
            int own = rows / search.OfRows;
            if (!hasEstimates || (own >= LeastRowsOfArgMax && own * TableBytes(tables) >= LeastBytesOfArgMax))
            {
                return search;
            }
        }

        return ForProduct(rows, tables, degree);
    }

    /// <summary>Threads of a product of which k outputs a row are kept.</summary>
    internal static WorkerShares ForSearch(int rows, LookupTables tables, int k, int degree) =>
        InTurn(Shares(rows, ProductLookups(tables) + ((long)k * SelectionLookups), tables.Outputs, LeastOutputsFor(k), degree), rows, tables, k);

    /// <summary>The same of one whose candidates are computed exactly, by the threads that share rows: an input of these takes as long as a look-up.</summary>
    internal static WorkerShares ForReranking(int rows, LookupTables tables, int candidates, int inputs, int degree)
    {
        WorkerShares shares = Shares(rows, ProductLookups(tables) + (candidates * ((long)SelectionLookups + inputs)), tables.Outputs, LeastOutputsFor(candidates), degree);
        return InTurn(shares.OfRows > 1 ? shares with { OfOutputs = 1 } : shares, rows, tables, candidates);
    }

    /// <summary>Threads of an exact product, one of whose multiply-adds takes as long as a look-up, and a few outputs as long as those of a narrow panel; how they share rows and outputs is for <see cref="ExactDriver"/> to say.</summary>
    internal static int ForExact(int rows, int inputs, int outputs, int degree) => Affordable(rows, (long)Math.Max(outputs, PanelLayout.NarrowestPanel) * inputs, degree);

    /// <summary>Each thread takes its outputs in turn, where they are very many; and threads share them only if what all find is not.</summary>
    private static WorkerShares InTurn(WorkerShares shares, int rows, LookupTables tables, int k)
    {
        if ((long)rows * shares.OfOutputs * k > MostShared)
        {
            shares = shares with { OfOutputs = 1 };
        }

        if (shares.OfOutputs > 1 || rows < CodeBlock.Rows || k > TopSelection.MaxRanked)
        {
            return shares;
        }

        long bytes = TableBytes(tables) + ((long)tables.Outputs * TilePlan.PassRows * sizeof(float));
        int parts = (int)Math.Min(bytes / BytesInTurn, tables.Outputs / LeastOutputsFor(k));
        return bytes > MostBytesOfSearch && parts > 1 ? new(shares.OfRows, parts, AreInTurn: true) : shares;
    }

    private static long LeastOutputsFor(int k) => Math.Max(LeastOutputs, (long)LeastOutputsOfFound * k);

    private static long TableBytes(LookupTables tables) => (long)tables.Outputs * tables.Codebooks * tables.Leaves;

    private static long ProductLookups(LookupTables tables) => tables.Codebooks * ((long)EncodeLookups + tables.Outputs);

    /// <summary>Threads that rows are too few for share outputs.</summary>
    private static WorkerShares Shares(int rows, long lookupsPerRow, int outputs, long leastOutputs, int degree)
    {
        int affordable = Affordable(rows, lookupsPerRow, degree);
        if (affordable == 1)
        {
            return new(1, 1);
        }

        int ofRows = OfRows(rows, affordable);
        return new(ofRows, (int)Math.Clamp(affordable / ofRows, 1, Math.Max(1, outputs / leastOutputs)));
    }

    private static int Of(int rows, long lookupsPerRow, int degree) => OfRows(rows, Affordable(rows, lookupsPerRow, degree));

    private static int OfRows(int rows, int affordable) => Math.Clamp(rows / LeastRows, 1, affordable);

    private static int Affordable(long rows, long lookupsPerRow, int degree) => degree == 1 ? 1 : (int)Math.Clamp(rows * lookupsPerRow / LeastLookups, 1, degree);
}
