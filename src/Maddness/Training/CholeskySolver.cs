using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;
using static System.FormattableString;

namespace Maddness.Training;

/// <summary>
/// Solves M·X = R for a symmetric positive definite M of an order that is a multiple of 16, in double. M = L·Lᵀ is factored block column by block column, left-looking, in place.
/// Multiplications and additions stay apart and every sum has one order, so the bits do not depend on the CPU or the threads.
/// </summary>
internal sealed class CholeskySolver
{
    /// <summary>Rows and columns of a block.</summary>
    internal const int Block = 16;

    private readonly double[][] _rows;

    private CholeskySolver(double[][] rows) => _rows = rows;

    /// <summary>Factors the matrix, whose lower triangle (see <see cref="GramMatrix"/>) is overwritten.</summary>
    /// <exception cref="ArgumentException">The matrix is not positive definite to working precision.</exception>
    [MethodImpl(Compiled.Once)]
    internal static CholeskySolver Factor(double[][] matrix, TrainingScope scope)
    {
        for (int start = 0; start < matrix.Length; start += Block)
        {
            scope.Cancellation.ThrowIfCancellationRequested();
            SubtractProducts(matrix, start, start);
            FactorDiagonal(matrix, start);
            int below = start + Block;
            scope.Parallel((matrix.Length - below) / Block, [MethodImpl(Compiled.Once)] (i) =>
            {
                SubtractProducts(matrix, below + (i * Block), below - Block);
                SolveAgainstDiagonal(matrix, below + (i * Block), below - Block);
            });
        }

        return new CholeskySolver(matrix);
    }

    /// <summary>Replaces 32 right-hand sides, row-major, by their solutions.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Solve(double[] sides)
    {
        Debug.Assert(sides.Length == _rows.Length * ResidualSource.Stride, "A row of sides for each row of L.");
        ref double first = ref MemoryMarshal.GetArrayDataReference(sides);
        for (int r = 0; r < _rows.Length; r++)
        {
            double[] row = _rows[r];
            ref double own = ref Unsafe.Add(ref first, r * ResidualSource.Stride);
            Vector512<double> s0 = Vector512.LoadUnsafe(ref own);
            Vector512<double> s1 = Vector512.LoadUnsafe(ref own, 8);
            Vector512<double> s2 = Vector512.LoadUnsafe(ref own, 16);
            Vector512<double> s3 = Vector512.LoadUnsafe(ref own, 24);
            for (int k = 0; k < r; k++)
            {
                Vector512<double> factor = Vector512.Create(row[k]);
                ref double other = ref Unsafe.Add(ref first, k * ResidualSource.Stride);
                s0 -= factor * Vector512.LoadUnsafe(ref other);
                s1 -= factor * Vector512.LoadUnsafe(ref other, 8);
                s2 -= factor * Vector512.LoadUnsafe(ref other, 16);
                s3 -= factor * Vector512.LoadUnsafe(ref other, 24);
            }

            Vector512<double> pivot = Vector512.Create(row[r]);
            (s0 / pivot).StoreUnsafe(ref own);
            (s1 / pivot).StoreUnsafe(ref own, 8);
            (s2 / pivot).StoreUnsafe(ref own, 16);
            (s3 / pivot).StoreUnsafe(ref own, 24);
        }

        // Lᵀ is used by rows of L: each solved row is taken from all above it.
        for (int r = _rows.Length - 1; r >= 0; r--)
        {
            double[] row = _rows[r];
            ref double own = ref Unsafe.Add(ref first, r * ResidualSource.Stride);
            Vector512<double> pivot = Vector512.Create(row[r]);
            Vector512<double> s0 = Vector512.LoadUnsafe(ref own) / pivot;
            Vector512<double> s1 = Vector512.LoadUnsafe(ref own, 8) / pivot;
            Vector512<double> s2 = Vector512.LoadUnsafe(ref own, 16) / pivot;
            Vector512<double> s3 = Vector512.LoadUnsafe(ref own, 24) / pivot;
            s0.StoreUnsafe(ref own);
            s1.StoreUnsafe(ref own, 8);
            s2.StoreUnsafe(ref own, 16);
            s3.StoreUnsafe(ref own, 24);
            for (int k = 0; k < r; k++)
            {
                Vector512<double> factor = Vector512.Create(row[k]);
                ref double other = ref Unsafe.Add(ref first, k * ResidualSource.Stride);
                (Vector512.LoadUnsafe(ref other) - (factor * s0)).StoreUnsafe(ref other);
                (Vector512.LoadUnsafe(ref other, 8) - (factor * s1)).StoreUnsafe(ref other, 8);
                (Vector512.LoadUnsafe(ref other, 16) - (factor * s2)).StoreUnsafe(ref other, 16);
                (Vector512.LoadUnsafe(ref other, 24) - (factor * s3)).StoreUnsafe(ref other, 24);
            }
        }
    }

