using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;
using static System.FormattableString;

namespace Maddness.Model;

/// <summary>The checks of what a model is given. Each refusal names the argument, what it is, and what was expected.</summary>
internal static class InputChecks
{
    /// <summary>Refuses an A of another element type or width than the trees'.</summary>
    internal static void Input<T>(scoped in MatrixView<T> a, HashTrees trees, string name)
        where T : unmanaged
    {
        Elements<T>(trees, name);
        ArgumentChecks.Columns(a, trees.Inputs, name);
    }

    /// <summary>Refuses elements of another type than the trees'.</summary>
    internal static void Elements<T>(HashTrees trees, string name)
        where T : unmanaged
    {
        ElementType type = ElementTypes.Of<T>();
        if (type != trees.ElementType)
        {
            throw new ArgumentException($"'{name}' has elements of type {type}; expected {trees.ElementType}, which the model was trained on.", name);
        }
    }

    /// <summary>Refuses a B of another height, without columns, or with a value that is not finite.</summary>
    internal static void Weights(scoped in MatrixView<float> b, int inputs, string name)
    {
        if (b.Rows != inputs || b.Columns < 1)
        {
            throw new ArgumentException($"'{name}' is {b.Rows} x {b.Columns}; expected {inputs} rows and at least 1 column.", name);
        }

        Finite(b, name);
    }

    /// <summary>Refuses more outputs than tables can be held for, or than B can hold.</summary>
    internal static void TableSize(int inputs, int codebooks, int leaves, int outputs, string name)
    {
        long bytes = ModelLimits.TableBytes(codebooks, leaves, outputs);
        if (bytes > Array.MaxLength)
        {
            throw new ArgumentException(
                $"'{name}' has {outputs} columns, whose tables for {codebooks} codebooks of {leaves} leaves take {bytes} bytes; expected at most {Array.MaxLength}.", name);
        }

        ArgumentChecks.FitsArray(inputs, outputs, name);
    }

    /// <summary>A copy of the bias, null for an empty one; refuses another length and values that are not finite.</summary>
    [MethodImpl(Compiled.Once)]
    internal static float[]? Bias(ReadOnlySpan<float> bias, int outputs, string name)
    {
        if (bias.IsEmpty)
        {
            return null;
        }

        ArgumentChecks.Length(bias, outputs, name);
        for (int i = 0; i < bias.Length; i++)
        {
            if (!float.IsFinite(bias[i]))
            {
                throw new ArgumentException(Invariant($"'{name}' holds {bias[i]} at {i}; expected finite values."), name);
            }
        }

        return bias.ToArray();
    }

    /// <summary>Refuses labels that are not the index of an output.</summary>
    internal static void Labels(ReadOnlySpan<int> labels, int outputs, string name)
    {
        int wrong = labels.IndexOfAnyExceptInRange(0, outputs - 1);
        if (wrong >= 0)
        {
            throw new ArgumentException(Invariant($"'{name}' holds {labels[wrong]} at {wrong}; expected 0 to {outputs - 1}, the index of an output."), name);
        }
    }

    /// <summary>Refuses values that are not finite, naming the first one's row and column.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Finite<T>(scoped in MatrixView<T> matrix, string name)
        where T : unmanaged
    {
        if (typeof(T) != typeof(float))
        {
            return;
        }

        if (matrix.TryGetSpan(out ReadOnlySpan<T> all) && AreFinite(MemoryMarshal.Cast<T, float>(all)))
        {
            return;
        }

        for (int row = 0; row < matrix.Rows; row++)
        {
            if (matrix.ColumnStride == 1 && AreFinite(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, float>(ref matrix[row, 0]), matrix.Columns)))
            {
                continue;
            }

            for (int column = 0; column < matrix.Columns; column++)
            {
                float value = ElementTypes.ToSingle(matrix[row, column]);
                if (!float.IsFinite(value))
                {
                    throw new ArgumentException(Invariant($"'{name}' holds {value} at row {row}, column {column}; expected finite values."), name);
                }
            }
        }
    }

    /// <summary>Whether no exponent is all ones.</summary>
    [MethodImpl(Compiled.Once)]
    internal static bool AreFinite(ReadOnlySpan<float> values)
    {
        const int Exponent = 0x7F80_0000;
        ReadOnlySpan<int> bits = MemoryMarshal.Cast<float, int>(values);
        Vector512<int> largest = Vector512<int>.Zero;
        int i = 0;
        for (; i <= bits.Length - Vector512<int>.Count; i += Vector512<int>.Count)
        {
            largest = Vector512.Max(largest, Vector512.Create(bits.Slice(i, Vector512<int>.Count)) & Vector512.Create(Exponent));
        }

        bool areFinite = !Vector512.EqualsAny(largest, Vector512.Create(Exponent));
        for (; i < bits.Length; i++)
        {
            areFinite &= (bits[i] & Exponent) != Exponent;
        }

        return areFinite;
    }
}
