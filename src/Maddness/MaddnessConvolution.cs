using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Planning;
using Maddness.Training;
using static System.FormattableString;

namespace Maddness;

/// <summary>
/// A learned approximation of a convolution: of the product of all windows of images with one B. No matrix of their rows (im2col) is made, which often takes longer than the product: windows are read where they stand in the images, of which trees test a few elements each. Of windows that reach into padding, and where
/// fewer than 16 stand side by side, these elements alone are copied. <see cref="Product"/> is what is saved and loaded; the shape is its user's to keep. Immutable and safe for concurrent calls.
/// Results are the same bits as those of <see cref="Product"/> for the rows that <see cref="ConvolutionShape.CopyRows{T}"/> makes.
/// </summary>
public sealed class MaddnessConvolution
{
    /// <summary>Windows that are copied at once to be measured on.</summary>
    private const int EvaluatedRows = 64;

    private readonly WindowPlan _plan;

    /// <summary>A product that multiplies windows.</summary>
    /// <param name="product">The product, learned from rows that windows of this kind make: of <see cref="Train{T}"/>, <see cref="MaddnessTrainer"/> or <see cref="MaddnessPlanner"/> (whose times, and advice to stay exact, are of rows that have been copied: see <see cref="MeasureSpeed{T}"/>), or loaded.</param>
    /// <param name="shape">Images and windows. For images of another size make another convolution with the same product.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The product has another number of inputs than windows have elements.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A property of the shape is out of range.</exception>
    public MaddnessConvolution(MaddnessMatmul product, ConvolutionShape shape)
    {
        Product = ArgumentChecks.NotNull(product, nameof(product));
        Shape = ArgumentChecks.NotNull(shape, nameof(shape));
        shape.Validate();
        if (product.Inputs != shape.Inputs)
        {
            throw new ArgumentException($"'{nameof(product)}' has {product.Inputs} inputs; expected {shape.Inputs}, the elements of a window of {shape.KernelHeight} x {shape.KernelWidth} x {shape.Channels}.", nameof(product));
        }

        _plan = new WindowPlan(shape, product.Trees);
    }

    /// <summary>The product: what is saved, loaded and searched.</summary>
    public MaddnessMatmul Product { get; }

    /// <summary>Images and windows.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>M, the outputs of a window.</summary>
    public int Outputs => Product.Outputs;

    /// <summary>Images, windows, and the product.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => $"{Shape}; {Product}";

    /// <summary>Learns an approximation from the windows of some images.</summary>
    /// <typeparam name="T">float, short, sbyte or byte. Integers are taken at face value; fold their scale into B.</typeparam>
    /// <param name="images">The images, one after another.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="shape">Images and windows.</param>
    /// <param name="b">D × M, row-major: the weights of all outputs for each element of a window (HWIO).</param>
    /// <param name="outputs">M, at least 1.</param>
    /// <param name="bias">M values added to every row of the product, or empty for none.</param>
    /// <param name="options">How to learn; null for the defaults. Of more windows than <see cref="TrainingOptions.MaxTrainingRows"/> a sample of so many is drawn with <see cref="TrainingOptions.Seed"/>. <see cref="TrainingOptions.MaxCacheLines"/> counts groups of 16 elements of a window, which are lines of an image where its channels are a multiple of 16.</param>
    /// <param name="progress">Told what has been done, from the working threads, one call at a time; null for nobody.</param>
    /// <param name="cancellationToken">Stops the training.</param>
    /// <returns>The approximate convolution, with the bias.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException">See the remarks of <see cref="MaddnessTrainer"/>; or there are more windows than an int counts.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1, <paramref name="outputs"/> negative, or an option, or a property of the shape, is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static MaddnessConvolution Train<T>(
        ReadOnlySpan<T> images,
        int count,
        ConvolutionShape shape,
        ReadOnlySpan<float> b,
        int outputs,
        ReadOnlySpan<float> bias = default,
        TrainingOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        ElementTypes.Of<T>();
        ArgumentNullException.ThrowIfNull(shape);
        shape.Validate();
        CheckImages(images, count, shape);
        CheckFinite(images, shape);

