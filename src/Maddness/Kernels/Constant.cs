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

/// <summary>How wide a panel is: known to the compiler, like <see cref="IConstant"/>.</summary>
internal interface IPanelWidth
{
    /// <summary>Whether a panel has all its columns; else it has half of them, or a quarter.</summary>
    static abstract bool IsWide { get; }

    /// <summary>Whether it has a quarter of its columns: only panels of 32 are ever so narrow.</summary>
    static abstract bool IsQuarter { get; }
}

/// <summary>The widths of panels.</summary>
internal static class PanelWidth
{
    internal readonly struct Wide : IPanelWidth
    {
        public static bool IsWide => true;

        public static bool IsQuarter => false;
    }

    internal readonly struct Half : IPanelWidth
    {
        public static bool IsWide => false;

        public static bool IsQuarter => false;
    }

    internal readonly struct Quarter : IPanelWidth
    {
        public static bool IsWide => false;

        public static bool IsQuarter => true;
    }
}
