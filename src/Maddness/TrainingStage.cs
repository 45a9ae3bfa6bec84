namespace Maddness;

/// <summary>What the training is doing.</summary>
public enum TrainingStage
{
    /// <summary>Reading and checking the training rows; counted as one step.</summary>
    Preparing = 0,

    /// <summary>Choosing the ridge strength, and with a known B the objective, without one the columns that codebooks stand for, by held-out rows; counted in candidates or turns.</summary>
    ChoosingRidgeStrength = 1,

    /// <summary>Learning hash trees; counted in codebooks, of each pass over them.</summary>
    LearningTrees = 2,

    /// <summary>Fitting prototypes or tables; counted in groups of columns.</summary>
    FittingTables = 3,
}
