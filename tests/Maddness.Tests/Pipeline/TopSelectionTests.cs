using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>What is selected is what sorting the row gives, whichever way it goes: ranks above a bound of lanes, ranks of exactly as many, or sorting.</summary>
public unsafe class TopSelectionTests
{
    private static readonly int[] Counts = [1, 2, 5, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256, 257, 300, 511, 513, 1_000, 3_001];

    private static readonly (string Name, Func<Random, int, float> Value)[] Kinds =
    [
        ("all different", (random, _) => random.NextSingle() - 0.5f),
        ("a few values", (random, _) => random.Next(5)),
        ("all equal", (_, _) => 7),
        ("ascending", (_, i) => i),
        ("descending", (_, i) => -i),
        ("zeros of both signs", (random, _) => random.Next(2) == 0 ? 0f : -0f),
        ("infinities", (random, _) => random.Next(4) switch { 0 => float.PositiveInfinity, 1 => float.NegativeInfinity, _ => random.NextSingle() }),
        ("mostly the least", (random, _) => random.Next(30) == 0 ? random.NextSingle() : float.NegativeInfinity),
        ("neighbouring floats", (random, _) => BitConverter.Int32BitsToSingle(0x3F80_0000 + random.Next(40))),
        ("neighbouring negative floats", (random, _) => -BitConverter.Int32BitsToSingle(0x3F80_0000 + random.Next(40))),
        ("largest in one lane", (random, i) => (i % 16 == 3 ? 100 : 0) + random.NextSingle()),
    ];

    [GuardedFact]
    public void The_largest_come_in_order_and_the_first_of_equals_first()
    {
        Random random = new(1);
        foreach (int count in Counts)
        {
            foreach ((string name, Func<Random, int, float> valueOf) in Kinds)
            {
                float[] row = [.. Enumerable.Range(0, count).Select(i => valueOf(random, i))];
                int padded = (count + TopSelection.Padding - 1) / TopSelection.Padding * TopSelection.Padding;
                int[] sorted = [.. Enumerable.Range(0, count).OrderByDescending(i => row[i]).ThenBy(i => i)];
                using GuardedMemory<float> values = GuardedMemory<float>.Of([.. row, .. Enumerable.Repeat(float.NegativeInfinity, padded - count)], trailing: true);
                byte[] rented = Scratch.Rent(RankingMemory.Bytes);
                using System.Buffers.MemoryHandle pinned = rented.AsMemory().Pin();
                Scratch scratch = new((byte*)pinned.Pointer, rented.Length);
                RankingMemory memory = new(ref scratch);
                foreach (int k in new[] { 1, 2, 3, 5, 8, 16, 17, 20, 40, 64, 65, 127, 128, 129, 200, 224, 225, 256, 257, 300, 511, 512, 513, 600, count - 1, count }.Where(k => k >= 1 && k <= count).Distinct())
                {
                    using GuardedMemory<int> indices = GuardedMemory<int>.Of(k, trailing: true);
                    using GuardedMemory<float> best = GuardedMemory<float>.Of(k, trailing: true);
                    TopSelection.Select(values.Pointer, count, k, indices.Pointer, best.Pointer, memory);
                    indices.Span.SequenceEqual(sorted.AsSpan(0, k)).Should().BeTrue("of {0} values ({1}) these are the {2} largest: {3}, not {4}", count, name, k, Text(sorted[..k]), Text(indices.Span.ToArray()));
                    Bits.ShouldBe(best.Span, Array.ConvertAll(sorted[..k], i => row[i]), $"these are the {k} largest of {count} values ({name})");
                }

                int arg;
                TopSelection.ArgMax(values.Pointer, padded, 1, count, &arg);
                arg.Should().Be(sorted[0], "it is the first of the largest of {0} values ({1})", count, name);
            }
        }
    }

