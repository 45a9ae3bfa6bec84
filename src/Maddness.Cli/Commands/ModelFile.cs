using Maddness.Cli.Formats;

namespace Maddness.Cli.Commands;

/// <summary>Loading models with messages for users of the tool.</summary>
internal static class ModelFile
{
    /// <summary>What helps where a model is damaged.</summary>
    internal const string TrainAgain = "Train it again, or copy it again.";

    private const string Expected = "a model as 'maddness train' writes it";

    /// <summary>Loads a model that is bound to one B.</summary>
    internal static MaddnessMatmul Load(string path) => Kind(path) switch
    {
        "matmul" => Load(path, MaddnessMatmul.Load, TrainAgain),
        "model" => throw new ToolException($"'{path}' is an unbound model, learned without B, which this tool can only inspect; expected {Expected}. Bind it to B in C# (MaddnessModel.Bind), and save what that gives."),
        string kind => throw new ToolException($"'{path}' is a Maddness file of kind '{kind}'; expected {Expected}."),
        null => throw NoModel(path),
    };

    /// <summary>Loads an object of any kind that has been recognised.</summary>
    internal static T Load<T>(string path, Func<string, T> load, string advice)
    {
        try
        {
            return load(path);
        }
        catch (ModelFormatException e)
        {
            throw new ToolException($"'{path}' cannot be loaded: {e.Message.TrimEnd('.')}. {advice}", e);
        }
    }

    /// <summary>What kind of Maddness file it is, or null for another file.</summary>
    internal static string? Kind(string path)
    {
        using InputFile file = new(path, Expected);
        return SafetensorsFormat.Recognises(file.Start(16)) && SafetensorsFormat.Metadata(file, "format") == "maddness" ? SafetensorsFormat.Metadata(file, "kind") : null;
    }

    /// <summary>The refusal of a file that is none of Maddness, with what it is instead.</summary>
    internal static ToolException NoModel(string path)
    {
        using InputFile file = new(path, Expected);
        return new ToolException($"'{path}' is no Maddness file but {TensorFile.Describe(file)}; expected {Expected}.");
    }
}
