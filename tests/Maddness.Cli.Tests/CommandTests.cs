using System.Runtime.InteropServices;
using System.Text.Json;
using Maddness.Cli.Commands;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>train, evaluate, multiply, inspect and bench as processes: results, streams, exit codes, refusals.</summary>
public class CommandTests(Problem problem) : IClassFixture<Problem>
{
    private const int Failed = 1;
    private const int WrongUsage = 2;

    [Fact]
    public void What_is_trained_is_what_the_library_trains()
    {
        using Workspace workspace = new();
        Outcome outcome = ToolProcess.Run(
            "train", "--train", problem.Training, "--weights", problem.Weights, "--bias", problem.Bias, "--codebooks", "6", "--leaves", "32", "--objective", "reconstruction", "--seed", "5", "--out", workspace["m"]).ShouldSucceed();
        outcome.Output.Should().BeEmpty("messages go to standard error");
        outcome.Errors.Should().StartWith("Wrote ").And.Contain("6 codebooks of 32 leaves");
        workspace.Files.Should().Equal("m");
        TrainingOptions options = new() { Codebooks = 6, Leaves = 32, Objective = Objective.Reconstruction, Seed = 5 };
        using MemoryStream expected = new();
        MaddnessTrainer.Train(problem.TrainingValues, Problem.Rows, Problem.Inputs, problem.WeightValues, Problem.Outputs, problem.BiasValues, options).Save(expected);
        File.ReadAllBytes(workspace["m"]).Should().Equal(expected.ToArray());
    }

    [Fact]
    public void Limits_and_defaults_are_the_librarys()
    {
        Action train = () => MaddnessTrainer.Train(problem.TrainingValues, Problem.Rows, Problem.Inputs, new TrainingOptions { Codebooks = 0 });
        train.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*expected 1 to {TrainCommand.MaxCodebooks}*");
        TrainingOptions defaults = new();
        ToolProcess.Run("train", "--help").ShouldSucceed().Output.Should().Contain($"Default: {defaults.Codebooks}.").And.Contain($"[default: {defaults.Leaves}]");
        RowMatrix.MaxRows.Should().Be(defaults.MaxTrainingRows).And.Be(new PlanningOptions().MaxTrainingRows);
    }

    [Fact]
    public void Outputs_are_normalized_where_that_is_asked_for()
    {
        using Workspace workspace = new();
        string[] normalized = ["train", "--train", problem.Training, "--weights", problem.Weights, "--codebooks", "3", "--normalize-outputs", "--out", workspace["n"]];
        ToolProcess.Run(normalized).ShouldSucceed();
        TrainingOptions options = new() { Codebooks = 3, NormalizeOutputs = true };
        File.ReadAllBytes(workspace["n"]).Should().Equal(Saved(MaddnessTrainer.Train(problem.TrainingValues, Problem.Rows, Problem.Inputs, problem.WeightValues, Problem.Outputs, options: options)));
        File.ReadAllBytes(workspace["n"]).Should().NotEqual(
            Saved(MaddnessTrainer.Train(problem.TrainingValues, Problem.Rows, Problem.Inputs, problem.WeightValues, Problem.Outputs, options: options with { NormalizeOutputs = false })));
        ToolProcess.Run([.. normalized, "--classifier"]).ShouldFail(WrongUsage, "--normalize-outputs does not go with --classifier");

        static byte[] Saved(MaddnessMatmul product)
        {
            using MemoryStream stream = new();
            product.Save(stream);
            return stream.ToArray();
        }
    }

    [Fact]
    public void A_model_of_few_rows_is_called_uncertain()
    {
        using Workspace workspace = new();
        string[] train = ["train", "--weights", problem.Weights, "--codebooks", "2", "--out", workspace["m"], "--train", workspace["x.npy"]];
        foreach ((int rows, string words) in ((int, string)[])[(1, "1 row."), (99, "99 rows.")])
        {
            Npy.Write(workspace["x.npy"], problem.TrainingValues[..(rows * Problem.Inputs)], rows, Problem.Inputs);
            ToolProcess.Run(train).ShouldSucceed().Errors.Should().EndWith($"\nWarning: The model is uncertain: it was learned from {words} Learn from 100 or more.\n");
        }

        Npy.Write(workspace["x.npy"], problem.TrainingValues[..(100 * Problem.Inputs)], 100, Problem.Inputs);
        ToolProcess.Run(train).ShouldSucceed().Errors.Should().NotContain("Warning");
    }

