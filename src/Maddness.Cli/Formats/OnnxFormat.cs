using System.Text;

namespace Maddness.Cli.Formats;

/// <summary>
/// Weights in ONNX models: the initialisers that MatMul, Gemm and Conv multiply by, as the matrix B of a product with rows of A. Those of Gemm may be transposed, those of Conv (M × C × kernel) become the (C·kernel) × M matrix
/// of its im2col form, channel-major: the row of channel c and kernel place k is c·(size of the kernel) + k.
/// </summary>
internal static class OnnxFormat
{
    /// <summary>
    /// There is no magic number. Most writers begin with ir_version, producer_name or the graph, and what begins so is a model, if a damaged one. Fields may come in any order, but text begins like some of them as well: what begins
    /// with another field must go on with a second one, or end.
    /// </summary>
    internal static bool Recognises(InputFile file)
    {
        byte[] start = file.Start(3);
        return start.Length > 2 && (start[0] is 0x08 or 0x12 or 0x3A || OnnxModel.BeginsWithFields(file));
    }

    /// <exception cref="MatrixFormatException">There is no such tensor, or it cannot be used.</exception>
    /// <param name="file">The model.</param>
    /// <param name="name">The tensor, or the node that multiplies by it; null for the only one.</param>
    /// <param name="biasFactor">For the bias of a node that was named, the factor of that node; null for all other tensors.</param>
    internal static OnnxTensor Find(InputFile file, string? name, float? biasFactor = null)
    {
        try
        {
            OnnxModel model = new(file);
            if (!model.HasGraph)
            {
                throw new MatrixFormatException($"'{file.Path}' is no .npy, .safetensors or .onnx file. Save the matrix with numpy.save.");
            }

            byte[] wanted;
            OnnxNode? product = null;
            if (name is null)
            {
                (List<string> shown, long count, wanted) = Weights(model);
                name = count == 1
                    ? shown[0]
                    : throw new MatrixFormatException($"'{file.Path}' holds the weights of {count} products: name one as '{file.Path}::name', of {TensorFile.List(shown, count)}.");
                product = OnlyUser(model, wanted);
            }
            else
            {
                wanted = Encoding.UTF8.GetBytes(name);

                // The name of a node stands for its weights, as it uses them; that of a bias is a tensor's.
                if (biasFactor is null && NodeOf(model, wanted) is OnnxNode node)
                {
                    (wanted, name) = (model.Copy(node.Second), model.Text(node.Second));
                    product = IsProduct(model, node) ? node : null;
                }
            }

            if (SourceOf(model, wanted) is not OnnxSource source)
            {
                (List<string> shown, long count, _) = Weights(model);
                throw new MatrixFormatException($"'{file.Path}' has no initialiser '{name}'; products use {TensorFile.List(shown, count)}.");
            }

            return Use(file, model, wanted, name, source, product, biasFactor);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(file, e);
        }
    }

    /// <summary>What a node adds to its product: the third input of Gemm and Conv. Null where the name is not a node's, the node adds nothing, or there is no name and more than one product.</summary>
    /// <exception cref="MatrixFormatException">What it adds is not known before the model runs, or there is no name and the products of the only weights add different things.</exception>
    /// <param name="file">The model.</param>
    /// <param name="name">The node; null for the only product.</param>
    internal static OnnxBias? FindBias(InputFile file, string? name)
    {
        try
        {
            OnnxModel model = new(file);
            if (!model.HasGraph)
            {
                return null;
            }

            OnnxNode? node = name is null ? OnlyProduct(model, file.Path) : NodeOf(model, Encoding.UTF8.GetBytes(name));
            return node is OnnxNode found ? BiasOf(model, found, name is null ? file.Path : $"{file.Path}::{name}", file.Path) : null;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(file, e);
        }
    }

    /// <summary>The product that a file without a name stands for, or null. Several may share the only weights if they add the same: any of them will do.</summary>
    private static OnnxNode? OnlyProduct(OnnxModel model, string path)
    {
        (List<string> shown, long count, byte[] weights) = Weights(model);
        OnnxNode? first = null;
        foreach (OnnxNode node in count == 1 ? model.Nodes() : [])
        {
            if (!IsProductWith(model, node, weights))
            {
                continue;
            }

            if (first is OnnxNode other && !IsSameBias(model, node, other))
            {
                throw new MatrixFormatException(
                    $"'{path}' has products of '{shown[0]}' that add different biases, {model.Describe(other)} and {model.Describe(node)}. Name one of these nodes as '{path}::name', or the weights alone, '{path}::{shown[0]}'.");
            }

            first ??= node;
        }

        return first;
    }

