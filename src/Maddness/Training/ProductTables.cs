using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;

namespace Maddness.Training;

/// <summary>Learns the trees and tables of a product with a known B, for whichever objective the options or held-out rows choose.</summary>
internal static class ProductTables
{
    /// <param name="data">The training rows.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    /// <param name="trees">The trees.</param>
    /// <param name="squaredError">What the tables leave, as far as it is known: see <see cref="OutputPlan.SquaredError"/>.</param>
    /// <returns>Row-major [c·K + k][m].</returns>
    [MethodImpl(Compiled.Once)]
    internal static float[] Learn(TrainingRows data, float[] b, int outputs, float[]? bias, TrainingOptions options, TrainingScope scope, out LearnedTrees trees, out double? squaredError)
    {
        double[]? weights = options.WeightColumns ? ColumnWeights.Of(b, outputs) : null;
        bool reconstructs = options.IsReconstruction(isProduct: true);
        OutputPlan plan = reconstructs
            ? ReconstructionPlan(data, b, outputs, bias, weights, options, scope)
            : ObjectiveSelector.Choose(data, b, outputs, bias, weights, options, scope);
        squaredError = plan.SquaredError;
        bool triesSoftMaxes = !reconstructs && OutputLearner.TriesSoftMaxes(data.Rows, plan, options);
        data = MadeRows.Of(data, plan.Rows, options.Seed);
        OutputLearner? learner = plan.Reconstructs && !triesSoftMaxes ? null : new(data, b, outputs, options, scope);
        LogitTargets? logits = learner?.Logits(bias);
        float[] best;
        if (plan.Reconstructs)
        {
            trees = LearnedTrees.Learn(data, plan.Parts ?? SubspacePartition.Ranges(data.Columns, options.Codebooks), weights, options, scope);
            best = Reconstruct(data, trees, b, outputs, plan, options, scope);
        }
        else
        {
            LearnedTables learned = learner!.Learn(plan, logits);
            trees = learned.Trees;
            best = Uncentred(learned, outputs, options.Codebooks);
        }

        if (!options.Classifier)
        {
            return best;
        }

        ExactSoftMaxes exact = new(data, b, outputs, bias);
        ClassifierTables refined = Refine(trees, best);
        if (!triesSoftMaxes || logits is null)
        {
            return best;
        }

        int first = refined.Disagreements(best);
        int least = first;
        foreach (LearnedTables learned in learner!.LearnForArgMax(plan, logits))
        {
            // Trees for the arg-max cost squared error: it must follow in more rows with them, and not by a few that chance could explain.
            float[] tables = Uncentred(learned, outputs, options.Codebooks);
            int disagreements = Refine(learned.Trees, tables).Disagreements(tables);
            if (disagreements < least && AreFewer(disagreements, first))
            {
                (trees, best, least) = (learned.Trees, tables, disagreements);
            }
        }

        return best;

        ClassifierTables Refine(LearnedTrees trees, float[] tables)
        {
            ClassifierTables refined = new(exact, trees, scope);
            refined.Refine(tables, plan.ClassifierSteps);
            return refined;
        }
    }

    /// <summary>Tables for rows as they are, from those for centred rows.</summary>
    [MethodImpl(Compiled.Once)]
    internal static float[] Uncentred(LearnedTables learned, int outputs, int codebooks)
    {
        double[] tables = [.. learned.Tables];
        for (int i = 0; i < tables.Length; i++)
        {
            tables[i] += learned.Offsets[i % outputs] / codebooks;
        }

        return TableFitter.ToSingle(tables);
    }

    /// <summary>Whether so many disagreements are fewer than the first ones by more than chance explains: counts vary by their root.</summary>
    internal static bool AreFewer(int disagreements, int first) => disagreements < first - Math.Sqrt(first);

    private static OutputPlan ReconstructionPlan(TrainingRows data, float[] b, int outputs, float[]? bias, double[]? weights, TrainingOptions options, TrainingScope scope)
    {
        double ridge = options.PrototypeLayout != PrototypeLayout.Dense ? 0 : options.RidgeStrength ?? RidgeSelector.Choose(data, 0, b, outputs, weights, SubspacePartition.Ranges(data.Columns, options.Codebooks), options, scope);
        OutputPlan plan = new(OutputMethod.Reconstruction, null, ridge);
        if (!options.Classifier)
        {
            return plan;
        }

        HeldOutTurns turns = HeldOutTurns.Of(data, outputs, options.Seed);
        return turns.AreTooFew ? plan : plan with { ClassifierSteps = ReconstructionSteps(turns, b, outputs, bias, weights, ridge, options, scope.WithoutProgress()) };
    }

    /// <summary>Steps for the tables of trees that reconstruct A; where these are to be of local prototypes, those that dense ones gain by.</summary>
    [MethodImpl(Compiled.Once)]
    private static int ReconstructionSteps(HeldOutTurns turns, float[] b, int outputs, float[]? bias, double[]? weights, double ridge, TrainingOptions options, TrainingScope scope)
    {
        double[] strength = [Math.Min(ridge == 0 ? RidgeSelector.Fallback : ridge, RidgeSelector.Strongest)];
        ClassifierTrial trial = new(b, outputs, bias, options.Recipe.ClassifierSteps, scope);
        for (int turn = 0; turn < turns.Count; turn++)
        {
            (TrainingRows kept, TrainingRows heldOut) = turns.Turn(turn);
            LearnedTrees trees = LearnedTrees.Learn(kept, weights, options, scope);
            trial.Run(new(trees, TableFitter.Fit(kept, trees, b, outputs, strength, scope)[0], new double[outputs]), kept, heldOut);
        }

        return trial.Steps();
    }

    private static float[] Reconstruct(TrainingRows data, LearnedTrees trees, float[] b, int outputs, OutputPlan plan, TrainingOptions options, TrainingScope scope)
    {
        double ridge = Math.Min(plan.Ridge, RidgeSelector.Strongest);
        bool hasPrototypes = plan.Method == OutputMethod.Reconstruction && options.Codebooks <= data.Columns;
        if (!hasPrototypes || (options.PrototypeLayout == PrototypeLayout.Dense && outputs < data.Columns))
        {
            // Fewer columns to solve for than prototypes have, and the tables are the same; or codebooks that stand for no ranges.
            return TableFitter.Fit(data, trees, b, outputs, ridge, scope);
        }

        Prototypes prototypes = PrototypeFitter.Fit(data, trees, options.PrototypeLayout, ridge, scope);
        return new TableBuilder(prototypes).Tables(MatrixView<float>.Of(b, data.Columns, outputs, nameof(b)));
    }
}
