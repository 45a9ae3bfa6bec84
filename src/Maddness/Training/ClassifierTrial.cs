using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Finds by rows held out of trees and tables how many steps of the descent of <see cref="ClassifierTables"/> are worth taking: so many that the soft-maxes of held-out rows come nearest to the exact ones. What is left of them, squared, tells steps apart by fewer
/// rows than the arg-max does.
/// </summary>
/// <param name="b">D × M, row-major.</param>
/// <param name="outputs">M.</param>
/// <param name="bias">One per output, or null.</param>
/// <param name="mostSteps">Steps at most.</param>
/// <param name="scope">Threads, cancellation, progress.</param>
internal sealed class ClassifierTrial(float[] b, int outputs, float[]? bias, int mostSteps, TrainingScope scope)
{
    private readonly double[] _errors = new double[mostSteps + 1];

    /// <summary>Refines tables, and judges them after each step.</summary>
    /// <param name="learned">Trees and tables.</param>
    /// <param name="rows">What they were learned from.</param>
    /// <param name="heldOut">Other rows.</param>
    [MethodImpl(Compiled.Once)]
    internal void Run(LearnedTables learned, TrainingRows rows, TrainingRows heldOut)
    {
        LearnedTrees trees = learned.Trees;
        byte[][] codes = trees.Encode(heldOut);
        LearnedTrees heldOutTrees = LearnedTrees.Of([.. trees.Trees.Select((tree, c) => tree with { Codes = codes[c] })], trees.Leaves);
        ClassifierTables judge = new(new ExactSoftMaxes(heldOut, b, outputs, bias), heldOutTrees, scope);
        ClassifierTables refined = new(new ExactSoftMaxes(rows, b, outputs, bias), trees, scope);
        float[] tables = ProductTables.Uncentred(learned, outputs, trees.Codebooks);
        refined.Refine(tables, mostSteps, (step, current) => _errors[step] += judge.SquaredError(current));
    }

    /// <summary>The fewest steps of the least error.</summary>
    [MethodImpl(Compiled.Once)]
    internal int Steps()
    {
        int best = 0;
        for (int steps = 1; steps < _errors.Length; steps++)
        {
            best = _errors[steps] < _errors[best] ? steps : best;
        }

        return best;
    }
}
