namespace Maddness.PublicApi.Tests.Support;

/// <summary>Files of the source tree that tests read. Compiled paths are mapped to be the same on every machine, so the tree is searched upwards from the binaries.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    internal static string PathOf(string relativePath) => Path.Combine(Root, relativePath);

    /// <summary>The text with line ends as they are in the repository, whatever a checkout made of them.</summary>
    internal static string Text(string relativePath) => File.ReadAllText(PathOf(relativePath)).ReplaceLineEndings("\n");

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Maddness.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Maddness.sln: these tests read the source tree.");
    }
}
