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
    public void The_running_clock_goes_on_while_this_process_runs()
    {
        TimeSpan before = WorkClock.Running;
        while (WorkClock.Running == before)
        {
            Spin(10_000);
        }

        WorkClock.Running.Should().BeGreaterThan(before);
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
