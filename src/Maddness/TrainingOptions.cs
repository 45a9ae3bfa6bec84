using Maddness.Common;
using Maddness.Model;
using Maddness.Training;
using static System.FormattableString;

namespace Maddness;

/// <summary>How a model is learned. Checked when a training starts, never adjusted in silence.</summary>
public sealed record TrainingOptions
{
    /// <summary>C, the codebooks: the bytes summed per output. 1 to 1,024, and where B is not known, or prototypes are local, at most D. More is more accurate and slower. Those beyond one for each column cut columns that have one already finer, up to a few times D, from where on rounding to 8 bits decides: of made rows with 9 columns, 18 codebooks left
    /// a third of the error of 9, where an exact product is mostly as fast.</summary>
    public int Codebooks { get; init; } = 16;

    /// <summary>
    /// K, the prototypes of a codebook: 16, 32 or 64. More give a smaller error with as many codebooks. A look-up costs about the same as long as the tables, two or four times as large, fit the near
    /// caches; encoding has one or two levels more, and learning takes longer.
    /// </summary>
    public int Leaves { get; init; } = 16;

    /// <summary>
    /// The columns tried for each split of trees that reconstruct A, those with the largest squared error first; null for all columns that the codebook stands for (paper §4.1 tries 4). Without effect on trees that serve the outputs. The time to learn the trees is
    /// proportional to it until it reaches the columns of a codebook, D / C in the mean. On the activations of a small network 32 were as accurate as all columns from C = 16 on, and faster below.
    /// </summary>
    public int? CandidateColumns { get; init; } = 32;

    /// <summary>
    /// Whether, when B is known, the squared error of column j of A counts ‖B[j, :]‖² times when splits of trees that reconstruct A are chosen, as it does in the outputs; trees that serve the outputs have no use for it. On the activations of a small network this
    /// lowers the error by a sixth to two fifths at no cost. False is the paper's objective, the only one where B comes later.
    /// </summary>
    public bool WeightColumns { get; init; } = true;

    /// <summary>
    /// Whether, when B is known, the squared error of each output counts beside the output's own variance over the training rows (of very large products, over a sample of these), so that what is lowered is <see cref="ApproximationReport.MeanOutputError"/> in place of
    /// <see cref="ApproximationReport.NormalizedMeanSquaredError"/>: for outputs in unlike units, or of unlike spread, that matter alike. Not with <see cref="Classifier"/>, whose outputs are logits of one scale.
    /// </summary>
    public bool NormalizeOutputs { get; init; }

    /// <summary>
    /// λ of the ridge regression that fits dense prototypes, or the tables of a known B (paper §4.2, where it is 1), shrinking towards the means of the buckets, and where trees are learned by passes over all columns towards the means of the outputs: from 1e-6 to 1e12. Null chooses it by the error on rows
    /// held out, then refits on all of them; with fewer than 10 distinct rows it means 1, where trees may serve the outputs with fewer than 5. Where trees reconstruct A it chooses among 0.01, 0.1, 1, 10, 100 and 1,000. Where trees may serve the outputs
    /// (<see cref="Objective.Auto"/> and <see cref="Objective.Output"/>) it chooses among 0.1, 1, 4, 16, 100 and the means alone; a number is then tried beside 4 and 16 times as much, with fewer than
    /// four training rows for each leaf of all codebooks beside 100 times as much and the means alone as well, and with fewer than 1,000 training rows beside 10 and 100 times as much and the means alone.
    /// Without effect on <see cref="PrototypeLayout.CodebookLocal"/> prototypes.
    /// </summary>
    public double? RidgeStrength { get; init; } = 1.0;

    /// <summary>What the trees are learned for when B is known; without B it is always the reconstruction of A: with <see cref="Objective.Auto"/> in groups of columns or in ranges, with <see cref="Objective.Reconstruction"/> in ranges.</summary>
    public Objective Objective { get; init; } = Objective.Auto;

