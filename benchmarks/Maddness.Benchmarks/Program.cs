using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Maddness.Benchmarks;

// Each stage of the library at each kernel level: for whoever works on a kernel.
// dotnet run -c Release --project benchmarks/Maddness.Benchmarks -- --filter '*Product*'
// Tiered compilation distorts short timings: methods are compiled once, optimised.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithRuntime(CoreRuntime.CreateForNewVersion("net10.0", ".NET 10.0")).WithEnvironmentVariable("DOTNET_TieredCompilation", "0"))
    .AddDiagnoser(MemoryDiagnoser.Default);
BenchmarkSwitcher.FromAssembly(typeof(StageBenchmarks).Assembly).Run(args, config);
