namespace Maddness.Training;

/// <summary>
/// Rows made from training rows. With a known B the exact outputs of any row are known, so nothing has to be measured to learn from more of them: a made row is a real one that takes
/// about a tenth of its columns from another one with near outputs. It lies where rows may well lie but none was seen, and keeps trees from learning the accidents of the sample.
/// </summary>
internal static class SyntheticRows
{
    /// <summary>Of 256 columns, those taken from the other row.</summary>
    private const int Exchanged = 26;

    /// <summary>Rows drawn, of which the nearest in outputs lends its columns.</summary>
    private const int Drawn = 10;

    /// <summary>Makes <paramref name="count"/> rows, the first from row 0 on, then around again.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="components">Numbers of each row in which near rows are near.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="count">Rows to make.</param>
    /// <param name="seed">Draws.</param>
    internal static float[] Make(TrainingRows data, float[] components, int width, int count, ulong seed)
    {
        SeededRandom random = new(seed);
        float[] made = new float[checked(count * data.Columns)];
        for (int i = 0; i < count && data.Rows > 1; i++)
        {
            int own = i % data.Rows;
            ReadOnlySpan<float> other = data.Row(Near(own, data.Rows, components, width, random));
            Span<float> row = made.AsSpan(i * data.Columns, data.Columns);
            data.Row(own).CopyTo(row);
            for (int j = 0; j < row.Length; j += 8)
            {
                ulong bits = random.Next();
                for (int k = j; k < Math.Min(j + 8, row.Length); k++)
                {
                    row[k] = (byte)bits < Exchanged ? other[k] : row[k];
                    bits >>= 8;
                }
            }
        }

        return made;
    }

    private static int Near(int own, int rows, float[] components, int width, SeededRandom random)
    {
        ReadOnlySpan<float> origin = components.AsSpan(own * width, width);
        int nearest = own;
        double least = double.PositiveInfinity;
        for (int i = 0; i < Drawn; i++)
        {
            int other = (own + 1 + random.Below(rows - 1)) % rows;
            ReadOnlySpan<float> values = components.AsSpan(other * width, width);
            double distance = 0;
            for (int p = 0; p < width; p++)
            {
                double difference = (double)origin[p] - values[p];
                distance += difference * difference;
            }

            if (distance < least)
            {
                least = distance;
                nearest = other;
            }
        }

        return nearest;
    }
}
