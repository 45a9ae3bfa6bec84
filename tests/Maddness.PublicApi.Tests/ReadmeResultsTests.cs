using System.Text.RegularExpressions;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>The figures of the README are copied from a measured run, to the letter.</summary>
public partial class ReadmeResultsTests
{
    [Fact]
    public void The_results_of_the_readme_are_those_of_a_measured_run()
    {
        Match results = ResultsPattern().Match(Repository.Text("README.md"));
        results.Success.Should().BeTrue("README.md shows measured results between its markers");
        string[] measured = [.. Directory.GetFiles(Repository.PathOf("benchmarks/results"), "readme-table.md", SearchOption.AllDirectories)
            .Select(f => File.ReadAllText(f).ReplaceLineEndings("\n").Trim())];
        measured.Should().Contain(
            results.Groups["table"].Value.Trim(), "what stands between the markers of README.md is copied from benchmarks/results/<cpu>/readme-table.md");
    }

    [Fact]
    public void The_markers_of_results_come_in_one_pair()
    {
        string readme = Repository.Text("README.md");
        Regex.Count(readme, "<!-- results -->").Should().Be(1);
        Regex.Count(readme, "<!-- /results -->").Should().Be(1);
    }

    [GeneratedRegex("<!-- results -->(?<table>.*?)<!-- /results -->", RegexOptions.Singleline)]
    private static partial Regex ResultsPattern();
}
