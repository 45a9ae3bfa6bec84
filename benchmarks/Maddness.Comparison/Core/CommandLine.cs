using Maddness.Comparison.Data;

namespace Maddness.Comparison.Core;

/// <summary>What the user asked for.</summary>
internal sealed record CommandLine
{
    internal const string Usage =
        """
        Compares exact, quantised and approximate matrix products, and writes tables and plots.

        dotnet run -c Release --project benchmarks/Maddness.Comparison [-- OPTIONS]

          --methods a,b,...      only these methods (exact is always measured: it is what speedups are measured against)
          --shapes NxDxM,...     only the speed of these shapes: no data sets, no sweeps
          --quick                one matrix of each family, fewer sizes and runs: under 2 minutes
          --output FOLDER        where to write (default: benchmarks/results/<cpu>; with --quick, --methods or --shapes, artifacts/comparison)
          --targets              only the speed targets of the library, to targets.md: five rounds, with --quick one
          --convolutions         only convolutions, to convolutions.md
          --plots FOLDER         draw the plots of a folder, and write its table for the README, again from its CSV files, measuring nothing
          --help                 this text and the list of methods

        One thread; nothing is pinned to a core: start it with taskset -c CORE to do so.
        """;

    internal HashSet<string>? Methods { get; init; }

    internal IReadOnlyList<Shape>? Shapes { get; init; }

    internal bool Quick { get; init; }

    internal bool Targets { get; init; }

    internal bool Convolutions { get; init; }

    internal bool Help { get; init; }

    internal string? Output { get; init; }

    internal string? Plots { get; init; }

    internal bool MethodsGiven => Methods is not null;

    internal bool IsPartial => Quick || MethodsGiven || Shapes is not null;

    internal static CommandLine Parse(string[] args)
    {
        CommandLine result = new();
        for (int i = 0; i < args.Length; i++)
        {
            string Next() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[^1]} needs a value.");
            result = args[i] switch
            {
                "--methods" => result with { Methods = [.. Next().Split(',')] },
                "--shapes" => result with { Shapes = [.. Next().Split(',').Select(Shape.Parse)] },
                "--targets" => result with { Targets = true },
                "--convolutions" => result with { Convolutions = true },
                "--quick" => result with { Quick = true },
                "--plots" => result with { Plots = Next() },
                "--output" => result with { Output = Next() },
                "--help" or "-h" => result with { Help = true },
                _ => throw new ArgumentException($"'{args[i]}' is no option; see --help."),
            };
        }

        string? unknown = result.Methods?.FirstOrDefault(m => Catalogue.All.All(c => c.Key != m));
        return unknown is null ? result : throw new ArgumentException($"'{unknown}' is no method; see --help.");
    }
}
