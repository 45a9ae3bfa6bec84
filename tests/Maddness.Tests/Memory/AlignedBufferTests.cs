using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Tests.Memory;

public unsafe class AlignedBufferTests
{
    [Fact]
    public void Elements_start_a_cache_line_and_are_those_at_the_pointer()
    {
        foreach (int length in (int[])[0, 1, 7, 16, 1000])
        {
            Check<byte>(length);
            Check<float>(length);
            Check<double>(length);
            Check<nint>(length);
        }

        static void Check<T>(int length)
            where T : unmanaged
        {
            AlignedBuffer<T> buffer = new(length);
            ((nuint)buffer.Pointer % 64).Should().Be(0);
            buffer.Span.Length.Should().Be(length).And.Be(buffer.Length);
            Unsafe.AreSame(ref *buffer.Pointer, ref System.Runtime.InteropServices.MemoryMarshal.GetReference(buffer.Span)).Should().BeTrue();
            buffer.Span.IndexOfAnyExcept(default(T)).Should().Be(-1, "it is zeroed");
            GC.KeepAlive(buffer);
        }
    }
}
