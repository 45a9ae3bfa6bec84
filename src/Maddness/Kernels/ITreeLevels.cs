namespace Maddness.Kernels;

/// <summary>The levels of a tree, known to the compiler: code of levels that it has not is dropped.</summary>
internal interface ITreeLevels
{
    static abstract int Count { get; }
}

/// <summary>The depths of trees.</summary>
internal static class TreeLevels
{
    internal readonly struct Four : ITreeLevels
    {
        public static int Count => 4;
    }

    internal readonly struct Five : ITreeLevels
    {
        public static int Count => 5;
    }

    internal readonly struct Six : ITreeLevels
    {
        public static int Count => 6;
    }
}
