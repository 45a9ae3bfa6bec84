using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Kernels;

namespace Maddness.Tests.Support;

/// <summary>vpermb from instructions of AVX-512BW.</summary>
internal readonly struct EmulatedPermutation : IBytePermutation
{
    public static bool IsSupported => Avx512BW.IsSupported;

    public static Vector512<byte> Permute(Vector512<byte> table, Vector512<byte> indices) =>
        Within(table.GetLower().GetLower(), indices, 0)
        | Within(table.GetLower().GetUpper(), indices, 0x10)
        | Within(table.GetUpper().GetLower(), indices, 0x20)
        | Within(table.GetUpper().GetUpper(), indices, 0x30);

    /// <summary>Looks up in a quarter of the table; zeros where an index is in another quarter.</summary>
    private static Vector512<byte> Within(Vector128<byte> quarter, Vector512<byte> indices, byte start)
    {
        Vector256<byte> two = Vector256.Create(quarter, quarter);
        Vector512<byte> entries = Avx512BW.Shuffle(Vector512.Create(two, two), indices & Vector512.Create((byte)0x0F));
        return entries & Vector512.Equals(indices & Vector512.Create((byte)0x30), Vector512.Create(start));
    }
}
