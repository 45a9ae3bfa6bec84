using System.Text.RegularExpressions;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>
/// The C# of the README is code that runs: each block equals, line by line, a snippet of <see cref="ReadmeSnippets"/>, which is compiled, and whose methods are tests.
/// </summary>
public partial class ReadmeTests
{
    private const string Snippets = "tests/Maddness.PublicApi.Tests/ReadmeSnippets.cs";

    [Fact]
    public void Each_block_of_the_readme_is_a_snippet_that_runs_and_the_reverse()
    {
        string[] blocks = [.. BlockPattern().Matches(Repository.Text("README.md")).Select(m => Unindent(m.Groups["code"].Value))];
        string[] snippets = [.. SnippetPattern().Matches(Repository.Text(Snippets)).Select(m => Unindent(m.Groups["code"].Value))];
        blocks.Should().NotBeEmpty();
        foreach (string block in blocks)
        {
            snippets.Should().Contain(block, "every csharp block of README.md stands between '// snippet' and '// end snippet' in {0}", Snippets);
        }

        foreach (string snippet in snippets)
        {
            blocks.Should().Contain(snippet, "every snippet of {0} is a csharp block of README.md", Snippets);
        }
    }

    [Fact]
    public void All_snippets_are_inside_tests()
    {
        string source = Repository.Text(Snippets);
        int facts = Regex.Count(source, @"^    \[Fact\]$", RegexOptions.Multiline);
        int snippets = SnippetPattern().Count(source);
        facts.Should().Be(snippets, "each test method of {0} holds one snippet", Snippets);
        Regex.Count(source, "snippet$", RegexOptions.Multiline).Should().Be(2 * snippets, "each snippet has a start and an end");
    }

    [Theory]
    [InlineData("    a\n      b\n\n    c\n", "a\n  b\n\nc")]
    [InlineData("a\n  b\n", "a\n  b")]
    public void Blocks_are_compared_without_their_common_indentation(string text, string expected) => Unindent(text).Should().Be(expected);

    private static string Unindent(string text)
    {
        string[] lines = text.TrimEnd().Split('\n');
        int indentation = lines.Where(l => l.Trim().Length > 0).Min(l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l.Trim().Length == 0 ? string.Empty : l[indentation..].TrimEnd()));
    }

    [GeneratedRegex(@"^[ \t]*```(csharp|cs|c#|C#)[^\n]*\n(?<code>.*?)^[ \t]*```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    [GeneratedRegex(@"^[ \t]*// snippet\n(?<code>.*?)^[ \t]*// end snippet$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex SnippetPattern();
}
