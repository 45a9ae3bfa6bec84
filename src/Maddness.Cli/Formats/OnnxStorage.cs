using System.Globalization;

namespace Maddness.Cli.Formats;

/// <summary>Finds the numbers of ONNX tensors.</summary>
internal static class OnnxStorage
{
    /// <summary>Types of elements, as TensorProto numbers them.</summary>
    internal const int Float32 = 1, Float16 = 10;

    /// <summary>Where the numbers stand: in the model, in a file beside it, or, for half-precision numbers written as integers, in memory.</summary>
    internal static (InputFile File, Tensor Tensor) Locate(InputFile file, OnnxModel model, string address, OnnxInitializer tensor)
    {
        NumberType type = tensor.DataType switch
        {
            Float32 => NumberType.Float32,
            Float16 => NumberType.Float16,
            _ => throw new MatrixFormatException($"'{address}' has elements of ONNX type {tensor.DataType}; expected float32 (1) or float16 (10). Save the matrix with numpy.save."),
        };
        long[] shape = tensor.Shape;
        long count = Tensor.Count(shape) ?? throw new MatrixFormatException($"'{address}' has the impossible shape ({string.Join(", ", shape)}).");
        long bytes = count * type.Size();
        if (tensor.IsExternal)
        {
            return External(file, address, tensor, new Tensor(address, type, shape, false, 0), bytes);
        }

        if (bytes > 0 && bytes <= Array.MaxLength && (type == NumberType.Float32 ? tensor.BytesInPieces == bytes : tensor.IntegerCount == count))
        {
            byte[] memory = type == NumberType.Float32 ? model.FloatsInPieces(tensor) : model.HalvesInIntegers(tensor);
            return (new InputFile(file.Path, memory), new Tensor(address, type, shape, false, 0));
        }

        return tensor.Numbers.Length == bytes
            ? (file, new Tensor(address, type, shape, false, tensor.Numbers.Start))
            : throw new MatrixFormatException($"'{address}' does not hold the {bytes} bytes of its shape ({string.Join(", ", shape)}): the model is damaged, or keeps numbers in a form that is not supported. Save the matrix with numpy.save.");
    }

    private static (InputFile File, Tensor Tensor) External(InputFile file, string address, OnnxInitializer tensor, Tensor plain, long bytes)
    {
        string location = tensor.Location;
        string folder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        string path = location.Contains('\0', StringComparison.Ordinal) ? string.Empty : Path.GetFullPath(Path.Combine(folder, location));
        bool isInside = path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        if (!isInside)
        {
            throw new MatrixFormatException($"'{address}' keeps its numbers in '{location}'; expected a file in the model's folder. Save the matrix with numpy.save.");
        }

        if (!long.TryParse(tensor.Offset, NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
        {
            throw new MatrixFormatException($"'{address}' has the external offset '{tensor.Offset}'; expected a whole number from 0 on. The model is damaged: export it again.");
        }

        if (tensor.Length is not null && !(long.TryParse(tensor.Length, NumberStyles.None, CultureInfo.InvariantCulture, out long length) && length == bytes))
        {
            throw new MatrixFormatException($"'{address}' has the external length '{tensor.Length}'; expected {bytes}, the bytes of its shape {plain.ShapeText}. The model is damaged: export it again.");
        }

        InputFile numbers = new(path);
        if (offset <= numbers.Length - bytes)
        {
            return (numbers, plain with { Offset = offset });
        }

        numbers.Dispose();
        throw new MatrixFormatException(offset > numbers.Length
            ? $"'{address}' has the external offset {offset}; expected at most {numbers.Length}, the bytes of '{path}'. The model is damaged, or the file cut short: export it again."
            : $"'{path}' holds {numbers.Length} bytes; expected {bytes} at {offset} for '{address}'. It is cut short: export the model again.");
    }
}
