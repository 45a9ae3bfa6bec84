using System.Buffers.Binary;
using System.Globalization;

namespace Maddness.Cli.Formats;

/// <summary>
/// Weights in ONNX models: the initialisers that MatMul, Gemm and Conv multiply by, as the matrix B of a product with rows of A. Those of Gemm may be transposed, those of Conv (M × C × kernel) become the (C·kernel) × M matrix
/// of its im2col form, channel-major: the row of channel c and kernel place k is c·(size of the kernel) + k.
/// </summary>
internal static class OnnxFormat
{
    private static readonly string[] Operations = ["MatMul", "Gemm", "Conv"];

    /// <summary>There is no magic number; writers begin with ir_version, producer_name or the graph.</summary>
    internal static bool Recognises(ReadOnlySpan<byte> start) => start.Length > 2 && start[0] is 0x08 or 0x12 or 0x3A;

    /// <exception cref="MatrixFormatException">There is no such tensor, or it cannot be used.</exception>
    internal static OnnxTensor Find(MappedFile file, string? name)
    {
        using OnnxModel model = OnnxModel.Read(file);
        string[] weights = [.. model.Nodes.Where(n => Operations.Contains(n.Operation) && n.Inputs.Count > 1 && model.Initializers.ContainsKey(n.Inputs[1])).Select(n => n.Inputs[1]).Distinct()];
        if (name is null)
        {
            name = weights.Length == 1
                ? weights[0]
                : throw new MatrixFormatException($"'{file.Path}' holds the weights of {weights.Length} products: name one as '{file.Path}::name', of {TensorFile.List(weights)}.");
        }

        // The name of a node stands for its weights.
        if (!model.Initializers.ContainsKey(name) && model.Nodes.Find(n => n.Name == name && n.Inputs.Count > 1) is OnnxNode named)
        {
            name = named.Inputs[1];
        }

        if (!model.Initializers.TryGetValue(name, out OnnxInitializer? tensor))
        {
            throw new MatrixFormatException($"'{file.Path}' has no initialiser '{name}'; products use {TensorFile.List(weights)}.");
        }

        return Use(file, model, tensor);
    }

    private static OnnxTensor Use(MappedFile file, OnnxModel model, OnnxInitializer tensor)
    {
        string address = $"{file.Path}::{tensor.Name}";
        OnnxNode[] users = [.. model.Nodes.Where(n => n.Inputs.Contains(tensor.Name))];
        (MappedFile numbers, Tensor plain) = Locate(file, address, tensor);

        // A vector is a bias, whoever adds it.
        if (tensor.Shape.Count <= 1)
        {
            float factor = users is [{ Operation: "Gemm", Inputs: [_, _, string added] } gemm, ..] && added == tensor.Name ? gemm.Float("beta", 1) : 1;
            return new OnnxTensor(numbers, plain with { Factor = factor }, IsTransposed: false);
        }

        if (users.Length == 0 || users.FirstOrDefault(n => !Operations.Contains(n.Operation)) is not null || users.FirstOrDefault(n => n.Inputs.IndexOf(tensor.Name) != 1) is not null)
        {
            string used = users.Length == 0 ? "by no operation" : $"by {string.Join(", ", users.Take(3).Select(n => n.ToString()))}, at input {users[0].Inputs.IndexOf(tensor.Name)}";
            throw new MatrixFormatException($"'{address}' is used {used}; expected the weights (input 1) of MatMul, Gemm or Conv. Save the matrix with numpy.save.");
        }

        OnnxTensor[] uses = [.. users.Select(user => Use(address, user, numbers, plain))];
        return uses.All(use => IsSame(use, uses[0])) ? uses[0] : throw new MatrixFormatException($"'{address}' is used in different ways by {users.Length} operations. Save the matrix with numpy.save.");
    }

    /// <summary>Whether two uses read the same matrix of one tensor: shapes by their lengths, which records do not compare.</summary>
    private static bool IsSame(OnnxTensor a, OnnxTensor b) =>
        a.IsTransposed == b.IsTransposed && a.Tensor.Factor.Equals(b.Tensor.Factor) && a.Tensor.Shape.AsSpan().SequenceEqual(b.Tensor.Shape);

