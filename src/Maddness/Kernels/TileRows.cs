namespace Maddness.Kernels;

/// <summary>A number known to the compiler, so that a tile of that many rows drops the code of the other rows.</summary>
internal interface ITileRows
{
    static abstract int Count { get; }
}

/// <summary>The heights of tiles.</summary>
internal static class TileRows
{
    internal readonly struct One : ITileRows
    {
        public static int Count => 1;
    }

    internal readonly struct Two : ITileRows
    {
        public static int Count => 2;
    }

    internal readonly struct Three : ITileRows
    {
        public static int Count => 3;
    }

    internal readonly struct Four : ITileRows
    {
        public static int Count => 4;
    }

    internal readonly struct Five : ITileRows
    {
        public static int Count => 5;
    }

    internal readonly struct Six : ITileRows
    {
        public static int Count => 6;
    }

    internal readonly struct Seven : ITileRows
    {
        public static int Count => 7;
    }

    internal readonly struct Eight : ITileRows
    {
        public static int Count => 8;
    }

    internal readonly struct Nine : ITileRows
    {
        public static int Count => 9;
    }

    internal readonly struct Ten : ITileRows
    {
        public static int Count => 10;
    }

    internal readonly struct Eleven : ITileRows
    {
        public static int Count => 11;
    }

    internal readonly struct Twelve : ITileRows
    {
        public static int Count => 12;
    }
}

/// <summary>Whether a panel is wide: known to the compiler, like <see cref="ITileRows"/>.</summary>
internal interface IPanelWidth
{
    static abstract bool IsWide { get; }
}

/// <summary>The widths of panels.</summary>
internal static class PanelWidth
{
    internal readonly struct Wide : IPanelWidth
    {
        public static bool IsWide => true;
    }

    internal readonly struct Narrow : IPanelWidth
    {
        public static bool IsWide => false;
    }
}
