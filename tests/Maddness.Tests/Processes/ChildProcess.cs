using System.Diagnostics;
using System.Reflection;

namespace Maddness.Tests.Processes;

/// <summary>
/// Runs the child program with this process's environment and some more variables. A kernel level forced here does not reach it; switches of the runtime do, so that
/// what this process supports is what the child may support.
/// </summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    internal static (int ExitCode, string Output, string Errors) Run(params (string Name, string Value)[] environment) => Run(typeof(Child.Results).Assembly, [], environment);

    /// <summary>Runs a program of this solution with arguments.</summary>
    internal static (int ExitCode, string Output, string Errors) Run(Assembly program, string[] arguments, params (string Name, string Value)[] environment) =>
        Finish(Start(program, arguments, environment));

    /// <summary>Starts one, its output and errors redirected, for tests that end it themselves.</summary>
    internal static Process Start(Assembly program, string[] arguments, params (string Name, string Value)[] environment) => Start(Host(), ["exec", program.Location, .. arguments], environment);

    /// <summary>Starts one by way of a shell, which first does something to itself: a limit, say, that the program then inherits.</summary>
    internal static (int ExitCode, string Output, string Errors) RunAfter(string shellCommand, Assembly program, params string[] arguments) =>
        Finish(Start("/bin/sh", ["-c", $"{shellCommand}; exec \"$0\" \"$@\"", Host(), "exec", program.Location, .. arguments], []));

    private static Process Start(string file, string[] arguments, (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(KernelSelection.EnvironmentVariable);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The child process did not start.");
    }

    private static (int ExitCode, string Output, string Errors) Finish(Process started)
    {
        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The child process ran longer than {Patience}.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    /// <summary>The "name = value" lines of a run that went well.</summary>
    internal static Dictionary<string, string> Report(params (string Name, string Value)[] environment)
    {
        (int exitCode, string output, string errors) = Run(environment);
        exitCode.Should().Be(0, "the child wrote: {0}", errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r').Split(" = ")).ToDictionary(parts => parts[0], parts => parts[1]);
    }

    /// <summary>The program that runs this process, where it is the .NET host, as the one on the path may be of another version.</summary>
    private static string Host()
    {
        string? path = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath;
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? path! : "dotnet";
    }
}
