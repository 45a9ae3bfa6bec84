using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Solves (GᵀG + Λ)·X = R for 32 columns without the matrix, by conjugate gradients preconditioned with its diagonal. A product with GᵀG is one pass over the codes: the sum of
/// a row's leaves, added to the sums of those leaves. Memory is that of the codes and a few vectors, whatever K·C. Block coordinate descent over codebooks, with the same cost per
/// pass, needed some 300 passes where this needs 40.
/// </summary>
internal sealed class ConjugateGradient
{
    /// <summary>
    /// A column is solved when its residual has fallen to this part of the right-hand side, both scaled by the diagonal; beyond that, errors on
    /// held-out rows change by less than one in a hundred.
    /// </summary>
    internal const double Tolerance = 5e-3;

    /// <summary>Iterations at most.</summary>
    internal const int MaxIterations = 200;

    private const int Stride = ResidualSource.Stride;

    private readonly LearnedTrees _trees;
    private readonly byte[][] _codes;
    private readonly TreePenalty _penalty;
    private readonly double[] _solution;
    private readonly double[] _residual;
    private readonly double[] _direction;
    private readonly double[] _image;
    private readonly double[] _squares = new double[Stride];

    private ConjugateGradient(LearnedTrees trees, TreePenalty penalty, double[] sides)
    {
        _trees = trees;
        _codes = trees.Codes;
        _penalty = penalty;
        _solution = new double[sides.Length];
        _residual = sides;
        _direction = new double[sides.Length];
        _image = new double[sides.Length];
    }

    /// <param name="trees">Codes and counts of the training rows.</param>
    /// <param name="penalty">Λ.</param>
    /// <param name="sides">R, [c·K + k] with <see cref="ResidualSource.Stride"/> values each; overwritten.</param>
    /// <param name="tolerance">See <see cref="Tolerance"/>.</param>
    /// <param name="maxIterations">See <see cref="MaxIterations"/>.</param>
    /// <param name="cancellation">Looked at between iterations.</param>
    /// <returns>X.</returns>
    internal static double[] Solve(LearnedTrees trees, TreePenalty penalty, double[] sides, double tolerance, int maxIterations, CancellationToken cancellation) =>
        new ConjugateGradient(trees, penalty, sides).Solve(tolerance, maxIterations, cancellation);

    [MethodImpl(Compiled.Once)]
    private double[] Solve(double tolerance, int maxIterations, CancellationToken cancellation)
    {
        Span<double> next = stackalloc double[Stride];
        Span<double> limits = stackalloc double[Stride];
        Span<double> factors = stackalloc double[Stride];
        factors.Clear();
        ScaledSquares(_squares);
        Turn(factors);
        for (int j = 0; j < Stride; j++)
        {
            limits[j] = tolerance * tolerance * _squares[j];
        }

        for (int i = 0; i < maxIterations && AnyAbove(_squares, limits); i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Apply();
            Curvatures(factors);
            for (int j = 0; j < Stride; j++)
            {
                // A solved column stands still, and so does one of zeros.
                factors[j] = _squares[j] > limits[j] ? _squares[j] / factors[j] : 0;
            }

            Step(factors);
            ScaledSquares(next);
            for (int j = 0; j < Stride; j++)
            {
                factors[j] = _squares[j] > limits[j] ? next[j] / _squares[j] : 0;
                _squares[j] = next[j];
            }

            Turn(factors);
        }

        return _solution;
    }

    [MethodImpl(Compiled.Once)]
    private static bool AnyAbove(ReadOnlySpan<double> values, ReadOnlySpan<double> limits)
    {
        for (int j = 0; j < values.Length; j++)
        {
            if (values[j] > limits[j])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>image = (GᵀG + Λ)·direction.</summary>
    [MethodImpl(Compiled.Once)]
    private void Apply()
    {
        ref double direction = ref MemoryMarshal.GetArrayDataReference(_direction);
        ref double image = ref MemoryMarshal.GetArrayDataReference(_image);
        int size = _trees.Leaves * Stride;
        Array.Clear(_image);

        // Both have a row of Stride values for each leaf of each codebook; codes are below K.
        for (int i = 0; i < _image.Length; i += Stride)
        {
            (int c, int k) = Math.DivRem(i / Stride, _trees.Leaves);
            for (int l = 0; l < _trees.Leaves; l++)
            {
                VectorSums.AddScaled(_image.AsSpan(i, Stride), _penalty[k, l], _direction.AsSpan((c * size) + (l * Stride), Stride));
            }
        }

        int rows = _codes[0].Length;
        for (int n = 0; n < rows; n++)
        {
            Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int c = 0; c < _codes.Length; c++)
            {
                ref double leaf = ref Unsafe.Add(ref direction, (c * size) + (_codes[c][n] * Stride));
                s0 += Vector512.LoadUnsafe(ref leaf);
                s1 += Vector512.LoadUnsafe(ref leaf, 8);
                s2 += Vector512.LoadUnsafe(ref leaf, 16);
                s3 += Vector512.LoadUnsafe(ref leaf, 24);
            }

            for (int c = 0; c < _codes.Length; c++)
            {
                ref double leaf = ref Unsafe.Add(ref image, (c * size) + (_codes[c][n] * Stride));
                (Vector512.LoadUnsafe(ref leaf) + s0).StoreUnsafe(ref leaf);
                (Vector512.LoadUnsafe(ref leaf, 8) + s1).StoreUnsafe(ref leaf, 8);
                (Vector512.LoadUnsafe(ref leaf, 16) + s2).StoreUnsafe(ref leaf, 16);
                (Vector512.LoadUnsafe(ref leaf, 24) + s3).StoreUnsafe(ref leaf, 24);
            }
        }
    }

    /// <summary>residualᵀ·diagonal⁻¹·residual of each column.</summary>
    [MethodImpl(Compiled.Once)]
    private void ScaledSquares(Span<double> squares)
    {
        squares.Clear();
        for (int r = 0; r < _trees.Counts.Length; r++)
        {
            double diagonal = _trees.Counts[r] + _penalty[r % _trees.Leaves, r % _trees.Leaves];
            ReadOnlySpan<double> row = _residual.AsSpan(r * Stride, Stride);
            for (int j = 0; j < Stride; j++)
            {
                squares[j] += row[j] * row[j] / diagonal;
            }
        }
    }

    /// <summary>directionᵀ·image of each column.</summary>
    [MethodImpl(Compiled.Once)]
    private void Curvatures(Span<double> curvatures)
    {
        curvatures.Clear();
        for (int i = 0; i < _image.Length; i++)
        {
            curvatures[i % Stride] += _direction[i] * _image[i];
        }
    }

    [MethodImpl(Compiled.Once)]
    private void Step(ReadOnlySpan<double> factors)
    {
        for (int i = 0; i < _image.Length; i++)
        {
            _solution[i] += factors[i % Stride] * _direction[i];
            _residual[i] -= factors[i % Stride] * _image[i];
        }
    }

    /// <summary>direction = diagonal⁻¹·residual + factor·direction.</summary>
    [MethodImpl(Compiled.Once)]
    private void Turn(ReadOnlySpan<double> factors)
    {
        for (int r = 0; r < _trees.Counts.Length; r++)
        {
            double diagonal = _trees.Counts[r] + _penalty[r % _trees.Leaves, r % _trees.Leaves];
            for (int j = 0; j < Stride; j++)
            {
                int i = (r * Stride) + j;
                _direction[i] = (_residual[i] / diagonal) + (factors[j] * _direction[i]);
            }
        }
    }
}
