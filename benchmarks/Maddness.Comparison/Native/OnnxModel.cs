using System.Runtime.InteropServices;
using System.Text;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Native;

/// <summary>ONNX models of one operation, written as the bytes of their protocol buffers: MatMul or Conv in float32, or DynamicQuantizeMatMul with B as signed bytes.</summary>
internal static class OnnxModel
{
    private const int Float = 1;
    private const int SignedByte = 3;

    internal static byte[] MatMul(Matrix b)
    {
        byte[] node = Node("MatMul", string.Empty, "A", "B");
        return Model(Graph([node], [Tensor("B", Float, [b.Rows, b.Columns], MemoryMarshal.AsBytes(b.Values.AsSpan()))]));
    }

    /// <summary>A convolution of images with their channels first (NCHW), as ONNX has them.</summary>
    /// <param name="shape">Images and windows.</param>
    /// <param name="weights">D × M, of windows with their channels last.</param>
    internal static byte[] Conv(ConvolutionShape shape, Matrix weights)
    {
        float[] values = new float[weights.Values.Length];
        int pixels = shape.KernelHeight * shape.KernelWidth;
        for (int i = 0; i < values.Length; i++)
        {
            // M × channels × rows × pixels.
            int pixel = i % pixels, channel = i / pixels % shape.Channels, output = i / weights.Rows;
            values[i] = weights[(pixel * shape.Channels) + channel, output];
        }

        byte[] node =
        [
            .. Node("Conv", string.Empty, "A", "B"),
            .. Integers("strides", shape.StrideY, shape.StrideX),
            .. Integers("dilations", shape.DilationY, shape.DilationX),
            .. Integers("pads", shape.PaddingTop, shape.PaddingLeft, shape.PaddingBottom, shape.PaddingRight),
        ];
        int[] sizes = [weights.Columns, shape.Channels, shape.KernelHeight, shape.KernelWidth];
        return Model(Graph([node], [Tensor("B", Float, sizes, MemoryMarshal.AsBytes(values.AsSpan()))], rank: 4));
    }

    internal static byte[] DynamicQuantizeMatMul(Matrix b)
    {
        sbyte[] values = new sbyte[b.Values.Length];
        float[] scales = new float[b.Columns];
        for (int m = 0; m < b.Columns; m++)
        {
            float largest = Enumerable.Range(0, b.Rows).Max(k => Math.Abs(b[k, m]));
            scales[m] = Math.Max(largest / 127, 1e-30f);
            for (int k = 0; k < b.Rows; k++)
            {
                values[(k * b.Columns) + m] = (sbyte)MathF.Round(b[k, m] / scales[m]);
            }
        }

        byte[] node = Node("DynamicQuantizeMatMul", "com.microsoft", "A", "B", "S");
        return Model(Graph(
            [node],
            [
                Tensor("B", SignedByte, [b.Rows, b.Columns], MemoryMarshal.AsBytes(values.AsSpan())),
                Tensor("S", Float, [b.Columns], MemoryMarshal.AsBytes(scales.AsSpan())),
            ]));
    }

    // Field numbers below are those of onnx.proto: ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto.
    private static byte[] Model(byte[] graph) =>
        [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, [.. Text(1, string.Empty), .. Number(2, 13)]), .. Bytes(8, [.. Text(1, "com.microsoft"), .. Number(2, 1)])];

    private static byte[] Graph(byte[][] nodes, byte[][] initialisers, int rank = 2) =>
        [.. nodes.SelectMany(n => Bytes(1, n)), .. Text(2, "product"), .. initialisers.SelectMany(t => Bytes(5, t)), .. Bytes(11, Value("A", rank)), .. Bytes(12, Value("Y", rank))];

    private static byte[] Node(string operation, string domain, params string[] inputs) =>
        [.. inputs.SelectMany(i => Text(1, i)), .. Text(2, "Y"), .. Text(4, operation), .. domain.Length > 0 ? Text(7, domain) : []];

    private static byte[] Integers(string name, params int[] values)
    {
        const int IsIntegers = 7;
        return Bytes(5, [.. Text(1, name), .. values.SelectMany(v => Number(8, v)), .. Number(20, IsIntegers)]);
    }

    private static byte[] Tensor(string name, int type, int[] sizes, ReadOnlySpan<byte> data) =>
        [.. sizes.SelectMany(s => Number(1, s)), .. Number(2, type), .. Text(8, name), .. Bytes(9, data)];

    /// <summary>A float tensor whose sizes have names only.</summary>
    private static byte[] Value(string name, int rank)
    {
        byte[] shape = [.. Enumerable.Range(0, rank).SelectMany(i => Bytes(1, Text(2, $"{name}{i}")))];
        return [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Number(1, Float), .. Bytes(2, shape)]))];
    }

    private static byte[] Number(int field, long value) => [.. VariableLength((ulong)field << 3), .. VariableLength((ulong)value)];

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, ReadOnlySpan<byte> data) => [.. VariableLength(((ulong)field << 3) | 2), .. VariableLength((ulong)data.Length), .. data];

    private static byte[] VariableLength(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
