using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// The exact product as a loop over tiles. Blocks of k and of rows (a slice of a panel stays in a near cache while the tiles of
/// a block of rows pass it, and the block stays in the second-level cache while all panels pass it), panels, tiles.
/// Between blocks of k the sums rest in C as float32, which they are anyway: blocking changes no bit.
/// </summary>
internal static unsafe class ExactDriver
{
    /// <summary>
    /// The most k of one block. Fewer read and write C more often, and parts of rows of A in place of rows (measured on Emerald Rapids only, 512 and so, GFLOP/s: AVX-512, 10,000 × 768 × 100 126 to 138, × 1,024 × 100 120 to 128,
    /// 4,096 × 1,024 × 1,024 143 to 149; AVX2, 10,000 × 1,024 × 100 70 to 75; 256 lost 8 %). A block of A and a slice of a panel are 512 KB at most.
    /// </summary>
    private const int DepthBlock = 1024;

    /// <summary>The same where A may be copied, or B is read where it stands, each row of it in another page.</summary>
    private const int ShortDepthBlock = 512;

    /// <summary>The most tiles, one below the other, of a block of rows.</summary>
    private const int TilesPerBlock = 8;

    /// <summary>The most rows of a tile at any level.</summary>
    private const int MaxTileRows = 12;

    /// <summary>The most columns of a panel at any level.</summary>
    private const int MaxPanelColumns = 32;

    /// <summary>The most rows of a block: so often B is read.</summary>
    internal const int MaxBlockRows = TilesPerBlock * MaxTileRows;

    /// <summary>Rows that a part has at least where a thread's are more than one part.</summary>
    private const int PartRows = 4 * MaxBlockRows;

    /// <summary>The most floats of a copied block of A.</summary>
    private const int CopyFloats = TilesPerBlock * ((MaxTileRows * ShortDepthBlock) + CacheLine.Floats);

    /// <summary>Up to so many panels, A is read where it is, whatever its strides.</summary>
    private const int DirectPanels = 1;

    /// <summary>
    /// Rows that lie multiples of 4 KB apart share one set of the first cache, of eight lines or twelve: of eight, so many leave room for B (measured on AMD Zen 4, AVX-512, 1,024 inputs, ns a row: 10 outputs 379 to 289, 100 outputs 2,210 to 1,890).
    /// In twelve lines twelve rows have their place (Emerald Rapids, AVX-512, GFLOP/s, six rows and twelve: 1,024 inputs, 10,000 × 100 128 to 136, × 8 57 to 67).
    /// </summary>
    private const int MostAliasedRows = 6;

    /// <summary>
    /// So many last rows, or fewer, are too few sums to keep the multipliers busy: they share the rows of the last whole tile (measured on AMD Zen 4, 512 inputs, 100 outputs, AVX2: eight rows as 6 + 2 1,220 ns a
    /// row, as 4 + 4 1,080).
    /// </summary>
    private const int MostRowsShared = 3;

    /// <summary>Up to so many rows are multiplied by two panels at once.</summary>
    private const int PairRows = 2;

    /// <summary>A copied block of A, then a block of C.</summary>
    [ThreadStatic]
    private static AlignedBuffer<float>? _scratch;

    /// <summary>Runs the product on up to <paramref name="parallelism"/> threads: contiguous rows, and panels where there are too few rows.</summary>
    internal static void Run<TKernel>(in ExactProduct product, int parallelism)
        where TKernel : struct, IKernel
    {
        int rowParts = Math.Min(parallelism, ((product.A.Rows - 1) / TKernel.ExactTileRows) + 1);
        int panelParts = Math.Min(parallelism / rowParts, product.Layout.PanelCount);
        if (rowParts * panelParts == 1)
        {
            RunPart<TKernel>(in product, 0, product.A.Rows, 0, product.Layout.PanelCount);
        }
        else
        {
            RunParallel<TKernel>(product, rowParts, panelParts);
        }
    }

