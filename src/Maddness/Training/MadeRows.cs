using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Rows made from few, to learn from beside them: a smoothed bootstrap (Efron 1979), whose noise varies as the rows do. A row is moved by parts of the differences of two pairs of others, each value no farther than its column reaches. B is known where outputs
/// count, and so are the exact outputs of any row: trees then split where few rows would say little, and their leaves are means of many. Held-out rows, which are never made, say whether it helps.
/// </summary>
internal static class MadeRows
{
    /// <summary>The part of a difference that is added at most. (Five time series of 36 to 200 rows, four B each, C = 16, before values were limited to what columns reach: .64 times the error with .4, .65 with .6.)</summary>
    private const double MaxPart = 0.4;

    /// <summary>How many rows a trial has in all, for each row given, and the least and the most where there are several turns: these take nearly all of the time.</summary>
    private const int Times = 5, Least = 1_000, Most = 2_500;

    /// <summary>How many it has for each row given at least.</summary>
    private const double LeastTimes = 2.5;

    /// <summary>
    /// How many times as many the final training has, and the most, so that learning takes 1.3 to 1.4 times as long in the mean, 2.3 at most. (Eight families, C = 4 and 16, error over that of as many as in the trial: twice as many, of 100 rows .94, of 400 .96; four times as many .92 and .94.
    /// Ten families, C = 4, 8 and 16: 700 rows, .94 and .92; 2,000 rows, .99 and .99.)
    /// </summary>
    private const int FinalTimes = 4, MostOfTraining = 10_000;

    /// <summary>Values of these rows, so that wide ones take no longer to learn from than many.</summary>
    private const int MaxValues = 4_000_000;

    /// <summary>Rows up to which it is tried, see docs/accuracy.md: with 5,000 rows .94 to .99 times the error was left, with 10,000 .97, for 2.3 and 2.7 times the time.</summary>
    private const int MaxRows = 4_000;

    /// <summary>With fewer than twice the rows given, where columns are many, it is not tried.</summary>
    private const int LeastTimesOfWide = 2;

    /// <summary>Fewer rows in all are not worth the time that very wide ones take.</summary>
    private const int LeastOfWide = 200;

    /// <summary>Rows of a trial in all, made ones included, of so many <see cref="DistinctRows"/>; 0 where none are worth making.</summary>
    internal static int OfTrial(int rows, int columns)
    {
        if (rows > MaxRows)
        {
            return 0;
        }

        int total = Math.Min(Math.Max(Math.Clamp(Times * rows, Least, Most), (int)(LeastTimes * rows)), MaxValues / columns);
        return total >= Math.Max(LeastTimesOfWide * rows, LeastOfWide) ? total : 0;
    }

    /// <summary>Rows that are learned from in the end, where a trial of so many was the best; 0 for those given alone.</summary>
    /// <param name="ofTrial">Rows of the trial in all, see <see cref="OfTrial"/>.</param>
    /// <param name="columns">D.</param>
    /// <param name="most">No more than these, but as many as in the trial.</param>
    internal static int OfTraining(int ofTrial, int columns, int most = int.MaxValue)
    {
        int limit = Math.Min(Math.Min(MostOfTraining, MaxValues / columns), most);
        return Math.Max(ofTrial, Math.Min(FinalTimes * ofTrial, limit));
    }

    /// <summary>What a training learns from: the rows given, or each distinct one once and made rows.</summary>
    /// <param name="data">The rows given.</param>
    /// <param name="total">Rows in all; 0 for those given alone.</param>
    /// <param name="seed">Of what is drawn.</param>
    internal static TrainingRows Of(TrainingRows data, int total, ulong seed) => total == 0 ? data : Add(data.Select(DistinctRows.Of(data).Once([])), total, seed);

    /// <summary>Rows, and after them made ones, from each in turn.</summary>
    /// <param name="data">The rows, fewer than <paramref name="total"/>.</param>
    /// <param name="total">Rows in all.</param>
    /// <param name="seed">Of what is drawn.</param>
    [MethodImpl(Compiled.Once)]
    internal static TrainingRows Add(TrainingRows data, int total, ulong seed)
    {
        // Another stream than the one that holds rows out.
        SeededRandom random = new(~seed);
        float[] values = new float[total * data.Columns];
        data.Values.CopyTo(values);
        (float[] least, float[] most) = Reach(data);
        for (int n = data.Rows; n < total; n++)
        {
            ReadOnlySpan<float> from = data.Row((n - data.Rows) % data.Rows);
            ReadOnlySpan<float> a = Any(), b = Any(), c = Any(), d = Any();
            double first = MaxPart * random.Unit();
            double second = MaxPart * random.Unit();
            Span<float> row = values.AsSpan(n * data.Columns, data.Columns);
            for (int j = 0; j < row.Length; j++)
            {
                double value = from[j] + (first * ((double)a[j] - b[j])) + (second * ((double)c[j] - d[j]));
                float made = (float)Math.Clamp(data.ElementType == ElementType.Float32 ? value : Math.Round(value), least[j], most[j]);

                // Zeros of training rows are positive.
                row[j] = made == 0 ? 0 : made;
            }
        }

        return new TrainingRows(data.ElementType, values, total, data.Columns);

        ReadOnlySpan<float> Any() => data.Row(random.Below(data.Rows));
    }

    /// <summary>The least and the largest value of each column.</summary>
    [MethodImpl(Compiled.Once)]
    private static (float[] Least, float[] Most) Reach(TrainingRows data)
    {
        float[] least = [.. data.Row(0)], most = [.. data.Row(0)];
        for (int n = 1; n < data.Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n);
            for (int j = 0; j < row.Length; j++)
            {
                least[j] = Math.Min(least[j], row[j]);
                most[j] = Math.Max(most[j], row[j]);
            }
        }

        return (least, most);
    }
}
