using System.Globalization;

namespace Maddness.Comparison.Plots;

/// <summary>One direction of a chart: a range of values and where they lie.</summary>
internal sealed class Axis
{
    private readonly double _low;
    private readonly double _high;

    internal Axis(string title, bool logarithmic, IEnumerable<double> values)
    {
        Title = title;
        Logarithmic = logarithmic;
        double[] all = [.. values.Where(v => double.IsFinite(v) && (!logarithmic || v > 0))];
        (_low, _high) = all.Length == 0 ? (1, 10) : (all.Min(), all.Max());
        if (logarithmic)
        {
            (_low, _high) = (_low / 1.25, _high * 1.25);
        }
        else
        {
            (_low, _high) = (Math.Min(0, _low), _high + (0.05 * (_high - Math.Min(0, _low))) + 1e-9);
        }
    }

    internal string Title { get; }

    /// <summary>Whether only powers of two are marked, for dimensions that are such.</summary>
    internal bool PowersOfTwo { get; init; }

    internal bool Logarithmic { get; }

    /// <summary>0 at the low end, 1 at the high end.</summary>
    internal double Place(double value) => Logarithmic
        ? (Math.Log(value) - Math.Log(_low)) / (Math.Log(_high) - Math.Log(_low))
        : (value - _low) / (_high - _low);

    /// <summary>Round values with a text: powers of ten, with 2 and 5 between them when the range is short; else even steps.</summary>
    internal IEnumerable<(double Value, string Text)> Ticks()
    {
        List<double> values = [];
        if (PowersOfTwo)
        {
            int step = Math.Log2(_high / _low) > 12 ? 2 : 1;
            for (int power = 0; power < 31; power += step)
            {
                values.Add(Math.Pow(2, power));
            }
        }
        else if (Logarithmic)
        {
            double decades = Math.Log10(_high / _low);
            int[] digits = decades > 3 ? [1] : [1, 2, 5];
            for (int power = (int)Math.Floor(Math.Log10(_low)); power <= Math.Ceiling(Math.Log10(_high)); power++)
            {
                values.AddRange(digits.Select(d => d * Math.Pow(10, power)));
            }
        }
        else
        {
            double step = Math.Pow(10, Math.Floor(Math.Log10(_high - _low)));
            step = (_high - _low) / step < 3 ? step / 5 : (_high - _low) / step < 6 ? step / 2 : step;
            for (double value = Math.Ceiling(_low / step) * step; value <= _high; value += step)
            {
                values.Add(value);
            }
        }

        return values.Where(v => v >= _low && v <= _high).Select(v => (v, Text(v)));
    }

    private static string Text(double value) =>
        value is >= 1000 or 0 or (< 1 and >= 0.001) or >= 1 ? value.ToString(value >= 1000 ? "#,0" : "0.###", CultureInfo.InvariantCulture) : value.ToString("0e0", CultureInfo.InvariantCulture);
}
