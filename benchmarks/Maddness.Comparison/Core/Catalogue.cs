using Maddness.Comparison.Approximate;
using Maddness.Comparison.Exact;
using Maddness.Comparison.Native;

namespace Maddness.Comparison.Core;

/// <summary>Every method that is compared, in the order of the tables: exact, quantised, this library, approximate.</summary>
internal static class Catalogue
{
    internal static IReadOnlyList<IMethod> All { get; } =
    [
        new OwnExact(),
        new TensorDot(),
        new MathNetExact(),
        new OpenBlas(),
        new OneDnn(OneDnnTypes.Float32),
        new OnnxRuntime(bytes: false),

        new OnnxRuntime(bytes: true),
        new OneDnn(OneDnnTypes.Bfloat16),
        new OneDnn(OneDnnTypes.Bytes),

        // This library: one line for each set of options.
        new MaddnessMethod("Maddness", "maddness", c => new() { Codebooks = c }),
        new MaddnessMethod("Maddness, 8 cache lines", "maddness8", c => new() { Codebooks = c, MaxCacheLines = 8 }),
        new MaddnessMethod("Maddness, A column-major", "maddness-columns", c => new() { Codebooks = c }, columnMajor: true),
        new MaddnessMethod("Maddness, 32 leaves", "maddness32", c => new() { Codebooks = c, Leaves = 32 }),
        new MaddnessMethod("Maddness, classifier tables", "maddness-classifier", c => new() { Codebooks = c, Classifier = true }, classifier: true),
        new MaddnessMethod("Maddness, trees that reconstruct A", "reconstruction", c => new() { Codebooks = c, Objective = Objective.Reconstruction }),
        new MaddnessMethod("MADDNESS (paper)", "paper", Paper),
        new MaddnessMethod("MADDNESS (paper), averaged sums", "averaging", Paper, Summation.Averaging),
        new MaddnessMethod("MADDNESS without ridge", "noridge", c => Paper(c) with { PrototypeLayout = PrototypeLayout.CodebookLocal }),

        new ProductQuantization("PQ, K=16 (Bolt)", "bolt", 16),
        new ProductQuantization("PQ, K=256", "pq256", 256),
        new OptimisedProductQuantization(),
        new Int8(),
        new Float8(),
        new Pca(),
        new SparsePca(),
        new RandomProjection("random Gaussian", "gaussian", orthogonal: false, fitted: false),
        new RandomProjection("random orthogonal", "orthogonal", orthogonal: true, fitted: false),
        new RandomProjection("random orthogonal, fitted", "fitted", orthogonal: true, fitted: true),
        new FastJl(),
        new SparseSketch("HashJL", "hashjl", copies: 1),
        new SparseSketch("OSNAP", "osnap", copies: 4),
        new FrequentDirections(),
        new MagnitudePruning(),
        new SparseQuantisedFactors(),
    ];

    /// <summary>The methods whose speed over all shapes is measured when none are asked for.</summary>
    internal static bool IsForShapes(IMethod method) => method.Kind != MethodKind.Approximate || method.Key is "maddness" or "maddness8" or "maddness-columns" or "int8";

    private static TrainingOptions Paper(int codebooks) => new() { Codebooks = codebooks, Objective = Objective.Reconstruction, CandidateColumns = 4, WeightColumns = false, RidgeStrength = 1 };
}
