using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;

namespace Maddness;

/// <summary>
/// A learned approximation of A·B (+ bias) for one B: rows of A are hashed to codes, and tables of 8-bit partial products are summed (paper §4). Immutable and safe for concurrent calls.
/// Results are the same bits at every kernel level, thread count, batch size and stride. A single-threaded product allocates nothing after a thread's first one, but for scratch beyond 64 KB where later ones have more rows.
/// </summary>
public sealed partial class MaddnessMatmul
{
    private readonly Approximation _approximation;

    internal MaddnessMatmul(HashTrees trees, LookupTables tables)
        : this(new EncodePlan(trees), tables)
    {
    }

    internal MaddnessMatmul(EncodePlan plan, LookupTables tables)
        : this(new(plan, new PackedTables(tables), Summation.Exact), Activation.None)
    {
    }

    private MaddnessMatmul(Approximation approximation, Activation activation)
    {
        _approximation = approximation;
        Activation = activation;
    }

    /// <summary>D, the columns of A and rows of B.</summary>
    public int Inputs => Trees.Inputs;

    /// <summary>M, the columns of B.</summary>
    public int Outputs => Tables.Outputs;

    /// <summary>C, the codebooks: look-ups per output.</summary>
    public int Codebooks => Trees.Codebooks;

    /// <summary>K, the leaves of a tree and entries of a table: 16, 32 or 64.</summary>
    public int Leaves => Trees.Leaves;

    /// <summary>What the hash trees were learned for: <see cref="Objective.Output"/> or <see cref="Objective.Reconstruction"/>, never <see cref="Objective.Auto"/>.</summary>
    public Objective Objective => Trees.Objective;

    /// <summary>The element type of A.</summary>
    public ElementType ElementType => Trees.ElementType;

    /// <summary>Whether a bias is added to every row.</summary>
    public bool HasBias => Tables.Bias is not null;

    /// <summary>How table entries are added.</summary>
    public Summation Summation => _approximation.Summation;

    /// <summary>What <see cref="Multiply(ReadOnlySpan{float}, int, Span{float}, int)"/> and its overloads apply to outputs: see <see cref="WithActivation"/>.</summary>
    public Activation Activation { get; }

    /// <summary>
    /// Bytes of the model: tables, scales, offsets, bias, columns and thresholds. The weights it replaces take 4·D·M. In use a product takes about three times as much, four with searches: at the first call of a kind, tables are laid out once more as the kernel level
    /// reads them, and stay so (100,000 outputs, C = 16: 26 MB, 77 after a product, 81 after an arg-max).
    /// </summary>
    public long SizeInBytes =>
        Tables.Entries.LongLength
        + (sizeof(float) * ((2L * Outputs) + (Tables.Bias?.Length ?? 0) + Trees.Thresholds.Length))
        + (sizeof(int) * (long)Trees.Columns.Length);

    /// <summary>The shape, the codebooks, the activation if there is one, and what rows hold.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Inputs} × {Outputs}{(HasBias ? " with bias" : "")}, {Codebooks} codebooks of {Leaves} leaves, {(Activation == Activation.None ? "" : $"{Activation}, ")}rows of {ElementType}, {SizeInBytes} bytes");

    internal Approximation Approximation => _approximation;

    internal HashTrees Trees => _approximation.Plan.Trees;

    internal LookupTables Tables => _approximation.Tables.Tables;

    /// <summary>Y ≈ A·B (+ bias).</summary>
    /// <param name="a">N × D, any strides. NaN goes left in every comparison; infinities order as usual.</param>
    /// <param name="destination">N × M, any strides that give each element its own address; only these elements are written.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A shape or the element type does not fit, or the memory of the two overlaps (columns side by side of the rows of one matrix do not).</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <remarks>
    /// A destination of more than 16 MB (8, of rows of more than 16,384 outputs) and 16 rows is written past the caches: with AVX-512 where its rows start cache lines, as address and row stride are multiples of 64 bytes, or are long, of 128 outputs if all start alike in lines, of 512 if not; below AVX-512 where they start lines,
    /// as those of <see cref="System.Runtime.InteropServices.NativeMemory.AlignedAlloc"/> may, and have 1,024 outputs, or have more than 16,384 and are 64 or more.
    /// </remarks>
    public void Multiply(ReadOnlyTensorSpan<float> a, TensorSpan<float> destination, int maxDegreeOfParallelism = 1) =>
        Multiply<float>(a, destination, maxDegreeOfParallelism);

