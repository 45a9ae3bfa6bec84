using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Model;
using Maddness.Planning;

namespace Maddness;

/// <summary>
/// Chooses how to learn a product for a budget of error: learns candidates over codebooks, leaves, objective and cache lines, measures their error on one half of held-out rows and their speed
/// on this CPU beside <see cref="ExactMatmul"/>, takes the fastest that keeps to the budget, and reports what it is on the other half, where it must keep to it, too. Errors depend on the values and the seed alone; times, and so the choice,
/// also on the machine.
/// </summary>
public static class MaddnessPlanner
{
    /// <summary>Rows that can be halved.</summary>
    private const int MinHeldOutRows = 2;

    /// <summary>Plans an approximation of A·B + bias.</summary>
    /// <typeparam name="T">float, short, sbyte or byte. Integers are taken at face value; fold their scale into B.</typeparam>
    /// <param name="a">N × D training rows, at least one, any strides.</param>
    /// <param name="b">D × M, any strides.</param>
    /// <param name="heldOut">Rows that are not among the training rows, at least 2, D columns, any strides, finite: a seeded half chooses, the others report. What is timed are dense, row-major copies.</param>
    /// <param name="options">The budget.</param>
    /// <param name="bias">M values added to every row of the product, or empty for none.</param>
    /// <param name="labels">The class of each held-out row, an output's index from 0 to M − 1, or empty for none: reported, without effect on the choice.</param>
    /// <param name="progress">Told before each candidate is learned, while it is, and before all are timed side by side; from the working threads, one call at a time; null for nobody.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The product to use, or the advice to stay exact, and all that was tried.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">What <see cref="MaddnessTrainer"/> refuses; matrices that no array holds, as all are copied; held-out rows that are too few, do not fit or are not finite; labels that are more or fewer than the
    /// held-out rows, or not the index of an output (the message has the label and its place); <paramref name="options"/> without a budget.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the exception names it.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static MaddnessPlan Plan<T>(
        ReadOnlyTensorSpan<T> a,
        ReadOnlyTensorSpan<float> b,
        ReadOnlyTensorSpan<T> heldOut,
        PlanningOptions options,
        ReadOnlySpan<float> bias = default,
        ReadOnlySpan<int> labels = default,
        IProgress<PlanningProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged => Plan(
            Checked<T>(options),
            MatrixView<T>.Of(in a, nameof(a)),
            MatrixView<float>.Of(in b, nameof(b)),
            MatrixView<T>.Of(in heldOut, nameof(heldOut)),
            bias,
            labels,
            progress,
            cancellationToken);

    /// <summary>Plans an approximation of A·B + bias.</summary>
    /// <typeparam name="T">float, short, sbyte or byte. Integers are taken at face value; fold their scale into B.</typeparam>
    /// <param name="a">N × D training rows, row-major.</param>
    /// <param name="rows">N, at least 1.</param>
    /// <param name="inputs">D.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M, at least 1.</param>
    /// <param name="heldOut">Rows that are not among the training rows, D columns, row-major, finite.</param>
    /// <param name="heldOutRows">How many, at least 2: a seeded half chooses, the others report.</param>
    /// <param name="options">The budget.</param>
    /// <param name="bias">M values added to every row of the product, or empty for none.</param>
    /// <param name="labels">The class of each held-out row, an output's index from 0 to M − 1, or empty for none: reported, without effect on the choice.</param>
    /// <param name="progress">Told before each candidate is learned, while it is, and before all are timed side by side; from the working threads, one call at a time; null for nobody.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The product to use, or the advice to stay exact, and all that was tried.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">What <see cref="MaddnessTrainer"/> refuses; held-out rows that are too few, do not fit or are not finite; labels that are more or fewer than the held-out rows,
    /// or not the index of an output (the message has the label and its place); <paramref name="options"/> without a budget.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of rows, inputs or outputs is negative, or an option is out of range; the exception names it.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static MaddnessPlan Plan<T>(
        ReadOnlySpan<T> a,
        int rows,
        int inputs,
        ReadOnlySpan<float> b,
        int outputs,
        ReadOnlySpan<T> heldOut,
        int heldOutRows,
        PlanningOptions options,
        ReadOnlySpan<float> bias = default,
        ReadOnlySpan<int> labels = default,
        IProgress<PlanningProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged => Plan(
            Checked<T>(options),
            MatrixView<T>.Of(a, rows, inputs, nameof(a)),
            MatrixView<float>.Of(b, inputs, outputs, nameof(b)),
            MatrixView<T>.Of(heldOut, heldOutRows, inputs, nameof(heldOut)),
            bias,
            labels,
            progress,
            cancellationToken);

    /// <summary>Options within their ranges, for rows of a type that can be learned from: refused before any matrix is.</summary>
    private static PlanningOptions Checked<T>(PlanningOptions options)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(nameof(options));
        ElementTypes.Of<T>();
        return options;
    }

    private static MaddnessPlan Plan<T>(
        PlanningOptions options,
        MatrixView<T> a,
        MatrixView<float> b,
        MatrixView<T> heldOut,
        ReadOnlySpan<float> bias,
        ReadOnlySpan<int> labels,
        IProgress<PlanningProgress>? progress,
        CancellationToken cancellation)
        where T : unmanaged
    {
        ArgumentChecks.IsTraining(a, nameof(a));
        ArgumentChecks.FitsArray(b.Rows, b.Columns, nameof(b));
        InputChecks.Weights(b, a.Columns, nameof(b));
        float[]? ownBias = InputChecks.Bias(bias, b.Columns, nameof(bias));
        ArgumentChecks.Columns(heldOut, a.Columns, nameof(heldOut));
        if (heldOut.Rows < MinHeldOutRows)
        {
            throw new ArgumentException($"'{nameof(heldOut)}' has {heldOut.Rows} rows; expected at least {MinHeldOutRows}: one half chooses, the other reports.", nameof(heldOut));
        }

        // Before values are read: a tensor may be larger than memory.
        ArgumentChecks.FitsArray(a.Rows, a.Columns, nameof(a));
        ArgumentChecks.FitsArray(heldOut.Rows, heldOut.Columns, nameof(heldOut));
        InputChecks.Finite(a, nameof(a));
        InputChecks.Finite(heldOut, nameof(heldOut));
        if (!labels.IsEmpty)
        {
            ArgumentChecks.Length(labels, heldOut.Rows, nameof(labels));
            InputChecks.Labels(labels, b.Columns, nameof(labels));
        }

        HeldOutHalves<T> halves = HeldOutHalves<T>.Split(heldOut, labels, options.Seed);
        PlanSearch<T> search = new(a.ToArray(nameof(a)), a.Rows, a.Columns, b.ToArray(nameof(b)), b.Columns, ownBias, halves, options, progress, cancellation);
        return search.Run();
    }
}
