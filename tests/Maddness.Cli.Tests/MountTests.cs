using Maddness.Cli.Formats;
using Maddness.Cli.Output;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>Files that have two paths by mounts: no output may replace an input, nor the other output.</summary>
public class MountTests(Problem problem) : IClassFixture<Problem>
{
    private const int Failed = 1;
    private const int WrongUsage = 2;

    private static readonly string[] Table =
    [
        "20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
        "21 20 8:1 /home/me/my\\040data /in ro,relatime master:1 - ext4 /dev/sda1 rw",
        "22 20 8:1 /home/me/my\\040data /out rw,relatime - ext4 /dev/sda1 rw",
        "23 20 8:1 /home/me/y.npy /file.npy rw,relatime - ext4 /dev/sda1 rw",
        "24 20 0:44 / /net/one rw - nfs4 server:/one rw",
        "25 20 0:44 / /net/two rw - nfs4 server:/two rw",
        "26 20 0:45 / /over/below rw - tmpfs tmpfs rw",
        "27 20 0:46 / /over rw - tmpfs tmpfs rw",
        "28 27 0:47 / /over rw - tmpfs tmpfs rw",
        "a line of another form",
    ];

    [Theory]
    [InlineData("/in/h.npy", "8:1 /home/me/my data/h.npy")]
    [InlineData("/out/h.npy", "8:1 /home/me/my data/h.npy")]
    [InlineData("/home/me/my data/h.npy", "8:1 /home/me/my data/h.npy")]
    [InlineData("/input/h.npy", "8:1 /input/h.npy")]
    [InlineData("/file.npy", "8:1 /home/me/y.npy")]
    [InlineData("/over/below/h.npy", "0:47 /below/h.npy")]
    [InlineData("/net/one/h.npy", null)]
    public void The_table_of_mounts_tells_where_a_path_leads(string path, string? place)
    {
        Mounts.Place(path, Table).Should().Be(place);
        Mounts.Place(path, []).Should().BeNull();
    }

    [OwnDiskFact]
    public void Inputs_behind_another_mount_are_not_replaced()
    {
        using Workspace workspace = new();
        File.Copy(problem.HeldOut, workspace["a.npy"]);
        byte[] before = File.ReadAllBytes(workspace["a.npy"]);
        using OwnDisk second = OwnDisk.Of(workspace.Folder);
        ToolProcess.Run("multiply", "--model", problem.Model, "--input", workspace["a.npy"], "--out", second["a.npy"])
            .ShouldFail(Failed, $"Cannot write '{second["a.npy"]}': it is an input (by another mount, '{workspace["a.npy"]}'), which the output would replace");
        ToolProcess.Run("multiply", "--model", problem.Model, "--input", second["a.npy"], "--out", workspace["y.npy"]).ShouldSucceed();
        File.ReadAllBytes(workspace["a.npy"]).Should().Equal(before);

        string[] plan = ["plan", "--train", workspace["a.npy"], "--weights", problem.Weights, "--max-error", "0.9", "--holdout"];
        ToolProcess.Run([.. plan, second["a.npy"]]).ShouldFail(Failed, "--train and as --holdout");
        ToolProcess.Run([.. plan, problem.Training, "--out", workspace["m"], "--report", second["m"]]).ShouldFail(WrongUsage, "which are one file; expected two files");
        workspace.Files.Should().Equal("a.npy", "y.npy");
    }

    [OwnDiskFact]
    public void What_is_made_in_a_folder_is_seen_in_it_by_another_mount()
    {
        using Workspace workspace = new(), other = new();
        using OwnDisk second = OwnDisk.Of(workspace.Folder);
        OutputFile.HaveOneFolder(workspace["a"], second["a"]).Should().BeTrue();
        OutputFile.HaveOneFolder(workspace["a"], second["b"]).Should().BeFalse("the names differ");
        OutputFile.HaveOneFolder(workspace["a"], other["a"]).Should().BeFalse();
        workspace.Files.Should().BeEmpty();
        other.Files.Should().BeEmpty();
    }

    [OwnDiskFact]
    public void A_file_that_is_mounted_by_itself_is_refused_before_the_work()
    {
        using Workspace workspace = new();
        File.WriteAllText(workspace["y"], "old");
        File.WriteAllText(workspace["point"], string.Empty);
        ToolProcess.RunOther("mount", "--bind", workspace["y"], workspace["point"]).ExitCode.Should().Be(0);
        try
        {
            ToolProcess.Run("multiply", "--model", problem.Model, "--input", problem.HeldOut, "--out", workspace["point"])
                .ShouldFail(Failed, $"Cannot write '{workspace["point"]}': it is mounted by itself");
        }
        finally
        {
            ToolProcess.RunOther("umount", workspace["point"]);
        }

        File.ReadAllText(workspace["y"]).Should().Be("old");
    }
}