        // What the trainer refuses before it learns is refused before rows are copied.
        InputChecks.Weights(MatrixView<float>.Of(b, shape.Inputs, outputs, nameof(b)), shape.Inputs, nameof(b));
        InputChecks.Bias(bias, outputs, nameof(bias));
        options ??= new TrainingOptions();
        options.Validate(shape.Inputs, isProduct: true);
        InputChecks.TableSize(shape.Inputs, options.Codebooks, options.Leaves, outputs, nameof(b));
        T[] rows = Sample(images, shape, shape.RowsOf(count, nameof(count)), options);
        return new(MaddnessTrainer.Train<T>(rows, rows.Length / shape.Inputs, shape.Inputs, b, outputs, bias, options, progress, cancellationToken), shape);
    }

    /// <summary>Convolves images.</summary>
    /// <param name="images">The images, one after another. NaN goes left in every comparison; infinities order as usual.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Receives the outputs of each window, row-major: <paramref name="count"/> images of <see cref="ConvolutionShape.OutputHeight"/> × <see cref="ConvolutionShape.OutputWidth"/> pixels of M channels.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length or the element type does not fit, there are more windows than an int counts, or the memory of the two overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Multiply(ReadOnlySpan<float> images, int count, Span<float> destination, int maxDegreeOfParallelism = 1) => Multiply<float>(images, count, destination, maxDegreeOfParallelism);

    /// <inheritdoc cref="Multiply(ReadOnlySpan{float}, int, Span{float}, int)"/>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    public void Multiply<T>(ReadOnlySpan<T> images, int count, Span<float> destination, int maxDegreeOfParallelism = 1)
        where T : unmanaged
    {
        InputChecks.Elements<T>(Product.Trees, nameof(images));
        MatrixView<T> source = MatrixView<T>.Of(images, count, Shape.ImageLength, nameof(images));
        MatrixView<float> target = MatrixView<float>.Of(destination, Shape.RowsOf(count, nameof(count)), Product.Outputs, nameof(destination));
        ArgumentChecks.NoOverlap(source, nameof(images), target, nameof(destination));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        if (count > 0)
        {
            Drivers.Convolve(Product.Approximation, Product.Activation, _plan, source, target, degree);
        }
    }

    /// <summary>Measures what the approximation costs on the windows of held-out images: compares it with the exact product in double precision.</summary>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <param name="images">Images that training has not seen, one after another, finite.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="b">The D × M matrix that is approximated, row-major, finite.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>The errors.</returns>
    /// <exception cref="ArgumentException">A length or the element type does not fit, a value is not finite, or there are more windows than an int counts.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    [MethodImpl(Compiled.Once)]
    public ApproximationReport Evaluate<T>(ReadOnlySpan<T> images, int count, ReadOnlySpan<float> b, CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        InputChecks.Elements<T>(Product.Trees, nameof(images));
        CheckImages(images, count, Shape);
        CheckFinite(images, Shape);
        int rows = Shape.RowsOf(count, nameof(count)), inputs = Shape.Inputs;
        Evaluation evaluation = Product.NewEvaluation(CheckB(b));
        int blockRows = Math.Min(Math.Min(rows, EvaluatedRows), Math.Max(1, Array.MaxLength / inputs));
        T[] block = new T[blockRows * inputs];
        WindowRows copies = new(Shape);
        for (int start = 0; start < rows; start += blockRows)
        {
            int taken = Math.Min(blockRows, rows - start);
            copies.Copy(images, start, taken, block);
            evaluation.Add(MatrixView<T>.Of(block.AsSpan(0, taken * inputs), taken, inputs, nameof(images)), [], cancellationToken);
        }

        return evaluation.Report();
    }

    /// <summary>Measures this convolution beside the exact one on this CPU, one thread. Takes some tenths of a second, more for large images, and some seconds where runs take microseconds and the runtime, compiling in tiers, must first settle.</summary>
    /// <typeparam name="T">float, short, sbyte or byte: the model's element type.</typeparam>
    /// <param name="images">Images such as will be convolved, one after another; of many, the first ones are timed.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="b">The D × M matrix that is approximated, row-major, finite.</param>
    /// <param name="progress">Told after each of its runs which share of them is done, up to 1; null for nobody. Not told while convolutions run that are not timed.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>Nanoseconds per window of both, the exact one's images as float32 without the time to convert them: where <see cref="SpeedReport.SpeedupOverExact"/> is not well above 1, use <see cref="ExactConvolution"/>.</returns>
    /// <exception cref="ArgumentException">A length or the element type does not fit, or <paramref name="b"/> holds what is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is another type.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SpeedReport MeasureSpeed<T>(ReadOnlySpan<T> images, int count, ReadOnlySpan<float> b, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        InputChecks.Elements<T>(Product.Trees, nameof(images));
        MatrixView<T> source = CheckImages(images, count, Shape);
        CheckB(b);
        return new WindowSpeed<T>(this, source, b).Run([Product], SpeedComparison.ManyRuns, cancellationToken, progress)[0];
    }

    /// <summary>At least one image.</summary>
    private static MatrixView<T> CheckImages<T>(ReadOnlySpan<T> images, int count, ConvolutionShape shape)
        where T : unmanaged
    {
        if (count < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"'{nameof(count)}' is {count}; expected at least 1 image.");
        }

        return MatrixView<T>.Of(images, count, shape.ImageLength, nameof(images));
    }

    /// <summary>Refuses values that are not finite, naming the first one's place.</summary>
    [MethodImpl(Compiled.Once)]
    private static void CheckFinite<T>(ReadOnlySpan<T> images, ConvolutionShape shape)
        where T : unmanaged
    {
        if (typeof(T) != typeof(float) || InputChecks.AreFinite(MemoryMarshal.Cast<T, float>(images)))
        {
            return;
        }

        for (int i = 0; i < images.Length; i++)
        {
            float value = ElementTypes.ToSingle(images[i]);
            if (!float.IsFinite(value))
            {
                (int pixel, int channel) = Math.DivRem(i, shape.Channels);
                (int line, int x) = Math.DivRem(pixel, shape.Width);
                (int image, int y) = Math.DivRem(line, shape.Height);
                throw new ArgumentException(Invariant($"'{nameof(images)}' holds {value} in image {image}, row {y}, pixel {x}, channel {channel}; expected finite values."), nameof(images));
            }
        }
    }

    private MatrixView<float> CheckB(ReadOnlySpan<float> b)
    {
        MatrixView<float> view = MatrixView<float>.Of(b, Product.Inputs, Product.Outputs, nameof(b));
        Product.CheckB(view);
        return view;
    }

    /// <summary>Rows to learn from: all of them, or a seeded sample.</summary>
    [MethodImpl(Compiled.Once)]
    private static T[] Sample<T>(ReadOnlySpan<T> images, ConvolutionShape shape, int rows, TrainingOptions options)
        where T : unmanaged
    {
        int count = Math.Min(rows, options.MaxTrainingRows), inputs = shape.Inputs;
        if ((long)count * inputs > Array.MaxLength)
        {
            throw new ArgumentException(
                $"'{nameof(images)}' give {count} training rows of {inputs} elements; expected at most {Array.MaxLength} elements in all: lower {nameof(TrainingOptions)}.{nameof(TrainingOptions.MaxTrainingRows)}.", nameof(images));
        }

        int[]? sample = count < rows ? new SeededRandom(options.Seed).Sample(rows, count) : null;
        T[] taken = new T[count * inputs];
        WindowRows copies = new(shape);
        for (int i = 0; i < count; i++)
        {
            copies.Copy(images, sample?[i] ?? i, taken.AsSpan(i * inputs, inputs));
        }

        return taken;
    }
}
