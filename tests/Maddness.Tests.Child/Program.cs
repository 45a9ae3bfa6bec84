using Maddness;
using Maddness.Tests.Child;

return args switch
{
    [] => PrintResults(),
    ["save", string from, string to] => Saving.Save(from, to),
    ["save-in-turns", string first, string second, string to] => Saving.SaveInTurns(first, second, to),
    ["save-and-die", string from, string to, string bytes] => Saving.SaveAndDie(from, to, int.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture)),
    ["exhaust-memory", string from, string operation] => Exhaustion.Run(from, operation),
    _ => throw new ArgumentException($"Unknown arguments: {string.Join(' ', args)}"),
};

// What this process can run, then a hash of everything that must be the same bits everywhere; one "name = value" a line.
static int PrintResults()
{
    Console.WriteLine($"instructions = {string.Join(' ', Instructions.Supported)}");
    Console.WriteLine($"available = {string.Join(' ', KernelSelection.Available.Select(KernelSelection.NameOf))}");
    Console.WriteLine($"current = {KernelSelection.NameOf(KernelSelection.Current)}");
    foreach ((string name, string hash) in Results.Hashes())
    {
        Console.WriteLine($"{name} = {hash}");
    }

    return 0;
}
