using Maddness.Common;
using Maddness.Model;

namespace Maddness.Tests.Support;

/// <summary>Trees and tables of random contents: kernels must agree on any, learned or not.</summary>
internal static class RandomModel
{
    internal static HashTrees Trees(Random random, int inputs, int codebooks, int levels, ElementType type = ElementType.Float32)
    {
        int leaves = 1 << levels;
        int[] columns = new int[codebooks * levels];
        float[] thresholds = new float[codebooks * leaves];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = random.Next(inputs);
        }

        for (int i = 0; i < thresholds.Length; i++)
        {
            thresholds[i] = i % leaves == 0 ? 0 : Value(random, type);
        }

        return new HashTrees(type, inputs, codebooks, levels, columns, thresholds);
    }

    internal static LookupTables Tables(Random random, int codebooks, int levels, int outputs, bool bias = true, bool full = false)
    {
        byte[] entries = new byte[codebooks * outputs << levels];
        if (full)
        {
            entries.AsSpan().Fill(255);
        }
        else
        {
            random.NextBytes(entries);
        }

        return new LookupTables(
            codebooks,
            1 << levels,
            outputs,
            entries,
            Floats(random, outputs, 0.01f, 1f),
            Floats(random, outputs, -20f, 20f),
            bias ? Floats(random, outputs, -3f, 3f) : null);
    }

    /// <summary>Tables whose entries sum to at most 255 in fours, and do so wherever four codes are 0.</summary>
    internal static LookupTables TablesOfFours(Random random, int codebooks, int levels, int outputs, bool bias = true)
    {
        LookupTables tables = Tables(random, codebooks, levels, outputs, bias);
        byte[] entries = tables.Entries;
        int leaves = 1 << levels;
        for (int output = 0; output < outputs; output++)
        {
            int left = 255;
            for (int codebook = 0; codebook < codebooks / 4 * 4; codebook++)
            {
                int largest = codebook % 4 == 3 ? left : random.Next(left + 1);
                left = codebook % 4 == 3 ? 255 : left - largest;
                Span<byte> table = entries.AsSpan(((output * codebooks) + codebook) * leaves, leaves);
                for (int leaf = 0; leaf < leaves; leaf++)
                {
                    table[leaf] = leaf == 0 ? (byte)largest : (byte)(table[leaf] % (largest + 1));
                }
            }
        }

        return new LookupTables(codebooks, leaves, outputs, entries, tables.Scales, tables.Offsets, tables.Bias);
    }

    internal static float[] Floats(Random random, int count, float low, float high)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = low + ((high - low) * random.NextSingle());
        }

        return values;
    }

    /// <summary>Values with many ties against thresholds drawn alike, so that the strict comparison is tested.</summary>
    internal static float Value(Random random, ElementType type) => type switch
    {
        ElementType.Float32 => random.Next(8) switch
        {
            0 => float.PositiveInfinity,
            1 => 0,
            _ => random.Next(-8, 8) / 4f,
        },
        ElementType.Int16 => random.Next(10) == 0 ? short.MaxValue : random.Next(-4, 4) * 1000,
        ElementType.Int8 => random.Next(10) == 0 ? sbyte.MaxValue : random.Next(-4, 4) * 30,
        _ => random.Next(10) == 0 ? byte.MaxValue : random.Next(8) * 30,
    };

    internal static T[] Inputs<T>(Random random, int count)
        where T : unmanaged
    {
        ElementType type = ElementTypes.Of<T>();
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
        {
            float value = Value(random, type);
            if (typeof(T) == typeof(float) && random.Next(20) == 0)
            {
                value = random.Next(3) switch { 0 => float.NaN, 1 => float.NegativeInfinity, _ => -0.0f };
            }

            values[i] = typeof(T) == typeof(float) ? (T)(object)value
                : typeof(T) == typeof(short) ? (T)(object)(short)value
                : typeof(T) == typeof(sbyte) ? (T)(object)(sbyte)value
                : (T)(object)(byte)value;
        }

        return values;
    }
}
