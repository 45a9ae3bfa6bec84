using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;

namespace Maddness;

/// <summary>
/// Measures what an approximation costs on rows that arrive block by block, such as those of a file that is larger than memory, and with labels where they are known:
/// what <see cref="MaddnessMatmul.Evaluate(ReadOnlySpan{float}, int, ReadOnlySpan{float}, CancellationToken)"/> reports of all rows at once. Not for concurrent calls.
/// </summary>
public sealed class ApproximationMeasurement
{
    private readonly MaddnessMatmul _product;
    private readonly Evaluation _evaluation;

    private bool? _hasLabels;

    /// <summary>Whether a block was begun and not finished.</summary>
    private bool _isStopped;

    /// <summary>A measurement without rows yet.</summary>
    /// <param name="product">The approximate product.</param>
    /// <param name="b">The D × M matrix that it approximates, any strides, finite.</param>
    /// <exception cref="ArgumentNullException"><paramref name="product"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="b"/> has another shape, a value that is not finite, or is too large to copy.</exception>
    public ApproximationMeasurement(MaddnessMatmul product, ReadOnlyTensorSpan<float> b)
        : this(ArgumentChecks.NotNull(product, nameof(product)), MatrixView<float>.Of(in b, nameof(b)))
    {
    }

    /// <summary>A measurement without rows yet.</summary>
    /// <param name="product">The approximate product.</param>
    /// <param name="b">The D × M matrix that it approximates, row-major, finite.</param>
    /// <exception cref="ArgumentNullException"><paramref name="product"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="b"/> has another length, a value that is not finite, or is too large to copy.</exception>
    [OverloadResolutionPriority(1)]
    public ApproximationMeasurement(MaddnessMatmul product, ReadOnlySpan<float> b)
        : this(ArgumentChecks.NotNull(product, nameof(product)), MatrixView<float>.Of(b, product.Inputs, product.Outputs, nameof(b)))
    {
    }

    private ApproximationMeasurement(MaddnessMatmul product, MatrixView<float> b)
    {
        product.CheckB(b);
        _product = product;
        _evaluation = product.NewEvaluation(b);
    }

    /// <summary>N, the rows measured on so far.</summary>
    public int Rows => _evaluation.Rows;

    /// <summary>Measures on some more rows.</summary>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <param name="a">Rows that training has not seen, any strides, finite.</param>
    /// <param name="labels">The class of each row, an output's index, or empty for none; with all blocks or with none. Labels of no output count as never met.</param>
    /// <param name="cancellationToken">Stops the measurement, which then refuses every other call.</param>
    /// <exception cref="ArgumentException">The shape or the element type does not fit, a value is not finite, or some blocks have labels and others none.</exception>
    /// <exception cref="OverflowException">There are more rows than an int counts.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level, or the measurement was stopped.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Add<T>(ReadOnlyTensorSpan<T> a, ReadOnlySpan<int> labels = default, CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        CheckNotStopped();
        Add(MatrixView<T>.Of(in a, nameof(a)), labels, cancellationToken);
    }

    /// <summary>Measures on some more rows.</summary>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <param name="a">Rows that training has not seen, row-major, finite.</param>
    /// <param name="rows">How many.</param>
    /// <param name="labels">The class of each row, an output's index, or empty for none; with all blocks or with none. Labels of no output count as never met.</param>
    /// <param name="cancellationToken">Stops the measurement, which then refuses every other call.</param>
    /// <exception cref="ArgumentException">A length or the element type does not fit, a value is not finite, or some blocks have labels and others none.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative.</exception>
    /// <exception cref="OverflowException">There are more rows than an int counts.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level, or the measurement was stopped.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Add<T>(ReadOnlySpan<T> a, int rows, ReadOnlySpan<int> labels = default, CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        CheckNotStopped();
        Add(MatrixView<T>.Of(a, rows, _product.Inputs, nameof(a)), labels, cancellationToken);
    }

    /// <summary>The errors over all rows so far.</summary>
    /// <returns>The report.</returns>
    /// <exception cref="InvalidOperationException">There are no rows, or the measurement was stopped.</exception>
    public ApproximationReport Report()
    {
        CheckNotStopped();
        return Rows > 0 ? _evaluation.Report() : throw new InvalidOperationException("There are 0 rows; expected at least 1 to measure on.");
    }

    private void Add<T>(MatrixView<T> a, ReadOnlySpan<int> labels, CancellationToken cancellation)
        where T : unmanaged
    {
        InputChecks.Input(a, _product.Trees, nameof(a));
        InputChecks.Finite(a, nameof(a));
        if (!labels.IsEmpty)
        {
            ArgumentChecks.Length(labels, a.Rows, nameof(labels));
        }

        if (a.Rows == 0)
        {
            return;
        }

        bool hasLabels = !labels.IsEmpty;
        if ((_hasLabels ?? hasLabels) != hasLabels)
        {
            throw new ArgumentException($"'{nameof(labels)}' has {labels.Length} elements; expected labels with all blocks of rows or with none.", nameof(labels));
        }

        _ = checked(Rows + a.Rows);

        // A level that does not exist is refused here, before any row is added.
        _ = KernelSelection.Current;
        _hasLabels = hasLabels;
        _isStopped = true;
        _evaluation.Add(a, labels, cancellation);
        _isStopped = false;
    }

    private void CheckNotStopped()
    {
        if (_isStopped)
        {
            throw new InvalidOperationException("The measurement was stopped while it added rows, of which it may hold some; expected a new one.");
        }
    }
}
