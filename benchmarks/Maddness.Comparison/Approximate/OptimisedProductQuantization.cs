using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// Optimised product quantisation (Ge, He, Ke and Sun), K = 16: a rotation ahead of the codebooks. It starts from principal components dealt to the codebooks so that each gets
/// about the same product of variances, then alternates with the codebooks. A rotated row costs D² multiply-adds more.
/// </summary>
internal sealed class OptimisedProductQuantization : IMethod
{
    private const int Centroids = 16;
    private const int Rounds = 8;

    public string Name => "optimised PQ, K=16";

    public string Key => "opq";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "codebooks";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ((int[])(quick || problem.Family != "real" ? [4, 16] : [4, 8, 16, 32])).Where(c => c <= problem.Inputs);

    public Product Prepare(Problem problem, int size)
    {
        Matrix rows = problem.Train;
        (int Start, int Length)[] ranges = ProductQuantization.Ranges(problem.Inputs, size);
        Matrix rotation = Start(rows, ranges);
        Matrix[] codebooks = [];
        for (int round = 0; round < Rounds; round++)
        {
            Matrix rotated = Gemm.Multiply(rows, rotation);
            codebooks = ProductQuantization.Learn(rotated, ranges, Centroids);
            if (round < Rounds - 1)
            {
                rotation = Linear.NearestOrthogonal(Gemm.TransposeMultiply(rows, Decode(rotated, ranges, codebooks)));
            }
        }

        return new Rotated(rotation, new ProductQuantizer(ranges, codebooks, Gemm.TransposeMultiply(rotation, problem.B)));
    }

    private static Matrix Start(Matrix rows, (int Start, int Length)[] ranges)
    {
        Matrix centred = Gemm.Centre(rows, Gemm.ColumnMeans(rows));
        (double[] values, Matrix vectors) = Linear.Eigen(Gemm.TransposeMultiply(centred, centred));
        double[] products = new double[ranges.Length];
        int[] used = new int[ranges.Length];
        Matrix rotation = new(rows.Columns, rows.Columns);
        double floor = Math.Max(values[0] * 1e-9, 1e-30);
        for (int component = 0; component < rows.Columns; component++)
        {
            int target = Enumerable.Range(0, ranges.Length).Where(c => used[c] < ranges[c].Length).MinBy(c => products[c]);
            products[target] += Math.Log(Math.Max(values[component], floor) / floor);
            int column = ranges[target].Start + used[target]++;
            for (int row = 0; row < rows.Columns; row++)
            {
                rotation[row, column] = vectors[row, component];
            }
        }

        return rotation;
    }

    private static Matrix Decode(Matrix rotated, (int Start, int Length)[] ranges, Matrix[] codebooks)
    {
        Matrix decoded = new(rotated.Rows, rotated.Columns);
        int[] codes = new int[rotated.Rows];
        for (int c = 0; c < ranges.Length; c++)
        {
            KMeans.Assign(ProductQuantization.Columns(rotated, ranges[c]), codebooks[c], codes);
            for (int row = 0; row < codes.Length; row++)
            {
                codebooks[c].Row(codes[row]).CopyTo(decoded.Row(row)[ranges[c].Start..]);
            }
        }

        return decoded;
    }

    private sealed class Rotated(Matrix rotation, ProductQuantizer quantizer) : Product
    {
        private const int RowsAtOnce = 256;

        private readonly ExactMatmul _rotation = new(rotation.Values, rotation.Rows, rotation.Columns);
        private readonly float[] _rotated = new float[RowsAtOnce * rotation.Rows];

        public override Cost Cost => quantizer.Cost with { MultiplyAdds = quantizer.Cost.MultiplyAdds + ((double)rotation.Rows * rotation.Rows) };

        public override void Multiply(float[] destination)
        {
            int inputs = rotation.Rows, outputs = destination.Length / A.Rows;
            for (int row = 0; row < A.Rows; row += RowsAtOnce)
            {
                int rows = Math.Min(RowsAtOnce, A.Rows - row);
                Span<float> rotated = _rotated.AsSpan(0, rows * inputs);
                _rotation.Multiply(A.Values.AsSpan(row * inputs, rows * inputs), rows, rotated);
                quantizer.Multiply(rotated, rows, destination.AsSpan(row * outputs, rows * outputs));
            }
        }
    }
}