    /// <inheritdoc cref="Multiply(ReadOnlyTensorSpan{float}, TensorSpan{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Multiply<T>(ReadOnlyTensorSpan<T> a, TensorSpan<float> destination, int maxDegreeOfParallelism = 1)
        where T : unmanaged =>
        Multiply(MatrixView<T>.Of(a, nameof(a)), MatrixView<float>.Of(destination, nameof(destination)), maxDegreeOfParallelism);

    /// <summary>Y ≈ A·B (+ bias).</summary>
    /// <param name="a">N × D, row-major. NaN goes left in every comparison; infinities order as usual.</param>
    /// <param name="rows">N.</param>
    /// <param name="destination">N × M, row-major.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length or the element type does not fit, or the memory of the two overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <remarks>
    /// A destination of more than 16 MB (8, of rows of more than 16,384 outputs) and 16 rows is written past the caches: with AVX-512 where its rows start cache lines, as address and row stride are multiples of 64 bytes, or are long, of 128 outputs if all start alike in lines, of 512 if not; below AVX-512 where they start lines,
    /// as those of <see cref="System.Runtime.InteropServices.NativeMemory.AlignedAlloc"/> may, and have 1,024 outputs, or have more than 16,384 and are 64 or more.
    /// </remarks>
    public void Multiply(ReadOnlySpan<float> a, int rows, Span<float> destination, int maxDegreeOfParallelism = 1) =>
        Multiply<float>(a, rows, destination, maxDegreeOfParallelism);

    /// <inheritdoc cref="Multiply(ReadOnlySpan{float}, int, Span{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Multiply<T>(ReadOnlySpan<T> a, int rows, Span<float> destination, int maxDegreeOfParallelism = 1)
        where T : unmanaged =>
        Multiply(MatrixView<T>.Of(a, rows, Inputs, nameof(a)), MatrixView<float>.Of(destination, rows, Outputs, nameof(destination)), maxDegreeOfParallelism);

    /// <summary>Y ≈ A·B (+ bias) for a matrix that was encoded earlier, by this product's model.</summary>
    /// <param name="a">Codes made by the same hash trees.</param>
    /// <param name="destination">N × M, any strides that give each element its own address; only these elements are written.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentNullException"><paramref name="a"/> is null.</exception>
    /// <exception cref="ArgumentException">The codes are of other trees, or the shape of the destination does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level, or another matrix was encoded into <paramref name="a"/> meanwhile.</exception>
    public void Multiply(EncodedMatrix a, TensorSpan<float> destination, int maxDegreeOfParallelism = 1) =>
        Multiply(a, MatrixView<float>.Of(destination, nameof(destination)), maxDegreeOfParallelism);

    /// <summary>Y ≈ A·B (+ bias) for a matrix that was encoded earlier, by this product's model.</summary>
    /// <param name="a">Codes made by the same hash trees.</param>
    /// <param name="destination">N × M, row-major.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentNullException"><paramref name="a"/> is null.</exception>
    /// <exception cref="ArgumentException">The codes are of other trees, or the length of the destination does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level, or another matrix was encoded into <paramref name="a"/> meanwhile.</exception>
    [OverloadResolutionPriority(1)]
    public void Multiply(EncodedMatrix a, Span<float> destination, int maxDegreeOfParallelism = 1)
    {
        ArgumentNullException.ThrowIfNull(a);
        Multiply(a, MatrixView<float>.Of(destination, a.Rows, Outputs, nameof(destination)), maxDegreeOfParallelism);
    }

