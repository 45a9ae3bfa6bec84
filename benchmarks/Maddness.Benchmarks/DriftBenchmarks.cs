using BenchmarkDotNet.Attributes;

namespace Maddness.Benchmarks;

/// <summary>What a <see cref="DriftGuard"/> adds to a product: --filter '*Drift*'. The column Ratio is the answer.</summary>
public class DriftBenchmarks
{
    private float[] _rows = [];
    private float[] _destination = [];
    private MaddnessMatmul _product = null!;
    private DriftGuard _guard = null!;

    public static IEnumerable<Shape> Shapes => [new(10_000, 512, 10), new(10_000, 512, 100), new(10_000, 1024, 512), new(1, 512, 100)];

    [ParamsSource(nameof(Shapes))]
    public Shape Shape { get; set; } = new(1, 1, 1);

    /// <summary>One row of every so many is checked.</summary>
    [Params(10_000, 1000, 100)]
    public int Interval { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _rows = Workload.Activations(Shape.Rows, Shape.Inputs, seed: 1);
        _destination = new float[Shape.Rows * Shape.Outputs];
        float[] training = Workload.Activations(Workload.TrainingRows, Shape.Inputs, seed: 2);
        float[] weights = Workload.Weights(Shape.Inputs, Shape.Outputs);
        _product = MaddnessTrainer.Train(training, Workload.TrainingRows, Shape.Inputs, weights, Shape.Outputs, options: new TrainingOptions { Codebooks = 16 });
        _guard = new DriftGuard(_product, weights, bound: 1e9, new DriftGuardOptions { Interval = Interval });
    }

    [Benchmark(Baseline = true)]
    public void Product() => _product.Multiply(_rows, Shape.Rows, _destination);

    [Benchmark]
    public void GuardedProduct() => _guard.Multiply(_rows, Shape.Rows, _destination);
}
