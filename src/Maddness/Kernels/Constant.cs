namespace Maddness.Kernels;

/// <summary>A number known to the compiler: a tile of that many rows, or a tree of that many levels, drops the code of the others.</summary>
internal interface IConstant
{
    static abstract int Value { get; }
}

/// <summary>Heights of tiles and depths of trees.</summary>
internal static class Constant
{
    internal readonly struct One : IConstant
    {
        public static int Value => 1;
    }

    internal readonly struct Two : IConstant
    {
        public static int Value => 2;
    }

    internal readonly struct Three : IConstant
    {
        public static int Value => 3;
    }

    internal readonly struct Four : IConstant
    {
        public static int Value => 4;
    }

    internal readonly struct Five : IConstant
    {
        public static int Value => 5;
    }

    internal readonly struct Six : IConstant
    {
        public static int Value => 6;
    }

    internal readonly struct Seven : IConstant
    {
        public static int Value => 7;
    }

    internal readonly struct Eight : IConstant
    {
        public static int Value => 8;
    }

    internal readonly struct Nine : IConstant
    {
        public static int Value => 9;
    }

    internal readonly struct Ten : IConstant
    {
        public static int Value => 10;
    }

    internal readonly struct Eleven : IConstant
    {
        public static int Value => 11;
    }

    internal readonly struct Twelve : IConstant
    {
        public static int Value => 12;
    }
}

/// <summary>Whether a panel is wide: known to the compiler, like <see cref="IConstant"/>.</summary>
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