    /// <summary>Block (row, column) −= L[row, ..column] · L[column, ..column]ᵀ, four by four elements at a time.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SubtractProducts(double[][] matrix, int row, int column)
    {
        for (int r = row; r < row + Block; r += 4)
        {
            for (int s = column; s < column + Block; s += 4)
            {
                SubtractDots(matrix, r, s, column);
            }
        }
    }

    /// <summary>The same of four by four elements. The first <paramref name="length"/> elements of each row, whole blocks, lie left of them.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SubtractDots(double[][] matrix, int r, int s, int length)
    {
        ref double b0 = ref MemoryMarshal.GetArrayDataReference(matrix[s]);
        ref double b1 = ref MemoryMarshal.GetArrayDataReference(matrix[s + 1]);
        ref double b2 = ref MemoryMarshal.GetArrayDataReference(matrix[s + 2]);
        ref double b3 = ref MemoryMarshal.GetArrayDataReference(matrix[s + 3]);
        for (int i = 0; i < 4; i += 2)
        {
            ref double a0 = ref MemoryMarshal.GetArrayDataReference(matrix[r + i]);
            ref double a1 = ref MemoryMarshal.GetArrayDataReference(matrix[r + i + 1]);
            Vector512<double> s00 = default, s01 = default, s02 = default, s03 = default;
            Vector512<double> s10 = default, s11 = default, s12 = default, s13 = default;
            for (nuint k = 0; k < (nuint)length; k += RangeBlock.Lanes)
            {
                Vector512<double> x0 = Vector512.LoadUnsafe(ref a0, k);
                Vector512<double> x1 = Vector512.LoadUnsafe(ref a1, k);
                Vector512<double> y = Vector512.LoadUnsafe(ref b0, k);
                s00 += x0 * y;
                s10 += x1 * y;
                y = Vector512.LoadUnsafe(ref b1, k);
                s01 += x0 * y;
                s11 += x1 * y;
                y = Vector512.LoadUnsafe(ref b2, k);
                s02 += x0 * y;
                s12 += x1 * y;
                y = Vector512.LoadUnsafe(ref b3, k);
                s03 += x0 * y;
                s13 += x1 * y;
            }

            Subtract(ref Unsafe.Add(ref a0, s), s00, s01, s02, s03);
            Subtract(ref Unsafe.Add(ref a1, s), s10, s11, s12, s13);
        }
    }

    private static void Subtract(ref double first, Vector512<double> s0, Vector512<double> s1, Vector512<double> s2, Vector512<double> s3)
    {
        first -= VectorSums.Sum(s0);
        Unsafe.Add(ref first, 1) -= VectorSums.Sum(s1);
        Unsafe.Add(ref first, 2) -= VectorSums.Sum(s2);
        Unsafe.Add(ref first, 3) -= VectorSums.Sum(s3);
    }

    [MethodImpl(Compiled.Once)]
    private static void FactorDiagonal(double[][] matrix, int start)
    {
        for (int r = start; r < start + Block; r++)
        {
            double[] row = matrix[r];
            SolveRow(matrix, row, start, r);
            double square = row[r];
            for (int k = start; k < r; k++)
            {
                square -= row[k] * row[k];
            }

            if (!(square > 0))
            {
                throw new ArgumentException(
                    Invariant($"The regression of the tables cannot be solved in double precision: row {r} of its matrix leaves {square} on the diagonal; expected a number above 0. ")
                    + $"Set a larger {nameof(TrainingOptions)}.{nameof(TrainingOptions.RidgeStrength)}.");
            }

            row[r] = Math.Sqrt(square);
        }
    }

    [MethodImpl(Compiled.Once)]
    private static void SolveAgainstDiagonal(double[][] matrix, int start, int column)
    {
        for (int r = start; r < start + Block; r++)
        {
            SolveRow(matrix, matrix[r], column, column + Block);
        }
    }

    /// <summary>Elements [start, end) of a row of L, from the rows of the diagonal block.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SolveRow(double[][] matrix, double[] row, int start, int end)
    {
        for (int s = start; s < end; s++)
        {
            double[] diagonal = matrix[s];
            double value = row[s];
            for (int k = start; k < s; k++)
            {
                value -= row[k] * diagonal[k];
            }

            row[s] = value / diagonal[s];
        }
    }
}
