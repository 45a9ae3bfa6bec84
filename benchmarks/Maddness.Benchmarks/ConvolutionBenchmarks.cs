using BenchmarkDotNet.Attributes;

namespace Maddness.Benchmarks;

/// <summary>Windows read where they stand at every kernel level, beside copies of them and the exact convolution.</summary>
public class ConvolutionBenchmarks
{
    private const int Count = 8;

    private const int Outputs = 64;

    private float[] _images = [];
    private float[] _rows = [];
    private float[] _destination = [];
    private MaddnessConvolution _convolution = null!;
    private ExactConvolution _exact = null!;

    public static IEnumerable<KernelLevel> Levels => KernelSelection.Available;

    [ParamsSource(nameof(Levels))]
    public KernelLevel Level { get; set; }

    /// <summary>Pixels of a side: of fewer than 16 the windows are copied, what is tested of them.</summary>
    [Params(56, 28, 14, 7)]
    public int Side { get; set; }

    [Params(4, 16, 64)]
    public int Codebooks { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        KernelSelection.Use(Level);
        ConvolutionShape shape = new(Side, Side, 64, 3, 3) { PaddingTop = 1, PaddingLeft = 1, PaddingBottom = 1, PaddingRight = 1 };
        float[] weights = Workload.Weights(shape.Inputs, Outputs), training = Workload.Activations(Count * Side * Side, shape.Channels, seed: 2);
        _images = Workload.Activations(Count * Side * Side, shape.Channels, seed: 1);
        _rows = new float[Count * shape.Rows * shape.Inputs];
        _destination = new float[Count * shape.Rows * Outputs];
        _convolution = MaddnessConvolution.Train<float>(training, Count, shape, weights, Outputs, options: new TrainingOptions { Codebooks = Codebooks, MaxTrainingRows = Workload.TrainingRows });
        _exact = new ExactConvolution(weights, shape, Outputs);
    }

    [Benchmark(Baseline = true)]
    public void Exact() => _exact.Multiply(_images, Count, _destination);

    [Benchmark]
    public void Windows() => _convolution.Multiply(_images, Count, _destination);

    [Benchmark]
    public void CopiesAndProduct()
    {
        _convolution.Shape.CopyRows<float>(_images, Count, _rows);
        _convolution.Product.Multiply(_rows, Count * _convolution.Shape.Rows, _destination);
    }
}
