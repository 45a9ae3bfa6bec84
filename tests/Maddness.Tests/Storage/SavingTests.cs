using System.Diagnostics;
using System.Runtime.Versioning;
using Maddness.Model;
using Maddness.Storage;
using Maddness.Tests.Support;

namespace Maddness.Tests.Storage;

/// <summary>Saving to paths, and what the file system may do to it.</summary>
public sealed class SavingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("maddness-tests-");

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
        {
            _folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Files_come_back_and_hold_the_bytes_of_streams()
    {
        MaddnessModel model = StoredSamples.Model();
        model.Save(At("a"));
        SavedBytes.Of(MaddnessModel.Load(At("a")).Save).Should().Equal(SavedBytes.Of(model.Save)).And.Equal(File.ReadAllBytes(At("a")));

        MaddnessMatmul matmul = StoredSamples.Matmul();
        matmul.Save(At("a"));
        SavedBytes.Of(MaddnessMatmul.Load(At("a")).Save).Should().Equal(SavedBytes.Of(matmul.Save)).And.Equal(File.ReadAllBytes(At("a")));

        EncodedMatrix encoded = StoredSamples.Encoded();
        encoded.Save(At("a"));
        SavedBytes.Of(EncodedMatrix.Load(At("a")).Save).Should().Equal(SavedBytes.Of(encoded.Save)).And.Equal(File.ReadAllBytes(At("a")));
        Names().Should().Equal("a");
    }

    [Fact]
    public void The_longest_names_and_relative_paths_will_do()
    {
        string name = new('n', 255);
        StoredSamples.Encoded().Save(Path.GetRelativePath(Environment.CurrentDirectory, At(name)));
        EncodedMatrix.Load(At(name)).Rows.Should().Be(19);
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused_before_anything_is_written()
    {
        string path = At(new('n', 260));
        Action write = () => AtomicFile.Write(path, _ => throw new InvalidTimeZoneException("it was written"));
        write.Should().Throw<IOException>();
        Action check = () => AtomicFile.Check(path);
        check.Should().Throw<IOException>();
        Names().Should().BeEmpty();
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        foreach (bool isThere in new[] { false, true })
        {
            if (isThere)
            {
                File.WriteAllText(At("a"), "old");
            }

            Action write = () => AtomicFile.Write(At("a"), stream =>
            {
                stream.Write(new byte[100_000]);
                Names().Should().HaveCount(isThere ? 2 : 1, "the new file is written aside");
                throw new InvalidTimeZoneException("no");
            });
            write.Should().Throw<InvalidTimeZoneException>();
            Names().Should().Equal(isThere ? ["a"] : []);
        }

        File.ReadAllText(At("a")).Should().Be("old");
    }

    [Fact]
    public void What_the_writer_finds_wrong_is_not_taken_for_a_limit_on_the_size_of_files()
    {
        Action write = () => AtomicFile.Write(At("a"), _ => throw new ArgumentOutOfRangeException("rows", 7, "expected 8"));
        write.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("rows");
        Names().Should().BeEmpty();
    }

    [Fact]
    public void The_old_content_is_there_until_the_new_is_complete()
    {
        File.WriteAllText(At("a"), "old");
        AtomicFile.Write(At("a"), stream =>
        {
            stream.Write("new"u8);
            File.ReadAllText(At("a")).Should().Be("old");
        });
        File.ReadAllText(At("a")).Should().Be("new");
        Names().Should().Equal("a");
    }

    [Fact]
    public void A_folder_in_the_way_is_left_alone()
    {
        Directory.CreateDirectory(At("a"));
        foreach (string path in new[] { At("a"), At("a") + Path.DirectorySeparatorChar, At("b") + Path.DirectorySeparatorChar })
        {
            Action save = () => StoredSamples.Model().Save(path);
            save.Should().Throw<UnauthorizedAccessException>();
        }

        Action load = () => MaddnessModel.Load(At("a"));
        load.Should().Throw<UnauthorizedAccessException>();
        Names().Should().Equal("a");
        Directory.Exists(At("a")).Should().BeTrue();
    }

    [Fact]
    public void Missing_files_and_folders_are_errors_of_the_file_system()
    {
        Action save = () => StoredSamples.Model().Save(Path.Combine(At("none"), "a"));
        save.Should().Throw<DirectoryNotFoundException>().WithMessage($"*{Path.Combine(At("none"), "a")}' was not written: there is no folder '{At("none")}'*");
        Action load = () => MaddnessModel.Load(At("none"));
        load.Should().Throw<FileNotFoundException>();
        Names().Should().BeEmpty();
    }

    [Fact]
    public void A_write_protected_file_is_not_replaced()
    {
        File.WriteAllText(At("a"), "old");
        File.SetAttributes(At("a"), FileAttributes.ReadOnly);
        Action save = () => StoredSamples.Model().Save(At("a"));
        save.Should().Throw<UnauthorizedAccessException>().WithMessage("*write-protected*");
        File.ReadAllText(At("a")).Should().Be("old");
        File.SetAttributes(At("a"), FileAttributes.Normal);
        Names().Should().Equal("a");
    }

    [RootFact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_of_another_user_is_replaced_by_who_may_write_to_it()
    {
        foreach (string content in new[] { "old", string.Empty })
        {
            File.WriteAllText(At("a"), content);
            File.SetUnixFileMode(At("a"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            using (Process chown = Process.Start("chown", ["1", At("a")]))
            {
                chown.WaitForExit();
                chown.ExitCode.Should().Be(0);
            }

            AtomicFile.Check(At("a"));
            StoredSamples.Model().Save(At("a"));
            MaddnessModel.Load(At("a")).Should().NotBeNull();
            Names().Should().Equal("a");
        }
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_that_is_open_elsewhere_is_replaced()
    {
        File.WriteAllText(At("a"), "old");
        using FileStream locked = new(At("a"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        StoredSamples.Model().Save(At("a"));
        locked.Length.Should().Be(3, "who has it open keeps the old content");
        Names().Should().Equal("a");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_that_cannot_be_written_is_an_error_and_stays_as_it_was()
    {
        File.WriteAllText(At("a"), "old");
        _folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        if (Environment.IsPrivilegedProcess)
        {
            // Nothing is read-only to root: then the save succeeds, and must still be complete.
            StoredSamples.Model().Save(At("a"));
            MaddnessModel.Load(At("a")).Should().NotBeNull();
        }
        else
        {
            Action save = () => StoredSamples.Model().Save(At("a"));
            save.Should().Throw<UnauthorizedAccessException>();
            File.ReadAllText(At("a")).Should().Be("old");
        }

        Names().Should().Equal("a");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void A_private_file_stays_private_and_set_user_bits_go()
    {
        File.WriteAllText(At("a"), "old");
        File.SetUnixFileMode(At("a"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite | UnixFileMode.SetUser);
        AtomicFile.Write(At("a"), stream =>
        {
            string aside = Names().Single(n => n.StartsWith(AtomicFile.TemporaryPrefix, StringComparison.Ordinal));
            (File.GetUnixFileMode(At(aside)) & UnixFileMode.GroupRead).Should().Be(UnixFileMode.None, "it is private while it is written, too");
        });
        File.GetUnixFileMode(At("a")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Symbolic_links_stay_and_their_files_are_replaced()
    {
        Directory.CreateDirectory(At("inner"));
        File.WriteAllText(At("inner/file"), "old");
        File.CreateSymbolicLink(At("inner/second"), "file");
        File.CreateSymbolicLink(At("first"), "inner/second");
        File.CreateSymbolicLink(At("dangling"), "inner/new");
        StoredSamples.Model().Save(At("first"));
        StoredSamples.Model().Save(At("dangling"));

        new FileInfo(At("first")).LinkTarget.Should().Be("inner/second");
        new FileInfo(At("inner/second")).LinkTarget.Should().Be("file");
        new FileInfo(At("dangling")).LinkTarget.Should().Be("inner/new");
        MaddnessModel.Load(At("inner/file")).Should().NotBeNull();
        MaddnessModel.Load(At("inner/new")).Should().NotBeNull();
        Directory.GetFiles(At("inner")).Select(Path.GetFileName).Should().BeEquivalentTo("file", "second", "new");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Relative_links_in_linked_folders_lead_where_the_system_follows_them()
    {
        // As a deployment has them: current -> releases/42, and a model in it that is shared.
        Directory.CreateDirectory(At("app/releases/42"));
        Directory.CreateDirectory(At("app/shared"));
        Directory.CreateDirectory(At("shared"));
        File.CreateSymbolicLink(At("app/current"), "releases/42");
        File.CreateSymbolicLink(At("app/releases/42/model"), "../../other");
        File.CreateSymbolicLink(At("app/other"), "./current/../../shared/model");
        File.WriteAllText(At("shared/model"), "somebody else's");
        File.WriteAllText(At("app/current/model"), "written by the system");
        File.ReadAllText(At("app/shared/model")).Should().Be("written by the system", "the case must be one");
        StoredSamples.Model().Save(At("app/current/model"));
        MaddnessModel.Load(At("app/current/model")).Should().NotBeNull();
        MaddnessModel.Load(At("app/shared/model")).Should().NotBeNull();
        File.ReadAllText(At("shared/model")).Should().Be("somebody else's");
        Directory.GetFileSystemEntries(At("app/shared")).Should().ContainSingle();

        // An absolute target.
        File.CreateSymbolicLink(At("absolute"), At("app/current/new"));
        StoredSamples.Model().Save(At("absolute"));
        File.Exists(At("app/releases/42/new")).Should().BeTrue();
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Links_in_a_circle_are_an_error()
    {
        File.CreateSymbolicLink(At("a"), "b");
        File.CreateSymbolicLink(At("b"), "a");
        Action save = () => StoredSamples.Model().Save(At("a"));
        save.Should().Throw<IOException>();
        Names().Should().BeEquivalentTo("a", "b");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Devices_are_not_replaced()
    {
        // Not /dev/null itself: a library that failed this test would replace it, where the tests run as root.
        string device = $"/dev/maddness-{Guid.NewGuid():N}";
        try
        {
            Action save = () => StoredSamples.Model().Save(device);
            save.Should().Throw<IOException>().WithMessage("*is a pipe or device*");
            Directory.EnumerateFiles("/dev", "*maddness-*").Should().BeEmpty();
        }
        finally
        {
            File.Delete(device);
        }

        Action load = () => MaddnessModel.Load("/dev/zero");
        load.Should().Throw<ModelFormatException>();
    }

    [Fact]
    public void Saves_at_the_same_time_leave_one_complete_file()
    {
        MaddnessModel[] models = [StoredSamples.Model(inputs: 7), StoredSamples.Model(inputs: 200)];
        Parallel.For(0, 16, i => models[i % 2].Save(At("a")));
        MaddnessModel.Load(At("a")).Should().NotBeNull();
        Names().Should().Equal("a");
    }

    [Fact]
    public void What_no_file_may_hold_is_refused_by_its_name()
    {
        static HashTrees Trees(int inputs, int codebooks, int levels, int column = 0) =>
            new(ElementType.Float32, inputs, codebooks, levels, [.. Enumerable.Repeat(column, codebooks * levels)], new float[codebooks << levels]);
        static HashTrees With(float threshold, int place, ElementType type = ElementType.Float32)
        {
            float[] thresholds = new float[2 * 16];
            thresholds[place] = threshold;
            return new(type, 4, 2, 4, new int[8], thresholds);
        }

        static LookupTables Tables(int codebooks, int leaves, int outputs, float scale = 1) =>
            new(codebooks, leaves, outputs, new byte[codebooks * leaves * outputs], [.. Enumerable.Repeat(scale, outputs)], new float[outputs], null);
        (HashTrees Trees, LookupTables Tables, string Message)[] cases =
        [
            (Trees(0, 1, 4), Tables(1, 16, 1), "The number of inputs is 0; expected 1 to 2147483647."),
            (Trees(4, 0, 4), Tables(0, 16, 1), "The number of codebooks is 0; expected 1 to 1024."),
            (Trees(4, 1025, 4), Tables(1025, 16, 1), "The number of codebooks is 1025; expected 1 to 1024."),
            (Trees(4, 1, 3), Tables(1, 8, 1), "The number of levels is 3; expected 4 to 6."),
            (Trees(4, 1, 4, 4), Tables(1, 16, 1), "Element 0 of tensor 'columns' is 4; expected a column from 0 to 3."),
            (Trees(4, 1, 4, -1), Tables(1, 16, 1), "Element 0 of tensor 'columns' is -1; expected a column from 0 to 3."),
            (With(1, 16), Tables(2, 16, 1), "The threshold of node 0 of codebook 1 is 1; expected 0, for there is no such node."),
            (With(float.NaN, 19), Tables(2, 16, 1), "The threshold of node 3 of codebook 1 is NaN; expected a number or +infinity."),
            (With(0.5f, 21, ElementType.Int16), Tables(2, 16, 1), "The threshold of node 5 of codebook 1 is 0.5; expected a value of type Int16."),
            (Trees(4, 1, 4), Tables(1, 32, 1), "The number of the tables' leaves is 32; expected 16 to 16."),
            (Trees(4, 1, 4), Tables(2, 16, 1), "The number of the tables' codebooks is 2; expected 1 to 1."),
            (Trees(4, 1, 4), Tables(1, 16, 0), "The number of outputs is 0; expected 1 to 2147483647."),
            (Trees(4, 1, 4), Tables(1, 16, 1, float.NaN), "*'scales'*"),
        ];
        foreach ((HashTrees trees, LookupTables tables, string message) in cases)
        {
            Action describe = () => Cultures.WithCommas(() => MatmulFile.Describe(trees, tables));
            describe.Should().Throw<ModelFormatException>().WithMessage(message);
        }

        Action model = () => Cultures.WithCommas(() => ModelFile.Describe(StoredSamples.Trees(2, 2, 4), new(true, 16, [-1, 1, 2], StoredSamples.Model(2, 2).Prototypes.Values)));
        model.Should().Throw<ModelFormatException>().WithMessage("Tensor 'range_starts' goes from -1 to 2; expected *");
    }

    [Fact]
    public void What_could_not_be_loaded_is_not_saved()
    {
        File.WriteAllText(At("a"), "old");
        HashTrees Changed(ElementType type, float threshold)
        {
            HashTrees trees = StoredSamples.Trees(2, 2, 4, type);
            trees.Thresholds[3] = threshold;
            return trees;
        }

        Prototypes prototypes = StoredSamples.Model(2, 2).Prototypes;
        MaddnessModel[] models =
        [
            new(Changed(ElementType.Float32, float.NaN), prototypes),
            new(Changed(ElementType.Float32, float.NegativeInfinity), prototypes),
            new(Changed(ElementType.Int16, 0.5f), prototypes),
            new(Changed(ElementType.Int16, 32768), prototypes),
            new(Changed(ElementType.Int16, float.PositiveInfinity), prototypes),
            new(Changed(ElementType.Int8, -129), prototypes),
            new(Changed(ElementType.UInt8, -1), prototypes),
            new(Changed(ElementType.UInt8, -0f), prototypes),
            new(Changed((ElementType)9, 0), prototypes),
            new(StoredSamples.Trees(2, 2, 4), new(true, 16, [0, 1, 2], [.. prototypes.Values.Select(_ => float.NaN)])),
            new(StoredSamples.Trees(2, 2, 4), new(true, 16, [0, 2, 2], prototypes.Values)),
            new(StoredSamples.Trees(2, 2, 5), prototypes),
            new(StoredSamples.Trees(3, 2, 4), prototypes),
            new(StoredSamples.Trees(2, 1, 4), prototypes),
        ];
        foreach (MaddnessModel model in models)
        {
            Action save = () => model.Save(At("a"));
            save.Should().Throw<InvalidOperationException>().WithInnerException<ModelFormatException>();
            using MemoryStream stream = new();
            save = () => model.Save(stream);
            save.Should().Throw<InvalidOperationException>();
            stream.Length.Should().Be(0);
        }

        EncodedMatrix[] matrices = [new(1, 1, 4, "no", new byte[16]), new(1, 1, 4, StoredSamples.Encoded().TreeFingerprint, new byte[32])];
        foreach (EncodedMatrix matrix in matrices)
        {
            Action save = () => matrix.Save(At("a"));
            save.Should().Throw<InvalidOperationException>();
        }

        File.ReadAllText(At("a")).Should().Be("old");
        Names().Should().Equal("a");
    }

    [Fact]
    public void Arguments_are_checked()
    {
        using MemoryStream full = new(new byte[1], writable: false);
        using FileStream empty = new(At("w"), FileMode.Create, FileAccess.Write);
        (Action<string> Save, Action<Stream> SaveStream, Action<string> Load, Action<Stream> LoadStream)[] all =
        [
            (StoredSamples.Model().Save, StoredSamples.Model().Save, p => MaddnessModel.Load(p), s => MaddnessModel.Load(s)),
            (StoredSamples.Matmul().Save, StoredSamples.Matmul().Save, p => MaddnessMatmul.Load(p), s => MaddnessMatmul.Load(s)),
            (StoredSamples.Encoded().Save, StoredSamples.Encoded().Save, p => EncodedMatrix.Load(p), s => EncodedMatrix.Load(s)),
        ];
        foreach ((Action<string> save, Action<Stream> saveStream, Action<string> load, Action<Stream> loadStream) in all)
        {
            save.Invoking(a => a(null!)).Should().Throw<ArgumentNullException>().WithParameterName("path");
            save.Invoking(a => a(string.Empty)).Should().Throw<ArgumentException>();
            load.Invoking(a => a(null!)).Should().Throw<ArgumentNullException>().WithParameterName("path");
            load.Invoking(a => a(string.Empty)).Should().Throw<ArgumentException>();
            saveStream.Invoking(a => a(null!)).Should().Throw<ArgumentNullException>().WithParameterName("stream");
            saveStream.Invoking(a => a(full)).Should().Throw<ArgumentException>().WithParameterName("stream");
            loadStream.Invoking(a => a(null!)).Should().Throw<ArgumentNullException>().WithParameterName("stream");
            loadStream.Invoking(a => a(empty)).Should().Throw<ArgumentException>().WithParameterName("stream");
        }
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private string[] Names() => [.. _folder.EnumerateFileSystemInfos().Select(f => f.Name)];
}
