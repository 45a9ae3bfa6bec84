using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;
using static System.FormattableString;

namespace Maddness;

/// <summary>
/// Watches an approximate product in production: one row of every n is also computed exactly, and the running error over the last checked rows says whether the rows are
/// still of the kind that was learned. Where the error passes a bound, <see cref="BoundExceeded"/> is raised; metrics are published by <see cref="MeterName"/>.
/// Safe for concurrent calls.
/// </summary>
/// <remarks>
/// <para>The error is that of <see cref="ApproximationReport.NormalizedMeanSquaredError"/>, Σ(Ŷ − Y)² / Σ(Y − mean Y)², over the rows of the window, with one mean for all of them. A bias is in
/// both Ŷ and Y and cancels, but for the rounding of its addition.</para>
/// <para>Rows are counted over all calls, so batches of one row are sampled like any other. Of each n consecutive rows the one to be checked stands at a place that
/// changes from n to n, in a fixed way, so that data with a period are not always seen at the same phase.</para>
/// <para>A row with an exact output that is not finite (NaN or an infinity in A) would make the error meaningless: it is counted (<see cref="NonFiniteRows"/>, and a metric of its own) and left out. Of such rows alone the error stays as it was: watch their number, too.</para>
/// <para>The check runs on the calling thread, after the product if there is one, allocates nothing after the first row that a thread checks, and changes no result. The guard keeps a copy of B: 4·D·M bytes, with M rounded up to 16.</para>
/// </remarks>
public sealed class DriftGuard
{
    /// <summary>
    /// The name of the meter (<see cref="System.Diagnostics.Metrics.Meter"/>) of all guards. Its instruments: <c>maddness.drift.error</c>, a gauge, once a window is full; and the
    /// counters <c>maddness.drift.rows</c>, <c>maddness.drift.checked_rows</c>, <c>maddness.drift.non_finite_rows</c> and <c>maddness.drift.bound_exceeded</c>.
    /// </summary>
    public const string MeterName = DriftMetrics.MeterName;

    private readonly Lock _lock = new();
    private readonly DoubleProduct _exact;
    private readonly DriftWindow _window;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly int _interval;
    private readonly int _windowRows;
    private long _rows;
    private long _checkedRows;
    private long _nonFiniteRows;

    // Whether the event was raised and the error has stayed above the bound since; and the rows before it may be raised again.
    private bool _isRaised;
    private int _quietRows;

    /// <summary>Makes a guard for a product.</summary>
    /// <param name="product">The approximate product.</param>
    /// <param name="b">D × M, any strides, finite: the matrix that the product approximates. It is copied.</param>
    /// <param name="bound">The error above which <see cref="BoundExceeded"/> is raised: finite and above 0. Twice the error on held-out rows (<see cref="MaddnessMatmul.Evaluate(ReadOnlyTensorSpan{float}, ReadOnlyTensorSpan{float}, CancellationToken)"/>) is a start.</param>
    /// <param name="options">How often and over how many rows; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="product"/> is null.</exception>
    /// <exception cref="ArgumentException">The shape does not fit, a value is not finite, or B is too large to copy.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> or an option is out of range.</exception>
    public DriftGuard(MaddnessMatmul product, ReadOnlyTensorSpan<float> b, double bound, DriftGuardOptions? options = null)
        : this(product, MatrixView<float>.Of(b, nameof(b)), bound, options)
    {
    }

    /// <summary>Makes a guard for a product.</summary>
    /// <param name="product">The approximate product.</param>
    /// <param name="b">D × M, row-major, finite: the matrix that the product approximates. It is copied.</param>
    /// <param name="bound">The error above which <see cref="BoundExceeded"/> is raised: finite and above 0. Twice the error on held-out rows (<see cref="MaddnessMatmul.Evaluate(ReadOnlySpan{float}, int, ReadOnlySpan{float}, CancellationToken)"/>) is a start.</param>
    /// <param name="options">How often and over how many rows; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="product"/> is null.</exception>
    /// <exception cref="ArgumentException">The length does not fit, a value is not finite, or B is too large to copy.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> or an option is out of range.</exception>
    [OverloadResolutionPriority(1)]
    public DriftGuard(MaddnessMatmul product, ReadOnlySpan<float> b, double bound, DriftGuardOptions? options = null)
        : this(product, MatrixView<float>.Of(b, ArgumentChecks.NotNull(product, nameof(product)).Inputs, product.Outputs, nameof(b)), bound, options)
    {
    }

    private DriftGuard(MaddnessMatmul product, MatrixView<float> b, double bound, DriftGuardOptions? options)
    {
        Product = ArgumentChecks.NotNull(product, nameof(product));
        product.CheckB(b);
        if (!double.IsFinite(bound) || bound <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(bound), bound, Invariant($"'{nameof(bound)}' is {bound}; expected a finite value above 0."));
        }

