namespace Maddness.Cli.Tests.Support;

/// <summary>Files of a product that can be learned: 600 and 300 rows of 32 inputs, 24 outputs, and a model, made once for all tests.</summary>
public sealed class Problem : IDisposable
{
    internal const int Rows = 600;
    internal const int HeldOutRows = 300;
    internal const int Inputs = 32;
    internal const int Outputs = 24;

    /// <summary>Inputs of a model with one output: large files of rows make small products.</summary>
    internal const int WideInputs = 2048;

    private readonly Workspace _workspace = new();

    public Problem()
    {
        TrainingValues = Data.LowRank(1, Rows, Inputs);
        HeldOutValues = Data.LowRank(2, HeldOutRows, Inputs);
        WeightValues = Data.Noise(3, Inputs * Outputs);
        BiasValues = Data.Noise(4, Outputs);
        Npy.Write(Training, TrainingValues, Rows, Inputs);
        Npy.Write(HeldOut, HeldOutValues, HeldOutRows, Inputs);
        Npy.Write(Weights, WeightValues, Inputs, Outputs);
        Npy.WriteVector(Bias, BiasValues);
        Npy.WriteLabels(Labels, Data.ArgMax(HeldOutValues, WeightValues, Inputs, Outputs));
        MaddnessTrainer.Train(TrainingValues, Rows, Inputs, WeightValues, Outputs, BiasValues, new TrainingOptions { Codebooks = 8 }).Save(Model);
        MaddnessTrainer.Train(
            Data.LowRank(5, 200, WideInputs), 200, WideInputs, Data.Noise(6, WideInputs), 1, options: new TrainingOptions { Codebooks = 4, Objective = Objective.Reconstruction }).Save(WideModel);
    }

    internal string Training => _workspace["X.npy"];

    internal string HeldOut => _workspace["A.npy"];

    internal string Weights => _workspace["B.npy"];

    internal string Bias => _workspace["b.npy"];

    internal string Labels => _workspace["l.npy"];

    internal string Model => _workspace["model.safetensors"];

    internal string WideModel => _workspace["wide.safetensors"];

    internal float[] TrainingValues { get; }

    internal float[] HeldOutValues { get; }

    internal float[] WeightValues { get; }

    internal float[] BiasValues { get; }

    public void Dispose() => _workspace.Dispose();
}
