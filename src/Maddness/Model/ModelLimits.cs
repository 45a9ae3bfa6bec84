namespace Maddness.Model;

/// <summary>The sizes that options and files may ask for.</summary>
internal static class ModelLimits
{
    internal const int MaxCodebooks = 1024;

    /// <summary>Levels of a tree: 16, 32 or 64 leaves.</summary>
    internal const int MinLevels = 4;

    internal const int MaxLevels = 6;
}
