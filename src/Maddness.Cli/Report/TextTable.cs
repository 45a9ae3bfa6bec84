using System.Text;
using Maddness.Cli.Output;
using Spectre.Console;

namespace Maddness.Cli.Report;

/// <summary>Names and values on standard output, one below the other, the same in a terminal and in a pipe, but for line breaks where a terminal is narrow.</summary>
internal sealed class TextTable
{
    /// <summary>Wider than any line that is printed.</summary>
    private const int Unlimited = 10_000;

    private readonly List<(string Name, string Value)> _lines = [];

    internal void Add(string name, string value) => _lines.Add((name, value));

    internal void Print()
    {
        int names = _lines.Max(l => l.Name.Length) + 2;
        (IAnsiConsole console, int width) = CreateConsole();
        foreach ((string name, string value) in _lines)
        {
            console.MarkupLine($"[bold]{Markup.Escape(name.PadRight(names))}[/]{Markup.Escape(Wrap(value, width, names))}");
        }
    }

    /// <summary>A console that does not break lines, nor writes codes for a terminal where there is none; and the width of the terminal, which is unlimited where there is none.</summary>
    /// <remarks>Lines are broken by <see cref="Wrap"/>: the console itself would break figures apart, and paths.</remarks>
    internal static (IAnsiConsole Console, int Width) CreateConsole()
    {
        bool isPlain = Console.IsOutputRedirected || Terminal.IsWithoutColour;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isPlain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        int width = Console.IsOutputRedirected ? Unlimited : console.Profile.Width;
        console.Profile.Width = Unlimited;
        return (console, width);
    }

    /// <summary>Breaks a text between words, never within one, nor between a figure and its percent sign.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">What a line holds.</param>
    /// <param name="indent">How much of the first line is taken, and of the others left free.</param>
    internal static string Wrap(string text, int width, int indent = 0)
    {
        if (text.Length <= width - indent)
        {
            return text;
        }

        StringBuilder lines = new();
        int end = indent;
        foreach (string word in text.Replace(" %", "\u00A0%", StringComparison.Ordinal).Split(' '))
        {
            if (end > indent && end + 1 + word.Length > width)
            {
                lines.AppendLine().Append(' ', indent);
                end = indent;
            }
            else if (lines.Length > 0)
            {
                lines.Append(' ');
                end++;
            }

            lines.Append(word);
            end += word.Length;
        }

        return lines.ToString();
    }
}