    private static OnnxTensor Use(string address, OnnxNode user, MappedFile numbers, Tensor plain)
    {
        if (user.Operation == "Conv")
        {
            long groups = user.Integer("group", 1);
            if (groups != 1 || plain.Shape.Length < 3)
            {
                throw new MatrixFormatException($"'{address}' has the shape {plain.ShapeText} and {groups} groups in {user}; expected a convolution of 1 group. Save the matrix of each group with numpy.save.");
            }

            long window = Tensor.Count(plain.Shape.AsSpan(1)) ?? throw new MatrixFormatException($"'{address}' has the impossible shape {plain.ShapeText}.");
            return new OnnxTensor(numbers, plain with { Shape = [plain.Shape[0], window] }, IsTransposed: true);
        }

        if (plain.Shape.Length != 2)
        {
            throw new MatrixFormatException($"'{address}' has the shape {plain.ShapeText} in {user}; expected a matrix, of two dimensions. Save it with numpy.save.");
        }

        bool isGemm = user.Operation == "Gemm";
        if (isGemm && user.Integer("transA", 0) != 0)
        {
            throw new MatrixFormatException($"'{address}' is multiplied by a transposed A in {user}; expected rows of A as they are. Save both matrices with numpy.save.");
        }

        return new OnnxTensor(
            numbers, plain with { Factor = isGemm ? user.Float("alpha", 1) : 1 }, isGemm && user.Integer("transB", 0) != 0);
    }

    /// <summary>Where the numbers stand: in the model, in a file beside it, or, for half-precision numbers written as integers, in memory.</summary>
    private static (MappedFile File, Tensor Tensor) Locate(MappedFile file, string address, OnnxInitializer tensor)
    {
        NumberType type = tensor.DataType switch
        {
            1 => NumberType.Float32,
            10 => NumberType.Float16,
            _ => throw new MatrixFormatException($"'{address}' has elements of ONNX type {tensor.DataType}; expected float32 (1) or float16 (10). Save the matrix with numpy.save."),
        };
        long[] shape = [.. tensor.Shape];
        long count = Tensor.Count(shape) ?? throw new MatrixFormatException($"'{address}' has the impossible shape ({string.Join(", ", shape)}).");
        long bytes = count * type.Size();
        if (tensor.IsExternal)
        {
            return External(file, address, tensor, new Tensor(address, type, shape, false, 0), bytes);
        }

        if (tensor.Integers.Count == count && type == NumberType.Float16 && count > 0)
        {
            byte[] memory = new byte[bytes];
            for (int i = 0; i < tensor.Integers.Count; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(memory.AsSpan(2 * i), (ushort)tensor.Integers[i]);
            }

            return (new MappedFile(file.Path, memory), new Tensor(address, type, shape, false, 0));
        }

        // The field is its length, of 1 to 5 bytes, and the numbers.
        long lengthBytes = tensor.FieldEnd - tensor.FieldStart - bytes;
        return lengthBytes is >= 1 and <= 5
            ? (file, new Tensor(address, type, shape, false, tensor.FieldEnd - bytes))
            : throw new MatrixFormatException($"'{address}' does not hold the {bytes} bytes of its shape ({string.Join(", ", shape)}): the model is damaged, or keeps numbers in a form that is not supported. Save the matrix with numpy.save.");
    }

    private static (MappedFile File, Tensor Tensor) External(MappedFile file, string address, OnnxInitializer tensor, Tensor plain, long bytes)
    {
        string location = tensor.ExternalValue("location", string.Empty);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        string path = location.Contains('\0', StringComparison.Ordinal) ? string.Empty : Path.GetFullPath(Path.Combine(folder, location));
        bool isInside = path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        if (!isInside || !long.TryParse(tensor.ExternalValue("offset", "0"), NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
        {
            throw new MatrixFormatException($"'{address}' keeps its numbers in '{location}'; expected a file in the model's folder. Save the matrix with numpy.save.");
        }

        MappedFile numbers = new(path);
        if (offset > numbers.Length - bytes)
        {
            numbers.Dispose();
            throw new MatrixFormatException($"'{path}' holds {numbers.Length} bytes; expected {bytes} at {offset} for '{address}'. It is cut short: export the model again.");
        }

        return (numbers, plain with { Offset = offset });
    }
}
