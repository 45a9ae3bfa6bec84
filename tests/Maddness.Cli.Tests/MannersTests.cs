using System.Diagnostics;
using Maddness.Cli.Report;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>Interruptions, full and read-only disks, inputs larger than memory, terminals.</summary>
public class MannersTests(Problem problem) : IClassFixture<Problem>
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const string Aside = ".maddness-";

    /// <summary>What the runtime sends to a terminal before anything else.</summary>
    private const string KeypadMode = "\e[?1h\e=";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [InterruptFact]
    public void An_interrupted_product_leaves_nothing()
    {
        using Workspace workspace = new();
        Npy.WriteSparse(workspace["a.npy"], rows: 1_000_000, Problem.WideInputs);
        using ToolProcess process = ToolProcess.Start([], "multiply", "--model", problem.WideModel, "--input", workspace["a.npy"], "--out", workspace["y.npy"], "--threads", "1");
        Await(() => process.HasExited || workspace.Files.Any(f => f.StartsWith(Aside, StringComparison.Ordinal)));
        process.HasExited.Should().BeFalse("there is enough to do");
        process.SendInterrupt();
        process.Wait().ShouldFail(Failed, "Stopped. No file was written");
        workspace.Files.Should().Equal("a.npy");
    }

    [InterruptFact]
    public void An_interrupted_plan_leaves_the_old_outputs()
    {
        using Workspace workspace = new();
        const int Rows = 20_000, Inputs = 256, Outputs = 64;
        Npy.Write(workspace["x.npy"], Data.Noise(1, Rows * Inputs), Rows, Inputs);
        Npy.Write(workspace["h.npy"], Data.Noise(3, Rows * Inputs), Rows, Inputs);
        Npy.Write(workspace["b.npy"], Data.Noise(2, Inputs * Outputs), Inputs, Outputs);
        File.WriteAllText(workspace["m"], "old");
        using ToolProcess process = ToolProcess.Start(
            [], "plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["h.npy"], "--max-error", "0.01", "--out", workspace["m"], "--report", workspace["r.html"], "--json");

        // In the middle of the search, for all that can be told from outside.
        Thread.Sleep(2500);
        process.HasExited.Should().BeFalse("there is enough to do");
        process.SendInterrupt();
        process.Wait().ShouldFail(Failed, "Stopped. No file was written");
        workspace.Files.Should().Equal("b.npy", "h.npy", "m", "x.npy");
        File.ReadAllText(workspace["m"]).Should().Be("old");
    }

    [InterruptFact]
    public void A_result_that_nobody_reads_does_not_keep_the_tool_from_ending()
    {
        // The errors of so many outputs fill any pipe.
        using Workspace workspace = new();
        const int Rows = 32, Inputs = 4, Outputs = 60_000;
        float[] a = Data.Noise(1, Rows * Inputs), b = Data.Noise(2, Inputs * Outputs);
        Npy.Write(workspace["a.npy"], a, Rows, Inputs);
        Npy.Write(workspace["b.npy"], b, Inputs, Outputs);
        MaddnessTrainer.Train(a, Rows, Inputs, b, Outputs, options: new TrainingOptions { Codebooks = 1, Objective = Objective.Reconstruction }).Save(workspace["m"]);
        using ToolProcess process = ToolProcess.StartUnread(ToolProcess.CommandLine[0], [.. ToolProcess.CommandLine[1..], "evaluate", "--model", workspace["m"], "--input", workspace["a.npy"], "--weights", workspace["b.npy"], "--json"]);
        process.AwaitOutput();
        process.SendInterrupt();
        process.Wait().ShouldFail(Failed, "Stopped. No file was written");
    }

    [InterruptFact]
    public void What_was_written_before_an_interruption_is_named()
    {
        // A pipe that is full, so that the plan waits when it prints, with the model in its place.
        using Workspace workspace = new();
        string plan = string.Join(' ', [.. ToolProcess.CommandLine, "plan", "--train", problem.Training, "--weights", problem.Weights, "--holdout", problem.HeldOut, "--max-error", "0.9", "--out", workspace["m"], "--report", workspace["r.html"]]);
        using ToolProcess process = ToolProcess.StartUnread("sh", "-c", $"yes & sleep 1; kill $!; exec {plan}");
        Await(() => process.HasExited || workspace.Files.Contains("r.html"));
        process.SendInterrupt();
        Outcome outcome = process.Wait();
        outcome.ExitCode.Should().Be(Failed, "it wrote: {0}", outcome.Errors);
        workspace.Files.Should().BeSubsetOf(["m", "r.html"]).And.Contain("r.html");
        string[] written = [.. workspace.Files.Select(f => $"'{workspace[f]}'")];
        outcome.Errors.Should().Be($"maddness: Stopped, after {string.Join(" and ", written)} {(written.Length == 1 ? "was" : "were")} written.\n");
    }

    [OwnDiskFact]
    public void A_full_disk_is_said_so_and_keeps_nothing()
    {
        using OwnDisk disk = new("size=64k");
        using Workspace workspace = new();
        Npy.WriteSparse(workspace["a.npy"], rows: 5000, Problem.Inputs);
        ToolProcess.Run("multiply", "--model", problem.Model, "--input", workspace["a.npy"], "--out", disk["y.npy"])
            .ShouldFail(Failed, $"Cannot write '{disk["y.npy"]}'", "not enough space on its disk for 480128 bytes").Errors.Should().NotContain(Aside);
        disk.Files.Should().BeEmpty();

        // A model of some size, on a disk of less.
        using OwnDisk tiny = new("size=4k");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--codebooks", "16", "--out", tiny["m"])
            .ShouldFail(Failed, $"Cannot write '{tiny["m"]}'", "not enough space on its disk. Free some").Errors.Should().NotContain(Aside);
        tiny.Files.Should().BeEmpty();
    }

    [OwnDiskFact]
    public void A_read_only_folder_is_refused_before_the_work()
    {
        using OwnDisk disk = new("size=64k,ro");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--out", disk["m"]).ShouldFail(Failed, "Cannot write", "ead-only file system").Errors.Should().NotContain("Free some");
        disk.Files.Should().BeEmpty();
    }

    [Fact]
    public void Places_that_cannot_be_written_are_refused_before_the_work()
    {
        using Workspace workspace = new();
        string[] train = ["train", "--train", problem.Training, "--weights", problem.Weights, "--out"];
        ToolProcess.Run([.. train, Path.Combine(workspace.Folder, "no", "m")]).ShouldFail(Failed, "folder does not exist");
        ToolProcess.Run([.. train, workspace.Folder]).ShouldFail(Failed, "Cannot write", "it is a folder");
        string missing = workspace["no"] + Path.DirectorySeparatorChar;
        ToolProcess.Run([.. train, missing]).ShouldFail(Failed, $"Cannot write '{missing}': it names a folder, which does not exist; expected a file");
        ToolProcess.Run([.. train, workspace.Folder + Path.DirectorySeparatorChar]).ShouldFail(Failed, "Cannot write", "it is a folder");
        workspace.Files.Should().BeEmpty();
        File.Exists(problem.Model).Should().BeTrue();
    }

    [Fact]
    public void Inputs_are_not_replaced()
    {
        using Workspace workspace = new();
        File.Copy(problem.Training, workspace["x.npy"]);
        File.Copy(problem.Weights, workspace["b.npy"]);
        File.Copy(problem.Model, workspace["m"]);
        File.Copy(problem.HeldOut, workspace["a.npy"]);
        Dictionary<string, byte[]> before = workspace.Files.ToDictionary(name => name, name => File.ReadAllBytes(workspace[name]));
        string roundabout = Path.Combine(workspace.Folder, "..", Path.GetFileName(workspace.Folder), "x.npy");
        string[] train = ["train", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--out"];
        string[] multiply = ["multiply", "--model", workspace["m"], "--input", workspace["a.npy"], "--out"];
        string[] plan = ["plan", "--train", workspace["x.npy"], "--weights", workspace["b.npy"], "--holdout", workspace["a.npy"], "--max-error", "0.1"];
        foreach (string[] command in (string[][])[[.. train, workspace["x.npy"]], [.. train, roundabout], [.. train, workspace["b.npy"]], [.. multiply, workspace["m"]], [.. multiply, workspace["a.npy"]], [.. plan, "--out", workspace["a.npy"]], [.. plan, "--report", workspace["x.npy"]]])
        {
            ToolProcess.Run(command).ShouldFail(Failed, $"Cannot write '{command[^1]}'", "it is an input, which the output would replace");
        }

        // Numbers that stand beside a model, which nobody named.
        OnnxFile onnx = new(workspace["w.onnx"]);
        onnx.Initializer("w", [Problem.Inputs, 2], new float[Problem.Inputs * 2], OnnxNumbers.External);
        onnx.Node("MatMul", "product", ["x", "w"]);
        onnx.Save();
        byte[] numbers = File.ReadAllBytes(workspace["numbers.bin"]);
        string[] onnxTrain = ["train", "--train", workspace["x.npy"], "--weights", workspace["w.onnx"] + "::w", "--out", workspace["numbers.bin"]];
        ToolProcess.Run(onnxTrain).ShouldFail(Failed, $"Cannot write '{workspace["numbers.bin"]}'", "it is an input, which the output would replace");
        File.ReadAllBytes(workspace["numbers.bin"]).Should().Equal(numbers);
        File.Delete(workspace["w.onnx"]);
        File.Delete(workspace["numbers.bin"]);

        workspace.Files.Should().Equal(before.Keys);
        workspace.Files.Should().OnlyContain(name => File.ReadAllBytes(workspace[name]).SequenceEqual(before[name]));
    }

    [UnixFact]
    public void Inputs_behind_links_are_not_replaced()
    {
        using Workspace workspace = new();
        Directory.CreateDirectory(workspace["folder"]);
        File.Copy(problem.HeldOut, workspace["folder/a.npy"]);
        File.CreateSymbolicLink(workspace["link"], workspace["folder/a.npy"]);
        Directory.CreateSymbolicLink(workspace["other"], workspace["folder"]);
        foreach ((string input, string output) in ((string, string)[])[("link", "folder/a.npy"), ("folder/a.npy", "link"), ("folder/a.npy", "other/a.npy"), ("other/a.npy", "link")])
        {
            ToolProcess.Run("multiply", "--model", problem.Model, "--input", workspace[input], "--out", workspace[output]).ShouldFail(Failed, "it is an input, which the output would replace");
        }
    }

    [UnixFact]
    public void A_device_or_a_pipe_is_not_replaced()
    {
        string[] multiply = ["multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out"];
        ToolProcess.Run([.. multiply, "/dev/full"]).ShouldFail(Failed, "Cannot write '/dev/full'", "pipe or device; expected a regular file").Errors.Should().NotContain("stream");

        // Standard output is a pipe to this test.
        ToolProcess.Run([.. multiply, "/dev/stdout"]).ShouldFail(Failed, "Cannot write '/dev/stdout'", "pipe or device; expected a regular file").Errors.Should().NotContain(Aside);
    }

    [UnixFact]
    public void Pipes_and_devices_are_no_inputs()
    {
        using Workspace workspace = new();
        string pipe = workspace["pipe"];
        ToolProcess.RunOther("mkfifo", pipe).ExitCode.Should().Be(0);
        string[] train = ["train", "--weights", problem.Weights, "--out", workspace["m"], "--train"];

        // A pipe that nobody writes to: whoever opens it waits.
        ToolProcess.Run([.. train, pipe]).ShouldFail(Failed, $"'{pipe}' is empty, or a pipe or device; expected a regular file with a matrix");
        ToolProcess.Run([.. train, "/dev/zero"]).ShouldFail(Failed, "'/dev/zero' is empty, or a pipe or device; expected a regular file");
        Outcome outcome = ToolProcess.RunOther("sh", "-c", $"echo rows | {string.Join(' ', ToolProcess.CommandLine)} {string.Join(' ', train)} /dev/stdin");
        outcome.ShouldFail(Failed, "'/dev/stdin' is a pipe or device; expected a regular file with a matrix");
        ToolProcess.Run("multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out", pipe).ShouldFail(Failed, $"Cannot write '{pipe}'", "pipe or device; expected a regular file");
        ToolProcess.RunOther("test", "-p", pipe).ExitCode.Should().Be(0, "it is still a pipe");
        workspace.Files.Should().Equal("pipe");
    }

    [Fact]
    public void A_name_may_begin_with_an_at_sign()
    {
        using Workspace workspace = new();
        File.Copy(problem.HeldOut, workspace["@a.npy"]);
        ToolProcess.RunIn(workspace.Folder, "multiply", "--model", problem.Model, "--input", "@a.npy", "--out", "@y.npy").ShouldSucceed();
        Npy.Read(workspace["@y.npy"]).Rows.Should().Be(Problem.HeldOutRows);
    }

    [UnixFact]
    public void Rows_behind_a_link_are_no_held_out_ones()
    {
        using Workspace workspace = new();
        File.CreateSymbolicLink(workspace["held.npy"], problem.Training);
        ToolProcess.Run("plan", "--train", problem.Training, "--weights", problem.Weights, "--holdout", workspace["held.npy"], "--max-error", "0.5").ShouldFail(Failed, "--train and as --holdout");
    }

    [UnixFact]
    public void A_model_and_a_report_do_not_meet_behind_a_link()
    {
        using Workspace workspace = new();
        Directory.CreateDirectory(workspace["folder"]);
        Directory.CreateSymbolicLink(workspace["other"], workspace["folder"]);
        File.CreateSymbolicLink(workspace["link"], workspace["folder/m"]);
        File.CreateSymbolicLink(workspace["loop"], workspace["loop"]);
        string[] plan = ["plan", "--train", problem.Training, "--weights", problem.Weights, "--holdout", problem.HeldOut, "--max-error", "0.5", "--out"];
        foreach ((string model, string page) in ((string, string)[])[("folder/m", "link"), ("link", "folder/m"), ("folder/m", "other/m"), ("other/m", "link")])
        {
            ToolProcess.Run([.. plan, workspace[model], "--report", workspace[page]])
                .ShouldFail(WrongUsage, $"--out is '{workspace[model]}' and --report is '{workspace[page]}', which are one file; expected two files");
        }

        ToolProcess.Run([.. plan, workspace["m"], "--report", workspace["loop"]]).ShouldFail(Failed, $"Cannot write '{workspace["loop"]}'");
        Directory.EnumerateFiles(workspace["folder"]).Should().BeEmpty();
    }

    [UnixFact]
    public void Symbolic_links_are_followed()
    {
        using Workspace workspace = new();
        File.CreateSymbolicLink(workspace["a"], problem.HeldOut);
        File.CreateSymbolicLink(workspace["m"], problem.Model);
        ToolProcess.Run("multiply", "--model", workspace["m"], "--input", workspace["a"], "--out", workspace["y.npy"]).ShouldSucceed();
        Npy.Read(workspace["y.npy"]).Rows.Should().Be(Problem.HeldOutRows);
    }

    [Theory]
    [InlineData(4L << 30, false)]
    [InlineData(1L << 29, true)]
    public void Inputs_larger_than_memory_are_multiplied(long bytes, bool isFortran)
    {
        // Zeros that take no room on the disk, in a process whose heap may have 64 MB.
        using Workspace workspace = new();
        Npy.WriteSparse(workspace["a.npy"], bytes / sizeof(float) / Problem.WideInputs, Problem.WideInputs, isFortran);
        ToolProcess.Run([("DOTNET_GCHeapHardLimit", "0x4000000")], "multiply", "--model", problem.WideModel, "--input", workspace["a.npy"], "--out", workspace["y.npy"]).ShouldSucceed();
        (float[] values, int count, _) = Npy.Read(workspace["y.npy"]);
        count.Should().Be((int)(bytes / sizeof(float) / Problem.WideInputs));
        float[] expected = new float[1];
        MaddnessMatmul.Load(problem.WideModel).Multiply(new float[Problem.WideInputs], 1, expected);
        values.Should().AllBeEquivalentTo(expected[0]);
    }

    [UnixFact]
    public void An_input_that_becomes_shorter_is_a_failure_like_others()
    {
        using Workspace workspace = new();
        Npy.WriteSparse(workspace["a.npy"], rows: 1_000_000, Problem.WideInputs);
        long length = new FileInfo(workspace["a.npy"]).Length;
        using ToolProcess process = ToolProcess.Start([], "multiply", "--model", problem.WideModel, "--input", workspace["a.npy"], "--out", workspace["y.npy"], "--threads", "1");
        Await(() => process.HasExited || workspace.Files.Any(f => f.StartsWith(Aside, StringComparison.Ordinal)));
        using (FileStream input = new(workspace["a.npy"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            input.SetLength(5000);
        }

        process.Wait().ShouldFail(Failed, $"'{workspace["a.npy"]}' ends at byte", $"of the {length} that it had when it was opened", "made shorter while it was read");
        workspace.Files.Should().Equal("a.npy");
    }

    [TerminalFact]
    public void Progress_with_the_time_left_is_drawn_on_a_terminal_unless_quiet()
    {
        using Workspace workspace = new();
        Npy.WriteSparse(workspace["a.npy"], rows: 250_000, Problem.WideInputs);
        string line = string.Join(' ', [.. ToolProcess.CommandLine, "multiply", "--model", problem.WideModel, "--input", workspace["a.npy"], "--out", workspace["y.npy"], "--threads", "1"]);
        string drawn = InTerminal(line);
        drawn.Should().Contain("Multiplying").And.Contain(" left").And.Contain("\e[?25h", "the cursor comes back");
        InTerminal(line + " --quiet").Should().BeEmpty();
    }

    [TerminalFact]
    public void Colours_and_bold_are_for_terminals_that_want_them()
    {
        string line = string.Join(' ', [.. ToolProcess.CommandLine, "inspect", "--model", problem.Model]);
        InTerminal(line).Should().Contain("\e[1m");
        InTerminal(line, ("NO_COLOR", "1")).Should().Contain("codebooks").And.NotContain("\e[1m").And.NotContain("\e[3");
    }

    [TerminalFact]
    public void Figures_are_whole_in_a_narrow_terminal()
    {
        string plan = string.Join(' ', [.. ToolProcess.CommandLine, "plan", "--train", problem.Training, "--weights", problem.Weights, "--holdout", problem.HeldOut, "--labels", problem.Labels, "--max-output-error", "0.2", "--quiet"]);
        string[] all = ["C", "K", "objective", "lines", "error", "output", "error", "agreement", "top-1", "ns/row", "speed", "bytes"];
        string[] dispensable = ["bytes", "lines", "objective", "top-1"];
        foreach (int columns in (int[])[200, 100, 80, 30])
        {
            string[] lines = InTerminal($"sh -c 'stty cols {columns} rows 24; exec {plan}'", ("NO_COLOR", "1")).Replace(KeypadMode, string.Empty, StringComparison.Ordinal).ReplaceLineEndings("\n").Split('\n');
            string heading = lines.First(l => l.Contains("ns/row", StringComparison.Ordinal));
            string[] shown = heading.Split(' ', StringSplitOptions.RemoveEmptyEntries);

            // How wide a column is depends on what was tried and chosen.
            string[] leftOut = [.. dispensable.Except(shown)];
            leftOut.Should().Equal(dispensable.Take(leftOut.Length));
            shown.Should().Equal(all.Where(c => !leftOut.Contains(c)));
            lines.Count(l => l.StartsWith("Left out", StringComparison.Ordinal)).Should().Be(leftOut.Length > 0 ? 1 : 0);
            string[] first = lines[Array.IndexOf(lines, heading) + 2].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            first[0].Should().Be("2", "the first candidate has two codebooks");
            first.Should().Contain(cell => cell.EndsWith('×'));
            if (columns is 200 or 30)
            {
                leftOut.Should().BeEmpty("{0} columns hold everything, or not even the least", columns);
            }
            else
            {
                lines.Should().OnlyContain(l => l.Length <= columns, "nothing is wider than {0} columns", columns);
            }
        }
    }

    [TerminalFact]
    public void Values_are_broken_between_words_and_paths_are_not()
    {
        string[] lines = InTerminal($"sh -c 'stty cols 40 rows 24; exec {string.Join(' ', ToolProcess.CommandLine)} inspect --model {problem.Model}'", ("NO_COLOR", "1")).ReplaceLineEndings("\n").Split('\n');
        lines.Should().Contain(l => l.EndsWith(problem.Model + ",", StringComparison.Ordinal));
        lines.Should().ContainInOrder("model      4,000 B (the weights take", "           3,072 B in float32)");
    }

    [Fact]
    public void Texts_are_broken_as_late_as_they_can_be()
    {
        TextTable.Wrap("one two three", 13).Should().Be("one two three");
        TextTable.Wrap("one two three", 12).ReplaceLineEndings("/").Should().Be("one two/three");
        TextTable.Wrap("one two three", 9, indent: 2).ReplaceLineEndings("/").Should().Be("one two/  three");
        TextTable.Wrap("a very-long-word 95.5 %", 6).ReplaceLineEndings("/").Should().Be("a/very-long-word/95.5\u00A0%");
    }

    private static string InTerminal(string line, params (string Name, string Value)[] environment)
    {
        string set = string.Concat(environment.Select(e => $"{e.Name}={e.Value} "));
        Outcome outcome = ToolProcess.RunOther("env", "TERM=xterm-256color", TerminalFactAttribute.Program, "-qec", set + line, "/dev/null");
        outcome.ExitCode.Should().Be(0, "it wrote: {0}", outcome.Output);
        return outcome.Output;
    }

    private static void Await(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException("What was waited for did not come.");
            }

            Thread.Sleep(10);
        }
    }
}
