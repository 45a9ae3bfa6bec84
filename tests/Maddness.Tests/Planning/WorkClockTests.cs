using System.Diagnostics;
using Maddness.Common;
using Maddness.Planning;

namespace Maddness.Tests.Planning;

public class WorkClockTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(double.PositiveInfinity)]
    public void Work_is_done_as_often_as_asked_and_takes_time_however_it_is_told(double expected)
    {
        int runs = 0;
        double nanoseconds = WorkClock.Nanoseconds(() => runs += Math.Sign(Spin(1_000_000)), 3, expected);
        runs.Should().Be(3);
        nanoseconds.Should().BeGreaterThan(0).And.BeLessThan(60e9);
    }

    [Fact]
    public void The_system_is_not_asked_about_short_work() =>
        (WorkClock.Asks(0), WorkClock.Asks(0.2)).Should().Be((false, false));

    [Fact]
    public void A_clock_goes_on_while_this_process_runs_and_no_faster_than_the_wall()
    {
        WorkClock.Started start = WorkClock.Start();
        Stopwatch wall = Stopwatch.StartNew();
        while (start.Elapsed == TimeSpan.Zero && wall.Elapsed.TotalSeconds < 30)
        {
            Spin(10_000);
        }

        start.Elapsed.Should().BeGreaterThan(TimeSpan.Zero);

        // Four threads run four times as long as the wall tells, where there are as many processors.
        Threads.For(4, 4, _ => Spin(50_000_000), default);
        TimeSpan elapsed = start.Elapsed;
        elapsed.Should().BeLessThanOrEqualTo(wall.Elapsed + TimeSpan.FromMilliseconds(1));
    }

    private static double Spin(int steps)
    {
        double value = 1;
        for (int i = 0; i < steps; i++)
        {
            value = (value * 0.999) + 0.001;
        }

        return value;
    }
}
