using Maddness.Cli.Formats;

namespace Maddness.Cli.Commands;

/// <summary>Loading models with messages for users of the tool.</summary>
internal static class ModelFile
{
    /// <summary>Loads a model that is bound to one B.</summary>
    internal static MaddnessMatmul Load(string path)
    {
        string? kind = Kind(path);
        if (kind != "matmul")
        {
            string found = kind is null ? "no Maddness model" : $"a Maddness file of kind '{kind}'";
            throw new ToolException($"'{path}' is {found}; expected a model as 'maddness train' writes it.");
        }

        try
        {
            return MaddnessMatmul.Load(path);
        }
        catch (ModelFormatException e)
        {
            throw new ToolException($"'{path}' cannot be loaded: {e.Message.TrimEnd('.')}. Train it again, or copy it again.", e);
        }
    }

    /// <summary>What kind of Maddness file it is, or null for another file.</summary>
    internal static string? Kind(string path)
    {
        using MappedFile file = new(path);
        return SafetensorsFormat.Recognises(file.Start(16)) && SafetensorsFormat.Metadata(file, "format") == "maddness" ? SafetensorsFormat.Metadata(file, "kind") : null;
    }
}
