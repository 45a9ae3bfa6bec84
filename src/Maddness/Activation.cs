namespace Maddness;

/// <summary>What is applied to the outputs of a product before they are stored.</summary>
public enum Activation
{
    /// <summary>Nothing: the default.</summary>
    None = 0,

    /// <summary>The rectifier: what is below 0 becomes 0.</summary>
    Relu = 1,
}
