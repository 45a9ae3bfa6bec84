using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Kernels;

/// <summary>Every kernel equals the scalar one bit for bit, at every tail; the scalar one agrees with independent double-precision code.</summary>
public class KernelEqualityTests
{
    private static readonly int[] RowCounts = [0, 1, 2, 5, 6, 7, 8, 9, 10, 15, 16, 17, 19, 20, 21, 22, 31, 32, 33, 63, 64, 65, 100, 255, 256, 257, 300];

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Products_equal_scalar_at_every_row_tail(KernelLevel kernel)
    {
        Random random = new(1);
        foreach (int rows in RowCounts)
        {
            foreach (int codebooks in (int[])[1, 3, 4])
            {
                Check<float>(kernel, random, rows, 13, codebooks, 4, 4);
                Check<float>(kernel, random, rows, 13, codebooks, 4, 10);
                Check<float>(kernel, random, rows, 13, codebooks, 4, 37);
                Check<float>(kernel, random, rows, 13, codebooks, 4, 100);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Products_equal_scalar_at_every_output_tail(KernelLevel kernel)
    {
        Random random = new(2);
        for (int outputs = 1; outputs <= 136; outputs++)
        {
            Check<float>(kernel, random, 37, 20, 2, 4, outputs);
            Check<float>(kernel, random, 3, 20, 2, 4, outputs);
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Products_equal_scalar_at_every_count_of_codebooks(KernelLevel kernel)
    {
        Random random = new(3);
        foreach (int codebooks in (int[])[1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 64, 127, 128, 129, 255, 256, 257, 258, 259, 513, 1023, 1024])
        {
            Check<float>(kernel, random, 35, 50, codebooks, 4, 12);
            Check<float>(kernel, random, 35, 50, codebooks, 4, 41);
            Check<float>(kernel, random, 35, 50, codebooks, 4, 70);
            Check<float>(kernel, random, 35, 50, codebooks, 4, 119);
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Products_equal_scalar_with_more_leaves(KernelLevel kernel)
    {
        Random random = new(4);
        foreach (int levels in (int[])[5, 6])
        {
            foreach (int rows in (int[])[1, 6, 16, 17, 31, 32, 33, 48, 80, 300])
            {
                foreach (int outputs in (int[])[1, 8, 15, 16, 17, 32, 33, 48, 63, 64, 65, 96, 100, 128, 161])
                {
                    Check<float>(kernel, random, rows, 30, 5, levels, outputs);
                    Check<float>(kernel, random, rows, 30, 6, levels, outputs);
                }
            }

            foreach (int codebooks in (int[])[1, 2, 255, 256, 257, 513])
            {
                foreach (int outputs in (int[])[20, 64, 90])
                {
                    Check<float>(kernel, random, 45, 30, codebooks, levels, outputs);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Products_of_integers_equal_scalar(KernelLevel kernel)
    {
        Random random = new(5);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int rows in RowCounts)
            {
                Check<short>(kernel, random, rows, 11, 3, levels, 9);
                Check<sbyte>(kernel, random, rows, 11, 3, levels, 9);
                Check<byte>(kernel, random, rows, 11, 3, levels, 9);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Full_tables_sum_exactly_at_every_flush(KernelLevel kernel)
    {
        Random random = new(6);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int codebooks in (int[])[128, 129, 256, 257, 258, 1024])
            {
                foreach (int outputs in (int[])[3, 20, 33, 64, 90, 119])
                {
                    HashTrees trees = RandomModel.Trees(random, 8, codebooks, levels);
                    LookupTables tables = RandomModel.Tables(random, codebooks, levels, outputs, full: true);
                    float[] a = RandomModel.Inputs<float>(random, 20 * 8);
                    float[] y = PipelineRunner.Multiply(kernel, trees, tables, a, 20);
                    for (int i = 0; i < y.Length; i++)
                    {
                        int m = i % outputs;
                        float product = 255 * codebooks * tables.Scales[m];
                        float shifted = product + tables.Offsets[m];
                        y[i].Should().Be(shifted + tables.Bias![m], "C = {0}, K = {1}, output {2} of {3}", codebooks, 1 << levels, m, outputs);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Sums_of_four_that_fit_bytes_equal_scalar_ones(KernelLevel kernel)
    {
        Random random = new(16);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int codebooks in (int[])[4, 5, 8, 15, 256, 262])
            {
                foreach (int outputs in (int[])[1, 4, 8, 20, 33, 64, 100])
                {
                    HashTrees trees = RandomModel.Trees(random, 8, codebooks, levels);
                    LookupTables tables = RandomModel.TablesOfFours(random, codebooks, levels, outputs, bias: outputs % 2 == 0);
                    tables.FoursFit.Should().BeTrue("that is what is tested");
                    foreach (int rows in (int[])[1, 5, 16, 39])
                    {
                        float[] a = RandomModel.Inputs<float>(random, rows * 8);
                        float[] y = PipelineRunner.Multiply(kernel, trees, tables, a, rows);
                        Bits.ShouldBe(y, PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows), $"{rows} rows, C = {codebooks}, K = {1 << levels}, {outputs} outputs");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_equal_scalar_and_pad_with_zeros(KernelLevel kernel)
    {
        Random random = new(7);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int rows in RowCounts)
            {
                foreach (int codebooks in (int[])[1, 2, 7, 8])
                {
                    HashTrees trees = RandomModel.Trees(random, 17, codebooks, levels);
                    float[] a = RandomModel.Inputs<float>(random, rows * 17);
                    byte[] packed = PipelineRunner.Encode(kernel, trees, a, rows);
                    Oracle.CheckCodes(packed, trees, rows, (row, column) => a[(row * 17) + column]);
                    PipelineRunner.Encode(kernel, trees, Transpose(a, rows, 17), rows, columnMajor: true).Should().Equal(packed);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_of_rows_of_integers_are_the_oracles(KernelLevel kernel)
    {
        Check<short>(kernel, a => a);
        Check<sbyte>(kernel, a => a);
        Check<byte>(kernel, a => a);

        static void Check<T>(KernelLevel kernel, Func<T, double> value)
            where T : unmanaged
        {
            // Rows shorter than a group, of one, of some, and of so many that trees test single columns.
            Random random = new(18);
            foreach (int inputs in (int[])[7, 8, 15, 16, 33, 128, 700])
            {
                foreach ((int codebooks, int levels) in ((int, int)[])[(1, 4), (9, 5), (20, 4)])
                {
                    HashTrees trees = RandomModel.Trees(random, inputs, codebooks, levels, ElementTypes.Of<T>());
                    foreach (int rows in (int[])[1, 7, 8, 17, 31, 64, 100])
                    {
                        T[] a = RandomModel.Inputs<T>(random, rows * inputs);
                        byte[] packed = PipelineRunner.Encode(kernel, trees, a, rows);
                        Oracle.CheckCodes(packed, trees, rows, (row, column) => value(a[(row * inputs) + column]));
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_of_integer_columns_are_the_oracles(KernelLevel kernel)
    {
        Check<short>(kernel, a => a);
        Check<sbyte>(kernel, a => a);
        Check<byte>(kernel, a => a);

        static void Check<T>(KernelLevel kernel, Func<T, double> value)
            where T : unmanaged
        {
            Random random = new(8);
            foreach (int levels in (int[])[4, 5])
            {
                foreach (int rows in (int[])[.. RowCounts, 577, 1153])
                {
                    foreach (int codebooks in (int[])[1, 2, 7, 8])
                    {
                        HashTrees trees = RandomModel.Trees(random, 17, codebooks, levels, ElementTypes.Of<T>());
                        T[] a = RandomModel.Inputs<T>(random, rows * 17);
                        byte[] packed = PipelineRunner.Encode(kernel, trees, a, rows, columnMajor: true);
                        Oracle.CheckCodes(packed, trees, rows, (row, column) => value(a[(column * rows) + row]));
                        PipelineRunner.Encode(kernel, trees, a, rows, columnMajor: true, workers: 3).Should().Equal(packed);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_are_the_oracles_where_columns_stand_far_apart(KernelLevel kernel)
    {
        // Each codebook splits by columns near each other, far from those of the next. Rows end at cache lines, or not. With four levels kernels may permute the columns out of rows; with five they transpose groups of them.
        const int Codebooks = 6, Distance = 64;
        Random random = new(17);
        foreach (int levels in (int[])[4, 5])
        {
            foreach (int inputs in (int[])[Codebooks * Distance, (Codebooks * Distance) + 3])
            {
                int[] columns = [.. Enumerable.Range(0, Codebooks * levels).Select(i => (i / levels * Distance) + (i % levels * 3) + 1)];
                HashTrees trees = new(ElementType.Float32, inputs, Codebooks, levels, columns, [.. RandomModel.Trees(random, inputs, Codebooks, levels).Thresholds]);
                EncodePlan plan = new(trees);
                (plan.PermutedAt(lead: null) is null).Should().Be(levels == 5, "that is what is tested");
                plan.GroupsAt(lead: 0)!.Span.ToArray().Select(group => group.Tested == 1).Distinct().Should().HaveCount(2, "so are single columns and fours");
                foreach (int rows in (int[])[1, 15, 16, 17, 100, 300])
                {
                    float[] a = RandomModel.Inputs<float>(random, rows * inputs);
                    byte[] packed = PipelineRunner.Encode(kernel, trees, a, rows);
                    Oracle.CheckCodes(packed, trees, rows, (row, column) => a[(row * inputs) + column]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Scans_equal_products(KernelLevel kernel)
    {
        Random random = new(8);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int codebooks in (int[])[1, 6, 9])
            {
                HashTrees trees = RandomModel.Trees(random, 17, codebooks, levels);
                LookupTables tables = RandomModel.Tables(random, codebooks, levels, 43);
                foreach (int rows in RowCounts)
                {
                    float[] a = RandomModel.Inputs<float>(random, rows * 17);
                    float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows);
                    byte[] packed = PipelineRunner.Encode(KernelLevel.Scalar, trees, a, rows);
                    string because = $"{rows} rows, C = {codebooks}, K = {1 << levels}";
                    Bits.ShouldBe(PipelineRunner.Scan(kernel, trees, tables, packed, rows), expected, because);
                    float[] columnMajor = PipelineRunner.Scan(kernel, trees, tables, packed, rows, columnMajor: true);
                    Bits.ShouldBe(Transpose(columnMajor, 43, rows), expected, because + ", by columns");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Threads_do_not_change_a_bit(KernelLevel kernel)
    {
        Random random = new(9);
        HashTrees trees = RandomModel.Trees(random, 40, 9, 4);
        LookupTables tables = RandomModel.Tables(random, 9, 4, 70);
        foreach (int rows in (int[])[1, 63, 64, 65, 500, 1000])
        {
            float[] a = RandomModel.Inputs<float>(random, rows * 40);
            float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows);
            byte[] codes = PipelineRunner.Encode(KernelLevel.Scalar, trees, a, rows);
            foreach (int workers in (int[])[1, 2, 7])
            {
                Bits.ShouldBe(PipelineRunner.Multiply(kernel, trees, tables, a, rows, workers: workers), expected, $"{rows} rows, {workers} workers");
                PipelineRunner.Encode(kernel, trees, a, rows, workers: workers).Should().Equal(codes);
                Bits.ShouldBe(PipelineRunner.Scan(kernel, trees, tables, codes, rows, workers: workers), expected, $"a scan of {rows} rows, {workers} workers");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Threads_that_share_outputs_do_not_change_a_bit(KernelLevel kernel)
    {
        Random random = new(11);
        foreach ((int levels, int outputs, int parts) in ((int, int, int)[])[(4, 129, 2), (4, 300, 2), (4, 517, 3), (4, 1024, 8), (5, 413, 4), (6, 290, 3)])
        {
            HashTrees trees = RandomModel.Trees(random, 40, 9, levels);
            LookupTables tables = RandomModel.Tables(random, 9, levels, outputs);
            foreach (int rows in (int[])[1, 3, 15, 16, 17, 64, 100])
            {
                float[] a = RandomModel.Inputs<float>(random, rows * 40);
                byte[] codes = PipelineRunner.Encode(KernelLevel.Scalar, trees, a, rows);
                string because = $"{rows} rows, {outputs} outputs in {parts} parts, K = {1 << levels}";
                foreach (Summation summation in Enum.GetValues<Summation>())
                {
                    float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows, summation: summation);
                    Bits.ShouldBe(PipelineRunner.Multiply(kernel, trees, tables, a, rows, summation: summation, outputParts: parts), expected, because);
                    Bits.ShouldBe(PipelineRunner.Multiply(kernel, trees, tables, a, rows, workers: 2, summation: summation, outputParts: parts), expected, because + ", of two parts of rows each");
                    if (summation == Summation.Exact)
                    {
                        Bits.ShouldBe(PipelineRunner.Scan(kernel, trees, tables, codes, rows, workers: 2, outputParts: parts), expected, because + ", from codes");
                        Bits.ShouldBe(Transpose(PipelineRunner.Scan(kernel, trees, tables, codes, rows, columnMajor: true, outputParts: parts), outputs, rows), expected, because + ", by columns");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_missing_bias_keeps_the_sign_of_zero(KernelLevel kernel)
    {
        foreach (int levels in (int[])[4, 5, 6])
        {
            HashTrees trees = RandomModel.Trees(new Random(10), 4, 1, levels);
            LookupTables tables = new(1, 1 << levels, 4, new byte[4 << levels], [1, 1, 1, -0.0f], [-0.0f, 0, 1, -0.0f], null);
            foreach (int rows in (int[])[1, 40])
            {
                // 0 · 1 + −0 is +0 by IEEE addition; the bias step must not touch it, nor turn anything into −0. A scale of −0, which a file may hold, gives −0, which must stay, too.
                float[] y = PipelineRunner.Multiply(kernel, trees, tables, new float[rows * 4], rows);
                for (int row = 0; row < rows; row++)
                {
                    Bits.ShouldBe(y.AsSpan(row * 4, 4), [0.0f, 0.0f, 1.0f, -0.0f], $"row {row} of {rows}, K = {1 << levels}");
                }
            }
        }
    }

    private static void Check<T>(KernelLevel kernel, Random random, int rows, int inputs, int codebooks, int levels, int outputs)
        where T : unmanaged
    {
        HashTrees trees = RandomModel.Trees(random, inputs, codebooks, levels, ElementTypes.Of<T>());
        LookupTables tables = RandomModel.Tables(random, codebooks, levels, outputs, bias: outputs % 2 == 0);
        T[] a = RandomModel.Inputs<T>(random, rows * inputs);
        float[] scalar = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, rows);
        if (kernel == KernelLevel.Scalar)
        {
            for (int i = 0; i < scalar.Length; i++)
            {
                int row = i / outputs;
                (double value, double tolerance) = Oracle.Output(trees, tables, i % outputs, column => Convert.ToDouble(a[(row * inputs) + column], null));
                Math.Abs(scalar[i] - value).Should().BeLessThanOrEqualTo(tolerance, "row {0}, output {1}", row, i % outputs);
            }
        }

        string because = $"N = {rows}, D = {inputs}, C = {codebooks}, K = {1 << levels}, M = {outputs}";
        Bits.ShouldBe(PipelineRunner.Multiply(kernel, trees, tables, a, rows), scalar, because);
        Bits.ShouldBe(PipelineRunner.Multiply(kernel, trees, tables, Transpose(a, rows, inputs), rows, columnMajor: true), scalar, because + ", by columns");
    }

    private static T[] Transpose<T>(T[] matrix, int rows, int columns)
    {
        T[] result = new T[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = matrix[(row * columns) + column];
            }
        }

        return result;
    }
}
