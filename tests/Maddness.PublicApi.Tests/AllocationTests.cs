using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>A single-threaded product allocates nothing after the first one. Alone in the process: rented memory must not be trimmed by other tests' collections.</summary>
[Collection(KernelSelectionGroup.Name)]
public sealed class AllocationTests : IDisposable
{
    private const int Inputs = 48;

    private const int Outputs = 70;

    private static readonly float[] Training = Data.Rows(1, 400, Inputs);

    private static readonly MaddnessModel Model = MaddnessTrainer.Train(Training, 400, Inputs, new() { Codebooks = 7 });

    private static readonly MaddnessMatmul Product = Model.Bind(Data.Uniform(2, Inputs * Outputs), Outputs, Data.Uniform(3, Outputs));

    public static TheoryData<KernelLevel, int> Cases
    {
        get
        {
            TheoryData<KernelLevel, int> cases = [];
            foreach (KernelLevel level in KernelSelection.Available)
            {
                foreach (int rows in (int[])[0, 1, 17, level == KernelLevel.Scalar ? 300 : 5000])
                {
                    cases.Add(level, rows);
                }
            }

            return cases;
        }
    }

    public void Dispose() => KernelSelection.Reset();

    [Fact]
    public void Binding_many_outputs_leaves_nothing_behind()
    {
        const int Many = 30_000;
        MaddnessModel model = MaddnessTrainer.Train(Training, 400, Inputs, new() { Codebooks = 16, Leaves = 64 });
        float[] b = Data.Uniform(2, Inputs * Many);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        model.Bind(b, Many).Outputs.Should().Be(Many);

        // 16 codebooks of 64 floats for each output took 123 MB meanwhile.
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(60_000_000);
    }

    [Fact]
    public void A_first_product_of_columns_prepares_for_rows() => AllocateNothing(
        () => MaddnessTrainer.Train(Training, 400, Inputs, new() { Codebooks = 7 }).Bind(Data.Uniform(2, Inputs * Outputs), Outputs),
        (product, a, y) => product.Multiply(new ReadOnlyTensorSpan<float>(a, 0, [64, Inputs], [1, 64]), new TensorSpan<float>(y, 0, [64, Outputs], [])),
        (product, a, y) => product.Multiply(a, 64, y),
        "all ways to read rows");

    [Fact]
    public void A_first_product_of_many_rows_prepares_for_few() => AllocateNothing(
        () => Model.Bind(Data.Uniform(2, Inputs * Outputs), Outputs),
        (product, a, y) => product.Multiply(a, 64, y),
        (product, a, y) => product.Multiply(a.AsSpan(0, Inputs), 1, y.AsSpan(0, Outputs)),
        "both layouts of its tables");

