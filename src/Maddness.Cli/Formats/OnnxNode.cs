namespace Maddness.Cli.Formats;

/// <summary>A node: where its operation and inputs stand, and those of its attributes that matter for weights.</summary>
internal readonly record struct OnnxNode
{
    public OnnxNode()
    {
    }

    /// <summary>The whole node.</summary>
    internal FilePlace Message { get; init; }

    internal FilePlace Name { get; init; }

    internal FilePlace Operation { get; init; }

    internal long InputCount { get; init; }

    /// <summary>The first input: of a step, such as Transpose, what it changes.</summary>
    internal FilePlace First { get; init; }

    /// <summary>The second input: of a product, its weights.</summary>
    internal FilePlace Second { get; init; }

    /// <summary>The third input: of Gemm, what it adds.</summary>
    internal FilePlace Third { get; init; }

    /// <summary>The first output, or null.</summary>
    internal FilePlace? Output { get; init; }

    /// <summary>The tensor of a Constant, or null.</summary>
    internal FilePlace? Value { get; init; }

    /// <summary>The attribute of Transpose that says which dimension goes where, or null.</summary>
    internal FilePlace? Permutation { get; init; }

    /// <summary>The type that Cast makes.</summary>
    internal long To { get; init; }

    internal float Alpha { get; init; } = 1;

    internal float Beta { get; init; } = 1;

    internal long TransA { get; init; }

    internal long TransB { get; init; }

    internal long Group { get; init; } = 1;
}