    private static void RunParallel<TKernel>(ExactProduct product, int rowParts, int panelParts)
        where TKernel : struct, IKernel
    {
        // The caller keeps the operands pinned until all parts are done. Parts write different rows or columns of C.
        Workers.Run(rowParts * panelParts, panelParts > 1 ? 1 : product.A.Rows / rowParts / PartRows, (part, parts) =>
        {
            (int rowPart, int panelPart) = (part / panelParts, part % panelParts);
            RunPart<TKernel>(
                in product,
                Workers.StartOf(product.A.Rows, TKernel.ExactTileRows, rowPart, parts / panelParts),
                Workers.StartOf(product.A.Rows, TKernel.ExactTileRows, rowPart + 1, parts / panelParts),
                Workers.StartOf(product.Layout.PanelCount, 1, panelPart, panelParts),
                Workers.StartOf(product.Layout.PanelCount, 1, panelPart + 1, panelParts));
        });
    }

    [MethodImpl(Compiled.Once)]
    private static void RunPart<TKernel>(in ExactProduct product, int firstRow, int endRow, int firstPanel, int endPanel)
        where TKernel : struct, IKernel
    {
        AlignedBuffer<float> scratch = _scratch ??= new AlignedBuffer<float>(CopyFloats + (MaxBlockRows * MaxPanelColumns));
        int inputs = product.Layout.Inputs;
        int blockRows = TilesPerBlock * TKernel.ExactTileRows;

        // At least one block, also where there is no k at all: the outputs are then the empty sums. Blocks of equal depth, not full ones and a rest.
        int mostDepth = product.A.ColumnStride == 1 && product.IsPacked ? DepthBlock : ShortDepthBlock;
        int depthBlocks = Math.Max(1, (inputs + mostDepth - 1) / mostDepth);
        for (int depthBlock = 0; depthBlock < depthBlocks; depthBlock++)
        {
            int k = (int)((long)inputs * depthBlock / depthBlocks);
            Block block = new()
            {
                K = k,
                IsLast = depthBlock == depthBlocks - 1,
                Tile = new() { Depth = (int)((long)inputs * (depthBlock + 1) / depthBlocks) - k, Continues = depthBlock > 0 },
            };
            for (block.Row = firstRow; block.Row < endRow; block.Row += block.Rows)
            {
                block.Rows = Math.Min(blockRows, endRow - block.Row);
                PlaceA<TKernel>(in product, ref block, endPanel - firstPanel, scratch.Pointer);
                int panel = firstPanel;
                for (; block.Rows <= PairRows && panel + 2 <= endPanel; panel += 2)
                {
                    RunPair<TKernel>(in product, ref block, panel, scratch.Pointer + CopyFloats);
                }

                for (; panel < endPanel; panel++)
                {
                    RunPanel<TKernel>(in product, ref block, panel, panel == firstPanel, scratch.Pointer + CopyFloats);
                }
            }
        }

        GC.KeepAlive(scratch);
    }

    /// <summary>Multiplies one or two rows by a slice of two panels, the second of which may be the last one: their places are as in <see cref="RunPanel"/>.</summary>
    private static void RunPair<TKernel>(in ExactProduct product, ref Block block, int panel, float* scratchC)
        where TKernel : struct, IKernel
    {
        int columns = TKernel.ExactPanelColumns + product.Layout.ColumnsOf(panel + 1);
        int outputs = TKernel.ExactPanelColumns + product.Layout.OutputsOf(panel + 1);
        ref ExactTile tile = ref block.Tile;
        tile.A = block.A;
        float* c = PlaceC(in product, ref block, panel, columns, outputs, scratchC);
        tile.B = BOf(in product, panel, block.K, out tile.BRowStride);
        float* second = BOf(in product, panel + 1, block.K, out nint secondRowStride);
        if (columns == 2 * TKernel.ExactPanelColumns)
        {
            MultiplyPair<TKernel, PanelWidth.Wide>(in tile, second, secondRowStride, block.Rows);
        }
        else if (columns * 2 == 3 * TKernel.ExactPanelColumns)
        {
            MultiplyPair<TKernel, PanelWidth.Half>(in tile, second, secondRowStride, block.Rows);
        }
        else
        {
            MultiplyPair<TKernel, PanelWidth.Quarter>(in tile, second, secondRowStride, block.Rows);
        }

        ReturnC(in product, in tile, c, block.Rows, outputs);
    }

