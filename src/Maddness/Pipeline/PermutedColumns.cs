using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// The columns that the trees of up to 16 codebooks of 16 leaves test, where these stand in up to 32 windows of 16, or up to eight where rows do not all start alike in their cache lines: they are permuted out of each row as it stands, and a lane serves a codebook (see <see cref="RowBlock"/>).
/// </summary>
internal sealed unsafe class PermutedColumns
{
    private const int Levels = 4;

    private const int MaxLanes = 16;

    private readonly AlignedBuffer<int> _windows = new(RowBlock.WindowLength);
    private readonly AlignedBuffer<int> _permutations = new(RowBlock.PermutationLength);
    private readonly AlignedBuffer<float> _thresholds = new(RowBlock.ThresholdLength);

    [MethodImpl(Compiled.Once)]
    private PermutedColumns(HashTrees trees, ColumnPlacement placement)
    {
        Codebooks = trees.Codebooks;
        Lanes = Codebooks <= 4 ? 4 : Codebooks <= 8 ? 8 : MaxLanes;
        WindowCount = placement.WindowCount;
        placement.Windows.CopyTo(_windows.Span);
        FirstColumns = [.. placement.Windows.Distinct().Order()];
        for (int window = 2 * RowBlock.Registers; window < RowBlock.WindowLength; window++)
        {
            // Of later windows: lanes stay as they are where no column comes from there.
            for (int lane = 0; lane < MaxLanes; lane++)
            {
                _permutations.Span[((8 + window) * MaxLanes) + lane] = lane;
            }
        }

        foreach (ColumnPlacement.Place place in placement.Places.Values)
        {
            int first = place.Part < 2 ? place.Register : 8 + placement.WindowOf(place.Register, place.Part);
            _permutations.Span[(first * MaxLanes) + place.Lane] = (place.Part == 0 ? 0 : MaxLanes) + place.LaneOfWindow;
        }

        for (int level = 0; level < Levels; level++)
        {
            for (int codebook = 0; codebook < Codebooks; codebook++)
            {
                ColumnPlacement.Place column = placement.Places[trees.Columns[(codebook * Levels) + level]];
                int lane = (level * Lanes) + RowBlock.LaneOf(codebook, Lanes);
                bool isLater = column.Register >= 2;
                _permutations.Span[((isLater ? 8 : 4) * MaxLanes) + lane] = (column.Register % 2 * MaxLanes) + column.Lane;
                _permutations.Span[(12 * MaxLanes) + lane] = isLater ? -1 : 0;
            }
        }

        for (int node = 0; node < 1 << Levels; node++)
        {
            for (int lane = 0; lane < MaxLanes; lane++)
            {
                int codebook = RowBlock.LaneOf(lane % Lanes, Lanes);
                _thresholds.Span[(node * MaxLanes) + lane] = codebook < Codebooks ? trees.Thresholds[(codebook << Levels) + node] : float.PositiveInfinity;
            }
        }
    }

    /// <summary>Of each window its first column, ascending.</summary>
    internal int[] FirstColumns { get; }

    private int Codebooks { get; }

    private int Lanes { get; }

    private int WindowCount { get; }

    /// <summary>Fills in what a block needs to know of them.</summary>
    internal void Describe(ref RowBlock block)
    {
        block.Codebooks = Codebooks;
        block.Lanes = Lanes;
        block.Windows = _windows.Pointer;
        block.WindowCount = WindowCount;
        block.Permutations = _permutations.Pointer;
        block.Thresholds = _thresholds.Pointer;
    }

    /// <summary>
    /// Null where the trees test integers or have other depths, or test columns in too many windows, and where groups of columns are faster (<see cref="ColumnGroups"/>; figures of copies are of the time before there were groups): for one codebook, or two in more than four windows (measured on Zen 4,
    /// 10,000 × 512 × 100, whole product, C = 1, 2 and 4, in 4, 8 and 8 windows: 16.5, 19.6 and 26.6 ns a row by copies, 18.5, 21.4 and 24.0 permuted; C = 2 in 4 windows 22.0 and 20.5), and for more than fill the lanes (C = 32: 64 ns a row, and 68 permuted in two groups of lanes).
    /// From 13 windows on what columns are permuted by comes from memory: in 24 and 32, rows in the caches are read as fast in groups, from memory slower (C = 16: 87 and 102 permuted, 107 and 123 in groups). Windows are lines where all rows start alike in these (rows 16 bytes behind a line, 8 lines,
    /// C = 4, 8 and 16: 32 to 36, 39 to 42 and 49 to 52 ns a row with windows of two lines, 23.5, 31 and 41 with such). Where rows differ, each is in two, and more than eight are not worth it (500 inputs, 16 lines, C = 8 and 16: 42 to 45 and 61 by copies, 89 to 106 and 76 to 95); of four codebooks or fewer,
    /// not more than four (10 outputs, C = 4, permuted and in groups, 1,000 rows, and 60,000 from memory: 250 inputs 11.6 and 9.2, 37 and 20; 500 inputs 11.3 and 9.5, 31 and 32; 1,460 inputs 13.3 and 13.4, 36 and 43. C = 3, 300 inputs: 11.5 and 9.0, 50 and 21. C = 8, 500 inputs: 12.6 and 14.5, 38 and 50).
    /// </summary>
    /// <param name="trees">The trees.</param>
    /// <param name="lead">Floats from the start of a cache line to the start of a row; null where rows differ in it.</param>
    internal static PermutedColumns? TryCreate(HashTrees trees, int? lead)
    {
        if (trees.ElementType != ElementType.Float32 || trees.Levels != Levels || trees.Codebooks is < 2 or > MaxLanes || trees.Inputs < EncodePlan.WindowColumns)
        {
            return null;
        }

        ColumnPlacement? placement = ColumnPlacement.TryFind(trees.Columns.Distinct(), trees.Inputs, lead);
        if (placement is null)
        {
            return null;
        }

        int fewest = placement.WindowCount <= RowBlock.Registers ? 2 : lead is null ? 5 : 3;
        return trees.Codebooks < fewest ? null : new(trees, placement);
    }
}
