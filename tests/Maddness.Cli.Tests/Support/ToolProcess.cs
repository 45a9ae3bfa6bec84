using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Maddness.Cli.Tests.Support;

/// <summary>The tool as a process of its own, as users run it.</summary>
internal sealed class ToolProcess : IDisposable
{
    private const int Interrupt = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private ToolProcess(ProcessStartInfo start, bool readsOutput = true)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start) ?? throw new InvalidOperationException("The tool did not start.");
        _output = readsOutput ? _process.StandardOutput.ReadToEndAsync() : Task.FromResult(string.Empty);
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The words of a command line that runs the tool.</summary>
    internal static string[] CommandLine { get; } = [Host(), "exec", typeof(Tool).Assembly.Location];

    /// <summary>Runs the tool to its end.</summary>
    internal static Outcome Run(params string[] arguments)
    {
        using ToolProcess process = Start([], arguments);
        return process.Wait();
    }

    internal static Outcome Run((string Name, string Value)[] environment, params string[] arguments)
    {
        using ToolProcess process = Start(environment, arguments);
        return process.Wait();
    }

    /// <summary>Runs the tool to its end, in a folder.</summary>
    internal static Outcome RunIn(string folder, params string[] arguments)
    {
        using ToolProcess process = new(new ProcessStartInfo(CommandLine[0], [.. CommandLine.Skip(1), .. arguments]) { WorkingDirectory = folder });
        return process.Wait();
    }

    /// <summary>Runs another program to its end.</summary>
    internal static Outcome RunOther(string program, params string[] arguments)
    {
        using ToolProcess process = new(new ProcessStartInfo(program, arguments));
        return process.Wait();
    }

    /// <summary>Starts a program whose standard output nobody reads.</summary>
    internal static ToolProcess StartUnread(string program, params string[] arguments) => new(new ProcessStartInfo(program, arguments), readsOutput: false);

    internal static ToolProcess Start((string Name, string Value)[] environment, params string[] arguments)
    {
        ProcessStartInfo start = new(CommandLine[0], [.. CommandLine.Skip(1), .. arguments]);
        start.Environment.Remove(KernelSelection.EnvironmentVariable);
        start.Environment.Remove("NO_COLOR");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ToolProcess(start);
    }

    /// <summary>What Ctrl-C sends.</summary>
    internal void SendInterrupt() => Kill(_process.Id, Interrupt).Should().Be(0);

    /// <summary>Waits for the first words of an output that nobody reads, and takes a piece of it.</summary>
    internal void AwaitOutput() => _process.StandardOutput.Read().Should().BePositive("it prints something");

    internal bool HasExited => _process.HasExited;

    internal Outcome Wait()
    {
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The tool ran longer than {Patience}.");
        }

        return new Outcome(_process.ExitCode, _output.GetAwaiter().GetResult(), _errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static string Host()
    {
        string? path = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath;
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? path! : "dotnet";
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}

/// <summary>How a process ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    /// <summary>It ended well and said nothing about failures.</summary>
    internal Outcome ShouldSucceed()
    {
        ExitCode.Should().Be(0, "it wrote: {0}", Errors);
        return this;
    }

    /// <summary>It failed with one line that has these words, and printed nothing else.</summary>
    internal Outcome ShouldFail(int exitCode, params string[] words)
    {
        ExitCode.Should().Be(exitCode, "it wrote: {0}{1}", Output, Errors);
        Output.Should().BeEmpty();
        Errors.TrimEnd('\n').Should().NotContain("\n", "a failure is one line");
        Errors.Should().StartWith("maddness: ").And.NotContain("Exception").And.NotContain("   at ");
        foreach (string word in words)
        {
            Errors.Should().Contain(word);
        }

        return this;
    }
}
