namespace Maddness.Cli.Formats;

/// <summary>Opens what the user names: a file, or <c>file::tensor</c>. Formats are told by content.</summary>
internal static class TensorFile
{
    private const string Separator = "::";

    /// <summary>Labels in memory in their widest form.</summary>
    private const int LabelsAtOnce = 1024;

    /// <summary>Names listed in a message at most.</summary>
    internal const int MaxNames = 12;

    /// <summary>Opens a matrix.</summary>
    /// <param name="address">The file, and the tensor where the file has several.</param>
    /// <param name="transposed">Whether the user says that the columns of the tensor are the rows of the matrix.</param>
    /// <exception cref="ToolException">The file cannot be read.</exception>
    /// <exception cref="MatrixFormatException">It holds no such matrix.</exception>
    internal static MatrixSource OpenMatrix(string address, bool transposed = false) => Open(address, null, (file, tensor, isOnnxTransposed) => Matrix(file, tensor, transposed, isOnnxTransposed));

    /// <summary>The same of a file that is open, which is closed with the source, or at once where it holds no matrix.</summary>
    internal static MatrixSource OpenMatrix(InputFile file, string? name) => Open(file, name, null, (numbers, tensor, isOnnxTransposed) => Matrix(numbers, tensor, false, isOnnxTransposed));

    /// <summary>A tensor as a matrix.</summary>
    /// <param name="file">The file with its numbers.</param>
    /// <param name="tensor">Where they are.</param>
    /// <param name="isTransposed">Whether the user says that it is transposed.</param>
    /// <param name="isOnnxTransposed">Whether the product of an ONNX model says so; null for other formats, which say nothing.</param>
    private static MatrixSource Matrix(InputFile file, Tensor tensor, bool isTransposed, bool? isOnnxTransposed)
    {
        if (isTransposed && isOnnxTransposed is not null)
        {
            throw new MatrixFormatException($"'{tensor.Name}' is laid out as its product in the model says; expected no --transpose-weights. Leave it out.");
        }

        if (!tensor.Type.IsMatrixType())
        {
            throw new MatrixFormatException($"'{tensor.Name}' has elements of type {tensor.Type.Name()}; expected {NumberTypes.OfMatrices}. Convert it with astype('<f4').");
        }

        return tensor.Shape.Length == 2
            ? new MatrixSource(file, tensor, isOnnxTransposed ?? isTransposed) { IsLayoutKnown = isOnnxTransposed is not null }
            : throw new MatrixFormatException($"'{tensor.Name}' has the shape {tensor.ShapeText}; expected a matrix, of two dimensions. Reshape it first.");
    }

    /// <summary>Reads a bias, a vector of finite floats, multiplied by its factor.</summary>
    internal static float[] ReadBias(BiasAddress bias) => UseVector(bias, tensor => tensor.Type.IsMatrixType(), NumberTypes.OfMatrices, column =>
    {
        float[] values = new float[column.Rows];
        column.Read(0, values.Length, values.AsSpan());
        return values;
    });

    /// <summary>The bias of a node that the address stands for, by its name or as the only product of the file, as an address of its own; null for all other addresses.</summary>
    internal static BiasAddress? FindBias(string address)
    {
        (string path, string? name) = Split(address);
        using InputFile file = new(path);
        byte[] start = file.Start(16);
        return !NpyFormat.Recognises(start) && !SafetensorsFormat.Recognises(start) && OnnxFormat.Recognises(file) && OnnxFormat.FindBias(file, name) is OnnxBias bias
            ? new BiasAddress(path + Separator + bias.Name, bias.Factor, bias.IsBroadcast)
            : null;
    }

    /// <summary>Reads labels: a vector of integers of any type, each the index of an output.</summary>
    internal static int[] ReadLabels(string address, int outputs = int.MaxValue) => UseVector(new BiasAddress(address), tensor => tensor.Type >= NumberType.Int8, "an integer type", column =>
    {
        // Wide enough for every type: what is no index is told as it stands in the file.
        int[] labels = new int[column.Rows];
        Int128[] piece = new Int128[Math.Min(labels.Length, LabelsAtOnce)];
        for (int start = 0; start < labels.Length; start += piece.Length)
        {
            Span<Int128> read = piece.AsSpan(0, Math.Min(piece.Length, labels.Length - start));
            column.Read(start, read.Length, read);
            for (int i = 0; i < read.Length; i++)
            {
                labels[start + i] = read[i] >= 0 && read[i] < outputs
                    ? (int)read[i]
                    : throw new MatrixFormatException($"'{address}' holds the label {read[i]} at {start + i}; expected 0 to {outputs - 1}, the index of an output.");
            }
        }

        return labels;
    });

