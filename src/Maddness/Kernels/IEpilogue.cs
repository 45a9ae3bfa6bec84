namespace Maddness.Kernels;

/// <summary>What is done to whole tiles of outputs on their way to memory, after their scale and offset: an operation less for each step that is left out. Other outputs take all steps, none of which changes a bit where there is no bias or no floor.</summary>
internal interface IEpilogue
{
    /// <summary>Whether <see cref="OutputTile.Bias"/> is added.</summary>
    static abstract bool AddsBias { get; }

    /// <summary>Whether what is below <see cref="OutputTile.Floor"/> becomes it, after the bias.</summary>
    static abstract bool HasFloor { get; }
}

/// <summary>Nothing.</summary>
internal readonly struct NoEpilogue : IEpilogue
{
    public static bool AddsBias => false;

    public static bool HasFloor => false;
}

/// <summary>The bias.</summary>
internal readonly struct BiasEpilogue : IEpilogue
{
    public static bool AddsBias => true;

    public static bool HasFloor => false;
}

/// <summary>The bias, be it −0, then the floor, be it −∞.</summary>
internal readonly struct FullEpilogue : IEpilogue
{
    public static bool AddsBias => true;

    public static bool HasFloor => true;
}
