using System.CommandLine;

namespace Maddness.Cli.Commands;

/// <summary>A command whose help ends with an example.</summary>
internal sealed class ExampleCommand(string name, string description, string example) : Command(name, description)
{
    /// <summary>A line that can be pasted into a shell.</summary>
    internal string Example { get; } = example;
}
