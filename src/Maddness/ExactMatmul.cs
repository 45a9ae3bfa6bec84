using System.Numerics.Tensors;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Pipeline;

namespace Maddness;

/// <summary>
/// The exact product A·B in float32, for a B bound once or used once. Every output is one chain of fused multiply-adds in the order of the inputs dimension,
/// from +0, each rounded once: <c>sum = fma(a[n, k], b[k, m], sum)</c>; then <c>+ bias[m]</c>, rounded once more, if there is a bias.
/// So the result is the same bits on every CPU and at every kernel level, thread count, batch size and memory layout; only which of the many
/// NaNs a NaN is may differ. Instances are immutable and safe for concurrent calls.
/// </summary>
/// <remarks>
/// Matrices are row-major in spans; tensors may have any strides (column-major, sliced, transposed).
/// A call on one thread allocates nothing once its thread and the kernel level have been used before, but for the copy of B that a static call makes: its memory is pooled, and allocated where the pool has none of that size.
/// </remarks>
public sealed unsafe class ExactMatmul
{
    /// <summary>Binds B, which is copied.</summary>
    /// <param name="b">B: inputs × outputs, with any strides.</param>
    /// <param name="bias">One value per output, added to every row at the end; empty for none.</param>
    /// <exception cref="ArgumentException"><paramref name="b"/> is no matrix, has no columns, or is too large to copy; <paramref name="bias"/> has another length than B has columns.</exception>
    /// <exception cref="InvalidOperationException">The environment variable that forces a kernel level names an unknown or unsupported one.</exception>
    public ExactMatmul(ReadOnlyTensorSpan<float> b, ReadOnlySpan<float> bias = default)
        : this(MatrixView<float>.Of(in b, nameof(b)), bias, KernelSelection.Current)
    {
    }

    /// <summary>Binds B, which is copied.</summary>
    /// <param name="b">B, row-major: <paramref name="inputs"/> × <paramref name="outputs"/> values.</param>
    /// <param name="inputs">The rows of B.</param>
    /// <param name="outputs">The columns of B, at least one.</param>
    /// <param name="bias">One value per output, added to every row at the end; empty for none.</param>
    /// <exception cref="ArgumentException"><paramref name="b"/> has another length, has no columns, or is too large to copy; <paramref name="bias"/> has another length than <paramref name="outputs"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="inputs"/> or <paramref name="outputs"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The environment variable that forces a kernel level names an unknown or unsupported one.</exception>
    public ExactMatmul(ReadOnlySpan<float> b, int inputs, int outputs, ReadOnlySpan<float> bias = default)
        : this(MatrixView<float>.Of(b, inputs, outputs, nameof(b)), bias, KernelSelection.Current)
    {
    }

    internal ExactMatmul(scoped in MatrixView<float> b, ReadOnlySpan<float> bias, KernelLevel level)
    {
        CheckB(in b, bias);
        FindPanelColumns find = default;
        KernelCatalog.Run(level, ref find);
        Panels = new ExactPanels(in b, bias, find.PanelColumns, nameof(b));
    }

    internal ExactPanels Panels { get; }

    /// <summary>The inputs dimension: the columns of A and rows of B.</summary>
    public int Inputs => Panels.Inputs;

    /// <summary>The columns of B and of the result.</summary>
    public int Outputs => Panels.Outputs;

    /// <summary>Computes A·B + bias for one B and forgets it. For many products with one B, bind it to an instance.</summary>
    /// <param name="a">A, row-major: <paramref name="rows"/> × <paramref name="inputs"/> values.</param>
    /// <param name="rows">The rows of A; with none, nothing is written.</param>
    /// <param name="inputs">The columns of A and rows of B.</param>
    /// <param name="b">B, row-major: <paramref name="inputs"/> × <paramref name="outputs"/> values.</param>
    /// <param name="outputs">The columns of B, at least one.</param>
    /// <param name="destination">Takes the result, row-major: <paramref name="rows"/> × <paramref name="outputs"/> values.</param>
    /// <param name="bias">One value per output, added to every row at the end; empty for none.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length does not fit its shape, there are no outputs, B is too large to copy, or <paramref name="destination"/> shares memory with another argument.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable that forces a kernel level names an unknown or unsupported one.</exception>
    public static void Multiply(
        ReadOnlySpan<float> a,
        int rows,
        int inputs,
        ReadOnlySpan<float> b,
        int outputs,
        Span<float> destination,
        ReadOnlySpan<float> bias = default,
        int maxDegreeOfParallelism = 1)
        => Multiply(
            MatrixView<float>.Of(a, rows, inputs, nameof(a)),
            MatrixView<float>.Of(b, inputs, outputs, nameof(b)),
            MatrixView<float>.Of(destination, rows, outputs, nameof(destination)),
            bias,
            KernelSelection.Current,
            maxDegreeOfParallelism);

    /// <summary>Computes A·B + bias for one B and forgets it. For many products with one B, bind it to an instance.</summary>
    /// <param name="a">A: rows × inputs, with any strides; without rows, nothing is written.</param>
    /// <param name="b">B: inputs × outputs, with any strides.</param>
    /// <param name="destination">Takes the result: rows × outputs, with any strides that give each element its own address.</param>
    /// <param name="bias">One value per output, added to every row at the end; empty for none.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A tensor is no matrix, shapes do not fit, there are no outputs, B is too large to copy, or <paramref name="destination"/>
    /// shares memory with another argument or with itself.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable that forces a kernel level names an unknown or unsupported one.</exception>
    public static void Multiply(
        ReadOnlyTensorSpan<float> a,
        ReadOnlyTensorSpan<float> b,
        TensorSpan<float> destination,
        ReadOnlySpan<float> bias = default,
        int maxDegreeOfParallelism = 1)
        => Multiply(
            MatrixView<float>.Of(in a, nameof(a)),
            MatrixView<float>.Of(in b, nameof(b)),
            MatrixView<float>.Of(destination.AsReadOnlyTensorSpan(), nameof(destination)),
            bias,
            KernelSelection.Current,
            maxDegreeOfParallelism);

