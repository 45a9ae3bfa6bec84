using Maddness.Comparison.Data;

namespace Maddness.Comparison.Core;

/// <summary>Prepares all methods for a problem, measures their errors, then times them in turn. Results are saved as they come: a run that is stopped keeps what it has.</summary>
internal sealed class Runner(CommandLine options, IReadOnlyList<IMethod> methods, Measurements results, Action save)
{
    private static readonly int[] ShapeSizes = [4, 8, 16, 64];

    internal void Run()
    {
        IReadOnlyList<Shape> headline = options.Shapes ?? ShapeData.Headline;
        if (options.Shapes is null || options.Shapes.Count > 0)
        {
            foreach (Shape shape in headline)
            {
                Progress($"shape {shape}");
                results.Headline.AddRange(Measure(ShapeData.Generate(shape), shapes: true, swept: true));
            }

            save();
        }

        if (options.Shapes is not null)
        {
            return;
        }

        Func<Problem>[] problems = [.. RealData.All(), .. GeneratedData.All(options.Quick)];
        for (int i = 0; i < problems.Length; i++)
        {
            Problem problem = problems[i]();
            Progress($"data set {i + 1} of {problems.Length}: {problem.Name}");
            results.DataSets.AddRange(Measure(problem, shapes: false));
            save();
        }

        foreach ((string axis, Shape[] shapes) in ShapeData.Sweeps(options.Quick))
        {
            results.Sweeps[axis] = [];
            foreach (Shape shape in shapes)
            {
                Progress($"speed against {axis}: {shape}");
                results.Sweeps[axis].AddRange(Measure(ShapeData.Generate(shape), shapes: true));
            }

            save();
        }
    }

    private static void Progress(string text) => Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {text}");

    private List<Measurement> Measure(Problem problem, bool shapes, bool swept = false)
    {
        List<(IMethod Method, int Size, Product Product, double Training, Errors Errors)> prepared = [];
        float[] destination = new float[problem.Test.Rows * problem.Outputs];
        foreach (IMethod method in methods)
        {
            if (shapes && !options.MethodsGiven && !Catalogue.IsForShapes(method))
            {
                continue;
            }

            foreach (int size in method.Sizes(problem, options.Quick).Where(s => !shapes || s == 0 || options.MethodsGiven || ShapeSizes.Contains(s)))
            {
                try
                {
                    Product? product = null;
                    double training = Timing.Milliseconds(() => product = method.Prepare(problem, size)) / 1000;
                    product!.Load(problem.Test);
                    product.Multiply(destination);
                    product.Finish(destination);
                    prepared.Add((method, size, product, product.TrainingSeconds ?? training, Errors.Of(problem, destination)));
                }
                catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or NotSupportedException)
                {
                    results.Failures.Add($"{method.Name}, size {size}, on {problem.Name}: {exception.Message}");
                    Progress(results.Failures[^1]);
                }
            }
        }

        Action[] actions = [.. prepared.Select(p => (Action)(() => p.Product.Multiply(destination)))];
        double[] times = Timing.Medians(actions, options.Quick ? 5 : 15, options.Quick ? 60 : 120);
        double[] sweptTimes = swept ? Timing.SweptMedians(actions, options.Quick ? 3 : 9) : [.. times.Select(_ => double.NaN)];
        double best = Best(times), bestSwept = Best(sweptTimes);
        List<Measurement> rows = [.. prepared.Select((p, i) => new Measurement(
            problem.Name, problem.Family, problem.Shape, p.Method, p.Size, times[i], p.Training, p.Errors, p.Product.Cost, best, sweptTimes[i], bestSwept))];
        prepared.ForEach(p => p.Product.Dispose());
        return rows;

        double Best(double[] times) => prepared.Zip(times).Where(p => p.First.Method.Kind == MethodKind.Exact).Select(p => p.Second).DefaultIfEmpty(double.NaN).Min();
    }
}
