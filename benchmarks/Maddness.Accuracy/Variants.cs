using Maddness.Training;

namespace Maddness.Accuracy;

/// <summary>Ways of learning, each without one ingredient or with another setting of it.</summary>
internal static class Variants
{
    internal static IEnumerable<(string Name, TrainingOptions Options)> All(int codebooks, int leaves)
    {
        TrainingOptions auto = new() { Codebooks = codebooks, Leaves = leaves };
        TrainingOptions output = auto with { Objective = Objective.Output, MaxCacheLines = int.MaxValue };
        OutputRecipe recipe = new();
        yield return ("reconstruction", auto with { Objective = Objective.Reconstruction });
        yield return ("auto", auto);
        yield return ("given-rows-alone", auto with { Recipe = recipe with { MakesRows = false } });
        yield return ("output", output);
        yield return ("8-lines", output with { MaxCacheLines = 8 });
        yield return ("4-lines", output with { MaxCacheLines = 4 });
        yield return ("classifier", auto with { Classifier = true });
        yield return ("classifier-8-lines", auto with { Classifier = true, MaxCacheLines = 8 });
        yield return ("classifier-all-lines", auto with { Classifier = true, MaxCacheLines = int.MaxValue });
        yield return ("classifier-logits-only", auto with { Classifier = true, Recipe = recipe with { TreeTemperatures = [] } });
        yield return ("classifier-squared-descent", auto with { Classifier = true, Recipe = recipe with { SoftCrossEntropy = false } });
        yield return ("classifier-trees-only", auto with { Classifier = true, Recipe = recipe with { ClassifierSteps = 0 } });
        yield return ("classifier-3-steps", auto with { Classifier = true, Recipe = recipe with { ClassifierSteps = 3 } });
        yield return ("classifier-30-steps", auto with { Classifier = true, Recipe = recipe with { ClassifierSteps = 30 } });
        yield return ("passes-only", output with { Recipe = recipe with { MaxJointOrder = 0 } });
        yield return ("one-round", output with { Recipe = recipe with { Rounds = 1, RoundsOfSome = 1 } });
        yield return ("four-rounds", output with { Recipe = recipe with { Rounds = 4, RoundsOfSome = 4 } });
        yield return ("partial-rate", output with { Recipe = recipe with { FirstRateBeforeRounds = 0.3f } });
        yield return ("as-with-more", output with { Recipe = recipe with { SomeUpTo = 0 } });
        yield return ("no-sweeps", output with { Recipe = recipe with { Sweeps = 0, JointSweeps = 0 } });
        yield return ("no-soft-splits", output with { Recipe = recipe with { SoftEpochs = 0, SoftEpochsOfMany = 0 } });
        yield return ("all-columns", output with { Recipe = recipe with { Shortlist = 1, JointShortlist = int.MaxValue } });
        yield return ("tolerance-of-2", output with { Recipe = recipe with { JointColumns = 2 } });
        yield return ("tolerance-of-32", output with { Recipe = recipe with { JointColumns = 32 } });
        yield return ("min-rows-4", output with { Recipe = recipe with { MinRows = 4 } });
        yield return ("min-rows-20", output with { Recipe = recipe with { MinRows = 20 } });
        yield return ("ridge-30", output with { Recipe = recipe with { Ridge = 30 } });
        yield return ("shrinkage-30", output with { Recipe = recipe with { Shrinkage = 30 } });
    }
}
