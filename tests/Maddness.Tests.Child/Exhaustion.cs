using System.Runtime.InteropServices;

namespace Maddness.Tests.Child;

/// <summary>
/// Memory that ends while objects are made: run with a limit on the heap. Each operation is tried with hardly any memory left, which must fail as the runtime does, and again when there is memory: then it must give what it
/// gives otherwise, and everything that existed before still works.
/// </summary>
internal static class Exhaustion
{
    private const int Inputs = 512;
    private const int Outputs = 16384;
    private const int Rows = 100;
    private const int BallastBytes = 1 << 20;

    /// <summary>What is left free: enough for the runtime itself, which ends the process when it has nothing, and less than any of the operations needs.</summary>
    private const int SpareBytes = 14 << 20;

    /// <summary>Prints whether an operation ran out of memory, and that it was right with memory again. A result that is wrong throws.</summary>
    /// <param name="folder">For a file; its own.</param>
    /// <param name="operation">Which one.</param>
    internal static int Run(string folder, string operation)
    {
        float[] rows = new float[Rows * Inputs], b = new float[Inputs * Outputs], y = new float[Rows * Outputs];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = (i % 31) + (i / Inputs % 7);
        }

        for (int i = 0; i < b.Length; i++)
        {
            b[i] = (i % 13) - 6;
        }

        string path = Path.Combine(folder, "model.safetensors");
        TrainingOptions options = new() { Codebooks = 64, PrototypeLayout = PrototypeLayout.CodebookLocal };
        MaddnessModel model = MaddnessTrainer.Train(rows, Rows, Inputs, options);
        MaddnessMatmul product = model.Bind(b, Outputs);
        product.Save(path);
        byte[] expected = Of(product);

        switch (operation)
        {
            case "exact product":
                Try(() => new ExactMatmul(b, Inputs, Outputs), exact => exact.Multiply(rows.AsSpan(0, Inputs), 1, y.AsSpan(0, Outputs)));
                break;
            case "binding":
                Try(() => model.Bind(b, Outputs), bound => RequireSame(Of(bound), expected));
                break;
            case "loading":
                Try(() => MaddnessMatmul.Load(path), loaded => RequireSame(Of(loaded), expected));
                break;
            case "guard":
                Try(() => new DriftGuard(product, b, 1), guard => guard.Check(rows, Rows));
                break;
            case "first product":
                // Tables are packed when a product is first used: memory may end there too, and the next use does it then.
                MaddnessMatmul[] fresh = [MaddnessMatmul.Load(path), MaddnessMatmul.Load(path)];
                int next = 0;
                Try(() => Of(fresh[Math.Min(next++, 1)]), outputs => RequireSame(outputs, expected));
                break;
            default:
                throw new ArgumentException($"'{operation}' is no operation.", nameof(operation));
        }

        RequireSame(Of(product), expected);
        return 0;

        byte[] Of(MaddnessMatmul any)
        {
            any.Multiply(rows.AsSpan(0, 16 * Inputs), 16, y.AsSpan(0, 16 * Outputs));
            return System.Security.Cryptography.SHA256.HashData(MemoryMarshal.AsBytes(y.AsSpan(0, 16 * Outputs)));
        }
    }

    private static void Try<T>(Func<T> make, Action<T> use)
    {
        // Once with memory, so that the code is compiled.
        use(make());
        bool isExhausted = false;
        List<byte[]> ballast = new(4096);
        try
        {
            while (true)
            {
                ballast.Add(new byte[BallastBytes]);
            }
        }
        catch (OutOfMemoryException)
        {
            ballast.RemoveRange(ballast.Count - (SpareBytes / BallastBytes), SpareBytes / BallastBytes);
        }

        try
        {
            GC.KeepAlive(make());
        }
        catch (OutOfMemoryException)
        {
            isExhausted = true;
        }

        GC.KeepAlive(ballast);
        ballast.Clear();
        use(make());
        Console.WriteLine($"{(isExhausted ? "out of memory" : "fits")}, then right");
    }

    private static void RequireSame(byte[] actual, byte[] expected)
    {
        if (!actual.AsSpan().SequenceEqual(expected))
        {
            throw new InvalidDataException("A result differs.");
        }
    }
}
