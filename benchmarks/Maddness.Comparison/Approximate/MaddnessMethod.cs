using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>The library, with given options for a given number of codebooks. A variant is one line of the catalogue.</summary>
internal sealed class MaddnessMethod(string name, string key, Func<int, TrainingOptions> options, Summation summation = Summation.Exact) : IMethod
{
    public string Name => name;

    public string Key => key;

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "codebooks";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ((int[])(quick ? [4, 16, 64] : [2, 4, 8, 16, 32, 64])).Where(c => c <= problem.Inputs);

    public IProduct Prepare(Problem problem, int size)
    {
        MaddnessMatmul product = MaddnessTrainer.Train(
            problem.Train.Values, problem.Train.Rows, problem.Inputs, problem.B.Values, problem.Outputs, options: options(size));
        return new Bound(summation == Summation.Exact ? product : product.WithSummation(summation));
    }

    private sealed class Bound(MaddnessMatmul product) : Product
    {
        // Four compares per codebook pick the entries; there is no multiplication but one per output at the end.
        public override Cost Cost => new(product.Outputs, (double)product.Codebooks * product.Outputs);

        public override void Multiply(float[] destination) => product.Multiply(A.Values, A.Rows, destination);
    }
}
