using System.Globalization;
using Maddness.Comparison.Convolutions;
using Maddness.Comparison.Core;
using Maddness.Comparison.Plots;
using Maddness.Comparison.Results;
using Maddness.Comparison.Targets;

// Every rival side by side, time and error, in one run. See docs/comparison.md.
// dotnet run -c Release --project benchmarks/Maddness.Comparison
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CommandLine options;
try
{
    options = CommandLine.Parse(args);
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

if (options.Help)
{
    Console.WriteLine(CommandLine.Usage);
    Console.WriteLine();
    foreach (IMethod method in Catalogue.All)
    {
        Console.WriteLine($"  {method.Key,-16} {method.Name}{(method.Missing is null ? string.Empty : "  (missing)")}");
    }

    return 0;
}

if (options.Plots is string measured)
{
    Measurements read = CsvFile.Read(measured);
    PlotWriter.Write(measured, read);
    File.WriteAllText(Path.Combine(measured, "readme-table.md"), ReadmeTable.Of(read));
    return 0;
}

if (options.Targets)
{
    DateTime start = DateTime.UtcNow;
    TargetRun run = new(options.Quick);
    run.Run();
    string target = options.Output ?? Machine.ResultFolder(options.Quick);
    Directory.CreateDirectory(target);
    File.WriteAllText(Path.Combine(target, "targets.md"), TargetPage.Of(run, start));
    Console.Error.WriteLine($"written: {target}");
    return 0;
}

if (options.Convolutions)
{
    DateTime start = DateTime.UtcNow;
    string page = ConvolutionRun.Measure(options.Quick, start);
    string target = options.Output ?? Machine.ResultFolder(options.Quick);
    Directory.CreateDirectory(target);
    File.WriteAllText(Path.Combine(target, "convolutions.md"), page);
    Console.Error.WriteLine($"written: {target}");
    return 0;
}

IMethod[] selected = [.. Catalogue.All.Where(m => options.Methods is null || options.Methods.Contains(m.Key) || m.Key == "exact")];
foreach (IMethod missing in selected.Where(m => m.Missing is not null))
{
    Console.Error.WriteLine($"missing: {missing.Name}: {missing.Missing}");
}

DateTime started = DateTime.UtcNow;
Measurements results = new();
string folder = options.Output ?? Machine.ResultFolder(options.IsPartial);
Directory.CreateDirectory(folder);
new Runner(options, [.. selected.Where(m => m.Missing is null)], results, () => ResultWriter.Write(folder, results, selected, started)).Run();
Console.Error.WriteLine($"written: {folder}");
return 0;
