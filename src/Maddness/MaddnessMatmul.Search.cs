using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;
using static System.FormattableString;

namespace Maddness;

/// <content>Searches: the largest outputs of each row, without writing the others.</content>
public sealed partial class MaddnessMatmul
{
    /// <summary>The output with the largest approximate value (bias included) of each row: what a classifier wants. Outputs are not written anywhere.</summary>
    /// <param name="a">N × D, any strides.</param>
    /// <param name="indices">N values: the arg-max of each row, the lowest index at ties.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A shape or the element type does not fit, or memory overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void ArgMax(ReadOnlyTensorSpan<float> a, Span<int> indices, int maxDegreeOfParallelism = 1) => ArgMax<float>(a, indices, maxDegreeOfParallelism);

    /// <inheritdoc cref="ArgMax(ReadOnlyTensorSpan{float}, Span{int}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void ArgMax<T>(ReadOnlyTensorSpan<T> a, Span<int> indices, int maxDegreeOfParallelism = 1)
        where T : unmanaged => ArgMax(MatrixView<T>.Of(a, nameof(a)), indices, maxDegreeOfParallelism);

    /// <summary>The output with the largest approximate value (bias included) of each row: what a classifier wants. Outputs are not written anywhere.</summary>
    /// <param name="a">N × D, row-major.</param>
    /// <param name="rows">N.</param>
    /// <param name="indices">N values: the arg-max of each row, the lowest index at ties.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length or the element type does not fit, or memory overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void ArgMax(ReadOnlySpan<float> a, int rows, Span<int> indices, int maxDegreeOfParallelism = 1) => ArgMax<float>(a, rows, indices, maxDegreeOfParallelism);

    /// <inheritdoc cref="ArgMax(ReadOnlySpan{float}, int, Span{int}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void ArgMax<T>(ReadOnlySpan<T> a, int rows, Span<int> indices, int maxDegreeOfParallelism = 1)
        where T : unmanaged => ArgMax(MatrixView<T>.Of(a, rows, Inputs, nameof(a)), indices, maxDegreeOfParallelism);

    /// <summary>The output with the largest approximate value (bias included) of each row of a matrix that was encoded earlier, by this product's model.</summary>
    /// <param name="a">Codes made by the same hash trees.</param>
    /// <param name="indices">N values: the arg-max of each row, the lowest index at ties.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentNullException"><paramref name="a"/> is null.</exception>
    /// <exception cref="ArgumentException">The codes are of other trees, or the length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level, or another matrix was encoded into <paramref name="a"/> meanwhile.</exception>
    public void ArgMax(EncodedMatrix a, Span<int> indices, int maxDegreeOfParallelism = 1)
    {
        CheckCodes(a);
        ArgumentChecks.Length<int>(indices, a.Rows, nameof(indices));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (indices.Length > 0)
        {
            Drivers.ArgMax(a, _approximation.Tables, Summation, indices, degree);
        }
    }

    /// <summary>The k largest approximate outputs (bias included) of each row. For exact values of them, see <see cref="TopKReranker"/>.</summary>
    /// <param name="a">N × D, any strides.</param>
    /// <param name="k">1 to M.</param>
    /// <param name="indices">N × k, row-major: outputs in descending order of their value, the lowest index first at ties.</param>
    /// <param name="values">N × k, row-major: their approximate values.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A shape or the element type does not fit, or memory overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> or <paramref name="maxDegreeOfParallelism"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void TopK(ReadOnlyTensorSpan<float> a, int k, Span<int> indices, Span<float> values, int maxDegreeOfParallelism = 1) =>
        TopK<float>(a, k, indices, values, maxDegreeOfParallelism);

    /// <inheritdoc cref="TopK(ReadOnlyTensorSpan{float}, int, Span{int}, Span{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void TopK<T>(ReadOnlyTensorSpan<T> a, int k, Span<int> indices, Span<float> values, int maxDegreeOfParallelism = 1)
        where T : unmanaged => TopK(MatrixView<T>.Of(a, nameof(a)), k, indices, values, maxDegreeOfParallelism);

    /// <summary>The k largest approximate outputs (bias included) of each row. For exact values of them, see <see cref="TopKReranker"/>.</summary>
    /// <param name="a">N × D, row-major.</param>
    /// <param name="rows">N.</param>
    /// <param name="k">1 to M.</param>
    /// <param name="indices">N × k, row-major: outputs in descending order of their value, the lowest index first at ties.</param>
    /// <param name="values">N × k, row-major: their approximate values.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length or the element type does not fit, or memory overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="k"/> or <paramref name="maxDegreeOfParallelism"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void TopK(ReadOnlySpan<float> a, int rows, int k, Span<int> indices, Span<float> values, int maxDegreeOfParallelism = 1) =>
        TopK<float>(a, rows, k, indices, values, maxDegreeOfParallelism);

