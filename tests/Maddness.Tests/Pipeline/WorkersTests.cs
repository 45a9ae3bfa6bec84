using System.Collections.Concurrent;
using Maddness.Pipeline;

namespace Maddness.Tests.Pipeline;

public class WorkersTests
{
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(3, 5, 15)]
    [InlineData(7, 100, 56)]
    public void Every_part_runs_once(int workers, int partsOfWorker, int expected)
    {
        ConcurrentBag<(int Part, int Parts)> ran = [];
        Workers.Run(workers, partsOfWorker, (part, parts) => ran.Add((part, parts)));
        ran.Order().Should().Equal(Enumerable.Range(0, expected).Select(part => (part, expected)));
    }

    [Fact]
    public void Whoever_is_done_helps_the_others()
    {
        // The first part waits until all others, the rest of its own thread's too, have run: without help it would wait for ever.
        using CountdownEvent others = new(15);
        bool isHelped = false;
        Workers.Run(2, 8, (part, _) =>
        {
            if (part == 0)
            {
                isHelped = others.Wait(TimeSpan.FromMinutes(1));
            }
            else
            {
                others.Signal();
            }
        });
        isHelped.Should().BeTrue();
    }

    [Fact]
    public void What_a_thread_throws_comes_as_it_is() =>
        FluentActions.Invoking(() => Workers.Run(2, 3, (part, _) => _ = part == 4 ? throw new InvalidOperationException("four") : part))
            .Should().Throw<InvalidOperationException>().WithMessage("four");
}
