using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>plan as a process: budgets that can and cannot be met, its JSON, its report.</summary>
public class PlanTests
{
    private const int Failed = 1;
    private const int WrongUsage = 2;

    [Fact]
    public void A_budget_that_can_be_met_gives_a_model_a_report_and_the_agreed_json()
    {
        // Wide enough for the approximate product to be many times faster on any machine.
        using Workspace workspace = new();
        Make(workspace, inputs: 64, outputs: 160, Data.LowRank);
        Outcome outcome = ToolProcess.Run(
            "plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--labels", workspace["l.npy"], "--max-error", "0.05", "--out", workspace["m"], "--report",
            workspace["r.html"], "--json").ShouldSucceed();
        JsonElement json = Json.Parse(outcome.Output);
        json.EnumerateObject().Select(p => p.Name).Should().Equal(
            "recommendation", "reason", "maxError", "maxOutputError", "minAgreement", "choosingRows", "confirmingRows", "model", "report", "warnings", "chosen", "candidates");
        json.GetProperty("warnings").GetArrayLength().Should().Be(0);
        json.GetProperty("recommendation").GetString().Should().Be("approximate");
        json.GetProperty("maxError").GetDouble().Should().Be(0.05);
        json.GetProperty("maxOutputError").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("minAgreement").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("model").GetString().Should().Be(workspace["m"]);
        JsonElement chosen = json.GetProperty("chosen");
        JsonElement[] candidates = [.. json.GetProperty("candidates").EnumerateArray()];
        foreach (JsonElement candidate in candidates.Append(chosen))
        {
            candidate.EnumerateObject().Select(p => p.Name).Should().Equal([.. Json.EvaluationNames, "lines", "classifier", "meetsBudget", "isConfirmed", "isChosen"]);
            Json.ShouldBeEvaluation(candidate, hasLabels: true);
            candidate.GetProperty("meetsBudget").GetBoolean().Should().Be(candidate.GetProperty("normalizedMeanSquaredError").GetDouble() <= 0.05);
        }

        chosen.GetProperty("meetsBudget").GetBoolean().Should().BeTrue();
        chosen.GetProperty("speedupOverExact").GetDouble().Should().BeGreaterThan(1);
        JsonElement first = candidates.Where(c => c.GetProperty("meetsBudget").GetBoolean() && c.GetProperty("isConfirmed").ValueKind != JsonValueKind.False)
            .MinBy(c => c.GetProperty("nanosecondsPerRowApproximate").GetDouble());
        first.GetProperty("isChosen").GetBoolean().Should().BeTrue("the fastest within the budget is chosen, unless the other half of the rows objects");
        candidates.Count(c => c.GetProperty("isChosen").GetBoolean()).Should().Be(1);
        (json.GetProperty("choosingRows").GetInt32() + json.GetProperty("confirmingRows").GetInt32()).Should().Be(301);

        MaddnessMatmul model = MaddnessMatmul.Load(workspace["m"]);
        (model.Codebooks, model.Leaves).Should().Be((chosen.GetProperty("codebooks").GetInt32(), chosen.GetProperty("leaves").GetInt32()));
        workspace.Files.Should().Equal("a.npy", "b.npy", "l.npy", "m", "r.html", "x.npy");
        CheckReport(File.ReadAllText(workspace["r.html"]), candidates.Length, 0.05, "Use the approximate product", "MaddnessMatmul.Load");
        outcome.Errors.Should().Contain("Wrote ").And.NotContain("\e", "no progress is drawn in a pipe");
    }

    [UnixFact]
    public void The_lines_of_code_in_a_report_compile_whatever_the_models_name_is()
    {
        using Workspace workspace = new();
        Make(workspace, inputs: 64, outputs: 160, Data.LowRank);
        string model = workspace["a\nb\tc\"d\\e\u2028\u0085f ü模.m"];
        ToolProcess.Run("plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--max-error", "0.9", "--out", model, "--report", workspace["r.html"], "--quiet").ShouldSucceed();
        File.Exists(model).Should().BeTrue();
        WebUtility.HtmlDecode(File.ReadAllText(workspace["r.html"])).Should().Contain($$"""MaddnessMatmul.Load("{{workspace.Folder}}/a\u000Ab\u0009c\"d\\e\u2028\u0085f ü模.m");""");
    }

