using Maddness.Planning;
using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>How many rows are taken at once where a shape is too large to be tried: products of sizes stay within what an array holds.</summary>
public class LargeSizesTests
{
    [Fact]
    public void Training_rows_fit_every_array_that_is_made_of_them()
    {
        foreach (int columns in (ReadOnlySpan<int>)[1, 8, 23, 24, 25, 512, 100_000, 40_000_000, Array.MaxLength])
        {
            long most = TrainingRows.MaxRows(columns);
            (most * (columns + (long)RangeBlock.Lanes)).Should().BeLessThanOrEqualTo(Array.MaxLength);
            (most * ResidualSource.Stride).Should().BeLessThanOrEqualTo(Array.MaxLength);
            (most * OutputTargets.Lanes * 2).Should().BeLessThanOrEqualTo(Array.MaxLength - OutputTargets.Lanes, "targets start a cache line");

            // A row and its bin in one integer.
            (most * BinnedColumns.Bins).Should().BeLessThanOrEqualTo(uint.MaxValue);
        }

        TrainingRows.MaxRows(512).Should().BeGreaterThan(4_000_000);
    }

    [Fact]
    public void Timed_rows_and_their_results_fit_an_array_each()
    {
        SpeedComparison.RowsOf(10_000, 512, 100).Should().Be(10_000);
        foreach ((int inputs, int outputs) in ((int, int)[])[(1, 1), (512, 100), (8, 8_388_608), (8, 60_000_000), (50_000_000, 2), (Array.MaxLength, 1)])
        {
            long rows = SpeedComparison.RowsOf(int.MaxValue, inputs, outputs);
            rows.Should().BeGreaterThanOrEqualTo(1);
            (rows * inputs).Should().BeLessThanOrEqualTo(Array.MaxLength);
            (rows * outputs).Should().BeLessThanOrEqualTo(Array.MaxLength);
        }
    }

    [Fact]
    public void Rows_that_are_sampled_or_held_out_fit_an_array_with_all_outputs()
    {
        OutputComponents.SampleStep(10_000, 512).Should().Be(9, "1,024 rows or some more");
        OutputComponents.SampleStep(100, 512).Should().Be(1);
        foreach (int outputs in (ReadOnlySpan<int>)[1, 100, 1_100_000, 67_000_000])
        {
            foreach (int rows in (ReadOnlySpan<int>)[1, 1_000, 2_047, 5_000, 67_000_000])
            {
                long sampled = (rows + (long)OutputComponents.SampleStep(rows, outputs) - 1) / OutputComponents.SampleStep(rows, outputs);
                (sampled * outputs).Should().BeLessThanOrEqualTo(Array.MaxLength);
            }

            long heldOut = HeldOutTurns.MostHeldOut(outputs);
            heldOut.Should().BeGreaterThanOrEqualTo(1);
            (heldOut * outputs).Should().BeLessThanOrEqualTo(Array.MaxLength);
        }
    }
}