    /// <summary>Encodes a matrix once, to be multiplied later by this and by other B bound to the same model.</summary>
    /// <param name="a">N × D, any strides. NaN goes left in every comparison; infinities order as usual.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <returns>The codes of all rows.</returns>
    /// <exception cref="ArgumentException">The shape or the element type does not fit the model, or the codes of so many rows do not fit into one array.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public EncodedMatrix Encode(ReadOnlyTensorSpan<float> a, int maxDegreeOfParallelism = 1) => Encode<float>(a, maxDegreeOfParallelism);

    /// <inheritdoc cref="Encode(ReadOnlyTensorSpan{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public EncodedMatrix Encode<T>(ReadOnlyTensorSpan<T> a, int maxDegreeOfParallelism = 1)
        where T : unmanaged => Drivers.Encode(_approximation.Plan, MatrixView<T>.Of(a, nameof(a)), maxDegreeOfParallelism);

    /// <summary>Encodes a matrix once, to be multiplied later by this and by other B bound to the same model.</summary>
    /// <param name="a">N × D, row-major. NaN goes left in every comparison; infinities order as usual.</param>
    /// <param name="rows">N.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <returns>The codes of all rows.</returns>
    /// <exception cref="ArgumentException">The shape or the element type does not fit the model, or the codes of so many rows do not fit into one array.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    [OverloadResolutionPriority(1)]
    public EncodedMatrix Encode(ReadOnlySpan<float> a, int rows, int maxDegreeOfParallelism = 1) => Encode<float>(a, rows, maxDegreeOfParallelism);

    /// <inheritdoc cref="Encode(ReadOnlySpan{float}, int, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    [OverloadResolutionPriority(1)]
    public EncodedMatrix Encode<T>(ReadOnlySpan<T> a, int rows, int maxDegreeOfParallelism = 1)
        where T : unmanaged => Drivers.Encode(_approximation.Plan, MatrixView<T>.Of(a, rows, Inputs, nameof(a)), maxDegreeOfParallelism);

    /// <summary>Encodes a matrix once, to be multiplied later by this and by other B bound to the same model, in place of what <paramref name="destination"/> holds and in its memory where that is large enough and was made for as many leaves: batch after batch of one model allocates nothing.</summary>
    /// <param name="a">N × D, any strides. NaN goes left in every comparison; infinities order as usual.</param>
    /// <param name="destination">An encoded matrix, of any model and any rows, that nobody else reads or encodes into meanwhile; holds the codes of all rows afterwards, and none if something fails on the way.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentNullException"><paramref name="destination"/> is null.</exception>
    /// <exception cref="ArgumentException">The shape or the element type does not fit the model, or the codes of so many rows do not fit into one array.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Encode(ReadOnlyTensorSpan<float> a, EncodedMatrix destination, int maxDegreeOfParallelism = 1) => Encode<float>(a, destination, maxDegreeOfParallelism);

    /// <inheritdoc cref="Encode(ReadOnlyTensorSpan{float}, EncodedMatrix, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Encode<T>(ReadOnlyTensorSpan<T> a, EncodedMatrix destination, int maxDegreeOfParallelism = 1)
        where T : unmanaged => Drivers.Encode(_approximation.Plan, MatrixView<T>.Of(a, nameof(a)), destination, maxDegreeOfParallelism);

    /// <summary>Encodes a matrix once, to be multiplied later by this and by other B bound to the same model, in place of what <paramref name="destination"/> holds and in its memory where that is large enough and was made for as many leaves: batch after batch of one model allocates nothing.</summary>
    /// <param name="a">N × D, row-major. NaN goes left in every comparison; infinities order as usual.</param>
    /// <param name="rows">N.</param>
    /// <param name="destination">An encoded matrix, of any model and any rows, that nobody else reads or encodes into meanwhile; holds the codes of all rows afterwards, and none if something fails on the way.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentNullException"><paramref name="destination"/> is null.</exception>
    /// <exception cref="ArgumentException">The shape or the element type does not fit the model, or the codes of so many rows do not fit into one array.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Encode(ReadOnlySpan<float> a, int rows, EncodedMatrix destination, int maxDegreeOfParallelism = 1) => Encode<float>(a, rows, destination, maxDegreeOfParallelism);

