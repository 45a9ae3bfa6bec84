using System.Numerics;

namespace Maddness.Cli.Formats;

/// <summary>A matrix in a file, whose rows are read block by block in the type that is wanted.</summary>
internal sealed class MatrixSource : IDisposable
{
    private readonly InputFile _file;
    private readonly Tensor _tensor;
    private readonly bool _isTransposed;

    private byte[] _bytes = [];

    /// <param name="file">The file, which this object closes.</param>
    /// <param name="tensor">A tensor of two dimensions.</param>
    /// <param name="isTransposed">Whether the tensor's columns are the matrix's rows.</param>
    internal MatrixSource(InputFile file, Tensor tensor, bool isTransposed = false)
    {
        _file = file;
        _tensor = tensor;

        // A matrix in Fortran order is a transposed one in C order.
        _isTransposed = isTransposed != tensor.IsFortranOrder;
        (Rows, long columns) = isTransposed ? (tensor.Shape[1], tensor.Shape[0]) : (tensor.Shape[0], tensor.Shape[1]);
        if (columns > Array.MaxLength)
        {
            throw new MatrixFormatException($"'{tensor.Name}' has {columns} columns; expected at most {Array.MaxLength}.");
        }

        Columns = (int)columns;
    }

    internal string Name => _tensor.Name;

    internal NumberType Type => _tensor.Type;

    internal long Rows { get; }

    internal int Columns { get; }

    /// <summary>Whether the file says which of its dimensions are the rows, so that the user need not.</summary>
    internal bool IsLayoutKnown { get; init; }

    /// <summary>Whether the numbers of a row lie far apart in the file.</summary>
    internal bool IsScattered => _isTransposed;

    /// <summary>Whether it is the same tensor of the same file.</summary>
    internal bool IsSameAs(MatrixSource other) => _tensor.Offset == other._tensor.Offset && FilePaths.AreOneFile(_file.Path, other._file.Path);

    internal string Shape => $"{Rows} x {Columns}";

    /// <summary>Reads consecutive rows, row-major, and refuses values that are not finite.</summary>
    /// <exception cref="ToolException">A value is NaN or infinite, or too large for float32.</exception>
    internal void Read<T>(long start, int count, Span<T> destination)
        where T : unmanaged, INumberBase<T>
    {
        if (_isTransposed)
        {
            ReadTransposed(start, count, destination);
        }
        else
        {
            ReadNumbers(start * Columns, destination[..(count * Columns)]);
        }

        if (typeof(T) == typeof(float))
        {
            Finish(start, count, System.Runtime.InteropServices.MemoryMarshal.Cast<T, float>(destination));
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Column after column of the file is a row: of each, the wanted part is read, and laid across.</summary>
    private void ReadTransposed<T>(long start, int count, Span<T> destination)
        where T : unmanaged, INumberBase<T>
    {
        T[] column = new T[count];
        for (int j = 0; j < Columns; j++)
        {
            ReadNumbers((j * Rows) + start, column);
            for (int i = 0; i < count; i++)
            {
                destination[(i * Columns) + j] = column[i];
            }
        }
    }

    private void ReadNumbers<T>(long first, Span<T> destination)
        where T : unmanaged, INumberBase<T>
    {
        int size = _tensor.Type.Size();
        const int MaxBytes = 1 << 20;
        int step = MaxBytes / size;
        for (int done = 0; done < destination.Length; done += step)
        {
            Span<T> part = destination.Slice(done, Math.Min(step, destination.Length - done));
            if (_bytes.Length < part.Length * size)
            {
                _bytes = new byte[part.Length * size];
            }

            Span<byte> bytes = _bytes.AsSpan(0, part.Length * size);
            _file.Read(_tensor.Offset + ((first + done) * size), bytes);
            NumberReader.Convert(_tensor.Type, bytes, part);
        }
    }

    private void Finish(long start, int count, Span<float> values)
    {
        values = values[..(count * Columns)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= _tensor.Factor;
            if (!float.IsFinite(values[i]))
            {
                throw new ToolException(
                    $"'{Name}' holds {(float.IsNaN(values[i]) ? "NaN" : "a value that is infinite in float32")} at row {start + (i / Columns)}, column {i % Columns} (counted from 0); expected finite values.");
            }
        }
    }
}
