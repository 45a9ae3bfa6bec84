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
}
