using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;
using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Accuracy on the classifier layer of a real network, on rows held out.</summary>
public class CifarTests
{
    private static readonly Lazy<Layer> Data = new(() => new Layer());

    [SharedDataTheory]
    [InlineData(4, Objective.Reconstruction, 0.215, 0.808)]
    [InlineData(8, Objective.Reconstruction, 0.135, 0.848)]
    [InlineData(16, Objective.Reconstruction, 0.078, 0.870)]
    [InlineData(32, Objective.Reconstruction, 0.051, 0.877)]
    [InlineData(64, Objective.Reconstruction, 0.030, 0.882)]
    [InlineData(2, Objective.Auto, 0.205, 0.820)]
    [InlineData(4, Objective.Auto, 0.125, 0.850)]
    [InlineData(8, Objective.Auto, 0.073, 0.865)]
    [InlineData(16, Objective.Auto, 0.046, 0.873)]
    public void A_known_B_is_approximated_as_measured(int codebooks, Objective objective, double error, double top1)
    {
        Layer layer = Data.Value;
        TrainingOptions options = new() { Codebooks = codebooks, Objective = objective };
        MaddnessMatmul matmul = MaddnessTrainer.Train(layer.Train, layer.Rows, layer.Inputs, layer.B, layer.Outputs, layer.Bias, options);
        Score(matmul, out double actual, out double correct);
        actual.Should().BeLessThan(error);
        correct.Should().BeGreaterThanOrEqualTo(top1);
    }

    [SharedDataTheory]
    [InlineData(2, 16, null, 0.837)]
    [InlineData(4, 16, null, 0.855)]
    [InlineData(16, 16, 8, 0.875)]
    [InlineData(4, 32, null, 0.858)]
    public void The_arg_max_is_followed_as_measured(int codebooks, int leaves, int? lines, double top1)
    {
        Layer layer = Data.Value;
        TrainingOptions options = new() { Codebooks = codebooks, Leaves = leaves, MaxCacheLines = lines, Classifier = true };
        MaddnessMatmul matmul = MaddnessTrainer.Train(layer.Train, layer.Rows, layer.Inputs, layer.B, layer.Outputs, layer.Bias, options);
        Score(matmul, out _, out double correct);
        correct.Should().BeGreaterThanOrEqualTo(top1);
    }

    [SharedDataFact]
    public void Eight_bits_cost_less_than_three_percent_of_the_error()
    {
        Layer layer = Data.Value;
        TrainingOptions options = new() { Codebooks = 64 };
        TrainingScope scope = new(1, null, CancellationToken.None);
        TrainingRows data = new(ElementType.Float32, layer.Train, layer.Rows, layer.Inputs);
        LearnedTrees trees = LearnedTrees.Learn(data, ColumnWeights.Of(layer.B, layer.Outputs), options, scope);
        float[] tables = TableFitter.Fit(data, trees, layer.B, layer.Outputs, 1, scope);
        HashTrees hashTrees = trees.ToHashTrees(data, 4);
        int[][] codes = TrainingOracle.Encode(hashTrees, layer.Test);
        double exactTables = layer.Y.Select((y, i) =>
            Math.Pow(Enumerable.Range(0, 64).Sum(c => (double)tables[(((c * 16) + codes[c][i / layer.Outputs]) * layer.Outputs) + (i % layer.Outputs)]) - y, 2)).Sum();
        LookupTables bytes = TableQuantizer.Quantize(TableBuilder.Transpose(tables, 64 * 16), 64, 16, layer.Outputs, null);
        double byteTables = TrainerTests.Predict(new MaddnessMatmul(hashTrees, bytes), layer.Test).Zip(layer.Y, (p, y) => Math.Pow(p - y, 2)).Sum();
        (byteTables / exactTables).Should().BeInRange(0.99, 1.03);
    }

    [SharedDataFact]
    public void A_later_B_is_approximated_as_measured()
    {
        Layer layer = Data.Value;
        MaddnessModel model = MaddnessTrainer.Train(layer.Train, layer.Rows, layer.Inputs, new() { Codebooks = 16 });
        LookupTables tables = new TableBuilder(model.Prototypes).Build(Maddness.Common.MatrixView<float>.Of(layer.B, layer.Inputs, layer.Outputs, "b"), layer.Bias);
        Score(new MaddnessMatmul(model.Trees, tables), out double error, out double correct);
        error.Should().BeLessThan(0.101);
        correct.Should().BeGreaterThanOrEqualTo(0.862);
    }

    private static void Score(MaddnessMatmul matmul, out double error, out double top1)
    {
        Layer layer = Data.Value;
        float[] predicted = TrainerTests.Predict(matmul, layer.Test);
        double mean = layer.Y.Average(v => (double)v);
        error = predicted.Zip(layer.Y, (p, y) => Math.Pow(p - y, 2)).Sum() / layer.Y.Sum(y => Math.Pow(y - mean, 2));
        int correct = 0;
        for (int n = 0; n < layer.Labels.Length; n++)
        {
            float[] logits = [.. Enumerable.Range(0, layer.Outputs).Select(m => predicted[(n * layer.Outputs) + m] + layer.Bias[m])];
            correct += Array.IndexOf(logits, logits.Max()) == (int)layer.Labels[n] ? 1 : 0;
        }

        top1 = correct / (double)layer.Labels.Length;
    }

    private sealed class Layer
    {
        internal Layer()
        {
            (Train, Rows, Inputs) = SharedData.Read("cifar10/X_train.npy");
            Test = SharedData.Read("cifar10/X_test.npy").Values;
            (B, _, Outputs) = SharedData.Read("cifar10/W.npy");
            Bias = SharedData.Read("cifar10/b.npy").Values;
            Labels = SharedData.Read("cifar10/labels_test.npy").Values;
            Y = TrainerTests.Product(Test, B, Inputs, Outputs);
        }

        internal float[] Train { get; }

        internal float[] Test { get; }

        internal float[] B { get; }

        internal float[] Bias { get; }

        internal float[] Labels { get; }

        internal float[] Y { get; }

        internal int Rows { get; }

        internal int Inputs { get; }

        internal int Outputs { get; }
    }
}