    [Fact]
    public void A_gemm_named_by_its_node_brings_its_bias()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [Problem.Inputs, Problem.Outputs], problem.WeightValues);
        onnx.Initializer("c", [Problem.Outputs], problem.BiasValues);
        onnx.Node("Gemm", "other", ["x", "w", "c"], floats: [("beta", 7)]);
        onnx.Node("Gemm", "layer", ["x", "w", "c"]);
        onnx.Save();
        string layer = workspace["m.onnx"] + "::layer", weights = workspace["m.onnx"] + "::w", note = $"The bias is '{workspace["m.onnx"]}::c'";
        Train(layer).Should().Contain(note);
        byte[] named = File.ReadAllBytes(workspace["m"]);
        Train(weights, "--bias", problem.Bias).Should().NotContain("The bias is");
        named.Should().Equal(File.ReadAllBytes(workspace["m"]));
        Train(weights).Should().NotContain("The bias is");
        MaddnessMatmul.Load(workspace["m"]).HasBias.Should().BeFalse();
        File.Delete(workspace["m"]);

        string[] plan = ["plan", "--train", problem.Training, "--holdout", problem.HeldOut, "--max-error", "0.5", "--report", workspace["r.html"], "--weights"];
        ToolProcess.Run([.. plan, layer]).ShouldSucceed().Errors.Should().Contain(note);
        File.ReadAllText(workspace["r.html"]).Should().Contain("m.onnx::c");

        string Train(params string[] words) =>
            ToolProcess.Run(["train", "--train", problem.Training, "--codebooks", "4", "--objective", "reconstruction", "--out", workspace["m"], "--weights", .. words]).ShouldSucceed().Errors;
    }

    [Fact]
    public void A_model_of_one_gemm_brings_its_bias_without_a_name()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["one.onnx"]);
        onnx.Initializer("w", [Problem.Inputs, Problem.Outputs], problem.WeightValues);
        onnx.Initializer("c", [Problem.Outputs], problem.BiasValues);
        onnx.Node("Gemm", "fc", ["x", "w", "c"], floats: [("beta", 2)]);
        onnx.Save();
        string file = workspace["one.onnx"], note = $"The bias is '{file}::c'";
        string[] train = ["train", "--train", problem.Training, "--codebooks", "4", "--objective", "reconstruction", "--weights"];
        ToolProcess.Run([.. train, file + "::fc", "--out", workspace["named"]]).ShouldSucceed().Errors.Should().Contain(note);
        ToolProcess.Run([.. train, file, "--out", workspace["alone"]]).ShouldSucceed().Errors.Should().Contain(note);
        File.ReadAllBytes(workspace["alone"]).Should().Equal(File.ReadAllBytes(workspace["named"]));
        ToolProcess.Run([.. train, file, "--bias", problem.Bias, "--out", workspace["other"]]).ShouldSucceed().Errors.Should().NotContain("The bias is");
        ToolProcess.Run("plan", "--train", problem.Training, "--holdout", problem.HeldOut, "--max-error", "0.5", "--weights", file).ShouldSucceed().Errors.Should().Contain(note);
    }

    [Fact]
    public void Integer_rows_make_an_integer_model_that_takes_no_floats()
    {
        using Workspace workspace = new();
        sbyte[] rows = Array.ConvertAll(problem.TrainingValues, v => (sbyte)(20 * v));
        Npy.Write(workspace["x.npy"], MemoryMarshal.AsBytes<sbyte>(rows), "|i1", $"({Problem.Rows}, {Problem.Inputs})");
        ToolProcess.Run("train", "--train", workspace["x.npy"], "--weights", problem.Weights, "--codebooks", "4", "--out", workspace["m"], "--quiet").ShouldSucceed().Errors.Should().BeEmpty();
        MaddnessMatmul model = MaddnessMatmul.Load(workspace["m"]);
        model.ElementType.Should().Be(ElementType.Int8);
        ToolProcess.Run("multiply", "--model", workspace["m"], "--input", workspace["x.npy"], "--out", workspace["y.npy"]).ShouldSucceed();
        float[] expected = new float[Problem.Rows * Problem.Outputs];
        model.Multiply<sbyte>(rows, Problem.Rows, expected);
        Npy.Read(workspace["y.npy"]).Values.Should().Equal(expected);
        ToolProcess.Run("multiply", "--model", workspace["m"], "--input", problem.HeldOut, "--out", workspace["z.npy"]).ShouldFail(Failed, "type float32; expected int8");
        workspace.Files.Should().Equal("m", "x.npy", "y.npy");
    }

    [Fact]
    public void A_model_of_shorts_takes_rows_of_bytes()
    {
        using Workspace workspace = new();
        short[] training = Array.ConvertAll(problem.TrainingValues, v => (short)(20 * v));
        Npy.Write(workspace["x.npy"], MemoryMarshal.AsBytes<short>(training), "<i2", $"({Problem.Rows}, {Problem.Inputs})");
        ToolProcess.Run("train", "--train", workspace["x.npy"], "--weights", problem.Weights, "--codebooks", "4", "--out", workspace["m"]).ShouldSucceed();
        Check(Array.ConvertAll(training, v => (sbyte)v), "|i1");
        Check(Array.ConvertAll(training, v => (byte)(v & 0xFF)), "|u1");

        void Check<T>(T[] rows, string descr)
            where T : unmanaged, System.Numerics.IBinaryInteger<T>
        {
            Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes<T>(rows), descr, $"({Problem.Rows}, {Problem.Inputs})");
            ToolProcess.Run("multiply", "--model", workspace["m"], "--input", workspace["a.npy"], "--out", workspace["y.npy"]).ShouldSucceed();
            float[] expected = new float[Problem.Rows * Problem.Outputs];
            MaddnessMatmul.Load(workspace["m"]).Multiply<short>(Array.ConvertAll(rows, short.CreateChecked), Problem.Rows, expected);
            Npy.Read(workspace["y.npy"]).Values.Should().Equal(expected);
        }
    }

    [Fact]
    public void Integers_for_a_model_of_floats_bring_a_warning()
    {
        using Workspace workspace = new();
        Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes<sbyte>(Array.ConvertAll(problem.HeldOutValues, v => (sbyte)(20 * v))), "|i1", $"({Problem.HeldOutRows}, {Problem.Inputs})");
        string expected = $"Warning: '{workspace["a.npy"]}' holds int8, and '{problem.Model}' was learned from float32: numbers are taken at face value, so both must be of one scale.\n";
        string[] evaluate = ["evaluate", "--model", problem.Model, "--weights", problem.Weights, "--input", workspace["a.npy"]], multiply = ["multiply", "--model", problem.Model, "--out", workspace["y.npy"], "--input", workspace["a.npy"]];
        ToolProcess.Run(evaluate).ShouldSucceed().Errors.Should().Be(expected);
        ToolProcess.Run(multiply).ShouldSucceed().Errors.Should().EndWith(expected);
        ToolProcess.Run([.. evaluate, "--quiet"]).ShouldSucceed().Errors.Should().BeEmpty();
        ToolProcess.Run([.. multiply[..^1], problem.HeldOut]).ShouldSucceed().Errors.Should().NotContain("Warning");
    }

    [Fact]
    public void Evaluation_prints_one_object_with_the_agreed_names()
    {
        Outcome outcome = ToolProcess.Run("evaluate", "--model", problem.Model, "--input", problem.HeldOut, "--weights", problem.Weights, "--labels", problem.Labels, "--json").ShouldSucceed();
        outcome.Errors.Should().BeEmpty();
        JsonElement json = Json.Parse(outcome.Output);
        json.EnumerateObject().Select(p => p.Name).Should().Equal(
            [.. Json.EvaluationNames, "elementType", "rowsWithoutDirection", "timedRows", "outputErrors"]);
        MaddnessMatmul model = MaddnessMatmul.Load(problem.Model);
        ApproximationReport report = model.Evaluate(problem.HeldOutValues, Problem.HeldOutRows, problem.WeightValues);
        Json.ShouldBeEvaluation(json, hasLabels: true);
        json.GetProperty("rows").GetInt32().Should().Be(Problem.HeldOutRows);
        json.GetProperty("normalizedMeanSquaredError").GetDouble().Should().Be(report.NormalizedMeanSquaredError);
        json.GetProperty("top1Agreement").GetDouble().Should().Be(report.ArgMaxAgreement);
        json.GetProperty("outputErrors").GetArrayLength().Should().Be(Problem.Outputs);
        json.GetProperty("modelBytes").GetInt64().Should().Be(model.SizeInBytes);

        // The labels are those of the product without its bias, which the model has.
        json.GetProperty("top1Exact").GetDouble().Should().BeLessThan(1);

        JsonElement plain = Json.Parse(ToolProcess.Run("evaluate", "--model", problem.Model, "--input", problem.HeldOut, "--weights", problem.Weights, "--json").ShouldSucceed().Output);
        Json.ShouldBeEvaluation(plain, hasLabels: false);
    }

    [Fact]
    public void One_of_a_kind_is_no_plural()
    {
        using Workspace workspace = new();
        Npy.Write(workspace["b.npy"], Data.Noise(8, Problem.Inputs), Problem.Inputs, 1);
        Npy.Write(workspace["a.npy"], problem.HeldOutValues[..Problem.Inputs], 1, Problem.Inputs);
        ToolProcess.Run("train", "--train", problem.Training, "--weights", workspace["b.npy"], "--codebooks", "1", "--out", workspace["m"]).ShouldSucceed().Errors.Should().Contain(": 1 codebook of 16 leaves for 32 inputs and 1 output, ");
        ToolProcess.Run("evaluate", "--model", workspace["m"], "--weights", workspace["b.npy"], "--input", workspace["a.npy"]).ShouldSucceed()
            .Output.Should().Contain("1 row x 32 inputs x 1 output\n").And.Contain("1 codebook of 16 leaves, ");
        ToolProcess.Run("bench", "--model", workspace["m"], "--weights", workspace["b.npy"], "--rows", "1").ShouldSucceed()
            .Output.Should().Contain("1 made-up row x 32 inputs x 1 output, ").And.Contain("(1 codebook of 16 leaves)");
    }

    [Fact]
    public void An_undefined_error_is_null()
    {
        using Workspace workspace = new();
        Npy.Write(workspace["z.npy"], new float[4 * Problem.Inputs], 4, Problem.Inputs);
        Outcome outcome = ToolProcess.Run("evaluate", "--model", problem.Model, "--input", workspace["z.npy"], "--weights", problem.Weights, "--json").ShouldSucceed();
        outcome.Errors.Should().Contain("Warning: The figures are uncertain: they are of 4 rows.");
        JsonElement json = Json.Parse(outcome.Output);
        json.GetProperty("normalizedMeanSquaredError").ValueKind.Should().Be(JsonValueKind.Null);
        json.GetProperty("rootMeanSquaredError").ValueKind.Should().Be(JsonValueKind.Number);
    }

    [Fact]
    public void Text_is_plain_in_a_pipe()
    {
        Outcome outcome = ToolProcess.Run("evaluate", "--model", problem.Model, "--input", problem.HeldOut, "--weights", problem.Weights).ShouldSucceed();
        outcome.Errors.Should().NotContain("Warning");
        outcome.Output.Should().Contain("error").And.Contain("time per row").And.NotContain("\e");
    }

    [Theory]
    [InlineData(null, 0, 300)]
    [InlineData("10:20", 10, 20)]
    [InlineData(":5", 0, 5)]
    [InlineData("295:", 295, 300)]
    [InlineData("7:7", 7, 7)]
    public void Products_are_the_librarys_of_the_rows_asked_for(string? range, int from, int to)
    {
        using Workspace workspace = new();
        string[] rows = range is null ? [] : ["--rows", range];
        ToolProcess.Run(["multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out", workspace["y.npy"], "--threads", "2", .. rows]).ShouldSucceed();
        float[] expected = new float[Problem.HeldOutRows * Problem.Outputs];
        MaddnessMatmul.Load(problem.Model).Multiply(problem.HeldOutValues, Problem.HeldOutRows, expected);
        (float[] values, int count, int columns) = Npy.Read(workspace["y.npy"]);
        (count, columns).Should().Be((to - from, Problem.Outputs));
        values.Should().Equal(expected[(from * Problem.Outputs)..(to * Problem.Outputs)]);
        workspace.Files.Should().Equal("y.npy");
    }

    [Fact]
    public void Rows_in_fortran_order_and_half_precision_are_multiplied()
    {
        using Workspace workspace = new();
        Half[] halves = Array.ConvertAll(problem.HeldOutValues, v => (Half)v);
        Half[] stored = [.. Enumerable.Range(0, halves.Length).Select(i => halves[(i % Problem.HeldOutRows * Problem.Inputs) + (i / Problem.HeldOutRows)])];
        Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes<Half>(stored), "<f2", $"({Problem.HeldOutRows}, {Problem.Inputs})", isFortran: true, version: 2);
        ToolProcess.Run("multiply", "--model", problem.Model, "--input", workspace["a.npy"], "--out", workspace["y.npy"]).ShouldSucceed();
        float[] expected = new float[Problem.HeldOutRows * Problem.Outputs];
        MaddnessMatmul.Load(problem.Model).Multiply(Array.ConvertAll(halves, v => (float)v), Problem.HeldOutRows, expected);
        Npy.Read(workspace["y.npy"]).Values.Should().Equal(expected);
    }

    [Fact]
    public void Inspection_says_what_each_kind_of_file_holds()
    {
        JsonElement json = Json.Parse(ToolProcess.Run("inspect", "--model", problem.Model, "--json", "--quiet").ShouldSucceed().Output);
        json.EnumerateObject().Select(p => p.Name).Should().Equal(
            "file", "kind", "rows", "inputs", "outputs", "codebooks", "leaves", "elementType", "objective", "hasBias", "modelBytes", "fileBytes");
        json.GetProperty("kind").GetString().Should().Be("matmul");
        json.GetProperty("codebooks").GetInt32().Should().Be(8);
        json.GetProperty("hasBias").GetBoolean().Should().BeTrue();
        json.GetProperty("rows").ValueKind.Should().Be(JsonValueKind.Null);

        using Workspace workspace = new();
        MaddnessModel model = MaddnessTrainer.Train(problem.TrainingValues, Problem.Rows, Problem.Inputs, new TrainingOptions { Codebooks = 4 });
        model.Save(workspace["unbound"]);
        model.Encode(problem.HeldOutValues, Problem.HeldOutRows).Save(workspace["codes"]);
        ToolProcess.Run("inspect", "--model", workspace["unbound"]).ShouldSucceed().Output.Should().Contain("MaddnessModel.Load").And.Contain("4 of 16 leaves");
        ToolProcess.Run("inspect", "--model", workspace["codes"]).ShouldSucceed().Output.Should().Contain("EncodedMatrix.Load").And.Contain("300");
        ToolProcess.Run("inspect", "--model", problem.Weights).ShouldFail(Failed, "is no Maddness file but a .npy file with numbers of type float32 and shape (32, 24); expected a model as 'maddness train' writes it");
        ToolProcess.Run("bench", "--model", workspace["unbound"], "--weights", problem.Weights).ShouldFail(
            Failed, "unbound' is an unbound model, learned without B, which this tool can only inspect; expected a model as 'maddness train' writes it", "Bind it to B in C# (MaddnessModel.Bind), and save what that gives.");
        ToolProcess.Run("bench", "--model", workspace["codes"], "--weights", problem.Weights).ShouldFail(Failed, "codes' is a Maddness file of kind 'encoded'; expected a model");
        foreach ((string file, string advice) in ((string, string)[])[(problem.Model, "Train it again"), (workspace["unbound"], "Train it again"), (workspace["codes"], "Encode it again")])
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[^1] ^= 1;
            File.WriteAllBytes(workspace["damaged"], bytes);
            ToolProcess.Run("inspect", "--model", workspace["damaged"]).ShouldFail(Failed, "damaged' cannot be loaded", "checksum", advice);
        }
    }

    [Fact]
    public void The_bench_prints_times()
    {
        JsonElement json = Json.Parse(ToolProcess.Run("bench", "--model", problem.Model, "--weights", problem.Weights, "--rows", "500", "--json").ShouldSucceed().Output);
        json.EnumerateObject().Select(p => p.Name).Should().Equal(
            "rows", "inputs", "outputs", "codebooks", "leaves", "nanosecondsPerRowExact", "nanosecondsPerRowApproximate", "speedupOverExact", "kernel", "modelBytes", "objective");
        json.GetProperty("rows").GetInt32().Should().Be(500);
        json.GetProperty("nanosecondsPerRowExact").GetDouble().Should().BePositive();
    }

    [Fact]
    public void Weights_stored_transposed_are_found_out_and_taken()
    {
        using Workspace workspace = new();
        float[] transposed = [.. Enumerable.Range(0, problem.WeightValues.Length).Select(i => problem.WeightValues[(i % Problem.Inputs * Problem.Outputs) + (i / Problem.Inputs)])];
        Npy.Write(workspace["w.npy"], transposed, Problem.Outputs, Problem.Inputs);
        string[] words = ["evaluate", "--model", problem.Model, "--input", problem.HeldOut, "--weights", workspace["w.npy"], "--json"];
        ToolProcess.Run(words).ShouldFail(Failed, "24 x 32; expected 32 rows", "add --transpose-weights");
        Npy.Write(workspace["none.npy"], [], 0, Problem.Inputs);
        ToolProcess.Run([.. words[..^2], workspace["none.npy"]]).ShouldFail(Failed, "0 x 32; expected 32 rows", "Use weights and rows of the same product").Errors.Should().NotContain("--transpose-weights");
        double error = Json.Parse(ToolProcess.Run([.. words, "--transpose-weights"]).ShouldSucceed().Output).GetProperty("normalizedMeanSquaredError").GetDouble();
        error.Should().Be(MaddnessMatmul.Load(problem.Model).Evaluate(problem.HeldOutValues, Problem.HeldOutRows, problem.WeightValues).NormalizedMeanSquaredError);
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_one_line()
    {
        using Workspace workspace = new();
        string narrow = workspace["narrow.npy"], nan = workspace["nan.npy"], empty = workspace["empty.npy"], none = workspace["none.npy"];
        Npy.Write(narrow, new float[40], 4, 10);
        float[] values = [.. problem.HeldOutValues];
        values[(123 * Problem.Inputs) + 4] = float.NaN;
        Npy.Write(nan, values, Problem.HeldOutRows, Problem.Inputs);
        File.WriteAllBytes(empty, []);
        Npy.Write(none, [], 0, Problem.Inputs);
        string output = workspace["out"];
        string[] train = ["train", "--weights", problem.Weights, "--out", output, "--train"];
        ToolProcess.Run([.. train, narrow]).ShouldFail(Failed, "B.npy' is 32 x 24; expected 10 rows");
        ToolProcess.Run([.. train, nan]).ShouldFail(Failed, "nan.npy' holds NaN at row 123, column 4");
        ToolProcess.Run([.. train, empty]).ShouldFail(Failed, "is empty");
        ToolProcess.Run([.. train, none]).ShouldFail(Failed, "0 x 32; expected at least one row");
        ToolProcess.Run([.. train, workspace["missing.npy"]]).ShouldFail(Failed, "missing.npy' does not exist");
        ToolProcess.Run([.. train, problem.Training, "--codebooks", "40", "--objective", "reconstruction"]).ShouldFail(Failed, "--codebooks is 40, but", "32 columns");
        ToolProcess.Run([.. train, problem.Training, "--bias", problem.Labels]).ShouldFail(Failed, "type int32");
        string[] multiply = ["multiply", "--model", problem.Model, "--out", output, "--input"];
        ToolProcess.Run([.. multiply, narrow]).ShouldFail(Failed, "4 x 10; expected 32 columns");
        ToolProcess.Run([.. multiply, nan]).ShouldFail(Failed, "NaN at row 123, column 4");
        ToolProcess.Run([.. multiply, problem.HeldOut, "--rows", "0:301"]).ShouldFail(Failed, "--rows is 0:301", "300 rows");
        ToolProcess.Run([.. multiply, problem.HeldOut, "--rows", "9999:"]).ShouldFail(Failed, "--rows is 9999:, but", "300 rows");
        ToolProcess.Run("evaluate", "--model", problem.Model, "--input", problem.HeldOut, "--weights", problem.Weights, "--labels", workspace["none.npy"]).ShouldFail(Failed);
        workspace.Files.Should().Equal("empty.npy", "nan.npy", "narrow.npy", "none.npy");
    }

    [Fact]
    public void What_is_no_model_is_said_what_it_is()
    {
        using Workspace workspace = new();
        Npy.Write(workspace["none.npy"], [], 0, Problem.Inputs);
        File.WriteAllBytes(workspace["empty"], []);
        File.WriteAllText(workspace["page"], "<html></html>");
        string[] evaluate = ["evaluate", "--input", problem.HeldOut, "--weights", problem.Weights, "--model"];
        const string Expected = "expected a model as 'maddness train' writes it";
        ToolProcess.Run([.. evaluate, problem.HeldOut]).ShouldFail(Failed, "A.npy' is no Maddness file but a .npy file with numbers of type float32 and shape (300, 32)", Expected);
        ToolProcess.Run([.. evaluate, workspace["none.npy"]]).ShouldFail(Failed, "shape (0, 32)", Expected);
        ToolProcess.Run([.. evaluate, workspace["page"]]).ShouldFail(Failed, "of another format: it starts with 3C68746D6C3E3C2F", Expected);
        ToolProcess.Run([.. evaluate, workspace["empty"]]).ShouldFail(Failed, "is empty", "a model as 'maddness train' writes it").Errors.Should().NotContain("matrix");
        ToolProcess.Run([.. evaluate, workspace.Folder]).ShouldFail(Failed, "is a folder", "a model as 'maddness train' writes it");
    }

    [Fact]
    public void Products_too_large_for_float_name_the_file_of_weights()
    {
        using Workspace workspace = new();
        string large = workspace["large.npy"];
        Npy.Write(large, Array.ConvertAll(problem.WeightValues, v => v * 3e38f), Problem.Inputs, Problem.Outputs);
        string expected = $"the product with '{large}' (--weights) leaves the range of float32";
        ToolProcess.Run("train", "--train", problem.Training, "--weights", large, "--codebooks", "4", "--out", workspace["m"]).ShouldFail(Failed, expected);
        ToolProcess.Run("plan", "--train", problem.Training, "--weights", large, "--holdout", problem.HeldOut, "--max-error", "0.1", "--out", workspace["m"]).ShouldFail(Failed, expected);
        workspace.Files.Should().Equal("large.npy");
    }

    [Fact]
    public void Wrong_usage_is_told_from_failure()
    {
        ToolProcess.Run().ShouldFail(WrongUsage, "See 'maddness --help'");
        ToolProcess.Run("trian").ShouldFail(WrongUsage, "'trian'");
        ToolProcess.Run("trian", "--help").ShouldFail(WrongUsage, "'trian'");
        ToolProcess.Run("train", "--train", problem.Training).ShouldFail(WrongUsage, "--weights", "See 'maddness train --help'");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--out", "m", "--leaves", "20").ShouldFail(WrongUsage, "--leaves is '20'; expected 16, 32 or 64");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--out", "m", "--codebooks", "0").ShouldFail(WrongUsage, "--codebooks is '0'; expected a whole number from 1 to 1024");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--out", "m", "--codebooks", "many").ShouldFail(WrongUsage, "--codebooks is 'many'; expected a whole number from 1 to 1024");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--out", "m", "--seed", "-1").ShouldFail(WrongUsage, "--seed is '-1'; expected a whole number from 0 to");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--out", "").ShouldFail(WrongUsage, "--out is empty; expected a path");
        ToolProcess.Run("train", "--train", problem.Training, "--weights", problem.Weights, "--out", "m", "--objective", "reconstruction", "--lines", "2").ShouldFail(WrongUsage, "--lines does not go with");
        ToolProcess.Run("multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out", "y", "--rows", "5").ShouldFail(WrongUsage, "--rows is '5'; expected from:to");
        ToolProcess.Run("multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out", "y", "--rows", "9:5").ShouldFail(WrongUsage, "'9:5'");
        ToolProcess.Run("inspect", "--model", problem.Model, "--verbose").ShouldFail(WrongUsage, "--verbose");
    }

    [Theory]
    [InlineData("train")]
    [InlineData("plan")]
    [InlineData("evaluate")]
    [InlineData("multiply")]
    [InlineData("inspect")]
    [InlineData("bench")]
    public void Help_has_an_example_that_parses(string command)
    {
        string help = ToolProcess.Run(command, "--help").ShouldSucceed().Output;
        string[] lines = help.Split('\n');
        string example = lines[Array.FindIndex(lines, l => l.StartsWith("Example:", StringComparison.Ordinal)) + 1].Trim();
        example.Should().StartWith($"maddness {command} ");
        help.Should().Contain($"  maddness {command} [options]");
        Tool.BuildRoot().Parse(example.Split(' ')[1..]).Errors.Should().BeEmpty();
    }

    [Fact]
    public void The_shell_can_complete() =>
        ToolProcess.Run("[suggest:12]", "train --obj").ShouldSucceed().Output.Should().Contain("--objective");

    [Fact]
    public void A_wrong_kernel_variable_is_explained() =>
        ToolProcess.Run([(KernelSelection.EnvironmentVariable, "fastest")], "bench", "--model", problem.Model, "--weights", problem.Weights)
            .ShouldFail(Failed, "MADDNESS_KERNEL is 'fastest'", "Available:");
}