    /// <summary>Computes A·B + bias.</summary>
    /// <param name="a">A, row-major: <paramref name="rows"/> × <see cref="Inputs"/> values.</param>
    /// <param name="rows">The rows of A; with none, nothing is written.</param>
    /// <param name="destination">Takes the result, row-major: <paramref name="rows"/> × <see cref="Outputs"/> values.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length does not fit its shape, or <paramref name="destination"/> shares memory with <paramref name="a"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable that forces a kernel level names an unknown or unsupported one.</exception>
    public void Multiply(ReadOnlySpan<float> a, int rows, Span<float> destination, int maxDegreeOfParallelism = 1)
        => Multiply(
            MatrixView<float>.Of(a, rows, Inputs, nameof(a)),
            MatrixView<float>.Of(destination, rows, Outputs, nameof(destination)),
            KernelSelection.Current,
            maxDegreeOfParallelism);

    /// <summary>Computes A·B + bias.</summary>
    /// <param name="a">A: rows × <see cref="Inputs"/>, with any strides; without rows, nothing is written.</param>
    /// <param name="destination">Takes the result: rows × <see cref="Outputs"/>, with any strides that give each element its own address.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A tensor is no matrix, shapes do not fit, or <paramref name="destination"/> shares memory with <paramref name="a"/> (columns side by side of the rows of one matrix do not) or with itself.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable that forces a kernel level names an unknown or unsupported one.</exception>
    public void Multiply(ReadOnlyTensorSpan<float> a, TensorSpan<float> destination, int maxDegreeOfParallelism = 1)
        => Multiply(
            MatrixView<float>.Of(in a, nameof(a)),
            MatrixView<float>.Of(destination.AsReadOnlyTensorSpan(), nameof(destination)),
            KernelSelection.Current,
            maxDegreeOfParallelism);

    /// <summary>For the library's own products with B.</summary>
    internal static ExactMatmul Of(scoped in MatrixView<float> b) => new(in b, default, KernelSelection.Current);

    /// <summary>The product on one thread.</summary>
    internal void Multiply(scoped in MatrixView<float> a, scoped in MatrixView<float> destination) => Multiply(in a, in destination, KernelSelection.Current, 1);

    /// <summary>The one-shot product at a given level.</summary>
    internal static void Multiply(
        scoped in MatrixView<float> a,
        scoped in MatrixView<float> b,
        scoped in MatrixView<float> destination,
        ReadOnlySpan<float> bias,
        KernelLevel level,
        int maxDegreeOfParallelism)
    {
        CheckB(in b, bias);
        int parallelism = CheckOperands(in a, in destination, b.Rows, b.Columns, maxDegreeOfParallelism);
        ArgumentChecks.NoOverlap(in b, nameof(b), in destination, nameof(destination));
        ArgumentChecks.NoOverlap(bias, nameof(bias), in destination, nameof(destination));
        if (a.Rows == 0)
        {
            return;
        }

        fixed (float* first = &a.First, firstOfB = &b.First, c = &destination.First, firstOfBias = bias)
        {
            OneShotExactOperation operation = new()
            {
                Product = new() { A = new(first, in a), C = new(c, in destination) },
                B = new(firstOfB, in b),
                Bias = firstOfBias,
                Parallelism = parallelism,
            };
            KernelCatalog.Run(level, ref operation);
        }
    }

    /// <summary>The product at a given level.</summary>
    internal void Multiply(scoped in MatrixView<float> a, scoped in MatrixView<float> destination, KernelLevel level, int maxDegreeOfParallelism)
    {
        int parallelism = CheckOperands(in a, in destination, Inputs, Outputs, maxDegreeOfParallelism);
        if (a.Rows == 0)
        {
            return;
        }

        fixed (float* first = &a.First, c = &destination.First)
        {
            BoundExactOperation operation = new()
            {
                Product = new() { A = new(first, in a), C = new(c, in destination) },
                Panels = Panels,
                Parallelism = parallelism,
            };
            KernelCatalog.Run(level, ref operation);
        }
    }

    private static void CheckB(scoped in MatrixView<float> b, ReadOnlySpan<float> bias)
    {
        if (b.Columns == 0)
        {
            throw new ArgumentException($"'{nameof(b)}' is {b.Rows} x 0; expected at least one column.", nameof(b));
        }

        if (!bias.IsEmpty)
        {
            ArgumentChecks.Length(bias, b.Columns, nameof(bias));
        }
    }

    private static int CheckOperands(
        scoped in MatrixView<float> a, scoped in MatrixView<float> destination, int inputs, int outputs, int maxDegreeOfParallelism)
    {
        ArgumentChecks.Columns(in a, inputs, nameof(a));
        ArgumentChecks.Shape(in destination, a.Rows, outputs, nameof(destination));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        ArgumentChecks.NoSelfOverlap(in destination, nameof(destination));
        ArgumentChecks.NoOverlap(in a, nameof(a), in destination, nameof(destination));
        return WorkerPlan.ForExact(a.Rows, inputs, outputs, degree);
    }

    /// <summary>Asks the kernel of a level how wide its panels are.</summary>
    private struct FindPanelColumns : IKernelOperation
    {
        internal int PanelColumns;

        public void Invoke<TKernel>()
            where TKernel : struct, IKernel
            => PanelColumns = TKernel.ExactPanelColumns;
    }
}
