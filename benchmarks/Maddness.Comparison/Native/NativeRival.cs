using System.Runtime.InteropServices;

namespace Maddness.Comparison.Native;

/// <summary>Finds native libraries, with their threads limited to one before they are loaded.</summary>
internal static unsafe partial class NativeRival
{
    internal const string Install = "run benchmarks/install-rivals.sh, or install it yourself: ";

    /// <summary>Loads the first library found; 0 when there is none.</summary>
    internal static nint Load(params string[] names)
    {
        SetEnvironment();
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    }

    internal static nint Export(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out nint address) ? address : throw new NotSupportedException($"The native library has no {name}: another version than expected.");

    /// <summary>
    /// Libraries read their settings when they are loaded, from the environment of C, which .NET's copy of the environment does not change. OpenBLAS of some
    /// distributions does not know newer CPUs and falls back to AVX2: where there is AVX-512, its kernels for that are demanded.
    /// </summary>
    private static void SetEnvironment()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        setenv("OPENBLAS_NUM_THREADS", "1", 1);
        setenv("OMP_NUM_THREADS", "1", 1);
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
        {
            setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
