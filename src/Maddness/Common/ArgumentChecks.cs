using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static System.FormattableString;

namespace Maddness.Common;

/// <summary>The checks that public products share. Each refusal names the argument, what it is, and what was expected.</summary>
internal static class ArgumentChecks
{
    /// <summary>All processors, as <see cref="ParallelOptions.MaxDegreeOfParallelism"/> spells it.</summary>
    private const int AllProcessors = -1;

    /// <summary>More threads for each processor gain nothing, and each takes part in sharing the work out.</summary>
    private const int MostPerProcessor = 4;

    /// <summary>The number of threads that an argument stands for: itself, within some for each processor, or all processors for −1.</summary>
    internal static int Parallelism(int maxDegreeOfParallelism, [CallerArgumentExpression(nameof(maxDegreeOfParallelism))] string? name = null)
    {
        if (maxDegreeOfParallelism is < 1 and not AllProcessors)
        {
            throw new ArgumentOutOfRangeException(name, maxDegreeOfParallelism, Invariant($"'{name}' is {maxDegreeOfParallelism}; expected 1 or more threads, or -1 for all processors."));
        }

        return maxDegreeOfParallelism == AllProcessors ? Environment.ProcessorCount : (int)Math.Min(maxDegreeOfParallelism, (long)MostPerProcessor * Environment.ProcessorCount);
    }

    /// <summary>An argument that is not null.</summary>
    internal static T NotNull<T>(T? value, string name)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    /// <summary>Refuses the value of a property of some options.</summary>
    internal static void Option(bool isRight, string options, string property, object? value, string expected)
    {
        if (!isRight)
        {
            throw new ArgumentOutOfRangeException(property, value, Invariant($"{options}.{property} is {value}; expected {expected}."));
        }
    }

    /// <summary>Refuses a matrix without rows, on which nothing can be measured.</summary>
    internal static void HasRows(int rows, string name)
    {
        if (rows == 0)
        {
            throw new ArgumentException($"'{name}' has 0 rows; expected at least 1 to measure on.", name);
        }
    }

    /// <summary>Refuses training rows where there are none.</summary>
    internal static void IsTraining<T>(scoped in MatrixView<T> matrix, string name)
        where T : unmanaged
    {
        if (matrix.IsEmpty)
        {
            throw new ArgumentException($"'{name}' is {matrix.Rows} x {matrix.Columns}; expected at least one training row and one column.", name);
        }
    }

    /// <summary>Refuses a matrix of another shape.</summary>
    internal static void Shape<T>(scoped in MatrixView<T> matrix, int rows, int columns, string name)
        where T : unmanaged
    {
        if (matrix.Rows != rows || matrix.Columns != columns)
        {
            throw new ArgumentException($"'{name}' is {matrix.Rows} x {matrix.Columns}; expected {rows} x {columns}.", name);
        }
    }

    /// <summary>Refuses a matrix with another number of columns.</summary>
    internal static void Columns<T>(scoped in MatrixView<T> matrix, int columns, string name)
        where T : unmanaged
    {
        if (matrix.Columns != columns)
        {
            throw new ArgumentException($"'{name}' is {matrix.Rows} x {matrix.Columns}; expected {columns} columns.", name);
        }
    }

    /// <summary>Refuses a matrix of which a copy would be larger than an array.</summary>
    internal static void FitsArray(int rows, int columns, string name)
    {
        if ((long)rows * columns > Array.MaxLength)
        {
            throw new ArgumentException($"'{name}' is {rows} x {columns}; expected at most {Array.MaxLength} elements.", name);
        }
    }

    /// <summary>Refuses a vector of another length.</summary>
    internal static void Length<T>(ReadOnlySpan<T> vector, int length, string name)
    {
        if (vector.Length != length)
        {
            throw new ArgumentException($"'{name}' has {vector.Length} elements; expected {length}.", name);
        }
    }

