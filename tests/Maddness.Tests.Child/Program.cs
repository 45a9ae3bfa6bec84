using Maddness;
using Maddness.Tests.Child;

// Prints what this process can run, then a hash of everything that must be the same bits everywhere; one "name = value" a line.
Console.WriteLine($"instructions = {string.Join(' ', Instructions.Supported)}");
Console.WriteLine($"available = {string.Join(' ', KernelSelection.Available.Select(KernelSelection.NameOf))}");
Console.WriteLine($"current = {KernelSelection.NameOf(KernelSelection.Current)}");
foreach ((string name, string hash) in Results.Hashes())
{
    Console.WriteLine($"{name} = {hash}");
}
