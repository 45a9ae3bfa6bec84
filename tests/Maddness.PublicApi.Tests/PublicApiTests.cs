using System.Reflection;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>No public name appears, changes or disappears unnoticed.</summary>
public class PublicApiTests
{
    private const string ApprovedFile = "tests/Maddness.PublicApi.Tests/PublicApi.approved.txt";

    private const string UpdateVariable = "UPDATE_APPROVED";

    [Fact]
    public void The_public_api_is_the_approved_one()
    {
        string actual = ApiText.Of(typeof(MaddnessTrainer).Assembly);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(Repository.PathOf(ApprovedFile), actual);
        }

        string approved = File.Exists(Repository.PathOf(ApprovedFile)) ? Repository.Text(ApprovedFile) : string.Empty;
        string[] added = [.. actual.Split('\n').Except(approved.Split('\n'))];
        string[] removed = [.. approved.Split('\n').Except(actual.Split('\n'))];
        actual.Should().Be(
            approved,
            "the public API changes on purpose only. New lines: [{0}]; lines gone: [{1}]. To approve, run this test with {2}=1 and commit {3}",
            string.Join(" | ", added),
            string.Join(" | ", removed),
            UpdateVariable,
            ApprovedFile);
    }

    [Fact]
    public void The_package_depends_on_the_tensors_package_alone()
    {
        // What the compiled library asks for at run time, the framework aside.
        IEnumerable<string?> references = typeof(MaddnessTrainer).Assembly.GetReferencedAssemblies().Select(a => a.Name);
        references.Where(name => !IsFramework(name!)).Should().BeEquivalentTo("System.Numerics.Tensors");

        static bool IsFramework(string name)
        {
            string directory = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
            return File.Exists(Path.Combine(directory, name + ".dll"));
        }
    }

    [Fact]
    public void Nothing_of_this_project_sees_internals() =>
        typeof(MaddnessTrainer).Assembly.GetCustomAttributes<System.Runtime.CompilerServices.InternalsVisibleToAttribute>()
            .Should().NotContain(a => a.AssemblyName.StartsWith("Maddness.PublicApi", StringComparison.Ordinal));

    [Fact]
    public void Arrays_are_taken_for_spans_where_they_may_be_tensors_too()
    {
        // C# 14 prefers spans by itself. Before, Encode(array, 5) would take the 5 for threads, and constructors of a product and an array would be ambiguous.
        (MethodBase Span, MethodBase Tensor)[] pairs =
        [
            .. from type in typeof(MaddnessTrainer).Assembly.GetExportedTypes()
               from span in type.GetConstructors().Concat<MethodBase>(type.GetMethods())
               from tensor in type.GetConstructors().Concat<MethodBase>(type.GetMethods())
               where span.Name == tensor.Name && Arity(span) == Arity(tensor) && !HasTensors(span) && HasTensors(tensor) && MayBothTakeArrays(span, tensor)
               select (span, tensor),
        ];
        pairs.Should().HaveCountGreaterThan(7);
        pairs.Where(pair => Priority(pair.Span) <= Priority(pair.Tensor)).Should().BeEmpty();

        static int Priority(MethodBase method) => method.GetCustomAttribute<System.Runtime.CompilerServices.OverloadResolutionPriorityAttribute>()?.Priority ?? 0;

        static int Arity(MethodBase method) => method.IsGenericMethod ? method.GetGenericArguments().Length : 0;

        static bool HasTensors(MethodBase method) => method.GetParameters().Any(p => p.ParameterType.Name.Contains("TensorSpan", StringComparison.Ordinal));

        static bool MayBothTakeArrays(MethodBase span, MethodBase tensor)
        {
            ParameterInfo[] left = span.GetParameters(), right = tensor.GetParameters();
            int least = Math.Max(left.Count(p => !p.IsOptional), right.Count(p => !p.IsOptional));
            return least <= Math.Min(left.Length, right.Length) && left.Take(least).Zip(right).All(pair => Argument(pair.First) == Argument(pair.Second));
        }

        // An array of floats for all kinds of spans of floats.
        static string Argument(ParameterInfo parameter) => parameter.ParameterType.IsGenericType
            ? parameter.ParameterType.Name.Replace("ReadOnly", string.Empty, StringComparison.Ordinal).Replace("Tensor", string.Empty, StringComparison.Ordinal) + parameter.ParameterType.GetGenericArguments()[0].Name
            : parameter.ParameterType.Name;
    }
}
