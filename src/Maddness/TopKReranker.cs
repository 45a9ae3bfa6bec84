using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Pipeline;

namespace Maddness;

/// <summary>
/// The largest outputs of each row with exact values: the approximate product names candidates, which are then computed exactly. What is not among these is not found: ask for more than k,
/// the more the more outputs there are. It pays where outputs are many: with 1,000 and ten candidates it took a seventh of the exact product's time, with 100 three quarters, with 10 four times as long; of 20,000 vectors it found .90 and .999 of the ten nearest by 16 and 64 codebooks and 100 candidates, in a third of that time
/// (docs/accuracy.md). Values equal those of <see cref="ExactMatmul"/> bit for bit. Immutable and safe for concurrent calls.
/// </summary>
public sealed class TopKReranker
{
    private readonly TransposedWeights _weights;

    /// <summary>Joins an approximate product with the exact weights, of which a transposed copy is kept.</summary>
    /// <param name="product">The approximate product with <paramref name="b"/>; its bias is added to exact values too.</param>
    /// <param name="b">D × M, any strides, finite: the matrix that the product approximates.</param>
    /// <exception cref="ArgumentNullException"><paramref name="product"/> is null.</exception>
    /// <exception cref="ArgumentException">The shape does not fit, a value is not finite, or the copy of B, whose columns are padded to an odd number of 64-byte lines, would not fit an array.</exception>
    public TopKReranker(MaddnessMatmul product, ReadOnlyTensorSpan<float> b)
        : this(product, MatrixView<float>.Of(b, nameof(b)))
    {
    }

    /// <summary>Joins an approximate product with the exact weights, of which a transposed copy is kept.</summary>
    /// <param name="product">The approximate product with <paramref name="b"/>; its bias is added to exact values too.</param>
    /// <param name="b">D × M, row-major, finite: the matrix that the product approximates.</param>
    /// <exception cref="ArgumentNullException"><paramref name="product"/> is null.</exception>
    /// <exception cref="ArgumentException">The length does not fit, a value is not finite, or the copy of B, whose columns are padded to an odd number of 64-byte lines, would not fit an array.</exception>
    [OverloadResolutionPriority(1)]
    public TopKReranker(MaddnessMatmul product, ReadOnlySpan<float> b)
        : this(product, MatrixView<float>.Of(b, ArgumentChecks.NotNull(product, nameof(product)).Inputs, product.Outputs, nameof(b)))
    {
    }

    private TopKReranker(MaddnessMatmul product, MatrixView<float> b)
    {
        Product = ArgumentChecks.NotNull(product, nameof(product));
        product.CheckB(b);
        _weights = new TransposedWeights(b, nameof(b));
    }

    /// <summary>The approximate product that names candidates.</summary>
    public MaddnessMatmul Product { get; }

    /// <summary>The k best of the outputs that look best.</summary>
    /// <param name="a">N × D, any strides.</param>
    /// <param name="k">1 to M.</param>
    /// <param name="indices">N × k, row-major: outputs in descending order of their exact value, the lowest index first at ties; values that are no number (of an A that is not finite) stand last.</param>
    /// <param name="values">N × k, row-major: their exact values, bias included.</param>
    /// <param name="candidates">Outputs to compute exactly, k to M; null for k, which only puts in order what looked best. More find more of the true best, and cost more: where outputs are thousands, 5 to 20 k; with 128 inputs and 1,000 outputs, 100 take half as long again as the exact product of all.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A shape or the element type does not fit, or memory overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/>, <paramref name="candidates"/> or <paramref name="maxDegreeOfParallelism"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Find(ReadOnlyTensorSpan<float> a, int k, Span<int> indices, Span<float> values, int? candidates = null, int maxDegreeOfParallelism = 1) =>
        Find<float>(a, k, indices, values, candidates, maxDegreeOfParallelism);

    /// <inheritdoc cref="Find(ReadOnlyTensorSpan{float}, int, Span{int}, Span{float}, int?, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Find<T>(ReadOnlyTensorSpan<T> a, int k, Span<int> indices, Span<float> values, int? candidates = null, int maxDegreeOfParallelism = 1)
        where T : unmanaged =>
        Product.Rerank(_weights, MatrixView<T>.Of(a, nameof(a)), k, candidates ?? k, indices, values, maxDegreeOfParallelism);

    /// <summary>The k best of the outputs that look best.</summary>
    /// <param name="a">N × D, row-major.</param>
    /// <param name="rows">N.</param>
    /// <param name="k">1 to M.</param>
    /// <param name="indices">N × k, row-major: outputs in descending order of their exact value, the lowest index first at ties; values that are no number (of an A that is not finite) stand last.</param>
    /// <param name="values">N × k, row-major: their exact values, bias included.</param>
    /// <param name="candidates">Outputs to compute exactly, k to M; null for k, which only puts in order what looked best. More find more of the true best, and cost more: where outputs are thousands, 5 to 20 k; with 128 inputs and 1,000 outputs, 100 take half as long again as the exact product of all.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length or the element type does not fit, or memory overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="k"/>, <paramref name="candidates"/> or <paramref name="maxDegreeOfParallelism"/> is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Find(ReadOnlySpan<float> a, int rows, int k, Span<int> indices, Span<float> values, int? candidates = null, int maxDegreeOfParallelism = 1) =>
        Find<float>(a, rows, k, indices, values, candidates, maxDegreeOfParallelism);

    /// <inheritdoc cref="Find(ReadOnlySpan{float}, int, int, Span{int}, Span{float}, int?, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Find<T>(ReadOnlySpan<T> a, int rows, int k, Span<int> indices, Span<float> values, int? candidates = null, int maxDegreeOfParallelism = 1)
        where T : unmanaged =>
        Product.Rerank(_weights, MatrixView<T>.Of(a, rows, Product.Inputs, nameof(a)), k, candidates ?? k, indices, values, maxDegreeOfParallelism);
}
