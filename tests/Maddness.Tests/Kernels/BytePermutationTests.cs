using System.Runtime.Intrinsics;
using Maddness.Kernels;
using Maddness.Tests.Processes;
using Maddness.Tests.Support;

namespace Maddness.Tests.Kernels;

/// <summary>What stands in for the byte permutation where the CPU has none, so that the kernel that needs it is tested there, too.</summary>
public class BytePermutationTests
{
    [NeedsFact("avx512")]
    public void The_emulated_permutation_looks_up_by_the_low_six_bits() => Check<EmulatedPermutation>();

    [NeedsFact("avx512vbmi")]
    public void The_instruction_looks_up_by_the_low_six_bits() => Check<VbmiPermutation>();

    private static void Check<TPermutation>()
        where TPermutation : struct, IBytePermutation
    {
        Random random = new(1);
        byte[] table = new byte[64], indices = new byte[64];
        for (int repetition = 0; repetition < 100; repetition++)
        {
            random.NextBytes(table);
            random.NextBytes(indices);
            byte[] result = new byte[64];
            TPermutation.Permute(Vector512.Create(table), Vector512.Create(indices)).CopyTo(result);
            result.Should().Equal(Array.ConvertAll(indices, index => table[index & 63]));
        }
    }
}