    /// <summary>The product that weights have, or null where there are several.</summary>
    private static OnnxNode? OnlyUser(OnnxModel model, byte[] weights)
    {
        OnnxNode? only = null;
        foreach (OnnxNode node in model.Nodes())
        {
            if (IsProductWith(model, node, weights))
            {
                if (only is not null)
                {
                    return null;
                }

                only = node;
            }
        }

        return only;
    }

    private static bool IsSameBias(OnnxModel model, OnnxNode x, OnnxNode y) => AddsBias(model, x)
        ? AddsBias(model, y) && Factor(model, x) == Factor(model, y) && model.AreEqual(x.Third, y.Third)
        : !AddsBias(model, y);

    private static OnnxBias? BiasOf(OnnxModel model, OnnxNode node, string address, string path)
    {
        if (!AddsBias(model, node))
        {
            return null;
        }

        string added = model.Text(node.Third);
        return SourceOf(model, model.Copy(node.Third)) is not null
            ? new OnnxBias(added, Factor(model, node), IsGemm(model, node))
            : throw new MatrixFormatException($"'{address}' adds '{added}', which is no initialiser. Name its weights alone, '{path}::{model.Text(node.Second)}', and save the bias with numpy.save for --bias.");
    }

    private static bool AddsBias(OnnxModel model, OnnxNode node) => node.InputCount > 2 && node.Third.Length > 0 && (IsGemm(model, node) || model.Is(node.Operation, "Conv"u8));

    /// <summary>What a node multiplies its bias by: Conv knows no factor.</summary>
    private static float Factor(OnnxModel model, OnnxNode node) => IsGemm(model, node) ? node.Beta : 1;

    /// <summary>The first node of a name that stands for its second input, or null; initialisers come first, as they do where weights are found.</summary>
    private static OnnxNode? NodeOf(OnnxModel model, byte[] name)
    {
        foreach (OnnxNode node in name.Length > 0 && TensorOf(model, name) is null ? model.Nodes() : [])
        {
            if (node.InputCount > 1 && model.Is(node.Name, name))
            {
                return node;
            }
        }

        return null;
    }

    private static MatrixFormatException Damaged(InputFile file, InvalidDataException cause) =>
        new($"'{file.Path}' is a damaged .onnx file, or of another format. Save the matrix with numpy.save.", cause);

    private static bool IsProduct(OnnxModel model, OnnxNode node) => model.Is(node.Operation, "MatMul"u8) || IsGemm(model, node) || model.Is(node.Operation, "Conv"u8);

    private static bool IsGemm(OnnxModel model, OnnxNode node) => model.Is(node.Operation, "Gemm"u8);

    private static bool IsProductWith(OnnxModel model, OnnxNode node, ReadOnlySpan<byte> weights) => node.InputCount > 1 && model.Is(node.Second, weights) && IsProduct(model, node);

    /// <summary>The first tensor of a name, or null.</summary>
    private static FilePlace? TensorOf(OnnxModel model, byte[] name)
    {
        foreach ((FilePlace held, FilePlace tensor) in model.Tensors())
        {
            if (model.Is(held, name))
            {
                return tensor;
            }
        }

        return null;
    }

    private static bool IsStep(OnnxModel model, OnnxNode node) =>
        node.InputCount == 1 && (model.Is(node.Operation, "Transpose"u8) || model.Is(node.Operation, "Identity"u8) || model.Is(node.Operation, "Cast"u8));

    /// <summary>The tensor of a name, or the one that a single step makes it from; null where it is known only when the model runs.</summary>
    private static OnnxSource? SourceOf(OnnxModel model, byte[] name)
    {
        if (TensorOf(model, name) is FilePlace tensor)
        {
            return new OnnxSource(tensor, null);
        }

        foreach (OnnxNode node in name.Length > 0 ? model.Nodes() : [])
        {
            if (node.Output is FilePlace output && model.Is(output, name))
            {
                return IsStep(model, node) && TensorOf(model, model.Copy(node.First)) is FilePlace first ? new OnnxSource(first, node) : null;
            }
        }

        return null;
    }

