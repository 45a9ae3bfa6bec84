using System.Diagnostics;

namespace Maddness.Cli.Output;

/// <summary>How far the work is: written by the thread that works, read by the one that draws.</summary>
internal sealed class ProgressState
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TaskCompletionSource? _drawing;
    private string _text = "Starting";
    private double _fraction;
    private long _started = Stopwatch.GetTimestamp();
    private long _updated = Stopwatch.GetTimestamp();

    /// <summary>Ends when there is nothing more to draw.</summary>
    internal Task Finished => _finished.Task;

    internal string Text
    {
        get
        {
            lock (_gate)
            {
                return _text;
            }
        }
    }

    /// <summary>0 to 1, of the current part of the work.</summary>
    internal double Fraction
    {
        get
        {
            lock (_gate)
            {
                return _fraction;
            }
        }
    }

    /// <summary>What is left of the current part if it goes on as fast as it did; null when that cannot be told yet.</summary>
    internal TimeSpan? TimeLeft
    {
        get
        {
            lock (_gate)
            {
                if (_fraction <= 0.01)
                {
                    return null;
                }

                TimeSpan left = (Stopwatch.GetElapsedTime(_started, _updated) * ((1 - _fraction) / _fraction)) - Stopwatch.GetElapsedTime(_updated);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Begins a part of the work.</summary>
    internal void Start(string text)
    {
        lock (_gate)
        {
            (_text, _fraction) = (text, 0);
            _started = _updated = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Tells how far the part is; it never goes back.</summary>
    internal void Report(double fraction)
    {
        lock (_gate)
        {
            if (fraction > _fraction)
            {
                _fraction = Math.Min(1, fraction);
                _updated = Stopwatch.GetTimestamp();
            }
        }
    }

    /// <summary>Renames the part.</summary>
    internal void Rename(string text)
    {
        lock (_gate)
        {
            _text = text;
        }
    }

    /// <summary>Called before anything is printed: returns when nothing is drawn any more.</summary>
    internal void Finish()
    {
        Task? drawing;
        lock (_gate)
        {
            _finished.TrySetResult();
            drawing = _drawing?.Task;
        }

        drawing?.Wait();
    }

    /// <summary>Whether drawing may begin; <see cref="EndDrawing"/> follows.</summary>
    internal bool TryBeginDrawing()
    {
        lock (_gate)
        {
            if (_finished.Task.IsCompleted)
            {
                return false;
            }

            _drawing = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    internal void EndDrawing() => _drawing?.TrySetResult();
}
