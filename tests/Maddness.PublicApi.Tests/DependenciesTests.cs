using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>docs/dependencies.md, which the package carries, lists what the lock files do.</summary>
public class DependenciesTests
{
    private const string Page = "docs/dependencies.md";

    private const string UpdateVariable = "UPDATE_APPROVED";

    [Fact]
    public void The_list_of_dependencies_is_that_of_the_lock_files()
    {
        string actual = Write();
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(Repository.PathOf(Page), actual);
        }

        Repository.Text(Page).Should().Be(actual, "the page follows from packages.lock.json of each project. To rewrite it, run this test with {0}=1", UpdateVariable);
    }

    [Fact]
    public void The_tool_names_each_package_that_it_packs_with_its_licence()
    {
        const string Folder = "src/Maddness.Cli/", Notices = "THIRD-PARTY-NOTICES.md";
        string[] packed = [.. Lines(Folder).Where(line => !line.Contains("while building only", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => $"{cells[1]} {cells[2]}")];
        packed.Should().NotBeEmpty();
        string[] sections = Repository.Text(Folder + Notices).Split("\n## ")[1..];
        sections.Select(s => s[..s.IndexOf('\n', StringComparison.Ordinal)]).Should().BeEquivalentTo(packed, "these are in the package, in these versions");
        sections.Should().OnlyContain(s => s.Contains("\nCopyright ", StringComparison.Ordinal) && s.Contains("AS IS", StringComparison.Ordinal), "each has its licence");
        Repository.Text(Folder + "Maddness.Cli.csproj").Should().Contain($"<None Include=\"{Notices}\" Pack=\"true\"");
    }

    private static string Write()
    {
        StringBuilder page = new("""
            # Dependencies

            Every package that a project restores, directly or not, with the SHA-512 of its content, from the `packages.lock.json` of each; written by a test. The first table is what users of the package get beside .NET.

            """);
        foreach ((string title, string folder) in ((string, string)[])[("The package", "src/Maddness"), ("The tool", "src/Maddness.Cli"), ("Samples", "samples"), ("Tests", "tests"), ("Benchmarks", "benchmarks")])
        {
            page.Append("\n## ").Append(title).Append("\n\n| package | version | SHA-512 |\n|---|---|---|\n");
            foreach (string line in Lines(folder))
            {
                page.Append(line).Append('\n');
            }
        }

        return page.ToString();
    }

    private static IEnumerable<string> Lines(string folder) =>
        Directory.EnumerateFiles(Repository.PathOf(folder), "packages.lock.json", SearchOption.AllDirectories).SelectMany(Packages).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Packages(string lockFile)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(lockFile));
        string project = File.ReadAllText(Directory.EnumerateFiles(Path.GetDirectoryName(lockFile)!, "*.csproj").Single());
        foreach (JsonProperty package in document.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject()))
        {
            // A tool of the SDK comes in the SDK's own version, whichever is installed.
            bool isTool = package.Name == "Microsoft.NET.ILLink.Tasks";
            if (package.Value.GetProperty("type").GetString() == "Project")
            {
                continue;
            }

            string note = isTool || Regex.IsMatch(project, $"Include=\"{Regex.Escape(package.Name)}\"[^>]*PrivateAssets=\"all\"") ? " (while building only)" : string.Empty;
            yield return isTool
                ? $"| {package.Name}{note} | the SDK's | |"
                : $"| {package.Name}{note} | {package.Value.GetProperty("resolved").GetString()} | `{package.Value.GetProperty("contentHash").GetString()}` |";
        }
    }
}
