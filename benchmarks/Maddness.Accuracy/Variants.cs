using Maddness.Training;

namespace Maddness.Accuracy;

internal static class Variants
{
    internal static IEnumerable<(string Name, TrainingOptions Options)> All(int codebooks, int leaves)
    {
        TrainingOptions o = new() { Codebooks = codebooks, Leaves = leaves };
        yield return ("recon", o with { Objective = Objective.Reconstruction });
        yield return ("auto", o);
        yield return ("out-free", o with { Objective = Objective.Output, MaxCacheLines = 100000 });
        yield return ("out-8", o with { Objective = Objective.Output, MaxCacheLines = 8 });
        yield return ("ranges", o with { Recipe = new() { PassesFromRanges = true } });
        yield return ("synth", o with { Recipe = new() { Synthetic = 1 } });
        foreach (int steps in new[] { 5, 10, 20, 40, 80, 200 })
        {
            foreach (double ridge in new[] { 1, 10, 100.0 })
            {
                yield return ($"c{steps}-{ridge}", o with { Classifier = true, Recipe = new() { ClassifierSteps = steps, ClassifierRidge = ridge } });
            }
        }

        foreach (float w in new[] { 0.01f, 0.05f, 0.2f, 1, 1000 })
        {
            yield return ($"w{w}", o with { Classifier = true, Recipe = new() { CertainWeight = w } });
            yield return ($"w{w}s", o with { Classifier = true, Recipe = new() { CertainWeight = w, Synthetic = 1 } });
            yield return ($"w{w}r", o with { Classifier = true, Recipe = new() { CertainWeight = w, MinRows = 20 } });
        }

        yield return ("class", o with { Classifier = true });
    }
}
