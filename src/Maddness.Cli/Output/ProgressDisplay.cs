using Spectre.Console;
using Spectre.Console.Rendering;

namespace Maddness.Cli.Output;

/// <summary>Runs work, and draws its progress on standard error if that is a terminal and the work takes more than a second.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static volatile bool _isDrawing;

    /// <param name="quiet">Whether nothing is drawn.</param>
    /// <param name="work">The work, which calls <see cref="ProgressState.Finish"/> before it prints.</param>
    /// <returns>What the work returns.</returns>
    internal static async Task<int> RunAsync(bool quiet, Func<ProgressState, int> work)
    {
        ProgressState state = new();
        Task<int> task = Task.Run(() =>
        {
            try
            {
                return work(state);
            }
            finally
            {
                state.Finish();
            }
        });
        if (!quiet && !Console.IsErrorRedirected && await Task.WhenAny(task, Task.Delay(Patience)) != task && state.TryBeginDrawing())
        {
            try
            {
                await DrawAsync(state);
            }
            catch (IOException)
            {
                // The terminal is gone: the work goes on, and its result counts.
            }
            finally
            {
                state.EndDrawing();
            }
        }

        return await task;
    }

    /// <summary>For a process that ends in the middle: the cursor, which is hidden while a bar is drawn, comes back.</summary>
    internal static void RestoreTerminal()
    {
        try
        {
            if (_isDrawing)
            {
                Console.Error.Write("\r\e[0K\e[?25h");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The terminal is gone, or was never writable.
        }
    }

    private static async Task DrawAsync(ProgressState state)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            ColorSystem = Terminal.IsWithoutColour ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(Console.Error),
        });
        if (!console.Profile.Capabilities.Ansi)
        {
            // A terminal without a cursor to move would get line after line.
            return;
        }

        _isDrawing = true;
        await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TimeLeftColumn(state))
            .StartAsync(async context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(state.Text), maxValue: 1);
                while (!state.Finished.IsCompleted)
                {
                    bar.Description = Markup.Escape(state.Text);
                    bar.Value = state.Fraction;
                    await Task.WhenAny(state.Finished, Task.Delay(Interval));
                }
            });
        _isDrawing = false;
    }

    private sealed class TimeLeftColumn(ProgressState state) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(state.TimeLeft is TimeSpan left ? $"{Format(left)} left" : "measuring the time left");

        private static string Format(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
            : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
            : $"{Math.Ceiling(time.TotalSeconds):F0} s";
    }
}
