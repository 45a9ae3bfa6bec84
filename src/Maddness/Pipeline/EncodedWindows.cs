using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Windows of images as rows of A, see <see cref="WindowPlan"/>: a tile of them is encoded, some windows side by side after others, and its codes are handed on.</summary>
/// <param name="plan">How.</param>
/// <param name="images">The images, one after another.</param>
/// <param name="rows">The windows of all of them.</param>
internal readonly unsafe struct EncodedWindows<T>(WindowPlan plan, T* images, int rows) : ICodeSource
    where T : unmanaged
{
    private readonly WindowPlan _plan = plan;
    private readonly T* _images = images;

    /// <inheritdoc/>
    public int Rows { get; } = rows;

    private int Codebooks => _plan.InImage.Trees.Codebooks;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Run<TKernel, TTask, TConsumer>(ref TTask task, int start, int rows)
        where TKernel : struct, IKernel
        where TTask : struct, ITileTask<TConsumer>
        where TConsumer : struct, ICodeConsumer, allows ref struct
    {
        int tileRows = TilePlan.RowsFor(rows, Codebooks);
        int most = Math.Max(Math.Min(_plan.MostWindows, rows), TilePlan.GatherRows);
        int codeBytes = CodeBytes(tileRows), partBytes = CodeBytes(most) + CodeBlock.Rows;
        long copied = (long)_plan.Copied.TouchedColumns.Length * TilePlan.GatherStride;
        byte[] rented = Scratch.Rent(
            Scratch.SizeOf<byte>(codeBytes)
            + Scratch.SizeOf<byte>(partBytes)
            + Scratch.SizeOf<T>(copied)
            + task.ScratchBytes<TKernel>(rows)
            + Encoder<T>.ScratchBytes(_plan.InImage, InImage(_images, most), reading: default));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            byte* codes = scratch.Take<byte>(codeBytes);
            byte* part = scratch.Take<byte>(partBytes);
            if (int.IsOddInteger(Codebooks))
            {
                // The partner of an odd last one must read as zero, see EncodedRows.
                new Span<byte>(codes, codeBytes).Clear();
            }

            T* copies = scratch.Take<T>(copied);
            TConsumer consumer = task.Start<TKernel>(rows, ref scratch);
            int tile;
            for (int done = 0; done < rows; done += tile)
            {
                tile = Math.Min(tileRows, rows - done);
                int count;
                for (int row = 0; row < tile; row += count)
                {
                    int taken = row % CodeBlock.Rows;
                    byte* target = codes + (row / CodeBlock.Rows * TilePlan.CodeBlockStride(Codebooks));
                    count = EncodePart<TKernel>(start + done + row, tile - row, copies, taken == 0 ? target : part, task.WritesToMemory, scratch);
                    if (taken > 0)
                    {
                        Append(part, count, target, taken);
                    }
                }

                consumer.Consume<TKernel>(codes, start + done, tile);
            }
        }

        Scratch.Return(rented);
    }

    private int CodeBytes(int windows) => (windows + CodeBlock.Rows - 1) / CodeBlock.Rows * TilePlan.CodeBlockStride(Codebooks);

    private PinnedMatrix<T> InImage(T* first, int count) => new(first, count, _plan.InImage.Trees.Inputs, _plan.Step, 1);

    /// <summary>Encodes some windows from one on: those beside it that are read where they stand, or those up to the next one that is.</summary>
    /// <returns>How many, at most <paramref name="most"/>.</returns>
    [MethodImpl(Compiled.Once)]
    private int EncodePart<TKernel>(int row, int most, T* copies, byte* codes, bool writesToMemory, Scratch scratch)
        where TKernel : struct, IKernel
    {
        (int line, int x) = Math.DivRem(row, _plan.OutputWidth);
        (int image, int y) = Math.DivRem(line, _plan.OutputHeight);
        int count = Math.Min(_plan.InnerFrom(y, x), most);
        if (count > 0)
        {
            PinnedMatrix<T> windows = InImage(_images + ((nint)image * _plan.ImageLength) + Offset(y, x), count);
            Encoder<T> encoder = new(_plan.InImage, windows, Encoder<T>.ReadingOf<TKernel>(_plan.InImage, windows), writesToMemory, ref scratch);
            encoder.Encode<TKernel>(0, count, codes);
            return count;
        }

        most = Math.Min(most, TilePlan.GatherRows);
        while (count < most && _plan.InnerFrom(y, x) == 0)
        {
            int run = Math.Min(_plan.OuterFrom(y, x), most - count);
            Copy(_images + ((nint)image * _plan.ImageLength), y, x, run, copies + count);
            count += run;
            x += run;
            if (x == _plan.OutputWidth)
            {
                (x, y) = (0, y + 1);
                if (y == _plan.OutputHeight)
                {
                    (y, image) = (0, image + 1);
                }
            }
        }

        Encoder<T>.EncodeCopied<TKernel>(_plan.Copied, copies, count, codes);
        return count;
    }

    /// <summary>Elements from an image's first to a window's, which may be before it: no more than a padded image has.</summary>
    private int Offset(int y, int x)
    {
        ConvolutionShape shape = _plan.Shape;
        return ((((y * shape.StrideY) - shape.PaddingTop) * shape.Width) + (x * shape.StrideX) - shape.PaddingLeft) * shape.Channels;
    }

    /// <summary>Copies the tested elements of some windows side by side, zeros where they are in the padding, columns of them apart.</summary>
    [MethodImpl(Compiled.Once)]
    private void Copy(T* image, int y, int x, int count, T* target)
    {
        ConvolutionShape shape = _plan.Shape;
        int offset = Offset(y, x), step = _plan.Step, stride = shape.StrideX, width = shape.Width;
        int top = (y * shape.StrideY) - shape.PaddingTop, left = (x * stride) - shape.PaddingLeft;
        foreach (ref readonly WindowPlan.Pixel pixel in _plan.Pixels.AsSpan())
        {
            // The windows from first to end have the pixel in the image: all of its elements.
            int first = 0, end = (uint)(top + pixel.Y) < (uint)shape.Height ? count : 0, at = left + pixel.X;
            while (first < end && at + (first * stride) < 0)
            {
                first++;
            }

            while (end > first && at + ((end - 1) * stride) >= width)
            {
                end--;
            }

            foreach (int channel in pixel.Channels)
            {
                T* source = image + (offset + pixel.Offset + channel);
                int n = 0;
                for (; n < first; n++)
                {
                    target[n] = default;
                }

                for (; n < end; n++)
                {
                    target[n] = source[n * step];
                }

                for (; n < count; n++)
                {
                    target[n] = default;
                }

                target += TilePlan.GatherStride;
            }
        }
    }

    /// <summary>
    /// Puts the codes of some rows behind those of the first <paramref name="taken"/> rows of a block, 1 to 15 of 16: lanes are the rows of a codebook. Vectors are read from up to 15 bytes before <paramref name="part"/>, where the codes of the tile end, to
    /// 15 bytes behind its last block; what they hold of other codebooks, or behind these, is masked: codes of missing rows are 0. The block behind the last one that is written to is written only if rows reach into it.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private void Append(byte* part, int count, byte* target, int taken)
    {
        int codebooks = Codebooks, stride = TilePlan.CodeBlockStride(codebooks);
        Vector128<byte> isTaken = Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)taken));
        for (int row = 0; row < count; row += CodeBlock.Rows)
        {
            bool reachesOn = taken + count - row > CodeBlock.Rows;
            for (int c = 0; c < codebooks; c++)
            {
                byte* from = part + (c * CodeBlock.Rows);
                byte* to = target + (c * CodeBlock.Rows);
                Vector128.ConditionalSelect(isTaken, Vector128.Load(to), Vector128.Load(from - taken)).Store(to);
                if (reachesOn)
                {
                    (Vector128.Load(from + CodeBlock.Rows - taken) & isTaken).Store(to + stride);
                }
            }

            part += stride;
            target += stride;
        }
    }
}
