using Maddness.Training;

namespace Maddness.Tests.Training;

public class TrainingScopeTests
{
    [Fact]
    public void Items_of_an_item_stay_on_its_thread()
    {
        // The first item of each waits for other threads to come, but not for ever: if they may come, there are some, whatever the machine has.
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, 16), completions).Should().BeTrue();
        TrainingScope scope = new(2, null, default);
        int strangers = 0, items = 0;
        scope.Parallel(2, _ =>
        {
            int own = Environment.CurrentManagedThreadId;
            scope.For(TrainingStage.LearningTrees, 20, item =>
            {
                Interlocked.Increment(ref items);
                Interlocked.Add(ref strangers, Environment.CurrentManagedThreadId == own ? 0 : 1);
                SpinWait.SpinUntil(() => item > 0 || Volatile.Read(ref strangers) > 0, TimeSpan.FromSeconds(0.5));
            });
        });
        ThreadPool.SetMinThreads(workers, completions).Should().BeTrue();
        items.Should().Be(40);
        strangers.Should().Be(0);
    }

    [Fact]
    public void Items_behind_others_share_threads_again()
    {
        // Two items that wait for each other: they end only if each has a thread, whatever ran on these before.
        TrainingScope scope = new(2, null, default);
        for (int round = 0; round < 3; round++)
        {
            using Barrier both = new(2);
            scope.Parallel(2, _ => both.SignalAndWait(TimeSpan.FromMinutes(1)).Should().BeTrue());
        }
    }
}
