using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>
/// Copies past the caches. A destination larger than them is written once and not read back here: an ordinary store would first fetch each line from memory, only to overwrite it.
/// </summary>
internal static unsafe class StreamingStore
{
    private const int LineFloats = 16;

    /// <summary>Copies floats: whole aligned cache lines by non-temporal stores, the ends by ordinary ones.</summary>
    internal static void Copy(float* source, float* destination, nint count)
    {
        nint misaligned = (nint)((nuint)destination / sizeof(float) % LineFloats);
        nint head = Math.Min(count, misaligned == 0 ? 0 : LineFloats - misaligned);
        nint done = 0;
        for (; done < head; done++)
        {
            destination[done] = source[done];
        }

        if ((nuint)destination % sizeof(float) == 0)
        {
            // destination + done is aligned to a line now, and a whole line is left as long as done + 16 <= count.
            for (; done <= count - LineFloats; done += LineFloats)
            {
                Vector512.Load(source + done).StoreAlignedNonTemporal(destination + done);
            }
        }

        for (; done < count; done++)
        {
            destination[done] = source[done];
        }
    }

    /// <summary>Makes streamed stores visible before whatever this thread publishes next.</summary>
    internal static void Fence()
    {
        if (Sse.IsSupported)
        {
            Sse.StoreFence();
        }
    }
}
