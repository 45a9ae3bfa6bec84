namespace Maddness.Kernels;

/// <summary>Whether outputs get a bias: an addition less where they do not.</summary>
internal interface IBias
{
    static abstract bool IsAdded { get; }
}

internal readonly struct WithBias : IBias
{
    public static bool IsAdded => true;
}

internal readonly struct WithoutBias : IBias
{
    public static bool IsAdded => false;
}