    /// <summary>
    /// The most groups of 16 columns (0 to 15, 16 to 31, …) that trees which serve the outputs may read, at least 1. A group is a 64-byte cache line of a row-major float32 row, and fetching these bounds the speed of
    /// encoding. Neighbouring groups are preferred: a row that does not start a cache line costs one line more for each run of neighbours. As many as there are, or more, is no limit.
    /// A limit excludes <see cref="Objective.Reconstruction"/>, whose trees read every part of the row.
    /// <para>Null tries a quarter of the lines (of very wide rows fewer) and then three eighths of them, each in two runs: no fewer than 8, no more than half as many as trees have splits, and with two more still fewer
    /// than all. The first is kept whose error on rows held out is at most 5 % above that of all lines (10 % with up to 368 leaves: 23 codebooks of 16), and at most 2 % above that of other objectives; with fewer than 1,000
    /// training rows that differ, only where nothing that was tried is better; with fewer than 400, none is tried.</para>
    /// </summary>
    public int? MaxCacheLines { get; init; }

    /// <summary>
    /// Whether the outputs of a known B, bias included, are the logits of a classifier, of which only the arg-max counts. The tables are refined so that it follows the exact one: gradient descent on the cross-entropy
    /// between the soft-maxes of the exact and the approximate outputs, in as many steps as bring those of held-out rows nearest to each other (none with fewer than five distinct rows); what all logits share, on which neither depends, is left out of what is learned. Unless trees are to reconstruct A, those that serve up to 15 outputs place their thresholds by it as well; and with 1,000 rows or more, and 23 codebooks of
    /// 16 leaves (11 of 32, 5 of 64) or fewer, trees are also fitted to the soft-maxes themselves, and kept where with them the arg-max of clearly more training rows is the exact one. No labels are needed. Training takes half as
    /// long again with 10,000 rows of 512 columns (twice as long where trees are to reconstruct A), several times as long with small matrices, and the squared error of the outputs rises. With one output, whose arg-max is always the same, it has no effect.
    /// It helps most where codebooks are few; where <see cref="TopKReranker"/> can be used,
    /// that does far more.
    /// </summary>
    public bool Classifier { get; init; }

    /// <summary>Which columns the prototypes of trees that reconstruct A span. With local ones <see cref="Objective.Auto"/> means the reconstruction, and <see cref="Objective.Output"/>, whose tables come from no prototypes, is refused.</summary>
    public PrototypeLayout PrototypeLayout { get; init; } = PrototypeLayout.Dense;

    /// <summary>Rows given that are learned from; made ones (see <see cref="Objective.Auto"/>), up to 10,000 in all, come beside up to 4,000 of them. Where more are given, a sample of this many, without replacement and in their order, is drawn with <see cref="Seed"/>.</summary>
    public int MaxTrainingRows { get; init; } = 65_536;

    /// <summary>
    /// Draws the sample of rows beyond <see cref="MaxTrainingRows"/>, the rows held out to choose <see cref="RidgeStrength"/> and <see cref="Objective"/>, the made rows (see <see cref="Objective.Auto"/>), and the order in which the descent that places thresholds takes rows; nothing
    /// else is random.
    /// </summary>
    public ulong Seed { get; init; }

    /// <summary>Threads to use at most; −1 for all processors. The model is the same, to the bit, whatever their number.</summary>
    public int MaxDegreeOfParallelism { get; init; } = 1;

    /// <summary>All properties by their names.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() =>
        Invariant($"{nameof(TrainingOptions)} {{ {nameof(Codebooks)} = {Codebooks}, {nameof(Leaves)} = {Leaves}, {nameof(CandidateColumns)} = {CandidateColumns}, {nameof(WeightColumns)} = {WeightColumns}, {nameof(NormalizeOutputs)} = {NormalizeOutputs}, ")
        + Invariant($"{nameof(RidgeStrength)} = {RidgeStrength}, {nameof(Objective)} = {Objective}, {nameof(MaxCacheLines)} = {MaxCacheLines}, {nameof(Classifier)} = {Classifier}, {nameof(PrototypeLayout)} = {PrototypeLayout}, ")
        + Invariant($"{nameof(MaxTrainingRows)} = {MaxTrainingRows}, {nameof(Seed)} = {Seed}, {nameof(MaxDegreeOfParallelism)} = {MaxDegreeOfParallelism} }}");

