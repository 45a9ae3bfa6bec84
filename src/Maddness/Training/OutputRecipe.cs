namespace Maddness.Training;

/// <summary>How trees that serve the outputs are learned: what the ablation of docs/accuracy.md or a test varies, and how it follows from the number of codebooks. Users get the defaults.</summary>
internal sealed record OutputRecipe
{
    /// <summary>The recipe of all trainings.</summary>
    internal static OutputRecipe Default { get; } = new();

    /// <summary>
    /// For each start, how much of the other codebooks' prediction its first pass takes from the targets where more passes follow: with less, trees find splits that stay useful when the others
    /// change. Starts end in different local optima; the one with the smallest error on the training rows is kept.
    /// </summary>
    private static ReadOnlySpan<float> FirstRates => [0.3f, 0.2f, 0.5f, 0.1f];

    /// <summary>The same where joint rounds follow (cifar10, four folds: C = 8 .0604 with .3 and .0595 with 1, C = 16 .0386 and .0371).</summary>
    internal float FirstRateBeforeRounds { get; init; } = 1;

    /// <summary>The rates of later passes, of which the last ones are used.</summary>
    internal static ReadOnlySpan<float> LaterRates => [0.5f, 0.8f, 1];

    /// <summary>Passes of few codebooks: joint rounds alone end in worse optima with two (cifar10, folds: .171 after one pass, .164 after three).</summary>
    private const int PassesOfFew = 3;

    /// <summary>Joint rounds after the passes; fewer if a round changes nothing. A third lowers the error by 2 % more, but takes time.</summary>
    internal int Rounds { get; init; } = 2;

    /// <summary>The same with some codebooks, where a round takes little time.</summary>
    internal int RoundsOfSome { get; init; } = 4;

    /// <summary>
    /// The same within a budget of lines with more leaves than <see cref="ShortRoundsUpTo"/>, but with more codebooks than <see cref="SomeUpTo"/>: the first round is allowed more lines, and one alone in the budget is too few (cifar10, 8 lines, C = 32, 64, and 16 with 32
    /// leaves: .0286, .0202 and .0365 with three rounds, .0296, .0206 and .0382 with two).
    /// </summary>
    private const int RoundsWithinLines = 3;

    /// <summary>
    /// C·K up to which a joint round takes little time: then there are joint rounds in the trial, too, and not more of them within lines, and trees of a classifier are also fitted to its soft-maxes.
    /// </summary>
    private const int ShortRoundsUpTo = 368;

    /// <summary>C·K up to which rounds are joint; they take the cube of it. Beyond it there are passes instead, at the last of the <see cref="LaterRates"/>.</summary>
    internal int MaxJointOrder { get; init; } = 1024;

    /// <summary>
    /// Rows from which rounds are joint where held-out rows prefer them (the first rows of seven families, C = 4, 8 and 16, error with them over that with passes alone: 100 rows 1.00, 200 and 400 .95, 800 .92).
    /// </summary>
    internal int MinJointRows { get; init; } = 200;

    /// <summary>
    /// Rows up to which joint rounds of the trial, from one start, are as many as those of the final training, and followed by soft splits: one round makes other ways to learn look better than they are, by more the fewer rows there are (the same families, error with
    /// a whole trial over that with one round: 1,000 and 1,500 rows .98, 3,000 rows 1.00).
    /// </summary>
    internal int WholeTrialUpTo { get; init; } = 2500;

    /// <summary>The same for values, as rounds of few columns take little time: groups of columns and passes are near each other there (3,000 rows of 24 columns, C = 8: after one round groups were chosen at 1.19, 1.15 and 1.06 times the error of passes on three of 17 families).</summary>
    internal long WholeTrialUpToValues { get; init; } = 500_000;

    /// <summary>Columns of a joint round whose tolerances are computed at each level: those that gain most beside tables that stand. So many with C·K = 256; more with less, at least half as many with more.</summary>
    internal int JointColumns { get; init; } = 8;

    /// <summary>Columns of a joint round that are searched below the root; half as many where a target has two vectors.</summary>
    internal int JointShortlist { get; init; } = 64;

    /// <summary>Sweeps that improve a tree of a joint round while its leaves stand, with few codebooks: 2 to 4 % with four, nothing with sixteen.</summary>
    internal int JointSweeps { get; init; } = 1;

    /// <summary>Up to so many codebooks are some: two starts, and <see cref="RoundsOfSome"/>. Up to half as many are few: four starts, <see cref="PassesOfFew"/>, <see cref="JointSweeps"/>, and more tries for soft-maxes.</summary>
    internal int SomeUpTo { get; init; } = 8;

    /// <summary>Sweeps that improve each tree while its other levels and its leaves stand.</summary>
    internal int Sweeps { get; init; } = 1;

    /// <summary>Columns searched below the root, those that gain most as roots: this part of the columns, and no fewer than <see cref="OutputFit"/> says.</summary>
    internal double Shortlist { get; init; } = 0.25;