    [GuardedFact]
    public void The_largest_of_several_parts_are_those_of_the_whole()
    {
        Random random = new(2);
        foreach ((int part, int parts) in ((int, int)[])[(16, 5), (100, 4), (130, 3), (600, 3), (1_500, 2)])
        {
            foreach ((string name, Func<Random, int, float> valueOf) in Kinds)
            {
                int count = part * parts, padded = (part + TopSelection.Padding - 1) / TopSelection.Padding * TopSelection.Padding;
                float[] row = [.. Enumerable.Range(0, count).Select(i => valueOf(random, i))];
                int[] sorted = [.. Enumerable.Range(0, count).OrderByDescending(i => row[i]).ThenBy(i => i)];
                byte[] rented = Scratch.Rent(RankingMemory.Bytes);
                using System.Buffers.MemoryHandle pinned = rented.AsMemory().Pin();
                Scratch scratch = new((byte*)pinned.Pointer, rented.Length);
                RankingMemory memory = new(ref scratch);
                foreach (int k in new[] { 1, 2, 7, 16, 100, 129, 300, 512 }.Where(k => k <= part))
                {
                    using GuardedMemory<int> indices = GuardedMemory<int>.Of(k, trailing: true);
                    using GuardedMemory<float> best = GuardedMemory<float>.Of(k, trailing: true);
                    for (int first = 0; first < count; first += part)
                    {
                        using GuardedMemory<float> values = GuardedMemory<float>.Of([.. row[first..(first + part)], .. Enumerable.Repeat(float.NegativeInfinity, padded - part)], trailing: true);
                        if (first == 0)
                        {
                            TopSelection.Select(values.Pointer, part, k, indices.Pointer, best.Pointer, memory);
                        }
                        else
                        {
                            TopSelection.Merge(values.Pointer, part, first, k, indices.Pointer, best.Pointer, memory);
                        }
                    }

                    string because = $"of {parts} times {part} values ({name}) these are the {k} largest";
                    indices.Span.SequenceEqual(sorted.AsSpan(0, k)).Should().BeTrue("{0}: {1}, not {2}", because, Text(sorted[..k]), Text(indices.Span.ToArray()));
                    Bits.ShouldBe(best.Span, Array.ConvertAll(sorted[..k], i => row[i]), because);
                }
            }
        }
    }

    [GuardedFact]
    public void Rows_side_by_side_give_what_each_gives_alone()
    {
        Random random = new(3);
        foreach ((string name, Func<Random, int, float> valueOf) in Kinds)
        {
            foreach ((int outputs, int k, int rows, int stride) in ((int, int, int, int)[])[(2, 2, 16, 16), (5, 2, 3, 16), (10, 5, 16, 64), (16, 16, 15, 16), (33, 7, 1, 20), (64, 10, 16, 64), (40, 16, 9, 17)])
            {
                // What stands in lanes without a row is nobody's.
                float[] values = new float[((outputs - 1) * stride) + LaneSelection.Rows];
                values.AsSpan().Fill(float.NaN);
                float[][] all = [.. Enumerable.Range(0, rows).Select(_ => (float[])[.. Enumerable.Range(0, outputs).Select(i => valueOf(random, i))])];
                for (int row = 0; row < rows; row++)
                {
                    for (int output = 0; output < outputs; output++)
                    {
                        values[(output * stride) + row] = all[row][output];
                    }
                }

                using GuardedMemory<float> memory = GuardedMemory<float>.Of(values, trailing: true);
                int rowStride = k + 1, length = ((rows - 1) * rowStride) + k;
                using GuardedMemory<int> indices = GuardedMemory<int>.Of(length, trailing: true);
                using GuardedMemory<float> best = GuardedMemory<float>.Of(length, trailing: true);
                indices.Span.Fill(-1);
                LaneSelection.Select(memory.Pointer, stride, outputs, k, rows, indices.Pointer, best.Pointer, rowStride);
                for (int row = 0; row < rows; row++)
                {
                    int[] sorted = [.. Enumerable.Range(0, outputs).OrderByDescending(i => all[row][i]).ThenBy(i => i).Take(k)];
                    string because = $"of {outputs} outputs ({name}) of row {row} of {rows} these are the {k} largest";
                    indices.Span.Slice(row * rowStride, k).SequenceEqual(sorted).Should().BeTrue(because);
                    Bits.ShouldBe(best.Span.Slice(row * rowStride, k), Array.ConvertAll(sorted, i => all[row][i]), because);
                    (row == rows - 1 || indices.Span[(row * rowStride) + k] == -1).Should().BeTrue("nothing else is written");
                }
            }
        }
    }

    [Theory]
    [InlineData(10, 5, 4, true)]
    [InlineData(30, 5, 5, false)]
    [InlineData(64, 5, 8, false)]
    [InlineData(64, 5, 10, true)]
    [InlineData(40, 16, 16, true)]
    [InlineData(10, 5, 3, false)]
    [InlineData(40, 16, 17, false)]
    [InlineData(10, 1, 16, false)]
    [InlineData(20, 17, 16, false)]
    [InlineData(100, 6, 16, true)]
    [InlineData(100, 7, 16, false)]
    [InlineData(101, 2, 16, false)]
    public void Rows_are_lanes_where_that_is_worth_it(int outputs, int k, int rows, bool expected) =>
        LaneSelection.IsWorth(outputs, k, rows).Should().Be(expected);

    private static string Text(int[] places) => string.Join(' ', places);
}