    [Fact]
    public void Where_exact_is_faster_it_is_recommended_and_no_model_written()
    {
        // One output of three inputs: a row costs three multiplications, and is too short to be read in groups of four columns.
        using Workspace workspace = new();
        Make(workspace, inputs: 3, outputs: 1, Data.LowRank);
        Outcome outcome = ToolProcess.Run(
            "plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--max-error", "0.2", "--out", workspace["m"], "--report", workspace["r.html"], "--json", "--quiet").ShouldSucceed();
        outcome.Errors.Should().BeEmpty();
        JsonElement json = Json.Parse(outcome.Output);
        json.GetProperty("recommendation").GetString().Should().Be("exact");
        json.GetProperty("chosen").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("model").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("reason").GetString().Should().Contain("faster");
        json.GetProperty("candidates").GetArrayLength().Should().BePositive();
        workspace.Files.Should().Equal("a.npy", "b.npy", "l.npy", "r.html", "x.npy");
        CheckReport(File.ReadAllText(workspace["r.html"]), json.GetProperty("candidates").GetArrayLength(), 0.2, "Use the exact product", "ExactMatmul", "→ 1 output<");
    }

    [Theory]
    [InlineData("--max-error", "0.0001", 0.0001)]
    [InlineData("--max-output-error", "0.0001", 0.0001)]
    [InlineData("--min-agreement", "0.9999", 0.0001)]
    public void Budgets_out_of_reach_stand_where_they_belong(string option, string text, double budget)
    {
        // 0.0001 is less than one row of 300.
        using Workspace workspace = new();
        Make(workspace, inputs: 48, outputs: 16, (seed, rows, columns) => Data.Noise(seed, rows * columns));
        JsonElement json = Json.Parse(ToolProcess.Run(
            "plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], option, text, "--report", workspace["r.html"], "--json").ShouldSucceed().Output);
        CheckReport(File.ReadAllText(workspace["r.html"]), json.GetProperty("candidates").GetArrayLength(), budget, "Use the exact product");
    }

    [Fact]
    public void A_report_without_defined_errors_draws_none()
    {
        using Workspace workspace = new();
        Make(workspace, inputs: 16, outputs: 3, Data.LowRank);
        Npy.Write(workspace["b.npy"], new float[16 * 3], 16, 3);
        ToolProcess.Run("plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--max-error", "0.1", "--report", workspace["r.html"]).ShouldSucceed();
        File.ReadAllText(workspace["r.html"]).Should().NotContain("<svg").And.Contain("nothing to draw").And.NotContain("has the smallest error");
    }

    [Fact]
    public void A_budget_of_the_errors_of_single_outputs_is_shown_where_it_counts()
    {
        // Columns of 100 more than those of low rank: what outputs differ by is a hundred times what they vary by.
        using Workspace workspace = new();
        Make(workspace, inputs: 64, outputs: 160, (seed, rows, columns) => Array.ConvertAll(Data.LowRank(seed, rows, columns), v => v + 100));
        string[] plan = ["plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--max-output-error", "0.05", "--report", workspace["r.html"]];
        JsonElement json = Json.Parse(ToolProcess.Run([.. plan, "--json"]).ShouldSucceed().Output);
        json.GetProperty("maxError").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("maxOutputError").GetDouble().Should().Be(0.05);
        JsonElement[] candidates = [.. json.GetProperty("candidates").EnumerateArray()];
        candidates.Should().OnlyContain(c => c.GetProperty("meetsBudget").GetBoolean() == c.GetProperty("meanOutputError").GetDouble() <= 0.05)
            .And.Contain(c => !c.GetProperty("meetsBudget").GetBoolean() && c.GetProperty("normalizedMeanSquaredError").GetDouble() <= 0.05, "that is what the other error hides");
        json.GetProperty("chosen").GetProperty("meanOutputError").GetDouble().Should().BeLessThanOrEqualTo(0.05);
        CheckReport(File.ReadAllText(workspace["r.html"]), candidates.Length, 0.05, "mean output error at most 0.05", "<th>output error</th>", ">mean output error</text>", "<span>mean output error</span>");
        ToolProcess.Run(plan).ShouldSucceed().Output.Should().Contain("output error").And.Contain("within a mean output error of 0.05");
    }

    [Fact]
    public void Rows_that_are_learned_from_are_no_held_out_ones()
    {
        using Workspace workspace = new();
        Make(workspace, inputs: 16, outputs: 8, Data.LowRank);
        string[] spellings = [workspace["x.npy"], workspace["./x.npy"], Path.GetRelativePath(Environment.CurrentDirectory, workspace["x.npy"])];
        foreach (string holdout in spellings)
        {
            ToolProcess.Run("plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", holdout, "--max-error", "0.5")
                .ShouldFail(Failed, "--train and as --holdout", "not learned from");
        }
    }

    [Fact]
    public void Figures_from_few_rows_are_called_uncertain()
    {
        using Workspace workspace = new();
        Make(workspace, inputs: 16, outputs: 8, Data.LowRank);
        string[] plan = ["plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--max-error", "0.5", "--report", workspace["r.html"], "--json", "--holdout"];
        Npy.Write(workspace["few.npy"], Data.LowRank(2, 99, 16), 99, 16);
        Outcome few = ToolProcess.Run([.. plan, workspace["few.npy"]]).ShouldSucceed();
        const string Expected = "of only 99 held-out rows 49 choose and 50 report";
        Json.Parse(few.Output).GetProperty("warnings").EnumerateArray().Should().ContainSingle().Which.GetString().Should().Contain(Expected);
        few.Errors.Should().Contain("Warning: ").And.Contain(Expected);
        File.ReadAllText(workspace["r.html"]).Should().Contain(Expected);
        Npy.Write(workspace["enough.npy"], Data.LowRank(2, 100, 16), 100, 16);
        Outcome enough = ToolProcess.Run([.. plan, workspace["enough.npy"]]).ShouldSucceed();
        Json.Parse(enough.Output).GetProperty("warnings").GetArrayLength().Should().Be(0);
        enough.Errors.Should().NotContain("Warning");
        Npy.Write(workspace["x.npy"], Data.LowRank(1, 99, 16), 99, 16);
        Json.Parse(ToolProcess.Run([.. plan, workspace["enough.npy"]]).ShouldSucceed().Output).GetProperty("warnings").EnumerateArray().Should().ContainSingle()
            .Which.GetString().Should().Be("The candidates are uncertain: they were learned from 99 rows. Learn from 100 or more.");
    }

    [Fact]
    public void Labels_go_with_their_rows_where_not_all_rows_are_read()
    {
        // 4,464 rows more than are read, spread over the file; each label is the place of the row's largest output.
        const int HeldOut = 70_000, Inputs = 4;
        using Workspace workspace = new();
        float[] weights = [1, 0, 0, 1, -1, 0, 0, -1];
        sbyte[] rows = Array.ConvertAll(Data.Noise(1, 700 * Inputs), v => (sbyte)(100 * v)), heldOut = Array.ConvertAll(Data.Noise(2, HeldOut * Inputs), v => (sbyte)(100 * v));
        Npy.Write(workspace["x.npy"], MemoryMarshal.AsBytes<sbyte>(rows), "|i1", $"(700, {Inputs})");
        Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes<sbyte>(heldOut), "|i1", $"({HeldOut}, {Inputs})");
        Npy.Write(workspace["b.npy"], weights, Inputs, 2);
        Npy.WriteLabels(workspace["l.npy"], Data.ArgMax(Array.ConvertAll(heldOut, v => (float)v), weights, Inputs, 2));
        JsonElement json = Json.Parse(ToolProcess.Run(
            "plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--labels", workspace["l.npy"], "--max-error", "0.9", "--json").ShouldSucceed().Output);
        json.GetProperty("choosingRows").GetInt32().Should().Be(32_768);
        json.GetProperty("candidates").EnumerateArray().Should().OnlyContain(c => c.GetProperty("top1Exact").GetDouble() == 1);
    }

    [Fact]
    public void Held_out_rows_of_another_type_bring_a_warning()
    {
        using Workspace workspace = new();
        Make(workspace, inputs: 16, outputs: 8, Data.LowRank);
        Npy.Write(workspace["i.npy"], MemoryMarshal.AsBytes<sbyte>(Array.ConvertAll(Data.LowRank(2, 301, 16), v => (sbyte)(20 * v))), "|i1", "(301, 16)");
        string[] plan = ["plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--max-error", "0.5", "--report", workspace["r.html"], "--json", "--holdout"];
        Outcome outcome = ToolProcess.Run([.. plan, workspace["i.npy"]]).ShouldSucceed();
        string expected = $"'{workspace["i.npy"]}' holds int8, and '{workspace["x.npy"]}' holds float32: numbers are taken at face value, so both must be of one scale.";
        Json.Parse(outcome.Output).GetProperty("warnings").EnumerateArray().Should().ContainSingle().Which.GetString().Should().Be(expected);
        outcome.Errors.Should().Contain($"Warning: {expected}\n");
        WebUtility.HtmlDecode(File.ReadAllText(workspace["r.html"])).Should().Contain(expected);
    }

    [Fact]
    public void A_budget_that_cannot_be_met_is_said_so()
    {
        using Workspace workspace = new();
        Make(workspace, inputs: 48, outputs: 16, (seed, rows, columns) => Data.Noise(seed, rows * columns));
        Outcome outcome = ToolProcess.Run(
            "plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--min-agreement", "0.9999", "--out", workspace["m"]).ShouldSucceed();
        outcome.Output.Should().Contain("Use the exact product.").And.NotContain("chosen").And.NotContain("\e");
        outcome.Errors.Should().Contain("No model was written.");
        File.Exists(workspace["m"]).Should().BeFalse();
    }

    [Fact]
    public void Wrong_budgets_and_rows_are_refused()
    {
        using Workspace workspace = new();
        Make(workspace, inputs: 8, outputs: 2, Data.LowRank);
        string[] plan = ["plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"]];
        ToolProcess.Run(plan).ShouldFail(WrongUsage, "--max-error, --max-output-error or --min-agreement");
        ToolProcess.Run([.. plan, "--max-error", "0.1", "--min-agreement", "0.9"]).ShouldFail(WrongUsage, "Give one budget");
        ToolProcess.Run([.. plan, "--max-error", "0.1", "--max-output-error", "0.1"]).ShouldFail(WrongUsage, "Give one budget");
        ToolProcess.Run([.. plan, "--max-output-error", "2"]).ShouldFail(WrongUsage, "--max-output-error is '2'; expected a number above 0 and at most 1, the error of constants");
        ToolProcess.Run([.. plan, "--max-error", "-1"]).ShouldFail(WrongUsage, "--max-error is '-1'; expected a number above 0");
        ToolProcess.Run([.. plan, "--max-error", "5"]).ShouldFail(WrongUsage, "--max-error is '5'; expected a number above 0 and at most 1, the error of a constant, such as 0.05");
        Tool.BuildRoot().Parse([.. plan, "--max-error", "1"]).Errors.Should().BeEmpty();
        ToolProcess.Run([.. plan, "--max-error", "x"]).ShouldFail(WrongUsage, "--max-error is 'x'; expected a number above 0");
        ToolProcess.Run([.. plan, "--max-error", "0.1", "--out", workspace["same"], "--report", workspace["same"]]).ShouldFail(WrongUsage, "expected two files");
        ToolProcess.Run([.. plan, "--min-agreement", "95"]).ShouldFail(WrongUsage, "--min-agreement is '95'; expected a share above 0 and at most 1");
        Npy.Write(workspace["one.npy"], new float[8], 1, 8);
        Npy.Write(workspace["wide.npy"], new float[18], 2, 9);
        ToolProcess.Run("plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["one.npy"], "--max-error", "0.1").ShouldFail(Failed, "1 x 8; expected at least 2 rows");
        ToolProcess.Run("plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["wide.npy"], "--max-error", "0.1").ShouldFail(Failed, "2 x 9; expected 8 columns");
        Npy.WriteLabels(workspace["bad.npy"], [.. Enumerable.Repeat(2, 301)]);
        ToolProcess.Run([.. plan, "--max-error", "0.1", "--labels", workspace["bad.npy"]]).ShouldFail(Failed, "label 2 at 0; expected 0 to 1");
        ToolProcess.Run([.. plan, "--max-error", "0.1", "--report", Path.Combine(workspace.Folder, "no", "r.html")]).ShouldFail(Failed, "folder does not exist");
    }

    /// <summary>Rows enough to make none, which would take most of the time.</summary>
    private const int LearnedRows = 1_000;

    private static void Make(Workspace workspace, int inputs, int outputs, Func<int, int, int, float[]> rows)
    {
        float[] heldOut = rows(2, 301, inputs), weights = Data.Noise(3, inputs * outputs);
        Npy.Write(workspace["x.npy"], rows(1, LearnedRows, inputs), LearnedRows, inputs);
        Npy.Write(workspace["a.npy"], heldOut, 301, inputs);
        Npy.Write(workspace["b.npy"], weights, inputs, outputs);
        Npy.WriteLabels(workspace["l.npy"], Data.ArgMax(heldOut, weights, inputs, outputs));
    }

    /// <summary>What the horizontal axis, by its first and last tick, says where the line of the budget stands.</summary>
    private static double ValueAtBudget(XElement svg)
    {
        (double X, double Value)[] ticks =
        [
            .. svg.Elements("text").Where(t => t.Attribute("class") is null && (string?)t.Attribute("text-anchor") == "middle")
                .Select(t => ((double)t.Attribute("x")!, t.Value.EndsWith('%') ? double.Parse(t.Value[..^1].Trim(), CultureInfo.InvariantCulture) / 100 : double.Parse(t.Value, CultureInfo.InvariantCulture))),
        ];
        double x = (double)svg.Elements("line").Single(l => (string?)l.Attribute("class") == "budget").Attribute("x1")!;
        return ticks[0].Value * Math.Pow(ticks[^1].Value / ticks[0].Value, (x - ticks[0].X) / (ticks[^1].X - ticks[0].X));
    }

    /// <summary>A well-formed page that loads nothing, with a point and a row for each candidate, for light, dark and paper.</summary>
    private static void CheckReport(string html, int candidates, double budget, params string[] words)
    {
        foreach (string word in words)
        {
            html.Should().Contain(word);
        }

        html.Should().StartWith("<!DOCTYPE html>");
        Regex.IsMatch(html, "(src|href)\\s*=|url\\(|@import|<script|https?:").Should().BeFalse("one file that needs no network");
        html.Should().Contain("prefers-color-scheme: dark").And.Contain("@media print").And.Contain("name=\"viewport\"");
        Regex.Count(html, "<td class=\"text\">(output|reconstruction)").Should().Be(candidates);
        foreach (Match chart in Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline))
        {
            XElement svg = XElement.Parse(chart.Value);
            string[] size = ((string)svg.Attribute("viewBox")!).Split(' ');
            double width = double.Parse(size[2], CultureInfo.InvariantCulture), height = double.Parse(size[3], CultureInfo.InvariantCulture);
            XElement[] points = [.. svg.Descendants("circle")];
            points.Length.Should().BeOneOf(0, candidates);
            if (points.Length > 0)
            {
                ValueAtBudget(svg).Should().BeApproximately(budget, 0.02 * budget);
            }

            foreach (XElement point in points)
            {
                ((double)point.Attribute("cx")!).Should().BeInRange(0, width);
                ((double)point.Attribute("cy")!).Should().BeInRange(0, height);
            }
        }
    }
}
