using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Rows that are held out in turns, of all training rows or of some of many.</summary>
internal sealed class HeldOutTurns
{
    /// <summary>Rows from which one fifth held out is enough to judge; fewer are held out in turns.</summary>
    internal const int ManyRows = 1000;

    /// <summary>
    /// Rows from which three fifths are enough (400 and 800 rows: the same errors as with all five, in two thirds of the time), and from which a budget of lines is tried without being asked for: among fewer the least of so many errors is chance
    /// (90 made series of 36 to 200 rows: six took a budget, with errors 1.22 times those of all lines in the mean).
    /// </summary>
    private const int SomeRows = 400;

    /// <summary>Rows of a trial at most, and where columns are few enough to learn from more: see <see cref="TrialRowsFor"/>.</summary>
    private const int MaxTrialRows = 5_000, MaxNarrowTrialRows = 20_000;

    /// <summary>Values of these rows.</summary>
    private const int TrialValues = 2_000_000;

    /// <summary>
    /// Parts of the rows, each of which may be held out in a turn; fewer rows than parts are not held out. (11 families of 24 and 64 columns, C = 2 and 8, four draws: with 6 and with 9 rows auto has .85 times the error of the reconstruction, which it was until there were ten rows; the output objective without a
    /// trial .87 and .89 times, and up to 2.1 times for windows of images.)
    /// </summary>
    internal const int Parts = 5;

    private readonly TrainingRows _rows;
    private readonly DistinctRows _distinct;
    private readonly int[][] _folds;

    private HeldOutTurns(TrainingRows rows, DistinctRows distinct, int all, int[][] folds)
    {
        _rows = rows;
        _distinct = distinct;
        All = all;
        _folds = folds;
    }

    /// <summary>Distinct rows that there are in all.</summary>
    internal int All { get; }

    /// <summary>Whether there are too few to hold any out.</summary>
    internal bool AreTooFew => Count == 0;

    /// <summary>Whether there is one turn, as there are <see cref="ManyRows"/>.</summary>
    internal bool AreMany => _distinct.Count >= ManyRows;

    /// <summary>Whether there are enough to try a budget of lines.</summary>
    internal bool AreSome => _distinct.Count >= SomeRows;

    /// <summary>How many turns.</summary>
    internal int Count => _folds.Length;

    /// <param name="data">The training rows.</param>
    /// <param name="outputs">M.</param>
    /// <param name="seed">Of what is drawn.</param>
    [MethodImpl(Compiled.Once)]
    internal static HeldOutTurns Of(TrainingRows data, int outputs, ulong seed)
    {
        SeededRandom random = new(seed);
        TrainingRows rows = data;
        DistinctRows distinct = DistinctRows.Of(data);
        int all = distinct.Count;
        int trialRows = TrialRowsFor(data.Columns);
        if (data.Rows > trialRows)
        {
            int[] sample = random.Sample(data.Rows, trialRows);
            rows = data.Select(sample);
            distinct = distinct.Select(sample);
        }

        int turns = distinct.Count switch { >= ManyRows => 1, >= SomeRows => 3, >= Parts => Parts, _ => 0 };
        int most = MostHeldOut(outputs);
        return new(rows, distinct, all, turns == Parts && SerialRows.AreSerial(rows) ? Runs(distinct.Count, most) : Folds(distinct.Count, turns, most, random));
    }

    /// <summary>What is learned from in a turn, and the rows that judge it.</summary>
    internal (TrainingRows Kept, TrainingRows HeldOut) Turn(int turn)
    {
        (int[] heldOut, int[] kept) = _distinct.Part(_folds[turn]);
        return (_rows.Select(kept), _rows.Select(heldOut));
    }

    /// <summary>What made rows of a turn are made from: copies that somebody made of rows would only be in the way.</summary>
    internal TrainingRows KeptOnce(int turn) => _rows.Select(_distinct.Once(_folds[turn]));

    /// <summary>The distinct rows held out in each turn, ascending: a fifth of all, at most so many, drawn, as their order may have a period; none twice.</summary>
    [MethodImpl(Compiled.Once)]
    internal static int[][] Folds(int rows, int turns, int most, SeededRandom random)
    {
        int[][] folds = new int[turns][];
        List<int> left = [.. Enumerable.Range(0, rows)];
        for (int turn = 0; turn < turns; turn++)
        {
            folds[turn] = [.. random.Sample(left.Count, Math.Min(left.Count / (Parts - turn), most)).Select(i => left[i])];
            left = [.. left.Except(folds[turn])];
        }

        return folds;
    }

    /// <summary>
    /// The distinct rows of a series held out in each turn: fifths, a run each, of at most so many. (Windows of 64 values of a noisy series with two seasons, 60, 100 and 200 rows, C = 8, eight draws, error on later windows, rows drawn and in runs: .699, .395 and .222 to .403, .190 and .157. With 400 rows, in three turns,
    /// runs gained up to a tenth, from 800 on nothing: there rows are drawn.)
    /// </summary>
    internal static int[][] Runs(int rows, int most) => [.. Enumerable.Range(0, Parts).Select(part =>
    {
        (int start, int count) = Run(rows, part);
        return Enumerable.Range(start, Math.Min(count, most)).ToArray();
    })];

    /// <summary>Where one of the <see cref="Parts"/> of a series starts, and how many rows it has.</summary>
    internal static (int Start, int Count) Run(int rows, int part)
    {
        int start = rows * part / Parts;
        return (start, (rows * (part + 1) / Parts) - start);
    }

    /// <summary>
    /// Rows of a trial at most. With 5,000 rows, of which a fifth is held out, chance decides between objectives that are close (10,000 rows of 25 columns, 10 outputs, C = 4 and 8, five draws of nine families: of 90 choices eight were more than 5 % worse than the better objective, by up to 81 %; with all rows four, by up to 14 %. 200 columns, C = 8,
    /// four draws of five families: .239 to .205, .194 to .178, .403 to .419, two alike), and few columns are learned from soon.
    /// </summary>
    internal static int TrialRowsFor(int columns) => Math.Clamp(TrialValues / columns, MaxTrialRows, MaxNarrowTrialRows);

    /// <summary>Rows held out whose exact outputs fit an array.</summary>
    internal static int MostHeldOut(int outputs) => Array.MaxLength / outputs;
}
