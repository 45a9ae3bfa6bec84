namespace Maddness.Cli.Report;

/// <summary>A logarithmic axis: positive values from <paramref name="least"/> to <paramref name="most"/> between two coordinates.</summary>
internal sealed class LogAxis(double least, double most, double from, double to)
{
    internal double Least { get; } = least;

    internal double Most { get; } = most;

    internal double Place(double value) =>
        from + ((to - from) * (Math.Log(Math.Clamp(value, Least, Most)) - Math.Log(Least)) / (Math.Log(Most) - Math.Log(Least)));

    /// <summary>1, 2 and 5 times powers of ten, fewer of them on a long axis and more on a short one.</summary>
    internal IEnumerable<double> DecimalTicks()
    {
        double decades = Math.Log10(Most / Least);
        double[] steps = decades > 4 ? [1] : decades > 2.2 ? [1, 3] : decades > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
        for (int power = (int)Math.Floor(Math.Log10(Least)); power <= Math.Ceiling(Math.Log10(Most)); power++)
        {
            foreach (double step in steps)
            {
                double tick = step * Math.Pow(10, power);
                if (tick >= Least * 0.9999 && tick <= Most * 1.0001)
                {
                    yield return tick;
                }
            }
        }
    }

    /// <summary>Powers of two; every other one on a long axis, and with half as much again of each on a short one.</summary>
    internal IEnumerable<double> BinaryTicks()
    {
        double octaves = Math.Log2(Most / Least);
        double[] steps = octaves < 2.5 ? [1, 1.5] : [1];
        for (int power = (int)Math.Floor(Math.Log2(Least)); power <= Math.Log2(Most) + 1e-9; power++)
        {
            foreach (double step in steps)
            {
                double tick = step * Math.Pow(2, power);
                if (tick >= Least * 0.9999 && tick <= Most * 1.0001 && (octaves <= 8 || power % 2 == 0))
                {
                    yield return tick;
                }
            }
        }
    }
}