    /// <summary>Refuses a destination of which two elements share an address, such as a broadcast tensor.</summary>
    internal static void NoSelfOverlap<T>(scoped in MatrixView<T> destination, string name)
        where T : unmanaged
    {
        if (destination.OverlapsItself())
        {
            throw new ArgumentException(
                $"'{name}' has strides {destination.RowStride} and {destination.ColumnStride} for {destination.Rows} x {destination.Columns} elements; "
                + "expected strides that give each element an address of its own.",
                name);
        }
    }

    /// <summary>
    /// Refuses a destination in the same range of memory as a source. Ranges reach from the first element to the last: rows between the rows of the other count, but where rows of both are equally far apart and each stand beside the other's, as two parts of wider rows do.
    /// </summary>
    internal static void NoOverlap<TSource, TDestination>(
        scoped in MatrixView<TSource> source, string sourceName, scoped in MatrixView<TDestination> destination, string destinationName)
        where TSource : unmanaged
        where TDestination : unmanaged
    {
        if (!AreSideBySide(in source, in destination))
        {
            NoOverlap(
                ref Unsafe.As<TSource, byte>(ref source.First),
                source.Extent * Unsafe.SizeOf<TSource>(),
                sourceName,
                ref Unsafe.As<TDestination, byte>(ref destination.First),
                destination.Extent * Unsafe.SizeOf<TDestination>(),
                destinationName);
        }
    }

    /// <summary>Whether rows start equally far apart, and those of either do not reach into those of the other.</summary>
    private static bool AreSideBySide<TSource, TDestination>(scoped in MatrixView<TSource> source, scoped in MatrixView<TDestination> destination)
        where TSource : unmanaged
        where TDestination : unmanaged
    {
        nint step = source.RowStride * Unsafe.SizeOf<TSource>();
        if (step <= 0 || step != destination.RowStride * Unsafe.SizeOf<TDestination>() || source.IsEmpty || destination.IsEmpty)
        {
            return false;
        }

        // Bytes of a row of each, and from a row of the source on to the next of the destination.
        nint sourceBytes = (((source.Columns - 1) * source.ColumnStride) + 1) * Unsafe.SizeOf<TSource>();
        nint destinationBytes = (((destination.Columns - 1) * destination.ColumnStride) + 1) * Unsafe.SizeOf<TDestination>();
        nint distance = Unsafe.ByteOffset(ref Unsafe.As<TSource, byte>(ref source.First), ref Unsafe.As<TDestination, byte>(ref destination.First)) % step;
        distance += distance < 0 ? step : 0;
        return sourceBytes <= distance && destinationBytes <= step - distance;
    }

    /// <summary>Refuses a destination in the same range of memory as a vector.</summary>
    internal static void NoOverlap<TSource, TDestination>(
        ReadOnlySpan<TSource> source, string sourceName, scoped in MatrixView<TDestination> destination, string destinationName)
        where TSource : unmanaged
        where TDestination : unmanaged
        => NoOverlap(
            ref Unsafe.As<TSource, byte>(ref MemoryMarshal.GetReference(source)),
            (nint)source.Length * Unsafe.SizeOf<TSource>(),
            sourceName,
            ref Unsafe.As<TDestination, byte>(ref destination.First),
            destination.Extent * Unsafe.SizeOf<TDestination>(),
            destinationName);

    private static void NoOverlap(ref byte source, nint sourceBytes, string sourceName, ref byte destination, nint destinationBytes, string destinationName)
    {
        if (sourceBytes == 0 || destinationBytes == 0)
        {
            return;
        }

        // As MemoryExtensions.Overlaps does: the distance modulo 2^64 lies inside the source, or less than the destination's length before it.
        nint distance = Unsafe.ByteOffset(ref source, ref destination);
        if ((nuint)distance < (nuint)sourceBytes || (nuint)distance > (nuint)(-destinationBytes))
        {
            throw new ArgumentException($"'{destinationName}' shares memory with '{sourceName}'; expected memory of its own.", destinationName);
        }
    }
}
