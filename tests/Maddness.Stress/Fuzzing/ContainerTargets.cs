using System.Text;
using System.Text.RegularExpressions;
using Maddness.Stress.Files;

namespace Maddness.Stress.Fuzzing;

/// <summary>The library's own files: all kinds share a container, its checksum and its exception.</summary>
internal abstract class ContainerTarget : IReaderTarget
{
    public abstract string Name { get; }

    public byte[] Seed(Random random) => Valid(random).Build();

    public byte[] Mutate(Random random) => ModelFileMutator.Mutate(random, Valid(random));

    public void Repair(byte[] file) => ModelFile.Sign(file);

    public abstract object Read(Stream stream);

    public abstract void Use(object accepted);

    public bool IsRefusal(Exception exception) => exception is ModelFormatException;

    private protected abstract ModelFile Valid(Random random);

    /// <summary>What was accepted can be saved, loaded again and is then the same bytes.</summary>
    private protected static byte[] Saved(Action<Stream> save, Func<Stream, Action<Stream>> load)
    {
        byte[] first = SavedBytes.Of(save), second = SavedBytes.Of(load(new MemoryStream(first)));
        return first.AsSpan().SequenceEqual(second) ? first : throw new InvalidDataException("What was accepted changes when it is saved and loaded again.");
    }
}

/// <summary><see cref="MaddnessModel.Load(Stream)"/>.</summary>
internal sealed class ModelTarget : ContainerTarget
{
    /// <summary>Wider models are read, but nobody multiplies such rows here.</summary>
    internal const int WidestUsed = 4096;

    public override string Name => "model";

    public override object Read(Stream stream) => MaddnessModel.Load(stream);

    public override void Use(object accepted)
    {
        MaddnessModel model = (MaddnessModel)accepted;
        Saved(model.Save, stream => MaddnessModel.Load(stream).Save);
        if (model.Inputs > WidestUsed || model.ElementType != ElementType.Float32)
        {
            return;
        }

        float[] rows = InputValues.Of<float>(new Random(1), 3 * model.Inputs);
        EncodedMatrix codes = model.Encode(rows, 3);
        try
        {
            model.Bind(new float[model.Inputs * 2], 2).Multiply(codes, new float[6]);
        }
        catch (ArgumentException)
        {
            // Prototypes times B may be more than float32 holds: that is refused where B is given.
        }
    }

    private protected override ModelFile Valid(Random random) => RandomFiles.Model(random);
}

/// <summary><see cref="MaddnessMatmul.Load(Stream)"/>.</summary>
internal sealed class MatmulTarget : ContainerTarget
{
    public override string Name => "matmul";

    public override object Read(Stream stream) => MaddnessMatmul.Load(stream);

    public override void Use(object accepted)
    {
        MaddnessMatmul product = (MaddnessMatmul)accepted;
        Saved(product.Save, stream => MaddnessMatmul.Load(stream).Save);
        if (product.Inputs > ModelTarget.WidestUsed)
        {
            return;
        }

        switch (product.ElementType)
        {
            case ElementType.Float32:
                Run<float>();
                break;
            case ElementType.Int16:
                Run<short>();
                break;
            case ElementType.Int8:
                Run<sbyte>();
                break;
            default:
                Run<byte>();
                break;
        }

        void Run<T>()
            where T : unmanaged
        {
            T[] a = InputValues.Of<T>(new Random(1), 3 * product.Inputs);
            int[] best = new int[3];
            product.Multiply<T>(a, 3, new float[3 * product.Outputs]);
            product.ArgMax<T>(a, 3, best);
            if (Array.Exists(best, index => index < 0 || index >= product.Outputs))
            {
                throw new InvalidDataException($"The arg-max is {string.Join(", ", best)} of {product.Outputs} outputs.");
            }
        }
    }

    private protected override ModelFile Valid(Random random) => RandomFiles.Matmul(random);
}

/// <summary><see cref="EncodedMatrix.Load(Stream)"/>.</summary>
internal sealed partial class EncodedTarget : ContainerTarget
{
    public override string Name => "encoded";

    public override object Read(Stream stream) => EncodedMatrix.Load(stream);

    public override void Use(object accepted)
    {
        EncodedMatrix codes = (EncodedMatrix)accepted;
        byte[] saved = Saved(codes.Save, stream => EncodedMatrix.Load(stream).Save);

        // A product of the shape that these codes claim, whose trees they are then made to claim too, reads every one of them.
        ModelFile file = RandomFiles.Matmul(new Random(1), "float32", 5, codes.Codebooks, int.Log2(codes.Leaves), 2, true);
        byte[] claimed = Encoding.Latin1.GetBytes(FingerprintPattern().Replace(Encoding.Latin1.GetString(saved), "${key}" + file["tree_fingerprint"], 1));
        ModelFile.Sign(claimed);
        EncodedMatrix forged = EncodedMatrix.Load(new MemoryStream(claimed));
        MaddnessMatmul.Load(new MemoryStream(file.Build())).Multiply(forged, new float[2 * forged.Rows]);
    }

    private protected override ModelFile Valid(Random random) => RandomFiles.Encoded(random);

    [GeneratedRegex("(?<key>\"tree_fingerprint\":\")[0-9a-f]{64}")]
    private static partial Regex FingerprintPattern();
}
