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

    /// <summary>A console that does not break lines where there is no terminal to fit.</summary>
    internal static IAnsiConsole CreateConsole()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 10_000;
        }

        return console;
    }
}