    private static void MultiplyPair<TKernel, TWidth>(in ExactTile tile, float* second, nint secondRowStride, int rows)
        where TKernel : struct, IKernel
        where TWidth : struct, IPanelWidth
    {
        if (rows == 1)
        {
            TKernel.MultiplyPair<Constant.One, TWidth>(in tile, second, secondRowStride);
        }
        else
        {
            TKernel.MultiplyPair<Constant.Two, TWidth>(in tile, second, secondRowStride);
        }
    }

    /// <summary>
    /// Multiplies a block of A by a slice of one panel, which may be the first one that passes the block. Tiles read rows Row to Row + Rows of A and k from K to K + Depth ≤ D only, those k of the panel with its padding,
    /// and reach of C exactly the block's rows and the panel's outputs: with padding or strides they work on the scratch, whose MaxBlockRows rows of MaxPanelColumns
    /// hold any level's block.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static void RunPanel<TKernel>(in ExactProduct product, ref Block block, int panel, bool isFirst, float* scratchC)
        where TKernel : struct, IKernel
    {
        int columns = product.Layout.ColumnsOf(panel);
        int outputs = product.Layout.OutputsOf(panel);
        ref ExactTile tile = ref block.Tile;
        float* c = PlaceC(in product, ref block, panel, columns, outputs, scratchC);
        tile.B = BOf(in product, panel, block.K, out tile.BRowStride);
        float* firstC = tile.C;
        tile.A = block.A;
        bool isPrefetched = tile.C == c && TilePlan.IsInMemory(product.A.Rows, product.C.RowStride);

        // The first panel's tiles ask for the rows of the next tile: the others find theirs in the second cache. (Measured on Emerald Rapids only, AVX-512, GFLOP/s: 10,000 × 512 × 100, from the last cache, 118 to 137; × 32 142 to 161; × 8 62 to 73;
        // 100,000 × 512 × 100 and × 8, from memory, 112 to 135 and 32 to 49. By itself this processor hides little of the way there, likely as its rows share pages, each of which it follows as one stream.)
        bool isAsked = isFirst && block.IsInPlace && tile.AColumnStride == 1 && TilePlan.IsAskedFor(product.A.Rows, tile.ARowStride, sizeof(float));
        int tileRows = block.IsInPlace && columns < TKernel.ExactPanelColumns ? TKernel.ExactNarrowTileRows : TKernel.ExactTileRows;
        if (block.IsInPlace && tile.ARowStride * sizeof(float) % CacheLine.AliasedBytes == 0 && Processor.FirstCacheWays < MaxTileRows)
        {
            tileRows = Math.Min(tileRows, MostAliasedRows);
        }

        int rows;
        for (int left = block.Rows; left > 0; left -= rows)
        {
            rows = Math.Min(tileRows, left);
            if (left > rows && left - rows <= MostRowsShared && block.IsInPlace)
            {
                rows = (left + 1) / 2;
            }

            if (isPrefetched)
            {
                PrefetchC(in tile, rows, columns);
            }

            tile.AskedOffset = isAsked ? rows * tile.ARowStride * sizeof(float) : 0;
            if (columns == TKernel.ExactPanelColumns)
            {
                MultiplyTile<TKernel, PanelWidth.Wide>(in tile, rows);
            }
            else if (columns * 2 == TKernel.ExactPanelColumns)
            {
                MultiplyTile<TKernel, PanelWidth.Half>(in tile, rows);
            }
            else
            {
                MultiplyTile<TKernel, PanelWidth.Quarter>(in tile, rows);
            }

            tile.A += block.IsInPlace ? rows * tile.ARowStride : block.ATileStride;
            tile.C += rows * tile.CRowStride;
        }

        tile.C = firstC;
        ReturnC(in product, in tile, c, block.Rows, outputs);
    }

