using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>Unpacked 8-bit tables of which <see cref="CopyTable"/> reads zeros past their ends, so that packers need no special cases.</summary>
internal readonly ref struct TableSource(ReadOnlySpan<byte> entries, int codebooks, int leaves, int outputs)
{
    private readonly ReadOnlySpan<byte> _entries = entries;

    internal int Codebooks { get; } = codebooks;

    internal int Leaves { get; } = leaves;

    internal int Outputs { get; } = outputs;

    /// <summary>Copies the table of one output and codebook to <paramref name="target"/>; zeros where there is none.</summary>
    [MethodImpl(Compiled.Once)]
    internal void CopyTable(int output, int codebook, Span<byte> target)
    {
        if (output >= Outputs || codebook >= Codebooks)
        {
            target[..Leaves].Clear();
            return;
        }

        _entries.Slice(((output * Codebooks) + codebook) * Leaves, Leaves).CopyTo(target);
    }

    /// <summary>Copies the tables of some outputs of 16 leaves, [codebook][output].</summary>
    [MethodImpl(Compiled.Once)]
    internal unsafe void CopyTables(int firstOutput, int outputs, byte* target)
    {
        for (int codebook = 0; codebook < Codebooks; codebook++)
        {
            for (int output = 0; output < outputs; output++)
            {
                CopyTable(firstOutput + output, codebook, new Span<byte>(target, 16));
                target += 16;
            }
        }
    }

    /// <summary>All tables of one output that exists, [codebook][leaf].</summary>
    internal ReadOnlySpan<byte> TablesOf(int output) => _entries.Slice(output * Codebooks * Leaves, Codebooks * Leaves);
}
