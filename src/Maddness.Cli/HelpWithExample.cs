using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Maddness.Cli.Commands;

namespace Maddness.Cli;

/// <summary>The usual help, with an example that can be pasted.</summary>
internal sealed class HelpWithExample(HelpAction help) : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        // The help names the program after its file, which users do not call.
        TextWriter output = parseResult.InvocationConfiguration.Output;
        using StringWriter text = new();
        parseResult.InvocationConfiguration.Output = text;
        help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        output.Write(text.ToString().Replace($"  {RootCommand.ExecutableName} ", "  maddness ", StringComparison.Ordinal));
        output.WriteLine("Example:");
        output.WriteLine($"  {Example(parseResult.CommandResult.Command)}");
        output.WriteLine();
        output.WriteLine(MatrixOptions.FormatsHelp);
        return ExitCode.Done;
    }

    private static string Example(Command command) => command switch
    {
        ExampleCommand own => own.Example,
        _ => "maddness plan --train X_train.npy --weights W.npy --holdout X_test.npy --max-error 0.05 --out model.safetensors --report report.html",
    };
}
