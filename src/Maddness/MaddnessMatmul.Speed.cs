using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Model;
using Maddness.Planning;

namespace Maddness;

/// <content>Measuring the speed.</content>
public sealed partial class MaddnessMatmul
{
    /// <summary>Measures this product beside the exact one on this CPU. The rows are copied to be dense and row-major: it is that layout which is timed.</summary>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <param name="a">Rows such as the product will meet, N × D, any strides, at least one; of very many, the first ones are timed.</param>
    /// <param name="b">The D × M matrix that this product approximates, any strides, finite.</param>
    /// <param name="progress">Told after each of its runs which share of them is done, up to 1; null for nobody. Not told while products run that are not timed.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>Nanoseconds per row of both.</returns>
    /// <exception cref="ArgumentException">A shape or the element type does not fit, there are no rows, or <paramref name="b"/> holds what is not finite.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SpeedReport MeasureSpeed<T>(ReadOnlyTensorSpan<T> a, ReadOnlyTensorSpan<float> b, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        where T : unmanaged => MeasureSpeed(MatrixView<T>.Of(in a, nameof(a)), MatrixView<float>.Of(in b, nameof(b)), progress, cancellationToken);

    /// <summary>Measures this product beside the exact one on this CPU. Takes some tenths of a second, more for large products, and some seconds where runs take microseconds and the runtime, compiling in tiers, must first settle.</summary>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <param name="a">Rows such as the product will meet, row-major; of very many, the first ones are timed.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="b">The D × M matrix that this product approximates, row-major, finite.</param>
    /// <param name="progress">Told after each of its runs which share of them is done, up to 1; null for nobody. Not told while products run that are not timed.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>Nanoseconds per row of both.</returns>
    /// <exception cref="ArgumentException">A length or the element type does not fit, there are no rows, or <paramref name="b"/> holds what is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SpeedReport MeasureSpeed<T>(ReadOnlySpan<T> a, int rows, ReadOnlySpan<float> b, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        where T : unmanaged => MeasureSpeed(MatrixView<T>.Of(a, rows, Inputs, nameof(a)), MatrixView<float>.Of(b, Inputs, Outputs, nameof(b)), progress, cancellationToken);

    private SpeedReport MeasureSpeed<T>(MatrixView<T> a, MatrixView<float> b, IProgress<double>? progress, CancellationToken cancellation)
        where T : unmanaged
    {
        InputChecks.Input(a, Trees, nameof(a));
        CheckB(b);
        ArgumentChecks.HasRows(a.Rows, nameof(a));
        RowSpeed<T> comparison = new(a, b, Tables.Bias);
        return comparison.Run([this], SpeedComparison.ManyRuns, cancellation, progress)[0];
    }
}
