using Maddness.Comparison.Core;

namespace Maddness.Comparison.Results;

/// <summary>The paper's claim, checked: on each matrix, the fastest setting of this library within an error budget beside the fastest of everything else within it.</summary>
internal static class SameError
{
    private static readonly double[] Budgets = [0.5, 0.2, 0.1, 0.05, 0.02];
    private static readonly string[] SameFamily = ["reconstruction", "paper", "averaging", "noridge"];

    internal static IEnumerable<string> Lines(IReadOnlyList<Measurement> rows)
    {
        IGrouping<string, Measurement>[] dataSets = [.. rows.GroupBy(m => m.DataSet)];
        yield return "| error at most | matrices | reached by this library | median speedup over exact | most | over other approximations | over int8 in a library | fastest of all, exact included |";
        yield return "|---|---|---|---|---|---|---|---|";
        foreach (double budget in Budgets)
        {
            List<double> overExact = [], overOthers = [], overBytes = [];
            int wins = 0;
            foreach (IGrouping<string, Measurement> dataSet in dataSets)
            {
                double own = Fastest(dataSet, budget, IsOwn), others = Fastest(dataSet, budget, IsOther), bytes = Fastest(dataSet, budget, IsBytes);
                if (double.IsNaN(own))
                {
                    continue;
                }

                double exact = dataSet.First().BestExactMilliseconds;
                overExact.Add(exact / own);
                Add(overOthers, others / own);
                Add(overBytes, bytes / own);
                wins += own <= exact && !(others < own) && !(bytes < own) ? 1 : 0;
            }

            yield return overExact.Count == 0
                ? $"| {budget} | {dataSets.Length} | 0 | | | | | |"
                : $"| {budget} | {dataSets.Length} | {overExact.Count} | {Median(overExact)} | {Page.Factor(overExact.Max())} | {Median(overOthers)} | {Median(overBytes)} | {wins} |";
        }
    }

    private static void Add(List<double> ratios, double ratio)
    {
        if (!double.IsNaN(ratio))
        {
            ratios.Add(ratio);
        }
    }

    private static string Median(List<double> values) => values.Count == 0 ? string.Empty : Page.Factor(Timing.Median(values));

    private static double Fastest(IEnumerable<Measurement> rows, double budget, Func<IMethod, bool> among) =>
        rows.Where(m => among(m.Method) && m.Errors.Error <= budget).Select(m => m.Milliseconds).DefaultIfEmpty(double.NaN).Min();

    private static bool IsOwn(IMethod method) => method.Key.StartsWith("maddness", StringComparison.Ordinal) && method.Given.Length == 0;

    private static bool IsOther(IMethod method) => method.Kind == MethodKind.Approximate && !method.Key.StartsWith("maddness", StringComparison.Ordinal) && !SameFamily.Contains(method.Key);

    // Only products that take and give floats: converting A first is not free.
    private static bool IsBytes(IMethod method) => method.Kind == MethodKind.Quantised && method.Given.Length == 0;
}
