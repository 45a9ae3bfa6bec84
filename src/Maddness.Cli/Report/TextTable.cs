using Maddness.Cli.Output;
using Spectre.Console;

namespace Maddness.Cli.Report;

/// <summary>Names and values on standard output, one below the other, the same in a terminal and in a pipe.</summary>
internal sealed class TextTable
{
    private readonly List<(string Name, string Value)> _lines = [];

    internal void Add(string name, string value) => _lines.Add((name, value));

    internal void Print()
    {
        int width = _lines.Max(l => l.Name.Length) + 2;
        IAnsiConsole console = CreateConsole();
        foreach ((string name, string value) in _lines)
        {
            console.MarkupLine($"[bold]{Markup.Escape(name.PadRight(width))}[/]{Markup.Escape(value)}");
        }
    }

    /// <summary>A console that does not break lines, nor writes codes for a terminal, where there is none.</summary>
    internal static IAnsiConsole CreateConsole()
    {
        bool isPlain = Console.IsOutputRedirected || Terminal.IsWithoutColour;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 10_000;
        }

        return console;
    }
}
