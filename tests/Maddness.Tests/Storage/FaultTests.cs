using System.Diagnostics;
using System.Runtime.Versioning;
using Maddness.Storage;
using Maddness.Tests.Processes;
using Maddness.Tests.Support;

namespace Maddness.Tests.Storage;

/// <summary>Full disks, vanishing files, killed processes: the old file or the new one, never a mixture, and a clear error where there can be one.</summary>
public sealed class FaultTests : IDisposable
{
    private const string Full = "/dev/full";

    private const int IsError = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("maddness-tests-");
    private readonly byte[] _old;
    private readonly byte[] _new;

    public FaultTests()
    {
        _old = SavedBytes.Of(StoredSamples.Matmul(outputs: 3).Save);
        _new = SavedBytes.Of(StoredSamples.Matmul(outputs: 300).Save);
        File.WriteAllBytes(At("new"), _new);
        File.WriteAllBytes(At("target"), _old);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_system_that_takes_no_more_is_an_error_and_leaves_the_old_file()
    {
        // A limit on the size of files, met at different places of the file; the signal that comes with it is ignored, so that the write fails; the runtime itself must not
        // want a large file for its code.
        foreach (int blocks in (int[])[0, 1, 5, 20])
        {
            (int exitCode, string output, string errors) = ChildProcess.RunAfter(
                $"export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f {blocks}", typeof(Child.Results).Assembly, "save", At("new"), At("target"));
            exitCode.Should().Be(IsError, "the limit is {0} blocks; the child wrote {1} {2}", blocks, output, errors);
            output.Trim().Should().Be(nameof(IOException));
            Content().Should().Equal(_old);
            Names().Should().BeEquivalentTo("new", "target");
        }

        ChildProcess.RunAfter("ulimit -f unlimited", typeof(Child.Results).Assembly, "save", At("new"), At("target")).ExitCode.Should().Be(0);
        Content().Should().Equal(_new);
    }

    [TracedFact]
    public void A_save_is_on_the_device_before_it_has_the_files_name()
    {
        // What the kernel was asked for, in order. A rename that reached the device before the content would leave an empty or torn file after a power failure.
        string log = At("trace");
        (int exitCode, _, string errors) = ChildProcess.RunAfter(
            $"exec {TracedFactAttribute.Tracer} -f -y -s 0 -o '{log}' -e trace=write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,link,linkat \"$0\" \"$@\"",
            typeof(Child.Results).Assembly,
            "save",
            At("new"),
            At("target"));
        exitCode.Should().Be(0, errors);
        Content().Should().Equal(_new);
        string[] calls = [.. File.ReadLines(log).Where(line => line.Contains(AtomicFile.TemporaryPrefix, StringComparison.Ordinal)).Select(line => TracedFactAttribute.CallOf(line))];
        calls.Should().HaveCountGreaterThan(2, "the trace must have seen the save");
        calls[^1].Should().StartWith("rename");
        calls[^2].Should().Be("fsync");
        calls[..^2].Should().OnlyContain(call => call.Contains("write", StringComparison.Ordinal));
    }

    [UnixFact(Full)]
    [UnsupportedOSPlatform("windows")]
    public void A_device_without_space_is_an_error()
    {
        using FileStream full = new(Full, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 });
        foreach (Action<Stream> save in (Action<Stream>[])[StoredSamples.Model().Save, StoredSamples.Matmul().Save, StoredSamples.Encoded().Save])
        {
            FluentActions.Invoking(() => save(full)).Should().Throw<IOException>();
        }
    }

    [Fact]
    public void A_stream_that_fails_at_any_write_passes_its_error_on()
    {
        foreach (Action<Stream> save in (Action<Stream>[])[StoredSamples.Model().Save, StoredSamples.Matmul().Save, StoredSamples.Encoded().Save])
        {
            int writes = 0;
            while (true)
            {
                using FailingStream stream = new(writes);
                if (Record.Exception(() => save(stream)) is not Exception failure)
                {
                    break;
                }

                failure.Should().BeOfType<IOException>().Which.Message.Should().Be("gone");
                stream.WritesAfterTheFailure.Should().Be(0);
                writes++;
            }

            writes.Should().BeGreaterThan(1, "the save must have failed at several places");
        }
    }

