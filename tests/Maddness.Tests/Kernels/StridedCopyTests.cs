using Maddness.Kernels;
using Maddness.Tests.Support;

namespace Maddness.Tests.Kernels;

/// <summary>Every element arrives, and nothing else is read or written.</summary>
public unsafe class StridedCopyTests
{
    [GuardedFact]
    public void All_shapes_and_strides_are_copied()
    {
        foreach (int rows in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64])
        {
            foreach (int columns in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64])
            {
                (int, int)[] strides = [(columns, 1), (columns + 3, 1), (1, rows), (1, rows + 3), ((2 * columns) + 1, 2), (2, (2 * rows) + 1)];
                foreach ((int toRow, int toColumn) in strides)
                {
                    // From and to what is row-major: the rows of scratch may be longer.
                    Check(rows, columns, columns + 2, 1, toRow, toColumn);
                    Check(rows, columns, toRow, toColumn, columns + 2, 1);
                }
            }
        }
    }

    private static void Check(int rows, int columns, int fromRow, int fromColumn, int toRow, int toColumn)
    {
        foreach (bool trailing in (bool[])[true, false])
        {
            using GuardedMemory<float> from = GuardedMemory<float>.Of(((rows - 1) * fromRow) + ((columns - 1) * fromColumn) + 1, trailing);
            using GuardedMemory<float> to = GuardedMemory<float>.Of(((rows - 1) * toRow) + ((columns - 1) * toColumn) + 1, trailing);
            float[] expected = new float[to.Length];
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    float value = 1 + (row * columns) + column;
                    from.Span[(row * fromRow) + (column * fromColumn)] = expected[(row * toRow) + (column * toColumn)] = value;
                }
            }

            StridedCopy.Run(from.Pointer, fromRow, fromColumn, to.Pointer, toRow, toColumn, rows, columns);
            to.Span.SequenceEqual(expected).Should().BeTrue("{0} × {1}, strides {2} and {3} to {4} and {5}", rows, columns, fromRow, fromColumn, toRow, toColumn);
        }
    }
}
