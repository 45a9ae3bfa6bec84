using System.Runtime.InteropServices;

namespace Maddness.Comparison.Native;

/// <summary>As much of ONNX Runtime's C interface as one product needs: a table of functions, whose order is part of the interface.</summary>
internal static unsafe class OnnxApi
{
    /// <summary>Says where the library is when the system's loader cannot find it.</summary>
    internal const string PathVariable = "ONNXRUNTIME_LIBRARY";

    // Positions in OrtApi; they never change, new functions are added at the end.
    private const int GetErrorMessage = 2;
    private const int CreateEnvironment = 3;
    private const int CreateSessionFromArray = 8;
    private const int RunSession = 9;
    private const int CreateSessionOptions = 10;
    private const int SetIntraThreads = 24;
    private const int SetInterThreads = 25;
    private const int CreateTensorWithData = 49;
    private const int CreateCpuMemoryInfo = 69;
    private const int ReleaseSession = 95;
    private const int ReleaseValue = 96;

    /// <summary>Supported by every release since 2021.</summary>
    private const uint Level = 7;

    private static readonly nint Library = Find();
    private static readonly nint* Functions = Library == 0 ? null : Table();
    private static readonly nint Environment = Library == 0 ? 0 : NewEnvironment();

    internal static bool IsThere => Functions != null;

    internal static string? Version => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Base()[1])());

    internal static nint Session(byte[] model)
    {
        nint options, session;
        Check(((delegate* unmanaged<nint*, nint>)Functions[CreateSessionOptions])(&options));
        Check(((delegate* unmanaged<nint, int, nint>)Functions[SetIntraThreads])(options, 1));
        Check(((delegate* unmanaged<nint, int, nint>)Functions[SetInterThreads])(options, 1));
        fixed (byte* data = model)
        {
            Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)Functions[CreateSessionFromArray])(Environment, data, (nuint)model.Length, options, &session));
        }

        return session;
    }

    /// <summary>A tensor over memory of ours.</summary>
    internal static nint Tensor(float* data, params ReadOnlySpan<long> sizes)
    {
        const int Float = 1;
        nint memory, value;
        long elements = 1;
        foreach (long size in sizes)
        {
            elements *= size;
        }

        Check(((delegate* unmanaged<int, int, nint*, nint>)Functions[CreateCpuMemoryInfo])(1, 0, &memory));
        fixed (long* first = sizes)
        {
            Check(((delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)Functions[CreateTensorWithData])(
                memory, data, (nuint)(elements * 4), first, (nuint)sizes.Length, Float, &value));
        }

        return value;
    }

    internal static void Run(nint session, nint input, nint output)
    {
        fixed (byte* a = "A\0"u8, y = "Y\0"u8)
        {
            byte* inputName = a, outputName = y;
            Check(((delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)Functions[RunSession])(
                session, 0, &inputName, &input, 1, &outputName, 1, &output));
        }
    }

    internal static void Release(nint session, nint input, nint output)
    {
        ((delegate* unmanaged<nint, void>)Functions[ReleaseValue])(input);
        ((delegate* unmanaged<nint, void>)Functions[ReleaseValue])(output);
        ((delegate* unmanaged<nint, void>)Functions[ReleaseSession])(session);
    }

    private static nint Find()
    {
        string fromInstaller = Path.Combine("benchmarks", "rivals", "node_modules", "onnxruntime-node", "bin");
        List<string> names = [];
        if (System.Environment.GetEnvironmentVariable(PathVariable) is string given)
        {
            names.Add(given);
        }

        string platform = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, fromInstaller);
            if (Directory.Exists(candidate))
            {
                names.AddRange(Directory.GetFiles(candidate, "libonnxruntime.so.1", SearchOption.AllDirectories).Where(f => f.Contains($"{Path.DirectorySeparatorChar}{platform}{Path.DirectorySeparatorChar}", StringComparison.Ordinal)));
            }
        }

        return NativeRival.Load([.. names, "libonnxruntime.so.1", "onnxruntime"]);
    }

    private static nint* Base() => (nint*)((delegate* unmanaged<nint>)NativeRival.Export(Library, "OrtGetApiBase"))();

    private static nint* Table() => (nint*)((delegate* unmanaged<uint, nint>)Base()[0])(Level);

    private static nint NewEnvironment()
    {
        const int Errors = 3;
        nint environment;
        fixed (byte* name = "comparison\0"u8)
        {
            Check(((delegate* unmanaged<int, byte*, nint*, nint>)Functions[CreateEnvironment])(Errors, name, &environment));
        }

        return environment;
    }

    private static void Check(nint status)
    {
        if (status != 0)
        {
            throw new NotSupportedException($"ONNX Runtime: {Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Functions[GetErrorMessage])(status))}");
        }
    }
}
