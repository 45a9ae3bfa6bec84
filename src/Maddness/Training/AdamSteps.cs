using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Steps of stochastic gradient descent whose lengths do not depend on the gradient's scale: Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1) with β = .9 and .99.</summary>
/// <param name="length">Parameters, a multiple of 16.</param>
internal sealed class AdamSteps(int length)
{
    private const float First = 0.9f;
    private const float Second = 0.99f;

    private readonly float[] _means = new float[length];
    private readonly float[] _squares = new float[length];
    private float _firstPower = 1;
    private float _secondPower = 1;

    /// <summary>One step. A parameter whose gradient was always 0 stands still.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Take(float[] parameters, float[] gradient, float rate)
    {
        Debug.Assert(parameters.Length == _means.Length && gradient.Length == _means.Length && _means.Length % OutputTargets.Lanes == 0, "Whole vectors of all four.");

        // Powers by products: those of the runtime's library differ between systems.
        _firstPower *= First;
        _secondPower *= Second;
        Vector512<float> step = Vector512.Create(rate / (1 - _firstPower));
        Vector512<float> correction = Vector512.Create(1 / (1 - _secondPower));
        ref float x = ref MemoryMarshal.GetArrayDataReference(parameters);
        ref float slope = ref MemoryMarshal.GetArrayDataReference(gradient);
        ref float means = ref MemoryMarshal.GetArrayDataReference(_means);
        ref float squares = ref MemoryMarshal.GetArrayDataReference(_squares);
        for (nuint i = 0; i < (nuint)_means.Length; i += OutputTargets.Lanes)
        {
            Vector512<float> g = Vector512.LoadUnsafe(ref slope, i);
            Vector512<float> mean = Vector512.LoadUnsafe(ref means, i);
            Vector512<float> square = Vector512.LoadUnsafe(ref squares, i);
            mean += Vector512.Create(1 - First) * (g - mean);
            square += Vector512.Create(1 - Second) * ((g * g) - square);
            mean.StoreUnsafe(ref means, i);
            square.StoreUnsafe(ref squares, i);
            Vector512<float> length = Vector512.Sqrt(square * correction) + Vector512.Create(1e-12f);
            (Vector512.LoadUnsafe(ref x, i) - (step * mean / length)).StoreUnsafe(ref x, i);
        }
    }
}
