using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>What accompanies a whole training: its threads, its cancellation and its progress.</summary>
internal sealed class TrainingScope(int maxDegreeOfParallelism, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Whether this thread runs a work item.</summary>
    [ThreadStatic]
    private static bool _isInItem;

    private readonly object _gate = new();

    internal CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The same threads and cancellation for what nobody is told of.</summary>
    internal TrainingScope WithoutProgress() => new(maxDegreeOfParallelism, null, Cancellation);

    /// <summary>
    /// Runs the work items 0 to <paramref name="count"/> − 1, reporting each that ends. Items share nothing they write, so their results do not depend on the threads.
    /// </summary>
    internal void For(TrainingStage stage, int count, Action<int> body)
    {
        int completed = 0;
        Parallel(count, [MethodImpl(Compiled.Once)] (i) =>
        {
            body(i);
            lock (_gate)
            {
                progress?.Report(new TrainingProgress(stage, ++completed, count));
            }
        });
    }

    /// <summary>The same without progress. Items of an item stay on its thread: they would take as many threads once more.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Parallel(int count, Action<int> body)
    {
        if (maxDegreeOfParallelism == 1 || count <= 1 || _isInItem)
        {
            for (int i = 0; i < count; i++)
            {
                Cancellation.ThrowIfCancellationRequested();
                body(i);
            }

            return;
        }

        Threads.For(count, maxDegreeOfParallelism, [MethodImpl(Compiled.Once)] (i) =>
        {
            _isInItem = true;
            try
            {
                body(i);
            }
            finally
            {
                _isInItem = false;
            }
        }, Cancellation);
    }

    /// <summary>Reports one finished unit of a stage that runs by itself.</summary>
    internal void Report(TrainingStage stage, int completed, int total)
    {
        Cancellation.ThrowIfCancellationRequested();
        progress?.Report(new TrainingProgress(stage, completed, total));
    }
}
