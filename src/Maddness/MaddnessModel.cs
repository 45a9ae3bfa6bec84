using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;

namespace Maddness;

/// <summary>
/// Hash trees and prototypes learned from rows of A alone: for when B comes later, or changes. <see cref="Bind(ReadOnlyTensorSpan{float}, ReadOnlySpan{float})"/> makes a product for one B.
/// Immutable and safe for concurrent calls. Where B is known at training, <see cref="MaddnessTrainer"/> learns a <see cref="MaddnessMatmul"/> directly, which is more accurate.
/// </summary>
public sealed partial class MaddnessModel
{
    private readonly EncodePlan _plan;

    private object? _tablesLock;

    private TableBuilder? _tables;

    private bool _hasTables;

    internal MaddnessModel(HashTrees trees, Prototypes prototypes)
    {
        Prototypes = prototypes;
        _plan = new EncodePlan(trees);
    }

    /// <summary>D, the columns of A.</summary>
    public int Inputs => Trees.Inputs;

    /// <summary>C, the codebooks: codes per row.</summary>
    public int Codebooks => Trees.Codebooks;

    /// <summary>K, the leaves of a tree: 16, 32 or 64.</summary>
    public int Leaves => Trees.Leaves;

    /// <summary>The element type of A.</summary>
    public ElementType ElementType => Trees.ElementType;

    /// <summary>The columns, the codebooks, and what rows hold.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Inputs} inputs, {Codebooks} codebooks of {Leaves} leaves, rows of {ElementType}");

    internal HashTrees Trees => _plan.Trees;

    internal Prototypes Prototypes { get; }

    /// <summary>Made for the first B.</summary>
    private TableBuilder Tables => LazyInitializer.EnsureInitialized(ref _tables, ref _hasTables, ref _tablesLock, () => new TableBuilder(Prototypes))!;

    /// <summary>Makes the product with one B: its tables are the products of the prototypes with B, rounded to 8 bits. The first B of a model takes longer: prototypes are packed for all, in about as much memory again.</summary>
    /// <param name="b">D × M, any strides, finite.</param>
    /// <param name="bias">M values added to every row of the product, or empty for none.</param>
    /// <returns>The approximate product with <paramref name="b"/>.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, a value is not finite, or tables overflow float32.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public MaddnessMatmul Bind(ReadOnlyTensorSpan<float> b, ReadOnlySpan<float> bias = default) => Bind(MatrixView<float>.Of(b, nameof(b)), bias);

    /// <summary>Makes the product with one B: its tables are the products of the prototypes with B, rounded to 8 bits. The first B of a model takes longer: prototypes are packed for all, in about as much memory again.</summary>
    /// <param name="b">D × M, row-major, finite.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">M values added to every row of the product, or empty for none.</param>
    /// <returns>The approximate product with <paramref name="b"/>.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, a value is not finite, or tables overflow float32.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outputs"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public MaddnessMatmul Bind(ReadOnlySpan<float> b, int outputs, ReadOnlySpan<float> bias = default) => Bind(MatrixView<float>.Of(b, Inputs, outputs, nameof(b)), bias);

    /// <summary>Encodes a matrix once, to be multiplied by many B.</summary>
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
        where T : unmanaged => Drivers.Encode(_plan, MatrixView<T>.Of(a, nameof(a)), maxDegreeOfParallelism);

    /// <summary>Encodes a matrix once, to be multiplied by many B.</summary>
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
        where T : unmanaged => Drivers.Encode(_plan, MatrixView<T>.Of(a, rows, Inputs, nameof(a)), maxDegreeOfParallelism);

    /// <summary>Encodes a matrix once, to be multiplied by many B, in place of what <paramref name="destination"/> holds and in its memory where that is large enough and was made for as many leaves: batch after batch of one model allocates nothing.</summary>
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
        where T : unmanaged => Drivers.Encode(_plan, MatrixView<T>.Of(a, nameof(a)), destination, maxDegreeOfParallelism);

    /// <summary>Encodes a matrix once, to be multiplied by many B, in place of what <paramref name="destination"/> holds and in its memory where that is large enough and was made for as many leaves: batch after batch of one model allocates nothing.</summary>
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
        where T : unmanaged => Drivers.Encode(_plan, MatrixView<T>.Of(a, rows, Inputs, nameof(a)), destination, maxDegreeOfParallelism);

    private MaddnessMatmul Bind(MatrixView<float> b, ReadOnlySpan<float> bias)
    {
        InputChecks.TableSize(Inputs, Codebooks, Leaves, b.Columns, nameof(b));
        InputChecks.Weights(b, Inputs, nameof(b));
        float[]? ownBias = InputChecks.Bias(bias, b.Columns, nameof(bias));
        return new MaddnessMatmul(_plan, Tables.Build(b, ownBias));
    }
}
