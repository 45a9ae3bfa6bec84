using System.Numerics.Tensors;
using Maddness.Tests.Support;

namespace Maddness.Tests.Training;

public class TrainerTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(100)]
    public void Threads_and_strides_do_not_change_a_bit(int outputs)
    {
        const int Rows = 700;
        const int Columns = 50;
        float[] a = Samples.Rows(Rows, Columns, 1, relu: true);
        float[] b = Samples.Rows(Columns, outputs, 2);
        float[] bias = new float[outputs];
        TrainingOptions options = new() { Codebooks = 7 };
        byte[] expected = SavedBytes.Of(MaddnessTrainer.Train(a, Rows, Columns, b, outputs, bias, options).Save);
        foreach (int threads in new[] { 1, 2, 7 })
        {
            SavedBytes.Of(MaddnessTrainer.Train(a, Rows, Columns, b, outputs, bias, options with { MaxDegreeOfParallelism = threads }).Save).Should().Equal(expected);
        }

        float[] wide = new float[Rows * (Columns + 3)];
        float[] transposed = new float[b.Length];
        for (int n = 0; n < Rows; n++)
        {
            a.AsSpan(n * Columns, Columns).CopyTo(wide.AsSpan(n * (Columns + 3)));
        }

        for (int i = 0; i < b.Length; i++)
        {
            transposed[(i % outputs * Columns) + (i / outputs)] = b[i];
        }

        ReadOnlyTensorSpan<float> strided = new(wide, [Rows, Columns], [Columns + 3, 1]);
        ReadOnlyTensorSpan<float> columnMajor = new(transposed, [Columns, outputs], [1, Columns]);
        SavedBytes.Of(MaddnessTrainer.Train(strided, columnMajor, bias, options).Save).Should().Equal(expected);

        byte[] model = SavedBytes.Of(MaddnessTrainer.Train(a, Rows, Columns, options).Save);
        SavedBytes.Of(MaddnessTrainer.Train(strided, options with { MaxDegreeOfParallelism = 2 }).Save).Should().Equal(model);
    }

    [Fact]
    public void All_call_shapes_learn_the_same()
    {
        short[] a = Samples.Integers<short>(60, 6, 3, 100, 0);
        float[] floats = Samples.Floats(a);
        float[] b = Samples.Rows(6, 2, 2);
        TrainingOptions options = new() { Codebooks = 2 };
        Tensor<float> floatTensor = Tensor.Create(floats, [60, 6]);
        Tensor<short> shortTensor = Tensor.Create(a, [60, 6]);
        Tensor<float> bTensor = Tensor.Create(b, [6, 2]);
        byte[] expected = SavedBytes.Of(MaddnessTrainer.Train(floats, 60, 6, options).Save);
        SavedBytes.Of(MaddnessTrainer.Train(floatTensor, options).Save).Should().Equal(expected);
        SavedBytes.Of(MaddnessTrainer.Train<float>(floats, 60, 6, options).Save).Should().Equal(expected);
        byte[] integers = SavedBytes.Of(MaddnessTrainer.Train<short>(a, 60, 6, options).Save);
        SavedBytes.Of(MaddnessTrainer.Train<short>(shortTensor, options).Save).Should().Equal(integers).And.NotEqual(expected);

        byte[] bound = SavedBytes.Of(MaddnessTrainer.Train(floats, 60, 6, b, 2, default, options).Save);
        SavedBytes.Of(MaddnessTrainer.Train(floatTensor, bTensor, default, options).Save).Should().Equal(bound);
        SavedBytes.Of(MaddnessTrainer.Train<float>(floatTensor, bTensor, default, options).Save).Should().Equal(bound);
        SavedBytes.Of(MaddnessTrainer.Train<short>(a, 60, 6, b, 2, default, options).Save).Should().Equal(SavedBytes.Of(MaddnessTrainer.Train<short>(shortTensor, bTensor, default, options).Save));
        SavedBytes.Of(MaddnessTrainer.Train<float>(floats, 60, 6, b, 2, default, options).Save).Should().Equal(bound);
    }

    [Fact]
    public void The_bias_is_kept()
    {
        float[] a = Samples.Rows(20, 6, 3);
        float[] b = Samples.Rows(6, 2, 2);
        MaddnessTrainer.Train(a, 20, 6, b, 2, [3f, 4f], new() { Codebooks = 2 }).Tables.Bias.Should().Equal(3f, 4f);
        MaddnessTrainer.Train(a, 20, 6, b, 2, [], new() { Codebooks = 2 }).Tables.Bias.Should().BeNull();
    }

    [Fact]
    public void Beyond_the_cap_a_seeded_sample_is_learned_from()
    {
        float[] a = Samples.Rows(500, 6, 3);
        TrainingOptions options = new() { Codebooks = 2, MaxTrainingRows = 100, Seed = 1 };
        byte[] first = SavedBytes.Of(MaddnessTrainer.Train(a, 500, 6, options).Save);
        SavedBytes.Of(MaddnessTrainer.Train(a, 500, 6, options).Save).Should().Equal(first);
        SavedBytes.Of(MaddnessTrainer.Train(a, 500, 6, options with { Seed = 2 }).Save).Should().NotEqual(first);
        SavedBytes.Of(MaddnessTrainer.Train(a, 500, 6, options with { MaxTrainingRows = 500 }).Save).Should().Equal(SavedBytes.Of(MaddnessTrainer.Train(a, 500, 6, options with { MaxTrainingRows = 501 }).Save));
    }

    [Fact]
    public void Samples_are_ascending_without_repeats_and_fair()
    {
        Maddness.Training.SeededRandom random = new(5);
        int[] hits = new int[10];
        for (int i = 0; i < 4000; i++)
        {
            int[] sample = random.Sample(10, 3);
            sample.Should().HaveCount(3).And.BeInAscendingOrder().And.OnlyHaveUniqueItems();
            foreach (int s in sample)
            {
                hits[s]++;
            }
        }

        hits.Should().OnlyContain(h => h > 1000 && h < 1400);
    }

    [Theory]
    [InlineData(1, 5, 5)]
    [InlineData(1, 40, 3)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 17, 16)]
    [InlineData(20, 7, 2)]
    public void Small_and_odd_shapes_work(int rows, int columns, int codebooks)
    {
        float[] a = Samples.Rows(rows, columns, 9);
        float[] b = Samples.Rows(columns, 3, 2);
        TrainingOptions options = new() { Codebooks = codebooks, RidgeStrength = 1e-6 };
        MaddnessMatmul matmul = MaddnessTrainer.Train(a, rows, columns, b, 3, default, options);
        double[] errors = [.. Predict(matmul, a).Zip(Product(a, b, columns, 3), (p, y) => Math.Abs(p - y))];
        errors.Max().Should().BeLessThan(rows <= 16 ? 0.02 : 1.5, "rows that have a leaf each are remembered");
        MaddnessTrainer.Train(a, rows, columns, options).Prototypes.Values.Should().OnlyContain(v => float.IsFinite(v));
    }

    [Theory]
    [InlineData(1e-20)]
    [InlineData(1e20)]
    [InlineData(0.0)]
    public void Scales_of_any_size_work_alone_and_mixed(double scale)
    {
        // 0 stands for columns of scales from 1e-20 to 1e20.
        double[] factors = [.. Enumerable.Range(0, 16).Select(j => scale == 0 ? Math.Pow(10, -20 + (40.0 * j / 15)) : scale)];
        double plain = ErrorAtScales([.. factors.Select(_ => 1.0)], out _, out _);
        plain.Should().BeInRange(1e-3, 0.4);
        ErrorAtScales(factors, out float[] a, out MaddnessModel model).Should().BeApproximately(plain, 1e-4);
        TrainingOracle.Encode(model.Trees, a).Should().OnlyContain(c => c.Distinct().Count() == 16);
        model.Prototypes.Values.Should().OnlyContain(v => float.IsFinite(v));
    }

    [Fact]
    public void Values_near_the_limits_of_float32_work()
    {
        float[] a = [.. Samples.Rows(50, 4, 6).Select(v => v > 0 ? float.MaxValue : float.MinValue)];
        MaddnessModel model = MaddnessTrainer.Train(a, 50, 4, new() { Codebooks = 2, PrototypeLayout = PrototypeLayout.CodebookLocal });
        TrainingOracle.Encode(model.Trees, a)[0].Distinct().Count().Should().BeGreaterThan(1);
    }

    [Fact]
    public void Progress_rises_to_its_total()
    {
        foreach (int threads in new[] { 1, 3 })
        {
            Recorder recorder = new();
            MaddnessTrainer.Train(Samples.Rows(40, 40, 1), 40, 40, new() { Codebooks = 5, RidgeStrength = null, MaxDegreeOfParallelism = threads }, recorder);
            recorder.Reports.Select(r => r.Stage).Should().Contain(Enum.GetValues<TrainingStage>());
            recorder.Reports[^1].Completed.Should().Be(recorder.Reports[^1].Total);
            recorder.Reports.TakeLast(7).Where(r => r.Stage == TrainingStage.LearningTrees).Select(r => r.Completed).Should().Equal(1, 2, 3, 4, 5);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Cancellation_stops_at_any_stage(int threads)
    {
        foreach (TrainingStage stage in Enum.GetValues<TrainingStage>())
        {
            using CancellationTokenSource source = new();
            Recorder recorder = new() { OnReport = r => CancelAt(r, stage, source) };
            Action act = () => MaddnessTrainer.Train(
                Samples.Rows(200, 100, 1), 200, 100, new() { Codebooks = 20, RidgeStrength = null, MaxDegreeOfParallelism = threads }, recorder, source.Token);
            act.Should().Throw<OperationCanceledException>();
            int after = recorder.Reports.Count - recorder.Reports.FindIndex(r => r.Stage == stage);
            after.Should().BeLessThanOrEqualTo(threads + 1, "nothing new begins");
        }

        static void CancelAt(TrainingProgress report, TrainingStage stage, CancellationTokenSource source)
        {
            if (report.Stage == stage)
            {
                source.Cancel();
            }
        }
    }

    [Fact]
    public void A_cancelled_token_stops_before_anything()
    {
        Action act = () => MaddnessTrainer.Train(Samples.Rows(20, 20, 1), 20, 20, cancellationToken: new CancellationToken(true));
        act.Should().Throw<OperationCanceledException>();
    }

    internal static float[] Predict(MaddnessMatmul matmul, float[] a)
    {
        int rows = a.Length / matmul.Trees.Inputs;
        int[][] codes = TrainingOracle.Encode(matmul.Trees, a);
        int leaves = matmul.Tables.Leaves;
        float[] y = new float[rows * matmul.Tables.Outputs];
        for (int i = 0; i < y.Length; i++)
        {
            (int n, int m) = Math.DivRem(i, matmul.Tables.Outputs);
            int sum = 0;
            for (int c = 0; c < codes.Length; c++)
            {
                sum += matmul.Tables.Entries[(((m * codes.Length) + c) * leaves) + codes[c][n]];
            }

            float product = sum * matmul.Tables.Scales[m];
            y[i] = product + matmul.Tables.Offsets[m];
        }

        return y;
    }

    internal static float[] Product(float[] a, float[] b, int inner, int outputs)
    {
        float[] y = new float[a.Length / inner * outputs];
        for (int i = 0; i < y.Length; i++)
        {
            double sum = 0;
            for (int d = 0; d < inner; d++)
            {
                sum += (double)a[(i / outputs * inner) + d] * b[(d * outputs) + (i % outputs)];
            }

            y[i] = (float)sum;
        }

        return y;
    }

    /// <summary>The error of the product on columns multiplied by factors, whose effect B takes back.</summary>
    private static double ErrorAtScales(double[] factors, out float[] a, out MaddnessModel model)
    {
        const int Rows = 300;
        int columns = factors.Length;
        a = [.. Samples.Rows(Rows, columns, 6).Select((v, i) => (float)(v * factors[i % columns]))];
        float[] b = [.. Enumerable.Range(0, columns * 2).Select(i => (float)(Math.Cos(i) / factors[i / 2]))];
        float[] exact = Product(a, b, columns, 2);
        MaddnessMatmul matmul = MaddnessTrainer.Train(a, Rows, columns, b, 2, default, new() { Codebooks = 4 });
        model = MaddnessTrainer.Train(a, Rows, columns, new() { Codebooks = 4 });
        return Predict(matmul, a).Zip(exact, (p, y) => Math.Pow(p - y, 2)).Sum() / exact.Sum(y => Math.Pow(y - exact.Average(), 2));
    }

    private sealed class Recorder : IProgress<TrainingProgress>
    {
        internal List<TrainingProgress> Reports { get; } = [];

        internal Action<TrainingProgress>? OnReport { get; init; }

        public void Report(TrainingProgress value)
        {
            Reports.Add(value);
            OnReport?.Invoke(value);
        }
    }
}
