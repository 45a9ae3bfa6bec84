using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// The exact product as a loop over tiles. Blocks of k (a slice of a panel stays in the first-level cache while a block of rows passes it), blocks of rows
/// (copied, so that rows a power of two apart do not fight for the same cache sets; they stay in the second-level cache), panels, tiles.
/// Between blocks of k the sums rest in C as float32, which they are anyway: blocking changes no bit.
/// </summary>
internal static unsafe class ExactDriver
{
    /// <summary>The most k of one block.</summary>
    internal const int DepthBlock = 512;

    /// <summary>The most tiles, one below the other, of a block of rows.</summary>
    private const int TilesPerBlock = 8;

    /// <summary>The most rows and columns of a tile at any level.</summary>
    private const int MaxTileRows = 12;

    private const int MaxPanelColumns = 32;

    /// <summary>Floats between the rows of a copied block: one cache line more than the block's depth, so that rows start in different cache sets.</summary>
    private const int CopyStride = DepthBlock + 16;

    private const int CopyLength = TilesPerBlock * MaxTileRows * CopyStride;

    /// <summary>A copied block of A, then a tile of C.</summary>
    [ThreadStatic]
    private static AlignedBuffer<float>? _scratch;

    /// <summary>Runs the product on up to <paramref name="parallelism"/> threads: contiguous rows, and panels where there are too few rows.</summary>
    internal static void Run<TKernel>(in ExactProduct product, int parallelism)
        where TKernel : struct, IKernel
    {
        int rowParts = Math.Min(parallelism, ((product.Rows - 1) / TKernel.ExactTileRows) + 1);
        int panelParts = Math.Min(parallelism / rowParts, product.Layout.PanelCount);
        if (rowParts * panelParts == 1)
        {
            RunPart<TKernel>(in product, 0, product.Rows, 0, product.Layout.PanelCount);
        }
        else
        {
            RunParallel<TKernel>(product, rowParts, panelParts);
        }
    }

