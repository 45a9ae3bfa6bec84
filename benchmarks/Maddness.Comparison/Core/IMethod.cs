namespace Maddness.Comparison.Core;

/// <summary>What a method promises.</summary>
internal enum MethodKind
{
    /// <summary>float32 in, float32 out, right to the rounding of float32: the ones a speedup is measured against.</summary>
    Exact,

    /// <summary>A product of fewer bits by somebody else's library.</summary>
    Quantised,

    /// <summary>Everything that trades error for time.</summary>
    Approximate,
}

/// <summary>What one row costs.</summary>
/// <param name="MultiplyAdds">Multiplications with an addition, of any width.</param>
/// <param name="LookUps">Table entries read and added.</param>
internal readonly record struct Cost(double MultiplyAdds, double LookUps = 0);

/// <summary>A way to compute A·B.</summary>
internal interface IMethod
{
    /// <summary>As it stands in tables.</summary>
    string Name { get; }

    /// <summary>As it is given to --methods: lower case, no spaces.</summary>
    string Key { get; }

    MethodKind Kind { get; }

    /// <summary>What its size parameter counts; empty when it has none.</summary>
    string SizeName { get; }

    /// <summary>What is done to A before the clock starts; empty when the method takes float32 rows as they are.</summary>
    string Given => string.Empty;

    /// <summary>Why it cannot run here, with the command that changes it; null when it can.</summary>
    string? Missing => null;

    /// <summary>Whose code it is and of which version, when it is not this repository's.</summary>
    string? Version => null;

    /// <summary>The sizes worth trying on a problem; one 0 for a method without sizes; none when it does not apply.</summary>
    IEnumerable<int> Sizes(Problem problem, bool quick);

    /// <summary>Learns or binds. Its time is the training time.</summary>
    Product Prepare(Problem problem, int size);
}

/// <summary>A method bound to one B.</summary>
internal abstract class Product : IDisposable
{
    public abstract Cost Cost { get; }

    /// <summary>The training time, where it is not that of <see cref="IMethod.Prepare"/>.</summary>
    public virtual double? TrainingSeconds => null;

    protected Matrix A { get; private set; } = new(0, 0);

    /// <summary>Takes A; whatever <see cref="IMethod.Given"/> says is done here, outside the clock.</summary>
    public virtual void Load(Matrix a) => A = a;

    /// <summary>The product of the loaded A, on one thread: what is timed.</summary>
    public abstract void Multiply(float[] destination);

    /// <summary>Turns raw results into floats, for products that hand back integers; outside the clock.</summary>
    public virtual void Finish(float[] destination)
    {
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    protected virtual void Release()
    {
    }
}
