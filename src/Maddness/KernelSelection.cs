using Maddness.Kernels;

namespace Maddness;

/// <summary>
/// Which kernels this process runs. The fastest level that the CPU supports is taken unless the environment variable
/// <c>MADDNESS_KERNEL</c> or a call of <see cref="Use"/> names another one. Results do not depend on it.
/// </summary>
/// <remarks>
/// A program compiled ahead of time has only the instruction sets that it was compiled for: on x64 by default none above <c>vector128</c>, and no fused multiply-add, without which exact products take many times as long. Set
/// <c>IlcInstructionSet</c>, say to <c>native</c> or <c>x86-64-v3</c> (<c>avx2</c>), when it is published.
/// </remarks>
public static class KernelSelection
{
    /// <summary>The environment variable that forces a level by its name; read at the first use. Empty is as good as absent.</summary>
    public const string EnvironmentVariable = "MADDNESS_KERNEL";

    private const int Undecided = -1;

    private static int _current = Undecided;

    /// <summary>The levels that this CPU and runtime support, slowest first by measurement: without hardware for it, <c>vector128</c> comes before <c>scalar</c>.</summary>
    public static IReadOnlyList<KernelLevel> Available => KernelCatalog.Available;

    /// <summary>The fastest supported level, whatever was forced.</summary>
    public static KernelLevel Best => KernelCatalog.Available[^1];

    /// <summary>The level that the next call of this library runs at.</summary>
    /// <exception cref="InvalidOperationException">The environment variable names an unknown or unsupported level.</exception>
    public static KernelLevel Current
    {
        get
        {
            int current = Volatile.Read(ref _current);
            return current != Undecided ? (KernelLevel)current : Decide();
        }
    }

    /// <summary>Forces a level for the whole process, from the next call on.</summary>
    /// <param name="level">A member of <see cref="Available"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is unknown or not supported here.</exception>
    public static void Use(KernelLevel level)
    {
        if (!TryUse(level))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, $"This kernel level is unknown or not supported here. Available: {ListAvailable()}.");
        }
    }

    /// <summary>Forces a level for the whole process if it is supported here.</summary>
    /// <param name="level">The wished level.</param>
    /// <returns>Whether the level is supported and now in use.</returns>
    public static bool TryUse(KernelLevel level)
    {
        if (!KernelCatalog.Available.Contains(level))
        {
            return false;
        }

        Volatile.Write(ref _current, (int)level);
        return true;
    }

    /// <summary>Forgets a forced level: the environment variable is read again, and without it the fastest level is taken.</summary>
    public static void Reset() => Volatile.Write(ref _current, Undecided);

    /// <summary>The name of a level as the environment variable spells it.</summary>
    /// <param name="level">Any member of the enumeration.</param>
    /// <returns>The lower-case name, such as <c>avx2</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is no member of the enumeration.</exception>
    public static string NameOf(KernelLevel level) => level switch
    {
        KernelLevel.Scalar => "scalar",
        KernelLevel.Vector128 => "vector128",
        KernelLevel.Avx2 => "avx2",
        KernelLevel.Avx512 => "avx512",
        KernelLevel.Avx512Vbmi => "avx512vbmi",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, $"'{nameof(level)}' is {level}; expected a member of {nameof(KernelLevel)}."),
    };

    private static KernelLevel Decide()
    {
        string? wished = Environment.GetEnvironmentVariable(EnvironmentVariable);
        KernelLevel level = Best;
        if (!string.IsNullOrEmpty(wished))
        {
            int found = -1;
            for (int i = 0; i < Available.Count; i++)
            {
                if (string.Equals(NameOf(Available[i]), wished, StringComparison.OrdinalIgnoreCase))
                {
                    found = i;
                }
            }

            if (found < 0)
            {
                throw new InvalidOperationException(
                    $"The environment variable {EnvironmentVariable} is '{wished}', which is unknown or not supported here. Available: {ListAvailable()}.");
            }

            level = Available[found];
        }

        int before = Interlocked.CompareExchange(ref _current, (int)level, Undecided);
        return before == Undecided ? level : (KernelLevel)before;
    }

    private static string ListAvailable() => string.Join(", ", Available.Select(NameOf));
}
