using System.Runtime.InteropServices;
using Maddness.Cli.Output;

namespace Maddness.Cli;

/// <summary>
/// Ctrl-C and its like: the first signal cancels the work, which then cleans up and ends by itself. Work that does not end in time (a long flush to a slow disk, say) is ended, after its
/// unfinished files are removed. A second signal does not wait.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Timer _deadline;

    internal Interruption()
    {
        _deadline = new Timer(_ => End());
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop),
        ];
    }

    internal CancellationToken Token => _source.Token;

    /// <summary>What is said at the end. Outputs that were complete by then stay, so they are named.</summary>
    internal static string Message => OutputFile.Written is string written
        ? $"Stopped, after {written}."
        : "Stopped. No file was written; run the command again to start over.";

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _deadline.Dispose();
        _source.Dispose();
    }

    private static void End()
    {
        OutputFile.RemoveUnfinished();

        // Words may wait for whoever does not read them; the end does not.
        Thread words = new(() =>
        {
            ProgressDisplay.RestoreTerminal();
            Messages.LastError(Message);
        })
        { IsBackground = true };
        words.Start();
        words.Join(LastWords);
        Environment.Exit(ExitCode.Failed);
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            End();
        }

        _deadline.Change(Patience, Timeout.InfiniteTimeSpan);

        // Whoever waits for the token may run on this thread: the deadline is set before.
        _source.Cancel();
    }
}
