using System.Diagnostics;
using Maddness.Storage;

namespace Maddness.Tests.Child;

/// <summary>Saves that somebody interrupts.</summary>
internal static class Saving
{
    /// <summary>Loads a bound model and saves it; an error of the file system is printed, and is exit code 3.</summary>
    internal static int Save(string from, string to)
    {
        MaddnessMatmul product = MaddnessMatmul.Load(from);
        try
        {
            product.Save(to);
            return 0;
        }
        catch (IOException e)
        {
            Console.WriteLine(e.GetType().Name);
            return 3;
        }
    }

    /// <summary>Saves two models over each other until it is killed. A line says that it has begun.</summary>
    internal static int SaveInTurns(string first, string second, string to)
    {
        MaddnessMatmul[] products = [MaddnessMatmul.Load(first), MaddnessMatmul.Load(second)];
        products[0].Save(to);
        Console.WriteLine("begun");
        for (int i = 1; ; i++)
        {
            products[i % 2].Save(to);
        }
    }

    /// <summary>Kills itself, as from outside, when so many bytes are written.</summary>
    internal static int SaveAndDie(string from, string to, int bytes)
    {
        byte[] content = File.ReadAllBytes(from);
        AtomicFile.Write(to, stream =>
        {
            stream.Write(content, 0, bytes);
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        });
        return 0;
    }
}
