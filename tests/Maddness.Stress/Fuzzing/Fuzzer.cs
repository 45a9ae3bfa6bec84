using System.Diagnostics;

namespace Maddness.Stress.Fuzzing;

/// <summary>
/// Attacks a reader with mutated files. Each case follows from the target, a seed and its number alone, so that a finding is run again by its number. A case is a finding when the reader throws anything but its
/// documented exception, allocates more than it may for the file's length, takes too long, or accepts what cannot be used.
/// </summary>
public sealed class Fuzzer(IReaderTarget target, int seed)
{
    /// <summary>Far above what any case takes (less than a millisecond), far below for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private long _current = -1;
    private long _started;

    /// <summary>Cases that were accepted, of those run.</summary>
    public long Accepted { get; private set; }

    /// <summary>Cases that were refused with the documented exception.</summary>
    public long Refused { get; private set; }

    /// <summary>The bytes of a case.</summary>
    public byte[] File(long number)
    {
        Random random = new(Mix(number));
        byte[] file = random.Next(4) == 0 ? target.Seed(random) : target.Mutate(random);
        if (random.Next(2) == 0)
        {
            file = ByteMutator.Mutate(random, file);
            if (random.Next(4) > 0)
            {
                target.Repair(file);
            }
        }

        return file;
    }

    /// <summary>Runs cases and says what they found.</summary>
    /// <param name="first">The first case's number.</param>
    /// <param name="count">How many.</param>
    /// <param name="isEnough">Asked now and then; true ends the run.</param>
    public IReadOnlyList<string> Run(long first, long count, Func<bool>? isEnough = null)
    {
        List<string> findings = [];
        using Timer watchdog = new(_ => EndIfStuck(), null, Patience, TimeSpan.FromSeconds(5));
        for (long number = first; number < first + count && findings.Count < 20 && isEnough?.Invoke() != true; number++)
        {
            Volatile.Write(ref _started, Stopwatch.GetTimestamp());
            Volatile.Write(ref _current, number);
            if (RunCase(number) is string finding)
            {
                findings.Add($"{target.Name} --seed {seed} --case {number}: {finding}");
            }
        }

        Volatile.Write(ref _current, -1);
        return findings;
    }

    /// <summary>Runs one case: what is wrong with it, or null.</summary>
    private string? RunCase(long number)
    {
        byte[] file = File(number);
        object? accepted = null;
        string? finding = null;
        using MemoryStream stream = new(file, writable: false);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            accepted = target.Read(stream);
        }
        catch (Exception e) when (target.IsRefusal(e))
        {
            Refused++;
        }
        catch (Exception e)
        {
            finding = $"reading threw {e}";
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > target.AllocationLimit(file.Length))
        {
            finding ??= $"a file of {file.Length} bytes cost {allocated} bytes; expected at most {target.AllocationLimit(file.Length)}";
        }

        if (accepted is null || finding is not null)
        {
            return finding;
        }

        Accepted++;
        try
        {
            target.Use(accepted);
            return null;
        }
        catch (Exception e)
        {
            return $"using what was accepted threw {e}";
        }
    }

    /// <summary>A thread that hangs cannot be stopped; the process can.</summary>
    private void EndIfStuck()
    {
        long number = Volatile.Read(ref _current);
        if (number >= 0 && Stopwatch.GetElapsedTime(Volatile.Read(ref _started)) > Patience)
        {
            Environment.FailFast($"{target.Name} --seed {seed} --case {number} has run longer than {Patience}.");
        }
    }

    /// <summary>Target, seed and number as one seed, the same in every process (the finaliser of SplitMix64).</summary>
    private int Mix(long number)
    {
        ulong mixed = target.Name.Aggregate((ulong)(uint)seed, (hash, c) => (hash * 31) + c) + ((ulong)number * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)(mixed >> 33);
    }
}