    /// <summary>
    /// Rows that each side of a split keeps at least with 16 leaves, where there are many; a two-hundredth of the rows where there are fewer. A quarter with twice the leaves.
    /// </summary>
    internal int MinRows { get; init; } = 50;

    /// <summary>Rows of zeros that each leaf's mean counts besides its own.</summary>
    internal float Shrinkage { get; init; } = 1;

    /// <summary>λ of the joint regressions between passes and in joint rounds.</summary>
    internal double Ridge { get; init; } = 3;

    /// <summary>Codebooks from which there are many: soft splits then take longer, and where there are only passes they begin from the ranges.</summary>
    private const int ManyFrom = 24;

    /// <summary>How often the descent on soft splits sees each row; 0 for none. Up to 16 codebooks 15 are as good (cifar10, all lines, three folds, C = 8 and 16: .0632 and .0387 with 8, .0634 and .0386 with 15).</summary>
    internal int SoftEpochs { get; init; } = 8;

    /// <summary>The same with many codebooks; with 64, ten were 1 % worse on folds.</summary>
    internal int SoftEpochsOfMany { get; init; } = 15;

    /// <summary>
    /// Steps at most of the descent that refines the tables of a classifier, see <see cref="ClassifierTrial"/>. Of 30, held-out rows of several kinds of data agreed as often after 12; where codebooks are many the cross-entropy then rises
    /// again, and the squared error always does.
    /// </summary>
    internal int ClassifierSteps { get; init; } = 12;

    /// <summary>Temperatures of the soft-maxes that trees of a classifier are fitted to as well as to its logits.</summary>
    internal double[] TreeTemperatures { get; init; } = [1, 0.7];

    /// <summary>Whether <see cref="MadeRows"/> are tried where rows are few.</summary>
    internal bool MakesRows { get; init; } = true;

    /// <summary>Whether soft splits of a classifier descend on the cross-entropy; else on the squared error.</summary>
    internal bool SoftCrossEntropy { get; init; } = true;

    internal int StartsOf(int codebooks) => codebooks > SomeUpTo ? 1 : HasFew(codebooks) ? FirstRates.Length : 2;

    internal float FirstRateOf(int start, bool isJoint, int codebooks) => isJoint && PassesOf(isJoint, codebooks) == 1 ? FirstRateBeforeRounds : FirstRates[start];

    internal int PassesOf(bool isJoint, int codebooks) => isJoint && HasFew(codebooks) ? PassesOfFew : 1;

    internal bool IsJoint(int rows, TrainingOptions options) => rows >= MinJointRows && options.Codebooks * options.Leaves <= MaxJointOrder && (long)rows * options.Codebooks <= Array.MaxLength;

    internal bool IsTrialJoint(int rows, TrainingOptions options) => IsJoint(rows, options) && options.Codebooks * options.Leaves <= ShortRoundsUpTo;

    /// <summary>Of joint rounds, or of the passes in their place.</summary>
    internal int RoundsOf(bool isJoint, TrainingOptions options, bool isBudgeted) => (isJoint, options.Codebooks) switch
    {
        (true, int some) when some <= SomeUpTo => RoundsOfSome,
        (true, int codebooks) => isBudgeted && codebooks * options.Leaves > ShortRoundsUpTo ? RoundsWithinLines : Rounds,
        (false, int codebooks) => codebooks < ManyFrom ? LaterRates.Length - 1 : LaterRates.Length,
    };

    internal bool IsTrialWhole(int rows, int columns) => rows <= WholeTrialUpTo || (long)rows * columns <= WholeTrialUpToValues;

    internal int SoftEpochsOf(int codebooks) => codebooks < ManyFrom ? SoftEpochs : SoftEpochsOfMany;

    internal int JointColumnsOf(int order) => Math.Max(JointColumns / 2, 256 * JointColumns / order);

    internal int JointSweepsOf(int codebooks) => HasFew(codebooks) ? JointSweeps : 0;

    /// <summary>Both with few codebooks; none where rounds take long.</summary>
    internal double[] TreeTemperaturesOf(TrainingOptions options) =>
        options.Codebooks * options.Leaves > ShortRoundsUpTo ? [] : HasFew(options.Codebooks) ? TreeTemperatures : TreeTemperatures[..Math.Min(1, TreeTemperatures.Length)];

    /// <summary>Whether codebooks are few, see <see cref="SomeUpTo"/>.</summary>
    internal bool HasFew(int codebooks) => codebooks <= SomeUpTo / 2;

    /// <summary>Every other start begins with a tree for each range of columns; where only passes follow and codebooks are many, the first one as well.</summary>
    internal static bool IsFromRanges(int start, bool isJoint, int codebooks) => start % 2 == 1 || (!isJoint && codebooks >= ManyFrom);
}
