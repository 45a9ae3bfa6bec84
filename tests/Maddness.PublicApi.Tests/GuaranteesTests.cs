using System.Text.RegularExpressions;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>docs/guarantees.md names tests that exist.</summary>
public partial class GuaranteesTests
{
    [Fact]
    public void Every_named_test_exists()
    {
        string[] tests = Tests();
        tests.Should().OnlyHaveUniqueItems("a name must mean one test, whatever the project").And.HaveCountGreaterThan(200).And.Contain($"{nameof(GuaranteesTests)}.{nameof(Every_named_test_exists)}");
        string[] named = [.. NamePattern().Matches(Repository.Text("docs/guarantees.md")).Select(match => match.Groups["name"].Value)];
        named.Should().HaveCountGreaterThan(80);
        named.Except(tests).Should().BeEmpty("the page must name tests that run");
    }

    [Fact]
    public void Every_promise_names_a_test()
    {
        // Tables of promises are those whose second column is "tests".
        string[] rows = [.. TablePattern().Matches(Repository.Text("docs/guarantees.md")).SelectMany(table => table.Groups["rows"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        rows.Should().HaveCountGreaterThan(30);
        rows.Where(row => !NamePattern().IsMatch(row)).Should().BeEmpty();
    }

    /// <summary>Class.Method of each test of every project in tests: methods right below an attribute of a fact or theory.</summary>
    private static string[] Tests() =>
    [
        .. Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(path => TestPattern().Matches(File.ReadAllText(path).ReplaceLineEndings("\n")).Select(match => $"{Path.GetFileNameWithoutExtension(path)}.{match.Groups["method"].Value}")),
    ];

    [GeneratedRegex(@"`(?<name>[A-Z]\w*Tests\.[A-Z]\w*)`")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^\|[^|\n]*\| tests \|\n\|---\|---\|\n(?<rows>(\|[^\n]*\n)*)", RegexOptions.Multiline)]
    private static partial Regex TablePattern();

    [GeneratedRegex(@"^    \[\w*(Fact|Theory)\b[^\n]*\]\n(    \[[^\n]*\]\n)*    public void (?<method>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestPattern();
}
