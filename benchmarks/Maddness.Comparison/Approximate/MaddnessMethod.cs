using System.Numerics.Tensors;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>The library, with given options for a given number of codebooks. A variant is one line of the catalogue.</summary>
internal sealed class MaddnessMethod(string name, string key, Func<int, TrainingOptions> options, Summation summation = Summation.Exact, bool columnMajor = false, bool classifier = false)
    : IMethod
{
    private static (Problem? Problem, Dictionary<TrainingOptions, (MaddnessMatmul Product, double Seconds)> Products) _learned = (null, []);

    public string Name => name;

    public string Key => key;

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "codebooks";

    public string Given => columnMajor ? "A column-major" : string.Empty;

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ((int[])(quick ? [4, 16] : [2, 4, 8, 16, 32, 64]))
        .Where(c => c <= problem.Inputs && (!classifier || problem.Labels is not null) && IsLimit(options(c), problem));

    public Product Prepare(Problem problem, int size)
    {
        // Tables of a classifier follow its arg-max, which depends on the bias; it is taken away again before errors are measured.
        float[] bias = classifier && problem.Bias is not null ? problem.Bias : [];
        (MaddnessMatmul product, double training) = Train(problem, options(size), bias);
        product = summation == Summation.Exact ? product : product.WithSummation(summation);
        return columnMajor ? new BoundToColumns(product, training) : new Bound(product, bias, training);
    }

    /// <summary>A limit of as many cache lines as a row has is none.</summary>
    private static bool IsLimit(TrainingOptions options, Problem problem) => options.MaxCacheLines is not int lines || lines * 16 < problem.Inputs;

    /// <summary>Variants that differ in what they multiply only share what was learned, and its time.</summary>
    private static (MaddnessMatmul Product, double Seconds) Train(Problem problem, TrainingOptions options, float[] bias)
    {
        if (_learned.Problem != problem)
        {
            _learned = (problem, []);
        }

        if (!_learned.Products.TryGetValue(options, out (MaddnessMatmul Product, double Seconds) learned))
        {
            double start = ThreadClock.Milliseconds;
            MaddnessMatmul product = MaddnessTrainer.Train(
                problem.Train.Values, problem.Train.Rows, problem.Inputs, problem.B.Values, problem.Outputs, bias, options);
            _learned.Products[options] = learned = (product, (ThreadClock.Milliseconds - start) / 1000);
        }

        return learned;
    }

    // Four compares per codebook pick the entries; there is no multiplication but one per output at the end.
    private static Cost CostOf(MaddnessMatmul product) => new(product.Outputs, (double)product.Codebooks * product.Outputs);

    private sealed class Bound(MaddnessMatmul product, float[] bias, double training) : Product
    {
        public override double? TrainingSeconds => training;

        public override Cost Cost => CostOf(product);

        public override void Multiply(float[] destination) => product.Multiply(A.Values, A.Rows, destination);

        public override void Finish(float[] destination)
        {
            for (int i = 0; bias.Length > 0 && i < destination.Length; i++)
            {
                destination[i] -= bias[i % bias.Length];
            }
        }
    }

    /// <summary>As the paper measures: the columns that trees read are contiguous.</summary>
    private sealed class BoundToColumns(MaddnessMatmul product, double training) : Product
    {
        private float[] _columns = [];

        public override double? TrainingSeconds => training;

        public override Cost Cost => CostOf(product);

        public override void Load(Matrix a)
        {
            base.Load(a);
            _columns = a.Transpose().Values;
        }

        public override void Multiply(float[] destination)
        {
            if (A.Rows == 1)
            {
                // One row is the same in both orders; tensors give a dimension of length 1 no stride.
                product.Multiply(A.Values, 1, destination);
                return;
            }

            product.Multiply(
                new ReadOnlyTensorSpan<float>(_columns, [A.Rows, A.Columns], [1, A.Rows]),
                new TensorSpan<float>(destination, [A.Rows, product.Outputs]));
        }
    }
}
