using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Maddness.Tests.Architecture;

/// <summary>The rules of the house, read from the sources.</summary>
public class ArchitectureTests
{
    /// <summary>What each folder may use: Common ← Model ← {Training, Kernels, Storage}; Kernels ← Pipeline ← root. The root, public, may use all but the kernels' insides.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Common"] = [],
        ["Model"] = ["Common"],
        ["Kernels"] = ["Common", "Model"],
        ["Pipeline"] = ["Common", "Model", "Kernels"],
        ["Training"] = ["Common", "Model", "Pipeline"],
        ["Storage"] = ["Common", "Model"],

        // The planner tries what users would: it calls the public types, and shares the seeded draw of rows with the training.
        ["Planning"] = ["Common", "Training"],
        [""] = ["Common", "Model", "Kernels", "Pipeline", "Training", "Storage", "Planning"],
    };

    /// <summary>
    /// Public types that do work, and so are above the folders. Enumerations, options and exceptions are words that all may use. Each exception has its reason.
    /// </summary>
    private static readonly Dictionary<string, string[]> UsersOfWorkers = new()
    {
        // Tables are one exact product of the prototypes and B. The public entry checks and dispatches.
        ["ExactMatmul"] = ["Pipeline/TableBuilder.cs", "Training/", "Planning/"],
        ["KernelSelection"] = ["Pipeline/Drivers.cs", "Planning/"],
        ["EncodedMatrix"] = ["Pipeline/", "Storage/"],
        ["MaddnessModel"] = ["Storage/"],
        ["MaddnessMatmul"] = ["Storage/", "Planning/"],
        ["MaddnessTrainer"] = ["Planning/"],
        ["MaddnessConvolution"] = ["Planning/"],
        ["ExactConvolution"] = ["Planning/"],
        ["ApproximationMeasurement"] = ["Planning/"],
        ["MaddnessPlanner"] = [],
    };

    [Fact]
    public void The_library_has_the_folders_that_the_rules_speak_of()
    {
        SourceFile.All.Should().HaveCountGreaterThan(50);
        SourceFile.All.Select(f => f.Folder).Distinct().Should().BeEquivalentTo(Allowed.Keys, "a new folder needs a place in the order");
    }

    [Fact]
    public void Folders_use_only_what_is_below_them() => Violations(SourceFile.All).Should().BeEmpty();

    [Theory]
    [InlineData("Model/X.cs", "using Maddness.Kernels;\n", "Model/X.cs uses Kernels")]
    [InlineData("Model/X.cs", "using static Maddness.Pipeline.TilePlan;\n", "Model/X.cs uses Pipeline")]
    [InlineData("Kernels/X.cs", "int i = Pipeline.TilePlan.PassRows;\n", "Kernels/X.cs uses Pipeline")]
    [InlineData("Kernels/X.cs", "int i = Maddness.Training.RangeBlock.Lanes;\n", "Kernels/X.cs uses Training")]
    [InlineData("Training/X.cs", "using Maddness.Planning;\n", "Training/X.cs uses Planning")]
    [InlineData("Storage/X.cs", "using P = Maddness.Pipeline.TilePlan;\n", "Storage/X.cs uses Pipeline")]
    [InlineData("Training/X.cs", "using Maddness.Kernels;\n", "Training/X.cs uses Kernels")]
    [InlineData("Model/X.cs", "ExactMatmul.Multiply(a, b);\n", "Model/X.cs uses ExactMatmul")]
    [InlineData("Pipeline/X.cs", "MaddnessTrainer.Train(a);\n", "Pipeline/X.cs uses MaddnessTrainer")]
    [InlineData("Training/X.cs", "using Maddness.Pipeline; // using Maddness.Kernels;\n", null)]
    [InlineData("Model/X.cs", "/// <see cref=\"MaddnessTrainer\"/>\nnamespace Maddness.Model;\nusing Maddness.Common;\n", null)]
    public void A_forbidden_use_is_found(string path, string text, string? violation) =>
        Violations([new SourceFile(path, text)]).Should().Equal(violation is null ? [] : [violation]);

    [Fact]
    public void Namespaces_follow_folders() =>
        SourceFile.All.Where(f => !f.Code.Contains($"namespace Maddness{(f.Folder.Length > 0 ? "." + f.Folder : string.Empty)};", StringComparison.Ordinal)).Select(f => f.Path).Should().BeEmpty();

    [Fact]
    public void Instructions_of_one_architecture_are_used_in_kernels_only() =>
        SourceFile.All.Where(f => f.Folder != "Kernels" && Regex.IsMatch(f.Code, @"Intrinsics\.(X86|Arm|Wasm)")).Select(f => f.Path).Should().BeEmpty();

    [Fact]
    public void The_library_prints_nothing_and_leaves_nothing_to_do()
    {
        SourceFile.All.Where(f => Regex.IsMatch(f.Code, @"\b(Console|Trace|Debugger)\.")).Select(f => f.Path).Should().BeEmpty();
        SourceFile.All.Where(f => Regex.IsMatch(f.Text, @"\b(TODO|FIXME|HACK|XXX)\b")).Select(f => f.Path).Should().BeEmpty();
        SourceFile.All.Where(f => f.Code.Contains("#pragma warning disable", StringComparison.Ordinal)).Select(f => f.Path).Should().BeEmpty();
    }

    [Fact]
    public void Vectors_have_a_fixed_width() =>
        SourceFile.All.Where(f => Regex.IsMatch(f.Code, @"\bVector(<|\.(Create|Sum|Dot|Add|IsHardware))|MultiplyAddEstimate")).Select(f => f.Path)
            .Should().BeEmpty("widths that depend on the CPU change the order of sums, and an estimate may be fused or not");

    [Fact]
    public void Files_are_short() => SourceFile.All.Where(f => f.Lines > 500).Select(f => $"{f.Path}: {f.Lines} lines").Should().BeEmpty();

    [Fact]
    public void Public_types_stand_in_the_root_folder()
    {
        SourceFile.All.Where(f => f.Folder.Length > 0 && Regex.IsMatch(f.Code, @"^public ", RegexOptions.Multiline)).Select(f => f.Path).Should().BeEmpty();
        typeof(MaddnessTrainer).Assembly.GetExportedTypes().Should().OnlyContain(t => t.Namespace == "Maddness");
    }

    [Fact]
    public void No_type_is_named_as_the_namespace() =>
        typeof(MaddnessTrainer).Assembly.GetTypes().Should().NotContain(t => t.Name == "Maddness");

    [Fact]
    public void The_package_depends_on_the_tensors_package_alone()
    {
        XDocument project = XDocument.Load(Path.Combine(SourceFile.Root, "src", "Maddness", "Maddness.csproj"));
        IEnumerable<XElement> references = project.Descendants("PackageReference");

        // A reference whose assets are all private is a tool of the build and does not reach the package.
        references.Where(r => (string?)r.Attribute("PrivateAssets") != "all").Select(r => (string?)r.Attribute("Include")).Should().Equal("System.Numerics.Tensors");
        project.Descendants("ProjectReference").Should().BeEmpty();
    }

    private static IEnumerable<string> Violations(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            foreach (string used in file.UsedFolders().Except(Allowed[file.Folder]))
            {
                yield return $"{file.Path} uses {used}";
            }

            foreach ((string worker, string[] users) in UsersOfWorkers)
            {
                if (file.Folder.Length > 0 && file.Mentions(worker) && !users.Any(user => file.Path.StartsWith(user, StringComparison.Ordinal)))
                {
                    yield return $"{file.Path} uses {worker}";
                }
            }
        }
    }
}
