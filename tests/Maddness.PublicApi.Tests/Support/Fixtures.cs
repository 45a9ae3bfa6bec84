namespace Maddness.PublicApi.Tests.Support;

/// <summary>A small product that several tests share: D = 12, C = 3, K = 16, M = 5, no bias. Immutable, like everything public.</summary>
internal static class Fixtures
{
    internal const int Inputs = 12;

    internal const int Outputs = 5;

    internal static TrainingOptions Options { get; } = new() { Codebooks = 3 };

    internal static float[] Training { get; } = Data.Rows(1, 200, Inputs);

    internal static float[] Weights { get; } = Data.Uniform(2, Inputs * Outputs);

    internal static MaddnessModel Model { get; } = MaddnessTrainer.Train(Training, 200, Inputs, Options);

    internal static MaddnessMatmul Product { get; } = MaddnessTrainer.Train(Training, 200, Inputs, Weights, Outputs, default, Options);
}
