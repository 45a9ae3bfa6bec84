using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// The columns that the trees of up to 16 codebooks of 16 leaves test, where these stand in few windows of 16: they are permuted out of each row as it stands, and a lane serves a codebook (see <see cref="RowBlock"/>).
/// </summary>
internal sealed unsafe class PermutedColumns
{
    private const int Levels = 4;

    private const int MaxLanes = 16;

    /// <summary>Registers of columns.</summary>
    private const int MaxRegisters = 4;

    private readonly AlignedBuffer<int> _windows = new(RowBlock.MaxWindows);
    private readonly AlignedBuffer<int> _permutations = new(RowBlock.PermutationLength);
    private readonly AlignedBuffer<float> _thresholds = new(RowBlock.ThresholdLength);

    private PermutedColumns(HashTrees trees, int windowCount, int[] windows, Dictionary<int, Place> places)
    {
        Codebooks = trees.Codebooks;
        Lanes = Codebooks <= 4 ? 4 : Codebooks <= 8 ? 8 : MaxLanes;
        WindowCount = windowCount;

        // Windows that there are not are the first one once more: it can be read.
        _windows.Span.Fill(windows[0]);
        windows.CopyTo(_windows.Span);
        foreach (Place place in places.Values)
        {
            _permutations.Span[(place.Register * MaxLanes) + place.Lane] = place.Source;
        }

        for (int level = 0; level < Levels; level++)
        {
            for (int codebook = 0; codebook < Codebooks; codebook++)
            {
                Place column = places[trees.Columns[(codebook * Levels) + level]];
                int lane = (level * Lanes) + codebook;
                bool isLater = column.Register >= 2;
                _permutations.Span[((isLater ? 8 : 4) * MaxLanes) + lane] = (column.Register % 2 * MaxLanes) + column.Lane;
                _permutations.Span[(12 * MaxLanes) + lane] = isLater ? -1 : 0;
            }
        }

        for (int node = 0; node < 1 << Levels; node++)
        {
            for (int lane = 0; lane < MaxLanes; lane++)
            {
                int codebook = lane % Lanes;
                _thresholds.Span[(node * MaxLanes) + lane] = codebook < Codebooks ? trees.Thresholds[(codebook << Levels) + node] : float.PositiveInfinity;
            }
        }
    }

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
    /// Null where the trees test integers or have other depths, or test columns in too many windows, and where other ways are faster: for one codebook, or two in more than four windows, copying their columns (measured on Zen 4, 10,000 × 512 × 100, whole product, C = 1, 2 and 4, in 4, 8 and
    /// 8 windows: 16.5, 19.6 and 26.6 ns a row by copies, 18.5, 21.4 and 24.0 permuted; C = 2 in 4 windows 22.0 and 20.5), for more than fill the lanes transposing windows (C = 32: 64 ns a row, and 68 permuted in two groups).
    /// </summary>
    internal static PermutedColumns? TryCreate(HashTrees trees)
    {
        if (trees.ElementType != ElementType.Float32 || trees.Levels != Levels || trees.Codebooks > MaxLanes || trees.Inputs < EncodePlan.WindowColumns)
        {
            return null;
        }

        int[] columns = [.. trees.Columns.Distinct().Order()];

        ILookup<int, int> byWindow = columns.ToLookup(column => EncodePlan.WindowOf(column, trees.Inputs));
        int[] windows = [.. byWindow.Select(window => window.Key)];
        if (windows.Length > RowBlock.MaxWindows || trees.Codebooks < (windows.Length > MaxRegisters ? 3 : 2))
        {
            return null;
        }

        Dictionary<int, Place> places = [];
        if (windows.Length <= MaxRegisters)
        {
            for (int i = 0; i < windows.Length; i++)
            {
                foreach (int column in byWindow[windows[i]])
                {
                    places.Add(column, new(i, column - windows[i], Source: 0));
                }
            }

            return new(trees, windows.Length, windows, places);
        }

        // The window of most columns shares its register with that of fewest, so that the fullest register is as empty as can be.
        int[] ordered = [.. windows.OrderByDescending(window => byWindow[window].Count())];
        int[] paired = new int[RowBlock.MaxWindows];
        for (int register = 0; register < MaxRegisters; register++)
        {
            int lane = 0;
            for (int half = 0; half < 2; half++)
            {
                int i = half == 0 ? register : RowBlock.MaxWindows - 1 - register;
                int window = i < ordered.Length ? ordered[i] : ordered[0];
                paired[(2 * register) + half] = window;
                if (i < ordered.Length)
                {
                    foreach (int column in byWindow[window])
                    {
                        places.Add(column, new(register, lane++, (half * EncodePlan.WindowColumns) + column - window));
                    }
                }
            }

            if (lane > MaxLanes)
            {
                return null;
            }
        }

        return new(trees, windows.Length, paired, places);
    }

    /// <summary>Where a column stands: in which lane of which register, and from which lane of two windows it comes there.</summary>
    private readonly record struct Place(int Register, int Lane, int Source);
}
