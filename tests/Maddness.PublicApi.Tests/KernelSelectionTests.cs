using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Tests that force a kernel level, which holds for the whole process: one after the other, and none beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class KernelSelectionGroup
{
    internal const string Name = "kernel selection";
}

[Collection(KernelSelectionGroup.Name)]
public sealed class KernelSelectionTests : IDisposable
{
    public static TheoryData<KernelLevel> Levels => [.. KernelSelection.Available];

    public void Dispose() => KernelSelection.Reset();

    [Fact]
    public void Available_levels_rise_from_scalar_to_the_best()
    {
        KernelSelection.Available.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        KernelSelection.Available[0].Should().Be(KernelLevel.Scalar);
        KernelSelection.Best.Should().Be(KernelSelection.Available[^1]);
    }

    [Fact]
    public void The_list_of_levels_cannot_be_changed() =>
        Assert.Throws<NotSupportedException>(() => ((IList<KernelLevel>)KernelSelection.Available)[0] = KernelLevel.Avx2);

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_forced_level_is_current_until_reset(KernelLevel level)
    {
        KernelLevel before = KernelSelection.Current;
        KernelSelection.Use(level);
        KernelSelection.Current.Should().Be(level);
        KernelSelection.Reset();
        KernelSelection.Current.Should().Be(before);
        KernelSelection.TryUse(level).Should().BeTrue();
        KernelSelection.Current.Should().Be(level);
    }

    [Fact]
    public void An_unknown_or_unavailable_level_is_refused_and_changes_nothing()
    {
        KernelSelection.Use(KernelLevel.Scalar);
        IEnumerable<KernelLevel> unavailable = Enum.GetValues<KernelLevel>().Except(KernelSelection.Available);
        foreach (KernelLevel level in unavailable.Append((KernelLevel)99).Append((KernelLevel)(-1)))
        {
            Refusal.Of<ArgumentOutOfRangeException>(
                () => KernelSelection.Use(level), "level", level.ToString(), "Available: " + string.Join(", ", KernelSelection.Available.Select(KernelSelection.NameOf)));
            KernelSelection.TryUse(level).Should().BeFalse();
            KernelSelection.Current.Should().Be(KernelLevel.Scalar);
        }
    }

    [Fact]
    public void What_the_environment_asks_for_is_used_where_nothing_is_forced()
    {
        string? before = Environment.GetEnvironmentVariable(KernelSelection.EnvironmentVariable);
        DriftGuard guard = new(Fixtures.Product, Fixtures.Weights, 1);
        try
        {
            Ask("SCALAR");
            KernelSelection.Current.Should().Be(KernelLevel.Scalar);
            Ask("vector128");
            KernelSelection.Current.Should().Be(KernelLevel.Vector128);
            KernelSelection.Use(KernelLevel.Scalar);
            KernelSelection.Current.Should().Be(KernelLevel.Scalar, "what is forced goes before");
            Ask(string.Empty);
            KernelSelection.Current.Should().Be(KernelSelection.Best);
            Ask("fast");
            Refusal.Of<InvalidOperationException>(() => _ = KernelSelection.Current, null, "MADDNESS_KERNEL is 'fast'", "Available: scalar, vector128");
            Refusal.Of<InvalidOperationException>(() => guard.Check(new float[Fixtures.Inputs], 1), null, "MADDNESS_KERNEL is 'fast'");
            Refusal.Of<InvalidOperationException>(() => MaddnessTrainer.Train(Data.Rows(1, 20, 4), 20, 4, new() { Codebooks = 2 }), null, "MADDNESS_KERNEL is 'fast'");
            Refusal.Of<InvalidOperationException>(
                () => MaddnessTrainer.Train(Data.Rows(1, 20, 4), 20, 4, Data.Uniform(2, 8), 2, options: new() { Codebooks = 2, Objective = Objective.Reconstruction }), null, "MADDNESS_KERNEL is 'fast'");
            guard.Rows.Should().Be(0, "a row was neither checked nor passed over");
            Environment.SetEnvironmentVariable(KernelSelection.EnvironmentVariable, null);
            KernelSelection.Current.Should().Be(KernelSelection.Best, "a refusal decides nothing");
        }
        finally
        {
            Environment.SetEnvironmentVariable(KernelSelection.EnvironmentVariable, before);
        }

        static void Ask(string level)
        {
            Environment.SetEnvironmentVariable(KernelSelection.EnvironmentVariable, level);
            KernelSelection.Reset();
        }
    }

    [Fact]
    public void Names_are_the_documented_ones()
    {
        Enum.GetValues<KernelLevel>().Select(KernelSelection.NameOf).Should().Equal("scalar", "vector128", "avx2", "avx512", "avx512vbmi");
        Refusal.Of<ArgumentOutOfRangeException>(() => KernelSelection.NameOf((KernelLevel)5), "level", "5", "expected a member of KernelLevel");
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Models_codes_and_products_are_the_same_bits_at_every_level_and_thread_count(KernelLevel level)
    {
        // As many as give five threads something to do.
        const int Rows = 3_500;
        float[] a = Data.Rows(1, 1_200, 24), x = Data.Rows(9, Rows, 24), b = Data.Uniform(2, 24 * 19), bias = Data.Uniform(3, 19);
        KernelSelection.Use(KernelLevel.Scalar);
        (byte[] Model, byte[] Product, byte[] Codes, int[] Y) expected = Run(1);
        KernelSelection.Use(level);
        foreach (int threads in (int[])[1, 2, 5])
        {
            (byte[] Model, byte[] Product, byte[] Codes, int[] Y) actual = Run(threads);
            actual.Model.Should().Equal(expected.Model);
            actual.Product.Should().Equal(expected.Product);
            actual.Codes.Should().Equal(expected.Codes.ToArray());
            actual.Y.Should().Equal(expected.Y);
        }

        (byte[] Model, byte[] Product, byte[] Codes, int[] Y) Run(int threads)
        {
            TrainingOptions options = new() { Codebooks = 5, MaxDegreeOfParallelism = threads, MaxTrainingRows = 1_000, Seed = 4, RidgeStrength = null };
            MaddnessModel model = MaddnessTrainer.Train(a, 1_200, 24, options);
            MaddnessMatmul product = MaddnessTrainer.Train(a, 1_200, 24, b, 19, bias, options);
            float[] y = new float[Rows * 19];
            product.Multiply(x, Rows, y, threads);
            return (Data.Saved(model.Save), Data.Saved(product.Save), Data.Saved(model.Encode(x, Rows, threads).Save), Data.Bits(y));
        }
    }
}
