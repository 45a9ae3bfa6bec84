using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Training;

namespace Maddness;

/// <summary>
/// Learns approximate products from rows of A (paper §4): hash trees that make a row's codes, and prototypes, or tables for a B that is known. The result depends only on the
/// values given, the options and the seed: not on the threads, the CPU, or the strides of the matrices.
/// </summary>
/// <remarks>
/// All methods throw <see cref="ArgumentException"/>, or one derived from it, for matrices without rows or columns, lengths that do not fit the shapes, values that are not finite (naming
/// row and column), options out of range (naming the property), more codebooks than columns where B is not known or prototypes are local, and products too large for float32; and
/// <see cref="OperationCanceledException"/> soon after a cancellation. What is learned for a known B is more accurate, and takes the longer the more outputs B has: on one core of a Zen 4, 2,000 rows, 100,000 outputs of 64 columns
/// and 8 codebooks 17 seconds at an error of .22, where rows alone and <see cref="MaddnessModel.Bind(ReadOnlySpan{float}, int, ReadOnlySpan{float})"/> took .1 second at .26.
/// </remarks>
public static class MaddnessTrainer
{
    /// <summary>Learns from rows of A alone, for a B that comes later.</summary>
    /// <param name="a">N × D training rows, of any strides.</param>
    /// <param name="options">How to learn; null for the defaults.</param>
    /// <param name="progress">Told what has been done, from the working threads, one call at a time; null for nobody.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <returns>A model that is bound to any B.</returns>
    /// <exception cref="ArgumentException">See the remarks of <see cref="MaddnessTrainer"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static MaddnessModel Train(
        ReadOnlyTensorSpan<float> a, TrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Train(MatrixView<float>.Of(in a, nameof(a)), options, progress, cancellationToken);

    /// <summary>Learns from rows of A alone, for a B that comes later.</summary>
    /// <param name="a">N × D training rows, row-major.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="inputs">D.</param>
    /// <param name="options">How to learn; null for the defaults.</param>
    /// <param name="progress">Told what has been done, from the working threads, one call at a time; null for nobody.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <returns>A model that is bound to any B.</returns>
    /// <exception cref="ArgumentException">See the remarks of <see cref="MaddnessTrainer"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> or <paramref name="inputs"/> is negative, or an option is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static MaddnessModel Train(
        ReadOnlySpan<float> a,
        int rows,
        int inputs,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Train(MatrixView<float>.Of(a, rows, inputs, nameof(a)), options, progress, cancellationToken);

    /// <summary>Learns from rows of A of an integer type, which the model's inputs must then have too, or float; for a B that comes later.</summary>
    /// <typeparam name="T">float, short, sbyte or byte. Integers are taken at face value; fold their scale into B.</typeparam>
    /// <inheritdoc cref="Train(ReadOnlyTensorSpan{float}, TrainingOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public static MaddnessModel Train<T>(
        ReadOnlyTensorSpan<T> a, TrainingOptions? options = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        where T : unmanaged =>
        Train(MatrixView<T>.Of(in a, nameof(a)), options, progress, cancellationToken);

    /// <summary>Learns from rows of A of an integer type, which the model's inputs must then have too, or float; for a B that comes later.</summary>
    /// <typeparam name="T">float, short, sbyte or byte. Integers are taken at face value; fold their scale into B.</typeparam>
    /// <inheritdoc cref="Train(ReadOnlySpan{float}, int, int, TrainingOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public static MaddnessModel Train<T>(
        ReadOnlySpan<T> a,
        int rows,
        int inputs,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged =>
        Train(MatrixView<T>.Of(a, rows, inputs, nameof(a)), options, progress, cancellationToken);

    /// <summary>Learns an approximation of A·B + bias for a known B.</summary>
    /// <param name="a">N × D training rows, of any strides.</param>
    /// <param name="b">D × M, of any strides.</param>
    /// <param name="bias">M values added to every row of the product, or empty for none.</param>
    /// <param name="options">How to learn; null for the defaults.</param>
    /// <param name="progress">Told what has been done, from the working threads, one call at a time; null for nobody.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <returns>The approximate product, with the bias.</returns>
    /// <exception cref="ArgumentException">See the remarks of <see cref="MaddnessTrainer"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static MaddnessMatmul Train(
        ReadOnlyTensorSpan<float> a,
        ReadOnlyTensorSpan<float> b,
        ReadOnlySpan<float> bias = default,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Train(MatrixView<float>.Of(in a, nameof(a)), MatrixView<float>.Of(in b, nameof(b)), bias, options, progress, cancellationToken);

    /// <summary>Learns an approximation of A·B + bias for a known B.</summary>
    /// <param name="a">N × D training rows, row-major.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="inputs">D.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M, at least 1.</param>
    /// <param name="bias">M values added to every row of the product, or empty for none.</param>
    /// <param name="options">How to learn; null for the defaults.</param>
    /// <param name="progress">Told what has been done, from the working threads, one call at a time; null for nobody.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <returns>The approximate product, with the bias.</returns>
    /// <exception cref="ArgumentException">See the remarks of <see cref="MaddnessTrainer"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/>, <paramref name="inputs"/> or <paramref name="outputs"/> is negative, or an option is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static MaddnessMatmul Train(
        ReadOnlySpan<float> a,
        int rows,
        int inputs,
        ReadOnlySpan<float> b,
        int outputs,
        ReadOnlySpan<float> bias = default,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Train(MatrixView<float>.Of(a, rows, inputs, nameof(a)), MatrixView<float>.Of(b, inputs, outputs, nameof(b)), bias, options, progress, cancellationToken);

