using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Codebooks beyond one for each column.</summary>
public class FinerTreesTests
{
    private const int Columns = 3;
    private static readonly TrainingScope Scope = new(1, null, CancellationToken.None);

    [Theory]
    [InlineData(1000, 4, 16)]
    [InlineData(1000, 11, 16)]
    [InlineData(57, 9, 16)]
    [InlineData(3, 5, 16)]
    [InlineData(1000, 8, 32)]
    public void Entries_of_a_columns_trees_add_up_to_the_means_of_its_intervals(int rows, int codebooks, int leaves)
    {
        float[] values = Samples.Rows(rows, Columns, 3);
        LearnedTrees trees = LearnedTrees.Learn(new TrainingRows(ElementType.Float32, values, rows, Columns), null, new() { Codebooks = codebooks, Leaves = leaves }, Scope);
        for (int column = 0; column < Columns; column++)
        {
            int[] own = [.. Enumerable.Range(0, codebooks).Where(c => trees.Parts[c][0] == column)];
            own.Should().HaveCountGreaterThan(0);
            own.Should().OnlyContain(c => trees.Parts[c].Length == 1 && trees.Trees[c].Columns.All(j => j == column));
            Dictionary<string, List<float>> intervals = [];
            for (int n = 0; n < rows; n++)
            {
                string codes = string.Join(' ', own.Select(c => trees.Trees[c].Codes[n]));
                intervals.TryAdd(codes, []);
                intervals[codes].Add(values[(n * Columns) + column]);
            }

            foreach ((string codes, List<float> inside) in intervals)
            {
                int[] leavesOf = [.. codes.Split(' ').Select(int.Parse)];
                double sum = own.Select((c, i) => trees.Means[c][leavesOf[i]]).Sum();
                sum.Should().BeApproximately(inside.Average(v => (double)v), 1e-12);
            }

            // Each tree cuts where no other does, while there are rows to cut: t trees make t times the cuts of one.
            int most = Math.Min(rows, (own.Length * (leaves - 1)) + 1);
            intervals.Count.Should().BeInRange(rows == 1000 ? most : Math.Min(rows, leaves + own.Length - 1), most);
        }
    }

    [Fact]
    public void The_column_that_gains_most_is_cut_next()
    {
        // The second column is ten times as wide, and the third counts a hundred times as much.
        float[] values = Samples.Rows(500, Columns, 3);
        for (int n = 0; n < 500; n++)
        {
            values[(n * Columns) + 1] *= 10;
        }

        TrainingRows data = new(ElementType.Float32, values, 500, Columns);
        LearnedTrees.Learn(data, null, new() { Codebooks = 4 }, Scope).Parts[3][0].Should().Be(1);
        LearnedTrees.Learn(data, [1, 1, 100], new() { Codebooks = 4 }, Scope).Parts[3][0].Should().Be(2);
    }

    [Fact]
    public void Columns_of_few_values_are_cut_between_each_two_of_them()
    {
        // Twenty values of a byte: a tree of 16 leaves leaves some together, two leave none; the third has nothing to cut.
        float[] values = [.. Enumerable.Range(0, 400).Select(n => (float)(n * 7 % 20))];
        TrainingRows data = new(ElementType.UInt8, values, 400, 1);
        LearnedTrees trees = LearnedTrees.Learn(data, null, new() { Codebooks = 3 }, Scope);
        for (int n = 0; n < 400; n++)
        {
            trees.Trees.Select((t, c) => trees.Means[c][t.Codes[n]]).Sum().Should().BeApproximately(values[n], 1e-12);
        }

        trees.Trees[2].Codes.Should().OnlyContain(code => code == 0);
        trees.Means[2].Should().OnlyContain(mean => mean == 0);
        trees.Trees.SelectMany(t => t.Thresholds.Skip(1)).Should().OnlyContain(t => t == Math.Floor(t) && t <= byte.MaxValue);
    }
}
