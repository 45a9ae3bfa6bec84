using System.Runtime.InteropServices;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Native;

/// <summary>ONNX Runtime's Conv in float32, of images whose channels come first: the layout that it was made for. Turning them is not timed.</summary>
internal sealed unsafe class OnnxConvolution : IDisposable
{
    private readonly ConvolutionShape _shape;
    private readonly int _count;
    private readonly int _outputs;
    private readonly nint _session;
    private readonly nint _input;
    private readonly nint _output;
    private readonly float* _a;
    private readonly float* _y;

    internal OnnxConvolution(ConvolutionShape shape, Matrix weights, float[] images, int count)
    {
        (_shape, _count, _outputs) = (shape, count, weights.Columns);
        _session = OnnxApi.Session(OnnxModel.Conv(shape, weights));
        _a = (float*)NativeMemory.AlignedAlloc((nuint)images.Length * sizeof(float), 64);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)count * (nuint)(shape.Rows * weights.Columns) * sizeof(float), 64);
        int pixels = shape.Height * shape.Width;
        for (int i = 0; i < images.Length; i++)
        {
            int image = i / shape.ImageLength, pixel = i / shape.Channels % pixels, channel = i % shape.Channels;
            _a[(image * shape.ImageLength) + (channel * pixels) + pixel] = images[i];
        }

        _input = OnnxApi.Tensor(_a, count, shape.Channels, shape.Height, shape.Width);
        _output = OnnxApi.Tensor(_y, count, weights.Columns, shape.OutputHeight, shape.OutputWidth);
    }

    internal void Run() => OnnxApi.Run(_session, _input, _output);

    /// <summary>The output at a place, which is counted through all images.</summary>
    internal float At(int row, int output) => _y[(((row / _shape.Rows * _outputs) + output) * _shape.Rows) + (row % _shape.Rows)];

    public void Dispose()
    {
        OnnxApi.Release(_session, _input, _output);
        NativeMemory.AlignedFree(_a);
        NativeMemory.AlignedFree(_y);
    }
}