    private static void RunParallel<TKernel>(ExactProduct product, int rowParts, int panelParts)
        where TKernel : struct, IKernel
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = rowParts * panelParts };
        Parallel.For(0, rowParts * panelParts, options, part =>
        {
            (int rowPart, int panelPart) = (part / panelParts, part % panelParts);
            RunPart<TKernel>(
                in product,
                Share(product.Rows, TKernel.ExactTileRows, rowPart, rowParts),
                Share(product.Rows, TKernel.ExactTileRows, rowPart + 1, rowParts),
                Share(product.Layout.PanelCount, 1, panelPart, panelParts),
                Share(product.Layout.PanelCount, 1, panelPart + 1, panelParts));
        });
    }

    /// <summary>Where a part of <paramref name="count"/> things starts when they are shared out in whole groups.</summary>
    private static int Share(int count, int group, int part, int parts)
    {
        long groups = ((long)count + group - 1) / group;
        return (int)Math.Min(count, groups * part / parts * group);
    }

    private static void RunPart<TKernel>(in ExactProduct product, int firstRow, int endRow, int firstPanel, int endPanel)
        where TKernel : struct, IKernel
    {
        AlignedBuffer<float> scratch = _scratch ??= new AlignedBuffer<float>(CopyLength + (MaxTileRows * MaxPanelColumns));
        float* copy = scratch.Pointer;
        float* tileC = copy + CopyLength;
        int inner = product.Layout.Inner;
        int blockRows = TilesPerBlock * TKernel.ExactTileRows;

        // At least one block, also where there is no k at all: the outputs are then the empty sums. Blocks of equal depth, not a full one and a rest.
        int depthBlocks = Math.Max(1, ((inner - 1) / DepthBlock) + 1);
        for (int block = 0; block < depthBlocks; block++)
        {
            int k = (int)((long)inner * block / depthBlocks);
            int depth = (int)((long)inner * (block + 1) / depthBlocks) - k;
            ExactTile tile = new()
            {
                Depth = depth,
                Continues = block > 0,
            };
            for (int row = firstRow; row < endRow; row += blockRows)
            {
                int rows = Math.Min(blockRows, endRow - row);
                float* a = product.A + (row * product.ARowStride) + (k * product.AColumnStride);
                (nint tileStride, tile.ARowStride, tile.AColumnStride) = CopyRows<TKernel>(in product, a, rows, depth, endPanel - firstPanel, ref a, copy);
                for (int panel = firstPanel; panel < endPanel; panel++)
                {
                    bool isLast = panel == product.Layout.PanelCount - 1;
                    int columns = product.Layout.ColumnsOf(panel);
                    int outputs = product.Layout.OutputsOf(panel);
                    int column = panel * product.Layout.PanelColumns;
                    tile.BRowStride = isLast ? columns : product.PanelRowStride;
                    tile.B = (isLast ? product.LastPanel : product.Panels + (panel * product.PanelStride)) + (k * tile.BRowStride);
                    tile.Bias = product.Bias != null && block == depthBlocks - 1 ? product.Bias + column : null;
                    bool storesDirectly = outputs == columns && product.CColumnStride == 1;
                    tile.A = a;
                    for (int r = 0; r < rows; r += TKernel.ExactTileRows)
                    {
                        int tileRows = Math.Min(TKernel.ExactTileRows, rows - r);
                        float* c = product.C + ((row + r) * product.CRowStride) + (column * product.CColumnStride);
                        if (storesDirectly)
                        {
                            tile.C = c;
                            tile.CRowStride = product.CRowStride;
                            TKernel.MultiplyTile(in tile, tileRows, columns == TKernel.ExactPanelColumns);
                        }
                        else
                        {
                            // The outputs of this tile are not whole rows of the panel: it works on a tile of its own.
                            tile.C = tileC;
                            tile.CRowStride = columns;
                            if (tile.Continues)
                            {
                                Move(c, product.CRowStride, product.CColumnStride, tileC, columns, 1, tileRows, outputs);
                            }

                            TKernel.MultiplyTile(in tile, tileRows, columns == TKernel.ExactPanelColumns);
                            Move(tileC, columns, 1, c, product.CRowStride, product.CColumnStride, tileRows, outputs);
                        }

                        tile.A += tileStride;
                    }
                }
            }
        }

        GC.KeepAlive(scratch);
    }

    /// <summary>Makes a block of A fit for tiles: leaves it where it is, or copies it. Returns the strides from tile to tile, row to row and k to k.</summary>
    private static (nint Tile, nint Row, nint Column) CopyRows<TKernel>(
        in ExactProduct product, float* source, int rows, int depth, int panels, ref float* a, float* copy)
        where TKernel : struct, IKernel
    {
        int tileRows = TKernel.ExactTileRows;
        if (product.AColumnStride == 1)
        {
            if (panels <= DirectPanels)
            {
                return (tileRows * product.ARowStride, product.ARowStride, 1);
            }

            for (int r = 0; r < rows; r++)
            {
                new ReadOnlySpan<float>(source + (r * product.ARowStride), depth).CopyTo(new Span<float>(copy + (r * CopyStride), depth));
            }

            a = copy;
            return (tileRows * CopyStride, CopyStride, 1);
        }

        // Column-major, or strides of any kind: tile after tile, [k][row of the tile], whatever rows the last tile has.
        for (int r = 0; r < rows; r += tileRows)
        {
            Transpose(source + (r * product.ARowStride), product.ARowStride, product.AColumnStride, copy + (r * DepthBlock), tileRows, Math.Min(tileRows, rows - r), depth);
        }

        a = copy;
        return (tileRows * DepthBlock, 1, tileRows);
    }

    internal static int DirectPanels = 2;

    private static void Transpose(float* source, nint rowStride, nint columnStride, float* copy, int copyStride, int rows, int depth)
    {
        if (rowStride == 1 && rows == 12)
        {
            for (int k = 0; k < depth; k++)
            {
                System.Runtime.CompilerServices.Unsafe.CopyBlockUnaligned(copy, source, 12 * sizeof(float));
                source += columnStride;
                copy += copyStride;
            }

            return;
        }

        for (int k = 0; k < depth; k++)
        {
            for (int r = 0; r < rows; r++)
            {
                copy[(k * copyStride) + r] = source[(k * columnStride) + (r * rowStride)];
            }
        }
    }

    /// <summary>Copies rows × columns floats between memories that do not overlap.</summary>
    private static void Move(float* from, nint fromRow, nint fromColumn, float* to, nint toRow, nint toColumn, int rows, int columns)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int m = 0; m < columns; m++)
            {
                to[(r * toRow) + (m * toColumn)] = from[(r * fromRow) + (m * fromColumn)];
            }
        }
    }
}
