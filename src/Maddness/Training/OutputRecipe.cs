namespace Maddness.Training;

/// <summary>How trees that serve the outputs are learned: what the ablation of docs/accuracy.md varies. Users get the defaults.</summary>
internal sealed record OutputRecipe
{
    /// <summary>The recipe of all trainings.</summary>
    internal static OutputRecipe Default { get; } = new();

    /// <summary>
    /// For each start, how much of the other codebooks' prediction its first pass takes from the targets: with less, trees find splits that stay useful when the others change. Starts end
    /// in different local optima; the one with the smallest error on the training rows is kept.
    /// </summary>
    internal float[] FirstRates { get; init; } = [0.3f, 0.2f, 0.5f, 0.1f];

    /// <summary>The rates of later passes, of which the last ones are used.</summary>
    internal float[] LaterRates { get; init; } = [0.5f, 0.8f, 1];

    /// <summary>Passes of the few codebooks that also get most starts: joint rounds alone end in worse optima with two (cifar10, folds: .171 after one pass, .164 after three).</summary>
    internal int PassesOfFew { get; init; } = 3;

    /// <summary>Joint rounds after the passes; fewer if a round changes nothing. A third lowers the error by 2 % more, but takes time.</summary>
    internal int Rounds { get; init; } = 2;

    /// <summary>The same with few codebooks, where a round takes little time.</summary>
    internal int RoundsOfFew { get; init; } = 4;

    /// <summary>The same in the trial on held-out rows, which need only tell candidates apart.</summary>
    internal int TrialRounds { get; init; } = 1;

    /// <summary>C·K up to which rounds are joint; they take the cube of it. Beyond it there is a pass for each of <see cref="LaterRates"/> instead.</summary>
    internal int MaxJointOrder { get; init; } = 1024;

    /// <summary>Rows from which rounds are joint: with fewer, fitting all tables to each split fits single rows.</summary>
    internal int MinJointRows { get; init; } = ObjectiveSelector.ManyRows;

    /// <summary>Columns of a joint round whose tolerances are computed at each level, with 16 codebooks: those that gain most beside tables that stand. More with fewer codebooks, down to half as many with more.</summary>
    internal int JointColumns { get; init; } = 8;

    /// <summary>Columns of a joint round that are searched below the root.</summary>
    internal int JointShortlist { get; init; } = 64;

    /// <summary>By which part a tree of a joint round must lower the squared error to replace the one there was.</summary>
    internal double LeastJointGain { get; init; } = 1e-4;

    /// <summary>Sweeps that improve a tree of a joint round while its leaves stand, with the few codebooks that also get most starts: 2 to 4 % with four, nothing with sixteen.</summary>
    internal int JointSweeps { get; init; } = 1;

    /// <summary>Codebooks up to which there is a second start; half as many have twice the starts.</summary>
    internal int TwoStartsUpTo { get; init; } = 8;

    /// <summary>Sweeps that improve each tree while its other levels and its leaves stand.</summary>
    internal int Sweeps { get; init; } = 1;

    /// <summary>Columns searched below the root, those that gain most as roots: this part of the columns, but at least <see cref="MinShortlist"/>.</summary>
    internal double Shortlist { get; init; } = 0.25;

    internal int MinShortlist { get; init; } = 128;

    /// <summary>
    /// Rows that each side of a split keeps at least with 16 leaves, where there are many; a two-hundredth of the rows where there are fewer. A quarter with twice the leaves.
    /// </summary>
    internal int MinRows { get; init; } = 50;

    /// <summary>Rows of zeros that each leaf's mean counts besides its own.</summary>
    internal float Shrinkage { get; init; } = 1;

    /// <summary>λ of the joint regressions between passes.</summary>
    internal double Ridge { get; init; } = 3;

    /// <summary>Codebooks from which there are many: the trial then makes passes only, fewer columns are searched, and soft splits take longer.</summary>
    internal int ManyFrom { get; init; } = 24;

    /// <summary>How often the descent on soft splits sees each row; 0 for none. Up to 16 codebooks 15 are as good (cifar10, all lines, C = 8 and 16: .0765 and .0486 with 8, .0762 and .0487 with 15).</summary>
    internal int SoftEpochs { get; init; } = 8;

    /// <summary>The same with many codebooks; with 64, ten were 1 % worse on folds.</summary>
    internal int SoftEpochsOfMany { get; init; } = 15;

    /// <summary>
    /// Steps of the descent that refines the tables of a classifier. Of 30, held-out rows of several kinds of data agreed as often after 12; where codebooks are many the cross-entropy then rises
    /// again, and the squared error always does.
    /// </summary>
    internal int ClassifierSteps { get; init; } = 12;

    /// <summary>λ of its steps.</summary>
    internal double ClassifierRidge { get; init; } = 10;

    internal int StartsOf(int codebooks, bool isBudgeted) =>
        codebooks > TwoStartsUpTo ? 1 : codebooks > TwoStartsUpTo / 2 || isBudgeted ? Math.Min(2, FirstRates.Length) : FirstRates.Length;

    internal int PassesOf(int rows, TrainingOptions options) => options.Codebooks > TwoStartsUpTo / 2 || !IsJoint(rows, options) ? 1 : PassesOfFew;

    internal bool IsJoint(int rows, TrainingOptions options) => rows >= MinJointRows && options.Codebooks * options.Leaves <= MaxJointOrder;

    internal bool IsTrialJoint(int rows, TrainingOptions options) => IsJoint(rows, options) && options.Codebooks < ManyFrom;

    /// <summary>Of joint rounds, or of the passes in their place.</summary>
    internal int RoundsOf(int rows, TrainingOptions options) => IsJoint(rows, options)
        ? options.Codebooks > TwoStartsUpTo ? Rounds : RoundsOfFew
        : options.Codebooks < ManyFrom ? LaterRates.Length - 1 : LaterRates.Length;

    internal int JointColumnsOf(int codebooks) => Math.Max(JointColumns / 2, 16 * JointColumns / codebooks);

    internal int JointSweepsOf(int codebooks) => codebooks > TwoStartsUpTo / 2 ? 0 : JointSweeps;

    /// <summary>Every other start begins with a tree for each range of columns; where there are no joint rounds, the first one as well.</summary>
    internal bool IsFromRanges(int start, int rows, TrainingOptions options) => start % 2 == 1 || !IsJoint(rows, options);
}