    /// <summary>A vector as a matrix of one column.</summary>
    private static TResult UseVector<TResult>(BiasAddress address, Predicate<Tensor> isOfType, string expectedType, Func<MatrixSource, TResult> use) => Open(address.Address, address.Factor, (file, tensor, _) =>
    {
        using (file)
        {
            long length = Tensor.Count(tensor.Shape) ?? long.MaxValue;
            if (tensor.Shape.Count(l => l != 1) > 1 || length > Array.MaxLength)
            {
                throw new MatrixFormatException($"'{tensor.Name}' has the shape {tensor.ShapeText}; expected a vector, of one dimension. Reshape it first.");
            }

            if (!isOfType(tensor))
            {
                throw new MatrixFormatException($"'{tensor.Name}' has elements of type {tensor.Type.Name()}; expected {expectedType}. Convert it with astype.");
            }

            using MatrixSource column = new(file, tensor with { Shape = [length, 1], IsFortranOrder = false });
            return use(column);
        }
    });

    private static TResult Open<TResult>(string address, float? biasFactor, Func<InputFile, Tensor, bool?, TResult> use)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new ToolException("This machine is big-endian, for which this tool is not made. Use another machine.");
        }

        (string path, string? name) = Split(address);
        return Open(new InputFile(path), name, biasFactor, use);
    }

    private static TResult Open<TResult>(InputFile file, string? name, float? biasFactor, Func<InputFile, Tensor, bool?, TResult> use)
    {
        string path = file.Path;
        try
        {
            byte[] start = file.Start(16);
            if (NpyFormat.Recognises(start))
            {
                return name is null ? use(file, NpyFormat.Read(file), null) : throw new MatrixFormatException($"'{path}' is a .npy file, which has no tensor names: leave out '{Separator}{name}'.");
            }

            if (SafetensorsFormat.Recognises(start))
            {
                return use(file, SafetensorsFormat.Find(file, name), null);
            }

            if (OnnxFormat.Recognises(file))
            {
                OnnxTensor found = OnnxFormat.Find(file, name, biasFactor);
                if (found.File != file)
                {
                    file.Dispose();
                    file = found.File;
                }

                return use(file, found.Tensor, found.IsTransposed);
            }

            throw new MatrixFormatException($"'{path}' is no .npy, .safetensors or .onnx file: it starts with {Hex(start)}. Save the matrix with numpy.save.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Names of tensors may hold the separator (PyTorch's exporter writes "onnx::MatMul_12"), and so may, in theory, those of files: the first place that leaves a file counts.</summary>
    private static (string Path, string? Name) Split(string address)
    {
        if (File.Exists(address))
        {
            return (address, null);
        }

        int first = address.IndexOf(Separator, StringComparison.Ordinal);
        for (int i = first; i > 0; i = address.IndexOf(Separator, i + 1, StringComparison.Ordinal))
        {
            if (File.Exists(address[..i]))
            {
                return (address[..i], address[(i + Separator.Length)..]);
            }
        }

        return first > 0 ? (address[..first], address[(first + Separator.Length)..]) : (address, null);
    }

    private static string Hex(byte[] start) => System.Convert.ToHexString(start.AsSpan(0, Math.Min(8, start.Length)));

    /// <summary>What a file is, for a message about one that should be something else.</summary>
    internal static string Describe(InputFile file)
    {
        byte[] start = file.Start(16);
        if (NpyFormat.Recognises(start))
        {
            try
            {
                Tensor tensor = NpyFormat.Read(file);
                return $"a .npy file with numbers of type {tensor.Type.Name()} and shape {tensor.ShapeText}";
            }
            catch (MatrixFormatException)
            {
                return "a damaged .npy file";
            }
        }

        return SafetensorsFormat.Recognises(start) ? "a .safetensors file with other tensors" : $"of another format: it starts with {Hex(start)}";
    }

    /// <summary>Names for a message.</summary>
    /// <param name="shown">The first of them, as many as are shown.</param>
    /// <param name="count">The number of all.</param>
    internal static string List(IReadOnlyCollection<string> shown, long count) =>
        count == 0 ? "none" : string.Join(", ", shown.Select(n => $"'{n}'")) + (count > shown.Count ? $" and {count - shown.Count} more" : string.Empty);
}
