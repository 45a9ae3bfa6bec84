using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Tests.Child;

/// <summary>What the runtime itself says that it supports: the proof that a switch took, which the library's own list could not give.</summary>
public static class Instructions
{
    /// <summary>The names of all supported instruction sets among those that kernels or the runtime's switches speak of.</summary>
    public static IReadOnlyList<string> Supported { get; } = [.. All().Where(set => set.IsSupported).Select(set => set.Name)];

    private static (string Name, bool IsSupported)[] All() =>
    [
        ("sse2", Sse2.IsSupported),
        ("sse42", Sse42.IsSupported),
        ("avx2", Avx2.IsSupported),
        ("avx512", Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512CD.IsSupported && Avx512F.VL.IsSupported),
        ("avx512vbmi", Avx512Vbmi.IsSupported),
        ("neon", AdvSimd.IsSupported),
        ("vector128", Vector128.IsHardwareAccelerated),
    ];
}
