using System.Runtime.ExceptionServices;

namespace Maddness.Common;

/// <summary>Work items on several threads.</summary>
internal static class Threads
{
    /// <summary>Runs the items 0 to <paramref name="count"/> − 1, the calling thread among those that do. Callers see an exception as one thread would have thrown it: one of them, if items threw several.</summary>
    internal static void For(int count, int degree, Action<int> body, CancellationToken cancellation = default)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = degree, CancellationToken = cancellation }, body);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
