using System.Runtime.InteropServices;

namespace Maddness.Tests.Support;

/// <summary>
/// Memory between two pages that nobody may touch: a read or write one element too far ends the process. It is flush against one of them, so ask for both kinds.
/// Linux only: use <see cref="GuardedFactAttribute"/> or <see cref="GuardedTheoryAttribute"/>.
/// </summary>
internal sealed unsafe class GuardedMemory<T> : IDisposable
    where T : unmanaged
{
    private readonly nint _region;
    private readonly nuint _regionLength;

    private GuardedMemory(int length, bool trailing)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        nuint inside = (bytes + page - 1) / page * page;
        _regionLength = inside + (2 * page);
        _region = GuardPages.Map(0, _regionLength, GuardPages.NoAccess, GuardPages.PrivateAnonymous, -1, 0);
        if (_region == -1)
        {
            throw new InvalidOperationException($"mmap of {_regionLength} bytes failed: error {Marshal.GetLastPInvokeError()}.");
        }

        byte* start = (byte*)_region + page;
        if (inside > 0 && GuardPages.Protect((nint)start, inside, GuardPages.ReadWrite) != 0)
        {
            throw new InvalidOperationException($"mprotect of {inside} bytes failed: error {Marshal.GetLastPInvokeError()}.");
        }

        Length = length;
        Pointer = (T*)(trailing ? start + inside - bytes : start);
    }

    internal int Length { get; }

    internal T* Pointer { get; }

    internal Span<T> Span => new(Pointer, Length);

    /// <summary>Zeroed memory whose last element is followed by the guard page (<paramref name="trailing"/>), or whose first one comes right after it.</summary>
    internal static GuardedMemory<T> Of(int length, bool trailing) => new(length, trailing);

    /// <summary>A copy of values, placed like <see cref="Of(int, bool)"/>.</summary>
    internal static GuardedMemory<T> Of(ReadOnlySpan<T> values, bool trailing)
    {
        GuardedMemory<T> memory = new(values.Length, trailing);
        values.CopyTo(memory.Span);
        return memory;
    }

    public void Dispose() => _ = GuardPages.Unmap(_region, _regionLength);
}

/// <summary>A fact with guard pages: skipped, and counted as skipped, where there is no Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GuardedFactAttribute : FactAttribute
{
    public GuardedFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "guard pages are made with Linux calls";
}

/// <summary>A theory with guard pages: skipped, and counted as skipped, where there is no Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GuardedTheoryAttribute : TheoryAttribute
{
    public GuardedTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? null : "guard pages are made with Linux calls";
}

/// <summary>The system calls behind <see cref="GuardedMemory{T}"/>, with the numbers of Linux.</summary>
internal static partial class GuardPages
{
    internal const int NoAccess = 0;
    internal const int ReadWrite = 3;
    internal const int PrivateAnonymous = 0x22;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nuint length);
}