        options ??= new DriftGuardOptions();
        options.Validate();
        Bound = bound;
        _interval = options.Interval;
        _windowRows = options.Window;
        _exact = new DoubleProduct(in b, nameof(b));
        _window = new DriftWindow(options.Window, product.Outputs);
        _tags = options.Name is string name ? [new("maddness.guard", name)] : [];
    }

    /// <summary>
    /// Raised when the running error passes <see cref="Bound"/>, on the thread whose call checked the row, after that call's product is complete. What a handler throws comes through to the caller when all
    /// rows of the call that are due have been checked: one exception as it is, several (of several excursions in one call) in an <see cref="AggregateException"/>; handlers that were added after the one that throws are not
    /// called. The next one comes only after the error has been at or below the bound, and after a whole window of other rows, so that an error that hovers at the bound does not raise it again and again.
    /// </summary>
    public event EventHandler<DriftEventArgs>? BoundExceeded;

    /// <summary>The approximate product.</summary>
    public MaddnessMatmul Product { get; }

    /// <summary>The error above which <see cref="BoundExceeded"/> is raised.</summary>
    public double Bound { get; }

    /// <summary>Rows seen.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Rows computed exactly as well, those that are not finite included.</summary>
    public long CheckedRows => Interlocked.Read(ref _checkedRows);

    /// <summary>Checked rows that the error leaves out, because an exact output is NaN or infinite.</summary>
    public long NonFiniteRows => Interlocked.Read(ref _nonFiniteRows);

    /// <summary>Whether the running error is above <see cref="Bound"/>, over a full window.</summary>
    public bool IsExceeded
    {
        get
        {
            lock (_lock)
            {
                return IsAbove();
            }
        }
    }

    /// <summary>
    /// The running error: mean squared error / variance of the exact outputs, over the last rows checked, at most a window of them. NaN before the first one. Where all exact outputs are equal, as of rows that are all
    /// zeros, it is infinite, and above any bound, or NaN, and within it, if the approximate ones equal them.
    /// </summary>
    public double NormalizedMeanSquaredError
    {
        get
        {
            lock (_lock)
            {
                return _window.Error;
            }
        }
    }

    /// <summary>The product's <see cref="MaddnessMatmul.Multiply(ReadOnlyTensorSpan{float}, TensorSpan{float}, int)"/>, then <see cref="Check(ReadOnlyTensorSpan{float})"/>.</summary>
    /// <param name="a">N × D, any strides.</param>
    /// <param name="destination">N × M, any strides that give each element its own address; only these elements are written.</param>
    /// <param name="maxDegreeOfParallelism">Threads of the product at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A shape or the element type does not fit, or the memory of the two overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Multiply(ReadOnlyTensorSpan<float> a, TensorSpan<float> destination, int maxDegreeOfParallelism = 1) => Multiply<float>(a, destination, maxDegreeOfParallelism);

    /// <inheritdoc cref="Multiply(ReadOnlyTensorSpan{float}, TensorSpan{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Multiply<T>(ReadOnlyTensorSpan<T> a, TensorSpan<float> destination, int maxDegreeOfParallelism = 1)
        where T : unmanaged
    {
        Product.Multiply(a, destination, maxDegreeOfParallelism);
        Check(a);
    }

    /// <summary>The product's <see cref="MaddnessMatmul.Multiply(ReadOnlySpan{float}, int, Span{float}, int)"/>, then <see cref="Check(ReadOnlySpan{float}, int)"/>.</summary>
    /// <param name="a">N × D, row-major.</param>
    /// <param name="rows">N.</param>
    /// <param name="destination">N × M, row-major.</param>
    /// <param name="maxDegreeOfParallelism">Threads of the product at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length or the element type does not fit, or the memory of the two overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Multiply(ReadOnlySpan<float> a, int rows, Span<float> destination, int maxDegreeOfParallelism = 1) =>
        Multiply<float>(a, rows, destination, maxDegreeOfParallelism);

    /// <inheritdoc cref="Multiply(ReadOnlySpan{float}, int, Span{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Multiply<T>(ReadOnlySpan<T> a, int rows, Span<float> destination, int maxDegreeOfParallelism = 1)
        where T : unmanaged
    {
        Product.Multiply(a, rows, destination, maxDegreeOfParallelism);
        Check(a, rows);
    }

    /// <summary>Counts rows that go through the product by another call (arg-max, top-k, encoding), and checks those that are due.</summary>
    /// <param name="a">N × D, any strides.</param>
    /// <exception cref="ArgumentException">The shape or the element type does not fit.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Check(ReadOnlyTensorSpan<float> a) => Check<float>(a);

    /// <inheritdoc cref="Check(ReadOnlyTensorSpan{float})"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Check<T>(ReadOnlyTensorSpan<T> a)
        where T : unmanaged => Check(MatrixView<T>.Of(a, nameof(a)));

    /// <summary>Counts rows that go through the product by another call (arg-max, top-k, encoding), and checks those that are due.</summary>
    /// <param name="a">N × D, row-major.</param>
    /// <param name="rows">N.</param>
    /// <exception cref="ArgumentException">The length or the element type does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Check(ReadOnlySpan<float> a, int rows) => Check<float>(a, rows);

    /// <inheritdoc cref="Check(ReadOnlySpan{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Check<T>(ReadOnlySpan<T> a, int rows)
        where T : unmanaged => Check(MatrixView<T>.Of(a, rows, Product.Inputs, nameof(a)));

    /// <summary>Forgets the window, not the counts: for after a new model has been put in place elsewhere, or the reason of a drift is gone.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _window.Clear();
            _isRaised = false;
        }
    }

    private void Check<T>(MatrixView<T> a)
        where T : unmanaged
    {
        InputChecks.Input(a, Product.Trees, nameof(a));
        if (a.Rows == 0)
        {
            return;
        }

        // Throws where a wrong environment variable chooses the level: before rows are counted that nobody would check.
        _ = KernelSelection.Current;
        long end = Interlocked.Add(ref _rows, a.Rows);
        long start = end - a.Rows;
        DriftMetrics.Rows.Add(a.Rows, _tags);
        List<ExceptionDispatchInfo>? thrown = null;
        for (long block = start / _interval; block * _interval < end; block++)
        {
            long row = (block * _interval) + ScatteredPlaces.InBlock(block, _interval);
            if (row >= start && row < end)
            {
                CheckRow(a.SliceRows((int)(row - start), 1), ref thrown);
            }
        }

        if (thrown is [ExceptionDispatchInfo only])
        {
            only.Throw();
        }

        if (thrown is not null)
        {
            throw new AggregateException(thrown.Select(e => e.SourceException));
        }
    }

    /// <summary>Checks one row. What handlers throw is kept until the last row is checked: the rows were counted, so nobody would check the later ones again.</summary>
    private void CheckRow<T>(MatrixView<T> row, ref List<ExceptionDispatchInfo>? thrown)
        where T : unmanaged
    {
        float[] estimates = ArrayPool<float>.Shared.Rent(Product.Outputs);
        double[] outputs = ArrayPool<double>.Shared.Rent(Product.Outputs);
        Span<float> estimate = estimates.AsSpan(0, Product.Outputs);
        Span<double> exact = outputs.AsSpan(0, Product.Outputs);
        Product.MultiplyRow(row, estimate);
        _exact.Row(in row, 0, exact);
        DriftEventArgs? passed = Add(exact, estimate, Product.Tables.Bias);
        ArrayPool<double>.Shared.Return(outputs);
        ArrayPool<float>.Shared.Return(estimates);
        if (passed is not null)
        {
            DriftMetrics.BoundExceeded.Add(1, _tags);
            try
            {
                BoundExceeded?.Invoke(this, passed);
            }
            catch (Exception e)
            {
                (thrown ??= []).Add(ExceptionDispatchInfo.Capture(e));
            }
        }
    }

    /// <summary>Takes one checked row into the window; what is to be raised, if anything.</summary>
    private DriftEventArgs? Add(ReadOnlySpan<double> exact, ReadOnlySpan<float> estimate, float[]? bias)
    {
        // From the first output's distance, so that equal outputs have exactly no variation.
        double sum = 0, squaredError = 0, variation = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            double error = estimate[i] - (bias is null ? exact[i] : exact[i] + bias[i]);
            squaredError += error * error;
            sum += exact[i] - exact[0];
        }

        double mean = sum / exact.Length;
        for (int i = 0; i < exact.Length; i++)
        {
            double distance = exact[i] - exact[0] - mean;
            variation += distance * distance;
        }

        long checkedRows = Interlocked.Increment(ref _checkedRows);
        DriftMetrics.CheckedRows.Add(1, _tags);
        if (!double.IsFinite(squaredError) || !double.IsFinite(variation))
        {
            Interlocked.Increment(ref _nonFiniteRows);
            DriftMetrics.NonFiniteRows.Add(1, _tags);
            return null;
        }

        double current;
        bool isFull, isPassed;
        lock (_lock)
        {
            _window.Add(squaredError, exact[0] + mean, variation);
            current = _window.Error;
            isFull = _window.IsFull;
            _quietRows = Math.Max(0, _quietRows - 1);
            isPassed = IsAbove() && !_isRaised && _quietRows == 0;
            _isRaised = isPassed || (_isRaised && IsAbove());
            _quietRows = isPassed ? _windowRows : _quietRows;
        }

        if (isFull && !double.IsNaN(current))
        {
            DriftMetrics.Error.Record(current, _tags);
        }

        return isPassed ? new DriftEventArgs(current, Bound, Rows, checkedRows) : null;
    }

    private bool IsAbove() => _window.IsFull && _window.Error > Bound;
}
