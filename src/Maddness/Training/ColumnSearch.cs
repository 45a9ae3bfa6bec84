using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>A search of many columns by all threads, none of which shares its searcher: one that an earlier search left, or a new one.</summary>
/// <param name="chunk">Columns of one work item.</param>
/// <param name="create">Makes a searcher.</param>
/// <param name="scope">Threads and cancellation.</param>
internal sealed class ColumnSearch<T>(int chunk, Func<T> create, TrainingScope scope)
{
    private readonly ConcurrentBag<T> _free = [];

    /// <summary>Searches the columns 0 to <paramref name="count"/> − 1.</summary>
    internal void For(int count, Action<T, int> body) => scope.Parallel((count + chunk - 1) / chunk, [MethodImpl(Compiled.Once)] (item) =>
    {
        T searcher = _free.TryTake(out T? free) ? free : create();
        for (int i = item * chunk; i < Math.Min(count, (item + 1) * chunk); i++)
        {
            body(searcher, i);
        }

        _free.Add(searcher);
    });
}