    /// <summary>Learns an approximation of A·B + bias for a known B from rows of A of an integer type, which the inputs must then have too, or float.</summary>
    /// <typeparam name="T">float, short, sbyte or byte. Integers are taken at face value; fold their scale into B.</typeparam>
    /// <inheritdoc cref="Train(ReadOnlyTensorSpan{float}, ReadOnlyTensorSpan{float}, ReadOnlySpan{float}, TrainingOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public static MaddnessMatmul Train<T>(
        ReadOnlyTensorSpan<T> a,
        ReadOnlyTensorSpan<float> b,
        ReadOnlySpan<float> bias = default,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged =>
        Train(MatrixView<T>.Of(in a, nameof(a)), MatrixView<float>.Of(in b, nameof(b)), bias, options, progress, cancellationToken);

    /// <summary>Learns an approximation of A·B + bias for a known B from rows of A of an integer type, which the inputs must then have too, or float.</summary>
    /// <typeparam name="T">float, short, sbyte or byte. Integers are taken at face value; fold their scale into B.</typeparam>
    /// <inheritdoc cref="Train(ReadOnlySpan{float}, int, int, ReadOnlySpan{float}, int, ReadOnlySpan{float}, TrainingOptions?, IProgress{TrainingProgress}?, CancellationToken)"/>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public static MaddnessMatmul Train<T>(
        ReadOnlySpan<T> a,
        int rows,
        int inputs,
        ReadOnlySpan<float> b,
        int outputs,
        ReadOnlySpan<float> bias = default,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged =>
        Train(MatrixView<T>.Of(a, rows, inputs, nameof(a)), MatrixView<float>.Of(b, inputs, outputs, nameof(b)), bias, options, progress, cancellationToken);

    private static MaddnessModel Train<T>(MatrixView<T> a, TrainingOptions? options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
        where T : unmanaged
    {
        options = Check(a, options, false);
        TrainingScope scope = new(ArgumentChecks.Parallelism(options.MaxDegreeOfParallelism), progress, cancellation);
        TrainingRows data = TrainingRows.Copy(a, options.MaxTrainingRows, options.Seed, scope);
        PartSelector.PartPlan plan = PartSelector.Choose(data, options, scope);
        double ridge = options.PrototypeLayout == PrototypeLayout.Dense ? options.RidgeStrength ?? RidgeSelector.Choose(data, plan.Rows, null, 0, null, plan.Parts, options, scope) : 0;
        data = MadeRows.Of(data, plan.Rows, options.Seed);
        LearnedTrees trees = LearnedTrees.Learn(data, plan.Parts, null, options, scope);
        Prototypes prototypes = PrototypeFitter.Fit(data, trees, options.PrototypeLayout, ridge, scope);
        return new MaddnessModel(trees.ToHashTrees(data, options.Levels), prototypes);
    }

    private static MaddnessMatmul Train<T>(
        MatrixView<T> a, MatrixView<float> b, ReadOnlySpan<float> bias, TrainingOptions? options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
        where T : unmanaged
    {
        options = Check(a, options, true);
        InputChecks.TableSize(a.Columns, options.Codebooks, options.Leaves, b.Columns, nameof(b));
        InputChecks.Weights(b, a.Columns, nameof(b));
        int outputs = b.Columns;
        if (outputs == 1)
        {
            // One logit has nothing to be larger than, and without what all logits share it is nothing.
            options = options with { Classifier = false };
        }

        float[]? ownBias = InputChecks.Bias(bias, outputs, nameof(bias));
        float[] factor = b.ToArray(nameof(b));
        TrainingScope scope = new(ArgumentChecks.Parallelism(options.MaxDegreeOfParallelism), progress, cancellation);
        TrainingRows data = TrainingRows.Copy(a, options.MaxTrainingRows, options.Seed, scope);
        float[]? scales = options.NormalizeOutputs && outputs > 1 ? OutputScales.Of(data, factor, outputs, options.MaxDegreeOfParallelism, cancellation) : null;
        if (scales is not null)
        {
            OutputScales.Apply(scales, factor);
        }

        float[] tables = ProductTables.Learn(data, factor, outputs, ownBias, options, scope, out LearnedTrees trees, out double? squaredError);
        if (scales is not null)
        {
            OutputScales.TakeBack(scales, tables);
        }

        HashTrees hashTrees = trees.ToHashTrees(data, options.Levels);
        return new MaddnessMatmul(hashTrees, TableQuantizer.Quantize(TableBuilder.Transpose(tables, options.Codebooks * options.Leaves), options.Codebooks, options.Leaves, outputs, ownBias, squaredError, scales));
    }

    private static TrainingOptions Check<T>(MatrixView<T> a, TrainingOptions? options, bool isProduct)
        where T : unmanaged
    {
        ElementTypes.Of<T>();
        ArgumentChecks.IsTraining(a, nameof(a));
        options ??= new TrainingOptions();
        options.Validate(a.Columns, isProduct);

        // Throws where a wrong environment variable chooses the level: before hours of learning, not after.
        _ = KernelSelection.Current;
        if (!isProduct && options.PrototypeLayout == PrototypeLayout.Dense && (long)options.Codebooks * options.Leaves * a.Columns > Array.MaxLength)
        {
            throw new ArgumentException(
                $"'{nameof(a)}' has {a.Columns} columns, for which {options.Codebooks} codebooks of {options.Leaves} dense prototypes take "
                + $"{(long)options.Codebooks * options.Leaves * a.Columns} elements; expected at most {Array.MaxLength}: use {nameof(PrototypeLayout)}.{nameof(PrototypeLayout.CodebookLocal)}.",
                nameof(a));
        }

        return options;
    }
}