    [Fact]
    public void A_file_aside_that_vanishes_is_an_error_and_leaves_the_old_file()
    {
        Action write = () => AtomicFile.Write(At("target"), stream =>
        {
            stream.Write(_new);
            File.Delete(Names().Select(At).Single(name => Path.GetFileName(name).StartsWith(AtomicFile.TemporaryPrefix, StringComparison.Ordinal)));
        });
        write.Should().Throw<IOException>();
        Content().Should().Equal(_old);
        Names().Should().BeEquivalentTo("new", "target");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_that_vanishes_is_an_error()
    {
        DirectoryInfo inner = _folder.CreateSubdirectory("inner");
        Action write = () => AtomicFile.Write(Path.Combine(inner.FullName, "file"), stream =>
        {
            stream.Write(_new);
            inner.Delete(recursive: true);
        });
        write.Should().Throw<IOException>();
        inner.Refresh();
        inner.Exists.Should().BeFalse("nothing is put back");
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_read_is_refused()
    {
        foreach (string kind in StoredSamples.Kinds)
        {
            byte[] bytes = StoredSamples.File(kind);
            File.WriteAllBytes(At("shrinking"), bytes);
            using FileStream writer = new(At("shrinking"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            using ShrinkingStream reader = new(At("shrinking"), writer, bytes.Length / 2);
            FluentActions.Invoking(() => StoredSamples.Load(kind, reader)).Should().Throw<ModelFormatException>().WithMessage("*truncated*");
        }
    }

    [Fact]
    public void Streams_may_give_any_few_bytes_at_a_time()
    {
        foreach (string kind in StoredSamples.Kinds)
        {
            byte[] bytes = StoredSamples.File(kind);
            foreach (int chunk in (int[])[1, 2, 3, 5, 7, 64, 1000])
            {
                using ChunkedStream stream = new(bytes, chunk);
                StoredSamples.Load(kind, stream).Should().NotBeNull();
                stream.IsAtEnd.Should().BeTrue();
            }
        }
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void A_save_that_is_killed_at_any_byte_leaves_the_old_file_whole()
    {
        // Nothing written, a part, all but one byte, all of it and not yet renamed: what the disk can look like before the rename. A child can leave its file aside behind, as documented.
        foreach (int bytes in (int[])[0, 1, 100, _new.Length / 2, _new.Length - 1, _new.Length])
        {
            (int exitCode, string output, string errors) = ChildProcess.Run(
                typeof(Child.Results).Assembly, ["save-and-die", At("new"), At("target"), $"{bytes}"]);
            exitCode.Should().Be(137, "it was killed; it wrote {0} {1}", output, errors);
            Content().Should().Equal(_old);
            string left = Names().Single(name => name.StartsWith(AtomicFile.TemporaryPrefix, StringComparison.Ordinal));
            new FileInfo(At(left)).Length.Should().Be(bytes);
            File.Delete(At(left));
        }

        Names().Should().BeEquivalentTo("new", "target");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Saves_that_are_killed_at_any_moment_leave_one_of_two_whole_files()
    {
        File.WriteAllBytes(At("old"), _old);
        Random random = new(1);
        for (int kill = 0; kill < 15; kill++)
        {
            using Process child = ChildProcess.Start(typeof(Child.Results).Assembly, ["save-in-turns", At("old"), At("new"), At("target")]);
            child.StandardOutput.ReadLine().Should().Be("begun");
            Thread.Sleep(random.Next(20));
            child.Kill();
            child.WaitForExit();
            byte[] content = Content();
            (content.AsSpan().SequenceEqual(_old) || content.AsSpan().SequenceEqual(_new)).Should().BeTrue("the file is one of the two, whole");
            foreach (string left in Names().Where(name => name.StartsWith(AtomicFile.TemporaryPrefix, StringComparison.Ordinal)))
            {
                File.Delete(At(left));
            }
        }

        Names().Should().BeEquivalentTo("new", "old", "target");
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Memory_that_ends_is_the_runtimes_error_and_harms_nothing()
    {
        int exhausted = 0;
        foreach (string operation in (string[])["exact product", "binding", "loading", "guard", "first product"])
        {
            (int exitCode, string output, string errors) = ChildProcess.Run(
                typeof(Child.Results).Assembly, ["exhaust-memory", _folder.FullName, operation], ("DOTNET_GCHeapHardLimit", "0x20000000"), ("DOTNET_gcConcurrent", "0"));

            // A runtime that has no memory for itself ends the process; whatever else happens, the operation is right afterwards.
            bool isEndOfRuntime = exitCode != 0 && errors.Contains("Out of memory.", StringComparison.Ordinal) && !errors.Contains("Unhandled", StringComparison.Ordinal);
            (exitCode == 0 || isEndOfRuntime).Should().BeTrue("{0}: the child wrote {1} {2}", operation, output, errors);
            exhausted += output.StartsWith("out of memory, then right", StringComparison.Ordinal) ? 1 : 0;
            Names().Should().OnlyContain(name => name == "model.safetensors" || name == "new" || name == "target", operation);
        }

        // What the collector still finds is its own affair; but memory must have ended somewhere.
        exhausted.Should().BePositive();
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private byte[] Content() => File.ReadAllBytes(At("target"));

    private string[] Names() => [.. _folder.EnumerateFileSystemInfos().Select(f => f.Name)];

    /// <summary>Takes some writes and forgets them, then fails.</summary>
    private sealed class FailingStream(int writes) : MemoryStream
    {
        private int _left = writes;
        private bool _hasFailed;

        internal int WritesAfterTheFailure { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            WritesAfterTheFailure += _hasFailed ? 1 : 0;
            if (_left-- == 0)
            {
                _hasFailed = true;
                throw new IOException("gone");
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    }

    /// <summary>A file of which the second half is cut off as soon as something has been read.</summary>
    private sealed class ShrinkingStream(string path, FileStream writer, int length) : FileStream(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite })
    {
        public override int Read(Span<byte> buffer)
        {
            int read = base.Read(buffer[..Math.Min(buffer.Length, 16)]);
            writer.SetLength(length);
            return read;
        }
    }
}
