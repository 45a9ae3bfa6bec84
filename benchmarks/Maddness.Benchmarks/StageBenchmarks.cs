using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;

namespace Maddness.Benchmarks;

/// <summary>The stages of a product at every kernel level: encode, accumulate, both in one pass, and the exact product beside them.</summary>
public class StageBenchmarks
{
    private float[] _rowMajor = [];
    private float[] _columnMajor = [];
    private float[] _destination = [];
    private MaddnessMatmul _product = null!;
    private ExactMatmul _exact = null!;
    private EncodedMatrix _encoded = null!;

    public static IEnumerable<KernelLevel> Levels => KernelSelection.Available;

    public static IEnumerable<Shape> Shapes => [new(10_000, 512, 10), new(10_000, 512, 100), new(10_000, 512, 512), new(4096, 2048, 512), new(1, 512, 100)];

    [ParamsSource(nameof(Levels))]
    public KernelLevel Level { get; set; }

    [ParamsSource(nameof(Shapes))]
    public Shape Shape { get; set; } = new(1, 1, 1);

    [Params(4, 16, 64)]
    public int Codebooks { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        KernelSelection.Use(Level);
        _rowMajor = Workload.Activations(Shape.Rows, Shape.Inputs, seed: 1);
        _columnMajor = Workload.Transpose(_rowMajor, Shape.Rows, Shape.Inputs);
        _destination = new float[Shape.Rows * Shape.Outputs];
        float[] training = Workload.Activations(Workload.TrainingRows, Shape.Inputs, seed: 2);
        float[] weights = Workload.Weights(Shape.Inputs, Shape.Outputs);
        _product = MaddnessTrainer.Train(training, Workload.TrainingRows, Shape.Inputs, weights, Shape.Outputs, options: new TrainingOptions { Codebooks = Codebooks });
        _exact = new ExactMatmul(weights, Shape.Inputs, Shape.Outputs);
        _encoded = _product.Encode(_rowMajor, Shape.Rows);
    }

    [Benchmark(Baseline = true)]
    public void Exact() => _exact.Multiply(_rowMajor, Shape.Rows, _destination);

    [Benchmark]
    public void ProductRowMajor() => _product.Multiply(_rowMajor, Shape.Rows, _destination);

    [Benchmark]
    public void ProductColumnMajor() =>
        _product.Multiply(
            new ReadOnlyTensorSpan<float>(_columnMajor, [Shape.Rows, Shape.Inputs], [1, Shape.Rows]),
            new TensorSpan<float>(_destination, [Shape.Rows, Shape.Outputs], [Shape.Outputs, 1]));

    [Benchmark]
    public EncodedMatrix EncodeRowMajor() => _product.Encode(_rowMajor, Shape.Rows);

    [Benchmark]
    public void Accumulate() => _product.Multiply(_encoded, _destination);
}
