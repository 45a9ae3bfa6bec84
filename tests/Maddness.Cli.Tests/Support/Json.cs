using System.Text.Json;

namespace Maddness.Cli.Tests.Support;

/// <summary>The contract of the JSON output.</summary>
internal static class Json
{
    /// <summary>What every evaluation and candidate has.</summary>
    internal static readonly string[] EvaluationNames =
    [
        "rows", "inputs", "outputs", "codebooks", "leaves", "normalizedMeanSquaredError", "rootMeanSquaredError", "maxAbsoluteError", "meanCosineSimilarity", "top1Agreement", "top1Exact",
        "top1Approximate", "nanosecondsPerRowExact", "nanosecondsPerRowApproximate", "speedupOverExact", "kernel", "modelBytes", "objective", "meanOutputError",
    ];

    /// <summary>One object, and nothing else.</summary>
    internal static JsonElement Parse(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        document.RootElement.ValueKind.Should().Be(JsonValueKind.Object);
        return document.RootElement.Clone();
    }

    /// <summary>Checks types and what must hold between values.</summary>
    internal static void ShouldBeEvaluation(JsonElement json, bool hasLabels)
    {
        foreach (string name in (string[])["rows", "inputs", "outputs", "codebooks", "leaves", "modelBytes"])
        {
            json.GetProperty(name).GetInt64().Should().BePositive(name);
        }

        foreach (string name in (string[])["normalizedMeanSquaredError", "rootMeanSquaredError", "maxAbsoluteError", "meanCosineSimilarity", "meanOutputError"])
        {
            json.GetProperty(name).ValueKind.Should().Be(JsonValueKind.Number, name);
        }

        json.GetProperty("top1Agreement").GetDouble().Should().BeInRange(0, 1);
        foreach (string name in (string[])["top1Exact", "top1Approximate"])
        {
            json.GetProperty(name).ValueKind.Should().Be(hasLabels ? JsonValueKind.Number : JsonValueKind.Null, name);
        }

        double exact = json.GetProperty("nanosecondsPerRowExact").GetDouble(), approximate = json.GetProperty("nanosecondsPerRowApproximate").GetDouble();
        exact.Should().BePositive();
        approximate.Should().BePositive();
        json.GetProperty("speedupOverExact").GetDouble().Should().BeApproximately(exact / approximate, 1e-9);
        KernelSelection.Available.Select(KernelSelection.NameOf).Should().Contain(json.GetProperty("kernel").GetString());
        json.GetProperty("objective").GetString().Should().BeOneOf("output", "reconstruction");
    }
}
