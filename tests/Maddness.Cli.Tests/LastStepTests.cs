using System.Text;
using System.Text.Json;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>Outputs, files and standard output alike, that cannot be written: early where it can be known, and without losing what was found.</summary>
public class LastStepTests(Problem problem) : IClassFixture<Problem>
{
    private const int Failed = 1;

    private string[] Plan => ["plan", "--train", problem.Training, "--weights", problem.Weights, "--holdout", problem.HeldOut, "--max-error", "0.9"];

    [UnixFact]
    public void A_name_that_is_too_long_is_refused_before_the_work()
    {
        using Workspace workspace = new();

        // Rows that are not there: had they been looked for, that would be the failure.
        string[] train = ["train", "--train", workspace["none"], "--weights", problem.Weights, "--out"];
        string[] multiply = ["multiply", "--model", workspace["none"], "--input", problem.HeldOut, "--out"];
        string[] plan = ["plan", "--train", workspace["none"], "--weights", problem.Weights, "--holdout", problem.HeldOut, "--max-error", "0.9"];
        foreach (string path in (string[])[workspace[new('n', 260)], workspace[new('ü', 130)], workspace[string.Join('/', Enumerable.Repeat("folder", 700))]])
        {
            foreach (string[] command in (string[][])[train, multiply, [.. plan, "--out"], [.. plan, "--report"]])
            {
                ToolProcess.Run([.. command, path]).ShouldFail(Failed, $"Cannot write '{path}': its name, or all of its path, is longer than the file system takes");
            }
        }

        workspace.Files.Should().BeEmpty();
    }

    [OwnDiskFact]
    public void A_plan_is_printed_where_its_report_cannot_be_written_and_the_model_that_was_is_named()
    {
        using OwnDisk disk = new("size=4k");
        using Workspace workspace = new();
        string[] plan = [.. Plan, "--out", workspace["m"], "--report", disk["r.html"]];
        string expected = $"maddness: Cannot write '{disk["r.html"]}': there is not enough space on its disk. Free some, or choose another path. '{workspace["m"]}' was written.\n";
        Outcome text = ToolProcess.Run(plan);
        text.ExitCode.Should().Be(Failed);
        text.Errors.Should().Be(expected);
        text.Output.Should().Contain("Use the approximate product");

        Outcome outcome = ToolProcess.Run([.. plan, "--json"]);
        outcome.ExitCode.Should().Be(Failed);
        outcome.Errors.Should().Be(expected);
        JsonElement json = Json.Parse(outcome.Output);
        json.GetProperty("model").GetString().Should().Be(workspace["m"]);
        json.GetProperty("report").ValueKind.Should().Be(JsonValueKind.Null);
        disk.Files.Should().BeEmpty();
    }

    [OwnDiskFact]
    public void A_plan_and_its_report_are_there_where_the_model_cannot_be_written()
    {
        using OwnDisk disk = new("size=4k");
        using Workspace workspace = new();
        File.WriteAllBytes(disk["full"], new byte[4096]);
        Outcome outcome = ToolProcess.Run([.. Plan, "--out", disk["m"], "--report", workspace["r.html"], "--json"]);
        outcome.ExitCode.Should().Be(Failed);
        outcome.Errors.Should().StartWith($"maddness: Cannot write '{disk["m"]}': there is not enough space").And.EndWith($" '{workspace["r.html"]}' was written.\n");
        JsonElement json = Json.Parse(outcome.Output);
        json.GetProperty("recommendation").GetString().Should().Be("approximate");
        json.GetProperty("model").ValueKind.Should().Be(JsonValueKind.Null);
        File.ReadAllText(workspace["r.html"]).Should().Contain("No model was written");
    }

    [UnixFact]
    public void Standard_output_that_takes_nothing_is_named_and_so_is_what_was_written()
    {
        using Workspace workspace = new();
        string[] plan = [.. Plan, "--out", workspace["m"]];
        string[] inspect = ["inspect", "--model", problem.Model];
        string written = $" '{workspace["m"]}' was written.\n";

        // A plan takes seconds: one each.
        ShouldBeFull(plan, written);
        ShouldBeClosed([.. plan, "--json"], written);
        foreach (string[] command in (string[][])[inspect, [.. inspect, "--json"], ["--help"], ["--version"]])
        {
            ShouldBeFull(command, "\n");
            ShouldBeClosed(command, "\n");
        }

        // Who prints nothing there needs none.
        InShell(["multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out", workspace["y"]], ">&-").ShouldSucceed();

        void ShouldBeFull(string[] command, string end) =>
            InShell(command, ">/dev/full").ShouldFail(Failed).Errors.Should().Be($"maddness: Standard output cannot be written to: No space left on device. Send it elsewhere.{end}");

        void ShouldBeClosed(string[] command, string end) =>
            InShell(command, ">&-").ShouldFail(Failed).Errors.Should().Be($"maddness: Standard output cannot be written to: it is closed, or open for reading only. Send it to a file or a pipe.{end}");
    }

    [RootFact]
    public void A_file_of_another_user_is_replaced_by_who_may_write_to_it()
    {
        using Workspace workspace = new();
        File.WriteAllText(workspace["y"], "old");
        ToolProcess.RunOther("chmod", "644", workspace["y"]).ExitCode.Should().Be(0);
        ToolProcess.RunOther("chown", "1", workspace["y"]).ExitCode.Should().Be(0);
        string[] multiply = ["multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out", workspace["y"]];
        ToolProcess.Run(multiply).ShouldSucceed();
        Npy.Read(workspace["y"]).Rows.Should().Be(Problem.HeldOutRows);

        // That nobody is to write to it counts for root, too.
        ToolProcess.RunOther("chmod", "444", workspace["y"]).ExitCode.Should().Be(0);
        ToolProcess.Run(multiply).ShouldFail(Failed, "write-protected");
    }

    [UnixFact]
    public void Json_is_utf8_in_any_locale()
    {
        using Workspace workspace = new();
        string model = workspace["Größe-模型"];
        File.Copy(problem.Model, model);
        foreach (string locale in (string[])["de_DE.ISO-8859-1", "en_US.US-ASCII", "C"])
        {
            InShell(["inspect", "--model", model, "--json"], $">{workspace["json"]}", $"LC_ALL={locale}").ShouldSucceed();
            UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            Json.Parse(strict.GetString(File.ReadAllBytes(workspace["json"]))).GetProperty("file").GetString().Should().Be(model);
        }
    }

    private static Outcome InShell(string[] words, string redirection, string environment = "") =>
        ToolProcess.RunOther("sh", "-c", $"{environment} {string.Join(' ', [.. ToolProcess.CommandLine, .. words])} {redirection}");
}
