using System.Diagnostics;
using System.Globalization;
using Maddness;
using Maddness.Stress;
using Maddness.Stress.Fuzzing;

// Attacks that take as long as one likes; short forms of them are tests. The exit code is 0 if nothing was found.
const string Usage = """
    dotnet run -c Release --project tests/Maddness.Stress -- fuzz [--target NAME] [--cases 1000000] [--seconds S] [--seed 1] [--case NUMBER] [--write FILE]
    dotnet run -c Release --project tests/Maddness.Stress -- equality [--cases 1000] [--seed 1]
    dotnet run -c Release --project tests/Maddness.Stress -- soak [--seconds 1800]
    dotnet run -c Release --project tests/Maddness.Stress -- golden --folder tests/golden [--write v1|training]
    """;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length % 2 == 0 || args.Where((arg, i) => i % 2 == 1 && !arg.StartsWith("--", StringComparison.Ordinal)).Any())
{
    Console.Error.WriteLine(Usage);
    return 2;
}

Dictionary<string, string> options = Enumerable.Range(0, args.Length / 2).ToDictionary(i => args[(2 * i) + 1][2..], i => args[(2 * i) + 2]);
int seed = (int)Number("seed", 1);
switch (args[0])
{
    case "fuzz":
        return Fuzz();
    case "equality":
        return Equality();
    case "soak":
        return SoakFor(TimeSpan.FromSeconds(Number("seconds", 1800)));
    case "golden":
        return CheckGolden(options["folder"]);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

long Number(string name, long otherwise) => options.TryGetValue(name, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;

int Fuzz()
{
    bool isOneCase = options.ContainsKey("case");
    long first = Number("case", 0), count = isOneCase ? 1 : Number("cases", 1_000_000), seconds = Number("seconds", long.MaxValue / TimeSpan.TicksPerSecond);
    int found = 0;
    foreach (IReaderTarget target in options.TryGetValue("target", out string? name) ? [ReaderTargets.Find(name)] : ReaderTargets.All)
    {
        Fuzzer fuzzer = new(target, seed);
        if (options.TryGetValue("write", out string? path))
        {
            File.WriteAllBytes(path, fuzzer.File(first));
        }

        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<string> findings = fuzzer.Run(first, count, () => Stopwatch.GetElapsedTime(start).TotalSeconds > seconds);
        foreach (string finding in findings)
        {
            Console.WriteLine(finding);
        }

        found += findings.Count;
        Console.WriteLine($"{target.Name}: {fuzzer.Accepted + fuzzer.Refused:N0} cases in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {fuzzer.Refused:N0} refused, {fuzzer.Accepted:N0} accepted and used, {findings.Count} findings");
    }

    return found == 0 ? 0 : 1;
}

int Equality()
{
    // One "name = hash" a line, to be compared between processes with other instructions.
    Console.WriteLine($"available = {string.Join(' ', KernelSelection.Available.Select(KernelSelection.NameOf))}");
    int count = (int)Number("cases", 1000);
    for (int number = 0; number < count; number++)
    {
        (string description, string hash) = RandomProduct.Run(unchecked((seed * 1_000_003) + number));
        Console.WriteLine($"{number}: {description} = {hash}");
    }

    return 0;
}

int CheckGolden(string folder)
{
    string format = Path.Combine(folder, "v1"), training = Path.Combine(folder, "training");
    switch (options.GetValueOrDefault("write"))
    {
        case "v1":
            Golden.WriteFormat(format);
            break;
        case "training":
            Golden.WriteTraining(training);
            break;
    }

    Console.WriteLine($"available = {string.Join(' ', KernelSelection.Available.Select(KernelSelection.NameOf))}");
    string[] differences = [.. Golden.CheckFormat(format), .. Golden.CheckTraining(training)];
    Array.ForEach(differences, Console.WriteLine);
    return differences.Length == 0 ? 0 : 1;
}

int SoakFor(TimeSpan duration)
{
    DirectoryInfo folder = Directory.CreateTempSubdirectory("maddness-soak-");
    try
    {
        Console.WriteLine(new Soak(folder.FullName).Run(duration, Console.WriteLine));
        return 0;
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}
