using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Maddness.Cli.Commands;
using Maddness.Cli.Output;

namespace Maddness.Cli;

/// <summary>The whole tool: its commands, what its failures look like, and how it stops.</summary>
internal static class Tool
{
    internal static async Task<int> RunAsync(string[] args)
    {
        using Interruption interruption = new();

        // No response files: a path may begin with @.
        ParseResult parsed = BuildRoot().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

        // Who asks for help on what is not known wants to hear that.
        if (parsed.Action is ParseErrorAction || (parsed.Action is HelpWithExample && parsed.UnmatchedTokens.Count > 0))
        {
            return WrongUsage(parsed);
        }

        try
        {
            // Help and the like, which are printed as results are.
            using StringWriter text = new();
            int code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = text }, interruption.Token);
            ResultOutput.Print(text.ToString());
            return code;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            Messages.Error(Interruption.Message);
            return ExitCode.Failed;
        }
        catch (Exception e)
        {
            Messages.Error(FailureText.Of(e));
            return ExitCode.Failed;
        }
    }

    internal static RootCommand BuildRoot()
    {
        RootCommand root = new("Approximate matrix multiplication: from matrices on disk to a decision.")
        {
            TrainCommand.Build(),
            PlanCommand.Build(),
            EvaluateCommand.Build(),
            MultiplyCommand.Build(),
            InspectCommand.Build(),
            BenchCommand.Build(),
        };
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExample((HelpAction)help.Action!);
        }

        return root;
    }

    private static int WrongUsage(ParseResult parsed)
    {
        string command = parsed.CommandResult.Command is RootCommand ? "maddness" : $"maddness {parsed.CommandResult.Command.Name}";

        // A word that is not known is the cause of what is missing then.
        string error = parsed.UnmatchedTokens.Count > 0
            ? $"'{parsed.UnmatchedTokens[0]}' is not known here"
            : parsed.Errors.Select(e => e.Message).FirstOrDefault("Nothing to do");
        Messages.Error($"{error.ReplaceLineEndings(" ").TrimEnd('.')}. See '{command} --help'.");
        return ExitCode.WrongUsage;
    }
}