    /// <inheritdoc cref="Encode(ReadOnlySpan{float}, int, EncodedMatrix, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Encode<T>(ReadOnlySpan<T> a, int rows, EncodedMatrix destination, int maxDegreeOfParallelism = 1)
        where T : unmanaged => Drivers.Encode(_approximation.Plan, MatrixView<T>.Of(a, rows, Inputs, nameof(a)), destination, maxDegreeOfParallelism);

    /// <summary>Measures what the approximation costs on held-out rows: compares it with the exact product in double precision, block by block.</summary>
    /// <param name="a">N × D rows that training has not seen, any strides, finite.</param>
    /// <param name="b">The D × M matrix that this product approximates, any strides, finite.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>The errors.</returns>
    /// <exception cref="ArgumentException">A shape or the element type does not fit, there are no rows, a value is not finite, or B is too large to copy.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ApproximationReport Evaluate(ReadOnlyTensorSpan<float> a, ReadOnlyTensorSpan<float> b, CancellationToken cancellationToken = default) =>
        Evaluate<float>(a, b, cancellationToken);

    /// <inheritdoc cref="Evaluate(ReadOnlyTensorSpan{float}, ReadOnlyTensorSpan{float}, CancellationToken)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public ApproximationReport Evaluate<T>(ReadOnlyTensorSpan<T> a, ReadOnlyTensorSpan<float> b, CancellationToken cancellationToken = default)
        where T : unmanaged => Evaluate(MatrixView<T>.Of(a, nameof(a)), MatrixView<float>.Of(b, nameof(b)), cancellationToken);

    /// <summary>Measures what the approximation costs on held-out rows: compares it with the exact product in double precision, block by block.</summary>
    /// <param name="a">N × D rows that training has not seen, row-major, finite.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="b">The D × M matrix that this product approximates, row-major, finite.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>The errors.</returns>
    /// <exception cref="ArgumentException">A length or the element type does not fit, there are no rows, a value is not finite, or B is too large to copy.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ApproximationReport Evaluate(ReadOnlySpan<float> a, int rows, ReadOnlySpan<float> b, CancellationToken cancellationToken = default) =>
        Evaluate<float>(a, rows, b, cancellationToken);

    /// <inheritdoc cref="Evaluate(ReadOnlySpan{float}, int, ReadOnlySpan{float}, CancellationToken)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public ApproximationReport Evaluate<T>(ReadOnlySpan<T> a, int rows, ReadOnlySpan<float> b, CancellationToken cancellationToken = default)
        where T : unmanaged => Evaluate(MatrixView<T>.Of(a, rows, Inputs, nameof(a)), MatrixView<float>.Of(b, Inputs, Outputs, nameof(b)), cancellationToken);

    /// <summary>The same product with another way of adding table entries. Files do not hold the way: what is loaded adds exactly.</summary>
    /// <param name="summation">The way.</param>
    /// <returns>A product that shares this one's memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="summation"/> is no member of the enumeration.</exception>
    public MaddnessMatmul WithSummation(Summation summation)
    {
        if (!Enum.IsDefined(summation))
        {
            throw new ArgumentOutOfRangeException(nameof(summation), summation, $"'{nameof(summation)}' is {summation}; expected a member of {nameof(Maddness.Summation)}.");
        }

        return new MaddnessMatmul(_approximation with { Summation = summation }, Activation);
    }

