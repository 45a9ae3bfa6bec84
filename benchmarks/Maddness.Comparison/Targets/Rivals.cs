using Maddness.Comparison.Core;

namespace Maddness.Comparison.Targets;

/// <summary>The products that targets are measured beside.</summary>
internal static class Rivals
{
    /// <summary>All float32 products that are installed, this library's own first.</summary>
    internal static List<(string Name, Product Product)> Exact(Problem problem)
    {
        List<(string, Product)> result = [];
        foreach (IMethod method in Catalogue.All.Where(m => m.Key is "exact" or "openblas" or "onednn-f32" or "ort-f32"))
        {
            if (Prepared(method, problem) is Product product)
            {
                result.Add((method.Name, product));
            }
        }

        return result;
    }

    /// <summary>A product that is ready to multiply; null where it is not installed.</summary>
    internal static Product? Prepared(IMethod method, Problem problem)
    {
        if (method.Missing is not null)
        {
            return null;
        }

        Product product = method.Prepare(problem, 0);
        product.Load(problem.Test);
        return product;
    }

    /// <summary>Disposes of exact products, and of another one if there is one.</summary>
    internal static void Release(List<(string Name, Product Product)> exact, Product? other)
    {
        exact.ForEach(e => e.Product.Dispose());
        other?.Dispose();
    }

    /// <summary>Where this library's own exact product is the fastest: what the ratio is to the best native one.</summary>
    internal static string OverNative(List<(string Name, Product Product)> exact, double[] times, double time)
    {
        if (exact.Count == 1 || times[0] > times[..exact.Count].Min())
        {
            return string.Empty;
        }

        (string name, double native) = FastestNative(exact, times);
        return $" (over {name}, the fastest native one, {TargetPage.Figure(native / time)}×)";
    }

    /// <summary>Of times whose first ones are those of exact products, at least one of them native.</summary>
    internal static (string Name, double Time) FastestNative(List<(string Name, Product Product)> exact, double[] times)
    {
        int best = Enumerable.Range(1, exact.Count - 1).MinBy(i => times[i]);
        return (exact[best].Name, times[best]);
    }
}
