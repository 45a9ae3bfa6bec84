using System.CommandLine;
using Maddness.Cli.Output;
using Maddness.Cli.Report;

namespace Maddness.Cli.Commands;

/// <summary><c>maddness inspect</c>: what a file holds, once all of it has been checked.</summary>
internal static class InspectCommand
{
    internal static Command Build()
    {
        Option<string> model = MatrixOptions.Model();

        // It has no progress and no messages; scripts need not know.
        Option<bool> json = MatrixOptions.Json(), quiet = MatrixOptions.Quiet();
        ExampleCommand command = new("inspect", "Checks a model file and says what it holds.", "maddness inspect --model model.safetensors --json") { model, json, quiet };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        InspectionJson result = ModelFile.Kind(path) switch
        {
            "matmul" => InspectionJson.Of(path, ModelFile.Load(path)),
            "model" => InspectionJson.Of(path, ModelFile.Load(path, MaddnessModel.Load, ModelFile.TrainAgain)),
            "encoded" => InspectionJson.Of(path, ModelFile.Load(path, EncodedMatrix.Load, "Encode it again, or copy it again.")),
            _ => throw ModelFile.NoModel(path),
        };
        ResultOutput.Print(result, json, InspectionText.Print);
        return ExitCode.Done;
    }
}