    /// <summary>
    /// The same product whose outputs, bias included, are activated before they are stored, in registers: a pass over the results less. All that multiplies does so (<see cref="Multiply(ReadOnlySpan{float}, int, Span{float}, int)"/> and its overloads);
    /// searches, evaluation, re-ranking and drift are of A·B (+ bias) itself. Files do not hold the activation: what is loaded has none.
    /// </summary>
    /// <param name="activation">What is applied. <see cref="Activation.Relu"/> leaves −0 and what is no number as they are.</param>
    /// <returns>A product that shares this one's memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="activation"/> is no member of the enumeration.</exception>
    public MaddnessMatmul WithActivation(Activation activation)
    {
        if (!Enum.IsDefined(activation))
        {
            throw new ArgumentOutOfRangeException(nameof(activation), activation, $"'{nameof(activation)}' is {activation}; expected a member of {nameof(Maddness.Activation)}.");
        }

        return new MaddnessMatmul(_approximation, activation);
    }

    /// <summary>Refuses a B of another shape than the one that this product approximates, or with a value that is not finite.</summary>
    internal void CheckB(MatrixView<float> b)
    {
        ArgumentChecks.Shape(b, Inputs, Outputs, nameof(b));
        InputChecks.Finite(b, nameof(b));
    }

    /// <summary>An evaluation without rows yet, of a B that has been checked.</summary>
    internal Evaluation NewEvaluation(MatrixView<float> b) => new(_approximation, b);

    /// <summary>A·B (+ bias) of one row of the shape that the product has, before any activation.</summary>
    internal void MultiplyRow<T>(MatrixView<T> row, Span<float> destination)
        where T : unmanaged => Drivers.Multiply(_approximation, Activation.None, row, MatrixView<float>.Of(destination, 1, Outputs, nameof(destination)), 1);

    private void Multiply<T>(MatrixView<T> a, MatrixView<float> destination, int maxDegreeOfParallelism)
        where T : unmanaged
    {
        InputChecks.Input(a, Trees, nameof(a));
        ArgumentChecks.Shape(destination, a.Rows, Outputs, nameof(destination));
        ArgumentChecks.NoSelfOverlap(destination, nameof(destination));
        ArgumentChecks.NoOverlap(a, nameof(a), destination, nameof(destination));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (a.Rows > 0)
        {
            Drivers.Multiply(_approximation, Activation, a, destination, degree);
        }
    }

    private void Multiply(EncodedMatrix a, MatrixView<float> destination, int maxDegreeOfParallelism)
    {
        CheckCodes(a);
        ArgumentChecks.Shape(destination, a.Rows, Outputs, nameof(destination));
        ArgumentChecks.NoSelfOverlap(destination, nameof(destination));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (destination.Rows > 0)
        {
            Drivers.Multiply(a, _approximation.Tables, Summation, Activation, destination, degree);
        }
    }

    /// <summary>Refuses codes that were not made by this product's trees.</summary>
    private void CheckCodes(EncodedMatrix a)
    {
        ArgumentNullException.ThrowIfNull(a);
        if (a.Codebooks != Codebooks || a.Leaves != Leaves)
        {
            throw new ArgumentException($"'{nameof(a)}' has {a.Codebooks} codebooks of {a.Leaves} leaves; expected {Codebooks} of {Leaves}.", nameof(a));
        }

        // A fingerprint comes with the codes, from a file perhaps: it tells codes of other trees, it does not vouch for their shape.
        if (!string.Equals(a.TreeFingerprint, Trees.Fingerprint, StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"'{nameof(a)}' was encoded by trees with fingerprint {a.TreeFingerprint}; expected {Trees.Fingerprint}, those of this product's model.", nameof(a));
        }
    }

    private ApproximationReport Evaluate<T>(MatrixView<T> a, MatrixView<float> b, CancellationToken cancellation)
        where T : unmanaged
    {
        InputChecks.Input(a, Trees, nameof(a));
        ArgumentChecks.HasRows(a.Rows, nameof(a));
        CheckB(b);
        InputChecks.Finite(a, nameof(a));
        Evaluation evaluation = NewEvaluation(b);
        evaluation.Add(a, [], cancellation);
        return evaluation.Report();
    }
}
