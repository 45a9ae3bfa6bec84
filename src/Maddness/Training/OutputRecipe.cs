namespace Maddness.Training;

/// <summary>How trees that serve the outputs are learned: what the ablation of docs/accuracy.md varies. Users get the defaults.</summary>
internal sealed record OutputRecipe
{
    /// <summary>The recipe of all trainings.</summary>
    internal static OutputRecipe Default { get; } = new();

    /// <summary>
    /// For each start and pass, how much of the other codebooks' prediction is taken from the targets. Early passes take less, so that trees find splits that stay useful when the others
    /// change. Starts end in different local optima; the one with the smallest error on the training rows is kept.
    /// </summary>
    internal float[][] Rates { get; init; } = [[0.3f, 0.7f, 1], [0.2f, 0.6f, 1], [0.5f, 0.8f, 1], [0.1f, 0.6f, 1]];

    /// <summary>The same with many codebooks, of which each pass mends little. A fifth pass brought 7 to 17 % before thresholds were moved together, and brings nothing since.</summary>
    internal float[] ManyCodebooksRates { get; init; } = [0.3f, 0.5f, 0.8f, 1];

    /// <summary>The same within a budget of lines, of which the first passes are not within it.</summary>
    internal float[] BudgetedRates { get; init; } = [0.3f, 0.5f, 0.8f, 1];

    /// <summary>The passes of the trial on held-out rows, which need only tell candidates apart.</summary>
    internal float[] TrialRates { get; init; } = [0.5f, 1];

    /// <summary>Codebooks up to which there is a second start; half as many have twice the starts.</summary>
    internal int TwoStartsUpTo { get; init; } = 8;

    /// <summary>Sweeps that improve each tree while its other levels and its leaves stand.</summary>
    internal int Sweeps { get; init; } = 1;

    /// <summary>Whether later passes also learn each tree from its root.</summary>
    internal bool Rebuild { get; init; } = true;

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

    /// <summary>Codebooks from which the first start begins from the ranges rather than from nothing; every other start does so too.</summary>
    internal int RangesFrom { get; init; } = 24;

    /// <summary>How often the descent on soft splits sees each row; 0 for none. Up to 16 codebooks 15 are as good (cifar10, all lines, C = 8 and 16: .0765 and .0486 with 8, .0762 and .0487 with 15).</summary>
    internal int SoftEpochs { get; init; } = 8;

    /// <summary>The same from <see cref="RangesFrom"/> codebooks on; with 64, ten were 1 % worse on folds.</summary>
    internal int SoftEpochsOfMany { get; init; } = 15;

    /// <summary>
    /// Steps of the descent that refines the tables of a classifier. Of 30, held-out rows of several kinds of data agreed as often after 12; where codebooks are many the cross-entropy then rises
    /// again, and the squared error always does.
    /// </summary>
    internal int ClassifierSteps { get; init; } = 12;

    /// <summary>λ of its steps.</summary>
    internal double ClassifierRidge { get; init; } = 10;

    internal int StartsOf(int codebooks, bool isBudgeted) =>
        codebooks > TwoStartsUpTo ? 1 : codebooks > TwoStartsUpTo / 2 || isBudgeted ? Math.Min(2, Rates.Length) : Rates.Length;

    internal float[] RatesOf(int start, int codebooks, bool isBudgeted) => codebooks >= RangesFrom ? ManyCodebooksRates : isBudgeted ? BudgetedRates : Rates[start];

    internal bool IsFromRanges(int start, int codebooks) => start % 2 == 1 || codebooks >= RangesFrom;
}