    /// <summary>T = log2 K.</summary>
    internal int Levels => int.TrailingZeroCount(Leaves);

    /// <summary>What only ablations change.</summary>
    internal OutputRecipe Recipe { get; init; } = OutputRecipe.Default;

    /// <summary>Checks all properties for data of <paramref name="inputs"/> columns.</summary>
    /// <param name="inputs">D.</param>
    /// <param name="isProduct">Whether B is known.</param>
    /// <exception cref="ArgumentOutOfRangeException">A property is out of range; the message names it, its value and what was expected.</exception>
    internal void Validate(int inputs, bool isProduct)
    {
        Require(Codebooks is >= 1 and <= ModelLimits.MaxCodebooks, nameof(Codebooks), Codebooks, $"1 to {ModelLimits.MaxCodebooks}");
        Require(Objective is Objective.Auto or Objective.Output or Objective.Reconstruction, nameof(Objective), Objective, "a member of the enumeration");
        Require(isProduct || Objective != Objective.Output, nameof(Objective), Objective, "Auto or Reconstruction where B is not known");
        Require(
            Codebooks <= inputs || (isProduct && PrototypeLayout == PrototypeLayout.Dense),
            nameof(Codebooks),
            Codebooks,
            $"at most {inputs}, the columns of the training rows, of which every codebook of prototypes needs one");
        Require(Leaves is 16 or 32 or 64, nameof(Leaves), Leaves, "16, 32 or 64");
        Require(CandidateColumns is null or >= 1, nameof(CandidateColumns), CandidateColumns, "at least 1, or null for all columns");
        Require(RidgeStrength is null or (>= 1e-6 and <= RidgeSelector.Strongest), nameof(RidgeStrength), RidgeStrength, "1e-6 to 1e12, or null to choose by held-out rows");
        Require(PrototypeLayout is PrototypeLayout.Dense or PrototypeLayout.CodebookLocal, nameof(PrototypeLayout), PrototypeLayout, "a member of the enumeration");
        Require(
            PrototypeLayout == PrototypeLayout.Dense || IsReconstruction(isProduct),
            nameof(PrototypeLayout),
            PrototypeLayout,
            $"{nameof(PrototypeLayout.Dense)} for trees that serve the outputs, whose tables come from no prototypes");
        Require(MaxCacheLines is null or >= 1, nameof(MaxCacheLines), MaxCacheLines, "at least 1, or null to choose by held-out rows");
        Require(MaxCacheLines is null || !IsReconstruction(isProduct), nameof(MaxCacheLines), MaxCacheLines, "null for trees that reconstruct A");
        Require(!Classifier || isProduct, nameof(Classifier), Classifier, "false where B is not known");
        Require(!NormalizeOutputs || isProduct, nameof(NormalizeOutputs), NormalizeOutputs, "false where B is not known");
        Require(!NormalizeOutputs || !Classifier, nameof(NormalizeOutputs), NormalizeOutputs, $"false with {nameof(Classifier)}");
        Require(MaxTrainingRows >= 1, nameof(MaxTrainingRows), MaxTrainingRows, "at least 1");
        Require(MaxDegreeOfParallelism is -1 or >= 1, nameof(MaxDegreeOfParallelism), MaxDegreeOfParallelism, "at least 1, or -1 for all processors");

        static void Require(bool isRight, string property, object? value, string expected) => ArgumentChecks.Option(isRight, nameof(TrainingOptions), property, value, expected);
    }

    /// <summary>Whether trees are learned for the reconstruction of A without a choice.</summary>
    internal bool IsReconstruction(bool isProduct) =>
        !isProduct || Objective == Objective.Reconstruction || (Objective == Objective.Auto && PrototypeLayout == PrototypeLayout.CodebookLocal);
}
