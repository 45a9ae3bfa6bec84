namespace Maddness.Tests.Storage;

/// <summary>A fact about Unix permissions, links or devices: skipped, and counted as skipped, on Windows, or where the device it names is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute(string? device = null)
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "needs Unix permissions, links or devices";
        }
        else if (device is not null && !File.Exists(device))
        {
            Skip = $"needs {device}";
        }
    }
}

/// <summary>A fact about files of another user: skipped, and counted as skipped, for who may not make such.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            Skip = "needs root, to give a file to another user";
        }
    }
}
