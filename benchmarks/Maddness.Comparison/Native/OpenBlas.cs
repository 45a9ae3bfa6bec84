using System.Runtime.InteropServices;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Native;

/// <summary>OpenBLAS's sgemm, one thread, best kernels.</summary>
internal sealed unsafe class OpenBlas : IMethod
{
    private static readonly nint Library = NativeRival.Load("libopenblas.so.0", "libopenblas.so", "openblas");

    public string Name => "OpenBLAS sgemm";

    public string Key => "openblas";

    public MethodKind Kind => MethodKind.Exact;

    public string SizeName => string.Empty;

    public string? Missing => Library == 0 ? NativeRival.Install + "apt-get install libopenblas0-pthread" : null;

    public string? Version => Library == 0 ? null : $"OpenBLAS: {Text("openblas_get_config")}, kernels {Text("openblas_get_corename")}";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => [0];

    public Product Prepare(Problem problem, int size) => new Bound(problem.B);

    private static string? Text(string function) => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeRival.Export(Library, function))())?.Trim();

    private sealed class Bound(Matrix b) : Product
    {
        private const int RowMajor = 101;
        private const int AsItIs = 111;

        private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm =
            (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)NativeRival.Export(Library, "cblas_sgemm");

        public override Cost Cost => new((double)b.Rows * b.Columns);

        public override void Multiply(float[] destination)
        {
            fixed (float* a = A.Values, weights = b.Values, y = destination)
            {
                _sgemm(RowMajor, AsItIs, AsItIs, A.Rows, b.Columns, b.Rows, 1, a, b.Rows, weights, b.Columns, 0, y, b.Columns);
            }
        }
    }
}
