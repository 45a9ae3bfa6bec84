namespace Maddness.Tests.Storage;

/// <summary>A fact about Unix permissions, links or devices: skipped, and counted as skipped, on Windows.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "needs Unix permissions, links or devices";
        }
    }
}
