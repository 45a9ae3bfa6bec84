using System.Globalization;

namespace Maddness.Tests.Support;

/// <summary>Cultures that messages must not change with.</summary>
internal static class Cultures
{
    /// <summary>Runs it where numbers have decimal commas, and a minus that is no hyphen.</summary>
    internal static void WithCommas(Action action)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NegativeSign) = (",", "\u2212");
            CultureInfo.CurrentCulture = other;
            action();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
