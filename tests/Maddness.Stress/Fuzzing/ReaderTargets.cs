namespace Maddness.Stress.Fuzzing;

/// <summary>The readers that are attacked.</summary>
public static class ReaderTargets
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IReaderTarget> All { get; } = [new ModelTarget(), new MatmulTarget(), new EncodedTarget(), new NpyTarget(), new SafetensorsTarget(), new OnnxTarget()];

    /// <summary>The one of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IReaderTarget Find(string name) =>
        All.FirstOrDefault(target => target.Name == name)
        ?? throw new ArgumentException($"'{name}' is no target; expected {string.Join(", ", All.Select(target => target.Name))}.", nameof(name));
}