    [Fact]
    public void A_first_search_of_few_rows_prepares_for_many()
    {
        foreach (KernelLevel level in KernelSelection.Available)
        {
            KernelSelection.Use(level);
            float[] a = Data.Rows(5, 64, Inputs);
            int[] indices = new int[64];

            // Scratch for many rows is rented, and stays when given back.
            Product.ArgMax(a, 64, indices);
            long smallest = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                MaddnessMatmul product = Model.Bind(Data.Uniform(2, Inputs * Outputs), Outputs);
                product.ArgMax(a.AsSpan(0, Inputs), 1, indices.AsSpan(0, 1));
                long before = GC.GetAllocatedBytesForCurrentThread();
                product.ArgMax(a, 64, indices);
                smallest = Math.Min(smallest, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            smallest.Should().Be(0, "{0} has all layouts of its tables", level);
        }
    }

    [Fact]
    public void After_one_row_a_thread_needs_no_memory_for_many()
    {
        // All layouts are made, so that only what a thread rents is left.
        const int Many = 3_000;
        float[] a = Data.Rows(5, Many, Inputs), y = new float[Many * Outputs], values = new float[Many * 3];
        int[] indices = new int[Many * 3];
        TopKReranker reranker = new(Product, Data.Uniform(2, Inputs * Outputs));
        Action<int>[] calls =
        [
            rows => Product.Multiply(a.AsSpan(0, rows * Inputs), rows, y.AsSpan(0, rows * Outputs)),
            rows => Product.ArgMax(a.AsSpan(0, rows * Inputs), rows, indices.AsSpan(0, rows)),
            rows => Product.TopK(a.AsSpan(0, rows * Inputs), rows, 3, indices.AsSpan(0, rows * 3), values.AsSpan(0, rows * 3)),
            rows => reranker.Find(a.AsSpan(0, rows * Inputs), rows, 3, indices.AsSpan(0, rows * 3), values.AsSpan(0, rows * 3)),
        ];
        foreach (Action<int> call in calls)
        {
            call(Many);
            call(1);
            long smallest = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                Thread thread = new(() =>
                {
                    call(1);
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    call(50);
                    call(Many);
                    smallest = Math.Min(smallest, GC.GetAllocatedBytesForCurrentThread() - before);
                });
                thread.Start();
                thread.Join();
            }

            smallest.Should().Be(0);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_allocate_nothing(KernelLevel level, int rows)
    {
        KernelSelection.Use(level);
        float[] a = Data.Rows(5, rows, Inputs);
        float[] y = new float[rows * Outputs];
        float[] wide = new float[(rows * ((2 * Outputs) + 1)) + 1];
        EncodedMatrix encoded = Model.Encode(a, rows);
        ExactMatmul exact = new(Data.Uniform(2, Inputs * Outputs), Inputs, Outputs);
        nint[] shape = [rows, Inputs], transposed = [1, rows], shapeOfY = [rows, Outputs], strided = [rows == 1 ? 0 : (2 * Outputs) + 1, 2];

        // Tensors want stride 0 for a dimension of length 1.
        transposed[0] = rows == 1 ? 0 : 1;

        AllocatesNothing("span", () => Product.Multiply(a, rows, y));
        AllocatesNothing("row-major tensor", () => Product.Multiply(new ReadOnlyTensorSpan<float>(a, shape), new TensorSpan<float>(y, shapeOfY)));
        AllocatesNothing("scan to a span", () => Product.Multiply(encoded, y));
        AllocatesNothing("scan to a tensor", () => Product.Multiply(encoded, new TensorSpan<float>(y, shapeOfY)));
        AllocatesNothing("encoding into", () => Model.Encode(a, rows, encoded));
        AllocatesNothing("encoding into, fewer rows", () => Product.Encode(a.AsSpan(0, rows / 2 * Inputs), rows / 2, encoded));
        Model.Encode(a, rows, encoded);
        AllocatesNothing("exact product", () => exact.Multiply(a, rows, y));
        int[] indices = new int[rows * 3];
        float[] values = new float[rows * 3];
        TopKReranker reranker = new(Product, Data.Uniform(2, Inputs * Outputs));
        AllocatesNothing("arg-max", () => Product.ArgMax(a, rows, indices.AsSpan(0, rows)));
        AllocatesNothing("top 3", () => Product.TopK(a, rows, 3, indices, values));
        DriftGuard guard = new(Product, Data.Uniform(2, Inputs * Outputs), 1e-9, new() { Interval = 3, Window = 5, Name = "allocation" });
        AllocatesNothing("guarded product", () => guard.Multiply(a, rows, y));
        AllocatesNothing("top 3 reranked", () => reranker.Find(a, rows, 3, indices, values, candidates: 5));
        if (rows > 0)
        {
            AllocatesNothing("column-major tensors", () => Product.Multiply(new ReadOnlyTensorSpan<float>(a, shape, transposed), new TensorSpan<float>(y, shapeOfY, transposed)));
            AllocatesNothing("strided destination", () => Product.Multiply(new ReadOnlyTensorSpan<float>(a, shape), new TensorSpan<float>(wide, shapeOfY, strided)));
            AllocatesNothing("scan to a strided destination", () => Product.Multiply(encoded, new TensorSpan<float>(wide, shapeOfY, strided)));
        }
    }

    [Fact]
    public void Products_of_integers_allocate_nothing()
    {
        MaddnessMatmul product = MaddnessTrainer.Train<byte>(Data.Integers<byte>(1, 200, Inputs), 200, Inputs, Data.Uniform(2, Inputs * Outputs), Outputs, default, new() { Codebooks = 4, Leaves = 32 });
        byte[] a = Data.Integers<byte>(5, 100, Inputs);
        float[] y = new float[100 * Outputs];
        AllocatesNothing("bytes", () => product.Multiply<byte>(a, 100, y));
    }

    /// <summary>
    /// The first call may allocate: packed tables, rented memory. Of the next ones at least one in three must not: the shared pool may lose its arrays at a collection,
    /// which is not the library's doing, but not each time.
    /// </summary>
    private static void AllocatesNothing(string what, Action call)
    {
        call();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 3 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.Should().Be(0, "a product ({0}) allocates nothing after the first", what);
    }

    /// <summary>After a first call of a new product, a second one of another kind, at every level.</summary>
    private static void AllocateNothing(Func<MaddnessMatmul> create, Action<MaddnessMatmul, float[], float[]> first, Action<MaddnessMatmul, float[], float[]> second, string prepared)
    {
        foreach (KernelLevel level in KernelSelection.Available)
        {
            KernelSelection.Use(level);
            float[] a = Data.Rows(5, 64, Inputs);
            float[] y = new float[64 * Outputs];
            long smallest = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                MaddnessMatmul product = create();
                first(product, a, y);
                long before = GC.GetAllocatedBytesForCurrentThread();
                second(product, a, y);
                smallest = Math.Min(smallest, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            smallest.Should().Be(0, "{0} has {1}", level, prepared);
        }
    }
}