    /// <summary>A slice of a panel, from k on.</summary>
    private static float* BOf(in ExactProduct product, int panel, int k, out nint rowStride)
    {
        bool isLast = panel == product.Layout.PanelCount - 1;
        rowStride = isLast ? product.LastPanelRowStride : product.PanelRowStride;
        return (isLast ? product.LastPanel : product.Panels + (panel * product.PanelStride)) + (k * rowStride);
    }

    /// <summary>
    /// Gives tiles of a panel, or of two, their C and their bias, and returns where the block's outputs are. Tiles write whole rows of a panel. Where C has no such rows (its last columns, or columns that do not lie side by side),
    /// the block has a C of its own.
    /// </summary>
    private static float* PlaceC(in ExactProduct product, ref Block block, int panel, int columns, int outputs, float* scratchC)
    {
        ref ExactTile tile = ref block.Tile;
        int column = panel * product.Layout.PanelColumns;
        float* c = product.C.Row(block.Row) + (column * product.C.ColumnStride);
        bool isDirect = outputs == columns && product.C.ColumnStride == 1;
        tile.C = isDirect ? c : scratchC;
        tile.CRowStride = isDirect ? product.C.RowStride : columns;
        tile.Bias = product.Bias != null && block.IsLast ? product.Bias + column : null;
        if (!isDirect && tile.Continues)
        {
            StridedCopy.Run(c, product.C.RowStride, product.C.ColumnStride, scratchC, columns, 1, block.Rows, outputs);
        }

        return c;
    }

    /// <summary>Copies outputs of the block to where they are, if tiles wrote them elsewhere.</summary>
    private static void ReturnC(in ExactProduct product, in ExactTile tile, float* c, int rows, int outputs)
    {
        if (tile.C != c)
        {
            StridedCopy.Run(tile.C, tile.CRowStride, 1, c, product.C.RowStride, product.C.ColumnStride, rows, outputs);
        }
    }

    /// <summary>A kernel's tile of so many rows, which are a constant in it: that of each number is compiled when it is first called.</summary>
    private static void MultiplyTile<TKernel, TWidth>(in ExactTile tile, int rows)
        where TKernel : struct, IKernel
        where TWidth : struct, IPanelWidth
    {
        switch (rows)
        {
            case 1:
                TKernel.MultiplyTile<Constant.One, TWidth>(in tile);
                break;
            case 2:
                TKernel.MultiplyTile<Constant.Two, TWidth>(in tile);
                break;
            case 3:
                TKernel.MultiplyTile<Constant.Three, TWidth>(in tile);
                break;
            case 4:
                TKernel.MultiplyTile<Constant.Four, TWidth>(in tile);
                break;
            case 5:
                TKernel.MultiplyTile<Constant.Five, TWidth>(in tile);
                break;
            case 6:
                TKernel.MultiplyTile<Constant.Six, TWidth>(in tile);
                break;
            case 7:
                TKernel.MultiplyTile<Constant.Seven, TWidth>(in tile);
                break;
            case 8:
                TKernel.MultiplyTile<Constant.Eight, TWidth>(in tile);
                break;
            case 9:
                TKernel.MultiplyTile<Constant.Nine, TWidth>(in tile);
                break;
            case 10:
                TKernel.MultiplyTile<Constant.Ten, TWidth>(in tile);
                break;
            case 11:
                TKernel.MultiplyTile<Constant.Eleven, TWidth>(in tile);
                break;
            default:
                TKernel.MultiplyTile<Constant.Twelve, TWidth>(in tile);
                break;
        }
    }

