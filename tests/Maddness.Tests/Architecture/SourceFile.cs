using System.Text.RegularExpressions;

namespace Maddness.Tests.Architecture;

/// <summary>A source file of the library: what it says in code, comments aside, and what it uses.</summary>
internal sealed partial class SourceFile
{
    internal static readonly string[] Folders = ["Common", "Model", "Kernels", "Pipeline", "Training", "Storage", "Planning"];

    internal SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        Code = CommentPattern().Replace(text, string.Empty);
        Folder = path.Contains('/', StringComparison.Ordinal) ? path[..path.IndexOf('/', StringComparison.Ordinal)] : string.Empty;
    }

    /// <summary>The folder of the solution, found upwards from the binaries: compiled paths are mapped to be the same on every machine.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>All files of the library.</summary>
    internal static IReadOnlyList<SourceFile> All { get; } = ReadAll();

    /// <summary>Relative to src/Maddness, with slashes.</summary>
    internal string Path { get; }

    /// <summary>The first folder; empty for the public root.</summary>
    internal string Folder { get; }

    internal string Text { get; }

    /// <summary>The text without comments.</summary>
    internal string Code { get; }

    internal int Lines => Text.TrimEnd('\n').Count(c => c == '\n') + 1;

    /// <summary>The folders whose names stand in the code, imported or as a qualifier.</summary>
    internal IEnumerable<string> UsedFolders() => Folders.Where(folder => folder != Folder && Regex.IsMatch(
        Code, $@"\busing (static |\w+ = )?Maddness\.{folder}\b|(?<!namespace )(?<!using )\b(Maddness\.)?{folder}\.[A-Z]\w*"));

    /// <summary>Whether a name stands in the code as a word.</summary>
    internal bool Mentions(string name) => Regex.IsMatch(Code, $@"\b{name}\b");

    private static SourceFile[] ReadAll()
    {
        string library = System.IO.Path.Combine(Root, "src", "Maddness");
        return
        [
            .. Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories)
                .Select(file => (Name: System.IO.Path.GetRelativePath(library, file).Replace('\\', '/'), File: file))
                .Where(f => !f.Name.StartsWith("obj/", StringComparison.Ordinal) && !f.Name.StartsWith("bin/", StringComparison.Ordinal))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .Select(f => new SourceFile(f.Name, File.ReadAllText(f.File).ReplaceLineEndings("\n"))),
        ];
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Maddness.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Maddness.sln: these tests read the sources.");
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex CommentPattern();
}
