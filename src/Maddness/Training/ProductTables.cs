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
    /// <returns>Row-major [c·K + k][m].</returns>
    internal static float[] Learn(TrainingRows data, float[] b, int outputs, float[]? bias, TrainingOptions options, TrainingScope scope, out LearnedTrees trees)
    {
        if (data.Rows > BinnedColumns.MaxRows && !options.IsReconstruction(isProduct: true))
        {
            data = data.Select(new SeededRandom(options.Seed).Sample(data.Rows, BinnedColumns.MaxRows));
        }

        float[] tables = Fit(data, b, outputs, options, scope, out trees);
        if (options.Classifier)
        {
            ClassifierTables.Refine(data, trees, b, outputs, bias, tables, options.Recipe.ClassifierRidge, options.Recipe.ClassifierSteps, scope);
        }

        return tables;
    }

    private static float[] Fit(TrainingRows data, float[] b, int outputs, TrainingOptions options, TrainingScope scope, out LearnedTrees trees)
    {
        double[]? weights = options.WeightColumns ? ColumnWeights.Of(b, outputs) : null;
        OutputPlan plan = options.IsReconstruction(isProduct: true)
            ? new OutputPlan(OutputMethod.Reconstruction, null, ReconstructionRidge(data, b, outputs, weights, options, scope))
            : ObjectiveSelector.Choose(data, b, outputs, weights, options, scope);
        if (plan.Method == OutputMethod.Reconstruction)
        {
            trees = LearnedTrees.Learn(data, weights, options, scope);
            return Reconstruct(data, trees, b, outputs, plan.Ridge, options, scope);
        }

        LearnedTables learned = OutputLearner.Learn(data, b, outputs, plan, options, scope);
        trees = learned.Trees;
        double[] tables = learned.Tables;
        for (int i = 0; i < tables.Length; i++)
        {
            tables[i] += learned.Offsets[i % outputs] / options.Codebooks;
        }

        return TableFitter.ToSingle(tables);
    }

    private static double ReconstructionRidge(TrainingRows data, float[] b, int outputs, double[]? weights, TrainingOptions options, TrainingScope scope) =>
        options.PrototypeLayout == PrototypeLayout.Dense ? options.RidgeStrength ?? RidgeSelector.Choose(data, b, outputs, weights, options, scope) : 0;

    private static float[] Reconstruct(TrainingRows data, LearnedTrees trees, float[] b, int outputs, double ridge, TrainingOptions options, TrainingScope scope)
    {
        // The strongest ridge is that of leaf means alone.
        ridge = Math.Min(ridge, 1e12);
        if (options.PrototypeLayout == PrototypeLayout.Dense && outputs < data.Columns)
        {
            // Fewer columns to solve for than prototypes have; the tables are the same.
            return TableFitter.Fit(data, trees, b, outputs, ridge, scope);
        }

        Prototypes prototypes = PrototypeFitter.Fit(data, trees, options.PrototypeLayout, ridge, scope);
        return TableBuilder.Tables(prototypes, MatrixView<float>.Of(b, data.Columns, outputs, nameof(b)));
    }
}