    /// <summary>A tensor after a step.</summary>
    private static Tensor After(OnnxModel model, OnnxNode step, OnnxInitializer tensor, string address, Tensor plain)
    {
        if (model.Is(step.Operation, "Transpose"u8))
        {
            // What is transposed lies in the file as in the order of Fortran.
            return plain.Shape.Length == 2 && model.Swaps(step) is bool isTurned
                ? isTurned ? plain with { Shape = [plain.Shape[1], plain.Shape[0]], IsFortranOrder = true } : plain
                : throw new MatrixFormatException($"'{address}' has the shape {plain.ShapeText} before {model.Describe(step)}; expected the transposition of a matrix, of two dimensions. Save the matrix with numpy.save.");
        }

        // Identity, and a Cast that loses nothing.
        return !model.Is(step.Operation, "Cast"u8) || step.To == OnnxStorage.Float32 || step.To == tensor.DataType
            ? plain
            : throw new MatrixFormatException($"'{address}' is made ONNX type {step.To} by {model.Describe(step)}; expected float32 (1) or its own, {tensor.DataType}. Save the matrix with numpy.save.");
    }

    /// <summary>The tensors that products multiply by, in the order of the products: some names, the number of all, and the bytes of the first name.</summary>
    private static (List<string> Shown, long Count, byte[] First) Weights(OnnxModel model)
    {
        HashSet<FilePlace> asked = model.NewNames(), held = model.NewNames();
        foreach (OnnxNode node in model.Nodes())
        {
            if (node.InputCount > 1 && IsProduct(model, node))
            {
                asked.Add(node.Second);
            }
        }

        foreach ((FilePlace name, _) in model.Tensors())
        {
            if (asked.Remove(name))
            {
                held.Add(name);
            }
        }

        AddMade(model, asked, held);
        int count = held.Count;
        List<string> shown = [];
        byte[] first = [];
        foreach (OnnxNode node in count == 0 ? [] : model.Nodes())
        {
            if (shown.Count < TensorFile.MaxNames && node.InputCount > 1 && IsProduct(model, node) && held.Remove(node.Second))
            {
                first = shown.Count == 0 ? model.Copy(node.Second) : first;
                shown.Add(model.Text(node.Second));
            }
        }

        return (shown, count, first);
    }

    /// <summary>Adds those of the names that a step makes from a tensor.</summary>
    private static void AddMade(OnnxModel model, HashSet<FilePlace> asked, HashSet<FilePlace> held)
    {
        HashSet<FilePlace> sources = model.NewNames(), tensors = model.NewNames();
        foreach (OnnxNode node in asked.Count == 0 ? [] : Steps())
        {
            sources.Add(node.First);
        }

        foreach ((FilePlace name, _) in sources.Count == 0 ? [] : model.Tensors())
        {
            if (sources.Remove(name))
            {
                tensors.Add(name);
            }
        }

        foreach (OnnxNode node in tensors.Count == 0 ? [] : Steps())
        {
            if (tensors.Contains(node.First))
            {
                held.Add(node.Output!.Value);
            }
        }

        IEnumerable<OnnxNode> Steps() => model.Nodes().Where(node => node.Output is FilePlace output && IsStep(model, node) && asked.Contains(output));
    }

    private static OnnxTensor Use(InputFile file, OnnxModel model, byte[] name, string shownName, OnnxSource source, OnnxNode? product, float? biasFactor)
    {
        string address = $"{file.Path}::{shownName}";
        OnnxInitializer tensor = model.Initializer(source.Tensor, address);
        (InputFile numbers, Tensor plain) = OnnxStorage.Locate(file, model, address, tensor);
        try
        {
            plain = source.Step is OnnxNode step ? After(model, step, tensor, address, plain) : plain;
            return biasFactor is float factor ? UseAsBias(address, numbers, plain, factor)
                : product is OnnxNode node ? UseAsWeights(address, numbers, plain, UseOf(model, node, address, plain))
                : Use(model, name, address, numbers, plain);
        }
        catch
        {
            numbers.Dispose();
            throw;
        }
    }

    /// <summary>What one node adds: how others use it does not matter.</summary>
    private static OnnxTensor UseAsBias(string address, InputFile numbers, Tensor plain, float factor) => plain.Shape is [] or [_] or [1, _]
        ? new OnnxTensor(numbers, plain with { Factor = factor }, IsTransposed: false)
        : throw new MatrixFormatException($"'{address}' has the shape {plain.ShapeText}; expected a bias of one value for each output, (M) or (1, M), or of one for all. Name the weights in place of the node, and save the bias with numpy.save for --bias.");

