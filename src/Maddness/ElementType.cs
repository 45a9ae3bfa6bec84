namespace Maddness;

/// <summary>The type of the values that a model's hash trees compare: the element type of A.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point (<see cref="float"/>).</summary>
    Float32 = 0,

    /// <summary>16-bit signed integer (<see cref="short"/>).</summary>
    Int16 = 1,

    /// <summary>8-bit signed integer (<see cref="sbyte"/>).</summary>
    Int8 = 2,

    /// <summary>8-bit unsigned integer (<see cref="byte"/>).</summary>
    UInt8 = 3,
}
