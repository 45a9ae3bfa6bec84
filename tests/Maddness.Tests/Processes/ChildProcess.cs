using System.Diagnostics;

namespace Maddness.Tests.Processes;

/// <summary>
/// Runs the child program with this process's environment and some more variables. A kernel level forced here does not reach it; switches of the runtime do, so that
/// what this process supports is what the child may support.
/// </summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    internal static (int ExitCode, string Output, string Errors) Run(params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(Host())
        {
            ArgumentList = { "exec", typeof(Child.Results).Assembly.Location },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(KernelSelection.EnvironmentVariable);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException("The child process did not start.");
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