    private static OnnxTensor Use(OnnxModel model, byte[] name, string address, InputFile numbers, Tensor plain)
    {
        // A vector is a bias, whoever adds it, and so is a matrix of one row that Gemm adds to every row; another tensor is the weights of all its users, in the same way.
        bool isVector = plain.Shape.Length <= 1;
        float factor = 1;
        long users = 0;
        bool isOtherUse = false, isProduct = false, isMixed = false, isMixedFactor = false, isAdded = plain.Shape is [1, _];
        List<string> shown = [];
        long firstInput = -1;
        (bool IsTransposed, float Factor) use = default;
        foreach (OnnxNode node in model.Nodes())
        {
            long input = model.IndexOfInput(node, name);
            if (input < 0)
            {
                continue;
            }

            float nextFactor = node.InputCount == 3 && model.Is(node.Third, name) && IsGemm(model, node) ? node.Beta : 1;
            isMixedFactor |= users > 0 && nextFactor != factor;
            factor = nextFactor;
            firstInput = users++ == 0 ? input : firstInput;

            if (shown.Count < 3)
            {
                shown.Add(model.Describe(node));
            }

            isAdded &= input == 2 && IsGemm(model, node);
            bool isWeights = input == 1 && IsProduct(model, node);
            isProduct |= isWeights;
            isOtherUse |= !isWeights;
            if (!isVector && !isOtherUse)
            {
                (bool IsTransposed, float Factor) next = UseOf(model, node, address, plain);
                isMixed |= users > 1 && next != use;
                use = next;
            }
        }

        if (isVector || (isAdded && users > 0))
        {
            return !isMixedFactor
                ? new OnnxTensor(numbers, plain with { Factor = factor }, IsTransposed: false)
                : throw new MatrixFormatException(
                    $"'{address}' is added with different factors (beta) by {users} operations, such as {string.Join(", ", shown)}. Name the node in --weights in place of --bias, or save the bias with numpy.save.");
        }

        if (users == 0 || isOtherUse)
        {
            string used = users == 0 ? "by no operation" : $"by {string.Join(", ", shown)}, at input {firstInput}";
            string advice = isProduct ? "Name the node of the product" : "Save the matrix with numpy.save";
            throw new MatrixFormatException($"'{address}' is used {used}; expected the weights (input 1) of MatMul, Gemm or Conv. {advice}.");
        }

        return isMixed
            ? throw new MatrixFormatException($"'{address}' is used in different ways by {users} operations, such as {string.Join(", ", shown)}. Name the node of one.")
            : UseAsWeights(address, numbers, plain, use);
    }

    private static OnnxTensor UseAsWeights(string address, InputFile numbers, Tensor plain, (bool IsTransposed, float Factor) use)
    {
        // Only convolutions have more than two dimensions.
        long[] shape = plain.Shape.Length == 2
            ? plain.Shape
            : [plain.Shape[0], Tensor.Count(plain.Shape.AsSpan(1)) ?? throw new MatrixFormatException($"'{address}' has the impossible shape {plain.ShapeText}.")];
        return new OnnxTensor(numbers, plain with { Shape = shape, Factor = use.Factor }, use.IsTransposed);
    }

    /// <summary>How a product reads its weights.</summary>
    private static (bool IsTransposed, float Factor) UseOf(OnnxModel model, OnnxNode user, string address, Tensor plain)
    {
        if (model.Is(user.Operation, "Conv"u8))
        {
            return user.Group == 1 && plain.Shape.Length >= 3
                ? (true, 1)
                : throw new MatrixFormatException($"'{address}' has the shape {plain.ShapeText} and {user.Group} groups in {model.Describe(user)}; expected a convolution of 1 group. Save the matrix of each group with numpy.save.");
        }

        if (plain.Shape.Length != 2)
        {
            throw new MatrixFormatException($"'{address}' has the shape {plain.ShapeText} in {model.Describe(user)}; expected a matrix, of two dimensions. Save it with numpy.save.");
        }

        bool isGemm = IsGemm(model, user);
        return isGemm && user.TransA != 0
            ? throw new MatrixFormatException($"'{address}' is multiplied by a transposed A in {model.Describe(user)}; expected rows of A as they are. Save both matrices with numpy.save.")
            : (isGemm && user.TransB != 0, isGemm ? user.Alpha : 1);
    }
}