    /// <summary>
    /// Asks for what a tile will write, so that it comes from memory while the tile computes (measured on Intel Cascade Lake, 4,096 × 512 × 512: 108 GFLOP/s without, 115 with; nothing where the last cache holds C).
    /// Asking for the rows of A of the next block as well lost 7 % there; by tiles, a line at a time, it gains on Emerald Rapids: see <see cref="RunPanel"/>.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static void PrefetchC(in ExactTile tile, int rows, int columns)
    {
        float* c = tile.C;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column += CacheLine.Floats)
            {
                CachePrefetch.Line(c + column);
            }

            // Rows that are not aligned to lines end in one more.
            CachePrefetch.Line(c + columns - 1);
            c += tile.CRowStride;
        }
    }

    /// <summary>
    /// Finds a block of A for the tiles. Rows of adjacent elements are read where they are: copying them was measured to cost more than it saves, also for rows a power of
    /// two apart. Anything else is copied to the order in which tiles read it, unless so few panels read it that this does not pay.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static void PlaceA<TKernel>(in ExactProduct product, ref Block block, int panels, float* copy)
        where TKernel : struct, IKernel
    {
        int tileRows = TKernel.ExactTileRows;
        float* a = product.A.Row(block.Row) + (block.K * product.A.ColumnStride);
        if (product.A.ColumnStride == 1 || panels <= DirectPanels)
        {
            block.A = a;
            block.IsInPlace = true;
            block.Tile.ARowStride = product.A.RowStride;
            block.Tile.AColumnStride = product.A.ColumnStride;
            return;
        }

        // Tile after tile, each [k][row of the tile], a line apart so that tiles do not share cache sets. Whole tiles are copied k by k, as what lies side by side is then read at once. The last tile may have fewer rows: the places of
        // the others are neither written nor read.
        int depth = block.Tile.Depth;
        int whole = product.A.RowStride == 1 ? block.Rows / tileRows : 0;
        nint stride = ((nint)depth * tileRows) + CacheLine.Floats;
        for (int k = 0; k < depth && whole > 0; k++)
        {
            float* from = a + (k * product.A.ColumnStride);
            float* to = copy + (k * tileRows);
            for (int tile = 0; tile < whole; tile++)
            {
                // A constant length: the compiler makes it a few vector moves.
                Unsafe.CopyBlockUnaligned(to, from, (uint)(TKernel.ExactTileRows * sizeof(float)));
                from += tileRows;
                to += stride;
            }
        }

        for (int tile = whole; tile * tileRows < block.Rows; tile++)
        {
            int rows = Math.Min(tileRows, block.Rows - (tile * tileRows));
            float* from = a + (tile * tileRows * product.A.RowStride);
            float* to = copy + (tile * stride);
            for (int k = 0; k < depth; k++)
            {
                for (int i = 0; i < rows; i++)
                {
                    to[i] = from[i * product.A.RowStride];
                }

                from += product.A.ColumnStride;
                to += tileRows;
            }
        }

        block.A = copy;
        block.IsInPlace = false;
        block.ATileStride = stride;
        block.Tile.ARowStride = 1;
        block.Tile.AColumnStride = tileRows;
    }

    /// <summary>Rows Row to Row + Rows of A at k from K on, and the operands of their tiles.</summary>
    private struct Block
    {
        internal int K;

        /// <summary>Whether no k follow.</summary>
        internal bool IsLast;

        internal int Row;

        internal int Rows;

        internal float* A;

        /// <summary>Whether tiles read A where it is, not from a copy.</summary>
        internal bool IsInPlace;

        /// <summary>Elements of a copied A from one tile to the next.</summary>
        internal nint ATileStride;

        internal ExactTile Tile;
    }
}
