using BenchmarkDotNet.Attributes;

namespace Maddness.Benchmarks;

/// <summary>What is done once: learning, and building tables for a new B.</summary>
public class LearningBenchmarks
{
    private const int Rows = 10_000;
    private const int Inputs = 512;

    private readonly float[] _rows = Workload.Activations(Rows, Inputs, seed: 1);
    private float[] _weights = [];
    private MaddnessModel _dense = null!;
    private MaddnessModel _local = null!;

    public static IEnumerable<KernelLevel> Levels => KernelSelection.Available;

    [ParamsSource(nameof(Levels))]
    public KernelLevel Level { get; set; }

    [Params(10, 100)]
    public int Outputs { get; set; }

    [Params(4, 16, 64)]
    public int Codebooks { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        KernelSelection.Use(Level);
        _weights = Workload.Weights(Inputs, Outputs);
        _dense = Learn(PrototypeLayout.Dense);
        _local = Learn(PrototypeLayout.CodebookLocal);
    }

    [Benchmark]
    public MaddnessModel LearnFromA() => Learn(PrototypeLayout.Dense);

    [Benchmark]
    public MaddnessMatmul LearnForB() => MaddnessTrainer.Train(_rows, Rows, Inputs, _weights, Outputs, options: new TrainingOptions { Codebooks = Codebooks });

    [Benchmark]
    public MaddnessMatmul BindDense() => _dense.Bind(_weights, Outputs);

    [Benchmark]
    public MaddnessMatmul BindLocal() => _local.Bind(_weights, Outputs);

    private MaddnessModel Learn(PrototypeLayout layout) =>
        MaddnessTrainer.Train(_rows, Rows, Inputs, new TrainingOptions { Codebooks = Codebooks, PrototypeLayout = layout });
}
