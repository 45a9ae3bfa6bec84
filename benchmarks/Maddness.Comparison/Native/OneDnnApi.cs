using System.Runtime.InteropServices;

namespace Maddness.Comparison.Native;

/// <summary>As much of oneDNN's C interface, version 2, as a matrix product needs. Descriptors are opaque here: buffers larger than any of its structures.</summary>
internal static unsafe class OneDnnApi
{
    internal const int DescriptorBytes = 8192;

    internal const int Bfloat16 = 2;
    internal const int Float32 = 3;
    internal const int Int32 = 4;
    internal const int Int8 = 5;
    internal const int UInt8 = 6;

    internal const int AnyLayout = 1;
    internal const int RowMajor = 3;

    internal const int Source = 1;
    internal const int Weights = 33;
    internal const int Target = 17;

    internal const int WeightsDescriptor = 131;

    internal static readonly nint Library = NativeRival.Load("libdnnl.so.2");

    internal static string? Version
    {
        get
        {
            if (Library == 0)
            {
                return null;
            }

            int* version = (int*)((delegate* unmanaged<nint>)NativeRival.Export(Library, "dnnl_version"))();
            return $"oneDNN {version[0]}.{version[1]}.{version[2]}, weights in its own layout";
        }
    }

    internal static byte[] Descriptor(long rows, long columns, int type, int layout)
    {
        byte[] descriptor = new byte[DescriptorBytes];
        long* sizes = stackalloc long[12];
        (sizes[0], sizes[1]) = (rows, columns);
        fixed (byte* d = descriptor)
        {
            Check(((delegate* unmanaged<byte*, int, long*, int, int, int>)Function("dnnl_memory_desc_init_by_tag"))(d, 2, sizes, type, layout));
        }

        return descriptor;
    }

    internal static nint Engine()
    {
        nint engine;
        Check(((delegate* unmanaged<nint*, int, nuint, int>)Function("dnnl_engine_create"))(&engine, 1, 0));
        return engine;
    }

    internal static nint Stream(nint engine)
    {
        nint stream;
        Check(((delegate* unmanaged<nint*, nint, uint, int>)Function("dnnl_stream_create"))(&stream, engine, 1));
        return stream;
    }

    internal static nint Memory(byte* descriptor, nint engine, void* data)
    {
        nint memory;
        Check(((delegate* unmanaged<nint*, byte*, nint, void*, int>)Function("dnnl_memory_create"))(&memory, descriptor, engine, data));
        return memory;
    }

    internal static nint MatmulDescriptor(byte[] source, byte[] weights, byte[] target, nint engine)
    {
        byte[] operation = new byte[DescriptorBytes];
        nint descriptor;
        fixed (byte* o = operation, s = source, w = weights, t = target)
        {
            Check(((delegate* unmanaged<byte*, byte*, byte*, byte*, byte*, int>)Function("dnnl_matmul_desc_init"))(o, s, w, null, t));
            Check(((delegate* unmanaged<nint*, byte*, nint, nint, nint, int>)Function("dnnl_primitive_desc_create"))(&descriptor, o, 0, engine, 0));
        }

        return descriptor;
    }

    /// <summary>Where the primitive keeps a descriptor it chose; it lives as long as the primitive's descriptor.</summary>
    internal static byte* Query(nint primitive, int what) =>
        ((delegate* unmanaged<nint, int, int, byte*>)Function("dnnl_primitive_desc_query_md"))(primitive, what, 0);

    internal static nint Primitive(nint descriptor)
    {
        nint primitive;
        Check(((delegate* unmanaged<nint*, nint, int>)Function("dnnl_primitive_create"))(&primitive, descriptor));
        return primitive;
    }

    internal static nint Reorder(byte* from, byte* to, nint engine)
    {
        nint descriptor;
        Check(((delegate* unmanaged<nint*, byte*, nint, byte*, nint, nint, int>)Function("dnnl_reorder_primitive_desc_create"))(&descriptor, from, engine, to, engine, 0));
        return Primitive(descriptor);
    }

    internal static nuint Size(byte* descriptor) => ((delegate* unmanaged<byte*, nuint>)Function("dnnl_memory_desc_get_size"))(descriptor);

    internal static void Execute(nint primitive, nint stream, params ReadOnlySpan<(int Index, nint Memory)> arguments)
    {
        Argument* list = stackalloc Argument[arguments.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            list[i] = new Argument { Index = arguments[i].Index, Memory = arguments[i].Memory };
        }

        Check(((delegate* unmanaged<nint, nint, int, Argument*, int>)Function("dnnl_primitive_execute"))(primitive, stream, arguments.Length, list));
        Check(((delegate* unmanaged<nint, int>)Function("dnnl_stream_wait"))(stream));
    }

    internal static nint Function(string name) => NativeRival.Export(Library, name);

    internal static void Check(int status)
    {
        if (status != 0)
        {
            throw new NotSupportedException($"oneDNN refused with status {status}.");
        }
    }

    /// <summary>A memory and what the primitive uses it for.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Argument
    {
        internal int Index;
        internal nint Memory;
    }
}