    /// <inheritdoc cref="TopK(ReadOnlySpan{float}, int, int, Span{int}, Span{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void TopK<T>(ReadOnlySpan<T> a, int rows, int k, Span<int> indices, Span<float> values, int maxDegreeOfParallelism = 1)
        where T : unmanaged => TopK(MatrixView<T>.Of(a, rows, Inputs, nameof(a)), k, indices, values, maxDegreeOfParallelism);

    /// <summary>The k largest approximate outputs (bias included) of each row of a matrix that was encoded earlier, by this product's model.</summary>
    /// <param name="a">Codes made by the same hash trees.</param>
    /// <param name="k">1 to M.</param>
    /// <param name="indices">N × k, row-major: outputs in descending order of their value, the lowest index first at ties.</param>
    /// <param name="values">N × k, row-major: their approximate values.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentNullException"><paramref name="a"/> is null.</exception>
    /// <exception cref="ArgumentException">The codes are of other trees, a length does not fit, or memory overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> or <paramref name="maxDegreeOfParallelism"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level, or another matrix was encoded into <paramref name="a"/> meanwhile.</exception>
    public void TopK(EncodedMatrix a, int k, Span<int> indices, Span<float> values, int maxDegreeOfParallelism = 1)
    {
        CheckCodes(a);
        CheckFound(a.Rows, k, indices, values);
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (indices.Length > 0)
        {
            Drivers.Search(a, _approximation.Tables, Summation, k, indices, values, degree);
        }
    }

    /// <summary>The candidates with the largest approximate outputs, computed exactly from the transposed B, and the best k of them.</summary>
    internal void Rerank<T>(TransposedWeights weights, MatrixView<T> a, int k, int candidates, Span<int> indices, Span<float> values, int maxDegreeOfParallelism)
        where T : unmanaged
    {
        CheckSearch(a, k, indices, values);
        if (candidates < k || candidates > Outputs)
        {
            throw new ArgumentOutOfRangeException(nameof(candidates), candidates, Invariant($"'{nameof(candidates)}' is {candidates}; expected {k} (k) to {Outputs} (the outputs)."));
        }

        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (a.Rows > 0)
        {
            Drivers.Rerank(_approximation, weights, a, candidates, k, indices, values, degree);
        }
    }

    private void ArgMax<T>(MatrixView<T> a, Span<int> indices, int maxDegreeOfParallelism)
        where T : unmanaged
    {
        InputChecks.Input(a, Trees, nameof(a));
        ArgumentChecks.Length<int>(indices, a.Rows, nameof(indices));
        ArgumentChecks.NoOverlap(a, nameof(a), MatrixView<int>.Of(indices, a.Rows, 1, nameof(indices)), nameof(indices));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (a.Rows > 0)
        {
            Drivers.ArgMax(_approximation, a, indices, degree);
        }
    }

    private void TopK<T>(MatrixView<T> a, int k, Span<int> indices, Span<float> values, int maxDegreeOfParallelism)
        where T : unmanaged
    {
        CheckSearch(a, k, indices, values);
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (a.Rows > 0)
        {
            Drivers.Search(_approximation, a, k, indices, values, degree);
        }
    }

    private void CheckSearch<T>(MatrixView<T> a, int k, Span<int> indices, Span<float> values)
        where T : unmanaged
    {
        InputChecks.Input(a, Trees, nameof(a));
        CheckFound(a.Rows, k, indices, values);
        ArgumentChecks.NoOverlap(a, nameof(a), MatrixView<int>.Of(indices, a.Rows, k, nameof(indices)), nameof(indices));
        ArgumentChecks.NoOverlap(a, nameof(a), MatrixView<float>.Of(values, a.Rows, k, nameof(values)), nameof(values));
    }

    private void CheckFound(int rows, int k, Span<int> indices, Span<float> values)
    {
        if (k < 1 || k > Outputs)
        {
            throw new ArgumentOutOfRangeException(nameof(k), k, Invariant($"'{nameof(k)}' is {k}; expected 1 to {Outputs}, the outputs."));
        }

        MatrixView<int> indexView = MatrixView<int>.Of(indices, rows, k, nameof(indices));
        MatrixView<float> valueView = MatrixView<float>.Of(values, rows, k, nameof(values));
        ArgumentChecks.NoOverlap(indexView, nameof(indices), valueView, nameof(values));
    }
}
