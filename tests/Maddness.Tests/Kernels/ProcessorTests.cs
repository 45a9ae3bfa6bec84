using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Maddness.Kernels;

namespace Maddness.Tests.Kernels;

/// <summary>What the processor tells, beside what the system makes of it.</summary>
public class ProcessorTests
{
    private const string Info = "/proc/cpuinfo";
    private const string Cores = "/sys/devices/system/cpu";

    [ToldByLinuxFact(Info)]
    public void The_maker_is_the_one_that_the_system_names()
    {
        string maker = File.ReadLines(Info).First(line => line.StartsWith("vendor_id", StringComparison.Ordinal));
        Processor.IsAmd.Should().Be(maker.EndsWith("AuthenticAMD", StringComparison.Ordinal));
    }

    [ToldByLinuxFact($"{Cores}/cpu0/cache/index0/ways_of_associativity")]
    public void The_first_data_cache_has_as_many_ways_as_the_system_says()
    {
        // Cores may differ, and whichever ran at first was asked.
        IEnumerable<int> ways =
            from core in Directory.GetDirectories(Cores, "cpu?*")
            let caches = Path.Combine(core, "cache")
            where Directory.Exists(caches)
            from cache in Directory.GetDirectories(caches, "index*")
            where Told(cache, "level") == "1" && Told(cache, "type") == "Data"
            select int.Parse(Told(cache, "ways_of_associativity"), CultureInfo.InvariantCulture);
        ways.Should().Contain(Processor.FirstCacheWays);
    }

    private static string Told(string cache, string name) => File.ReadAllText(Path.Combine(cache, name)).Trim();

    private sealed class ToldByLinuxFactAttribute : FactAttribute
    {
        public ToldByLinuxFactAttribute(string path) =>
            Skip = X86Base.IsSupported && Path.Exists(path) ? null : $"{path} of Linux on x86 is not here to compare with";
    }
}
