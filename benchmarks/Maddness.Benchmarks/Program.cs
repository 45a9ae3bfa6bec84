using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Maddness.Benchmarks;

// Each stage of the library at each kernel level: for whoever works on a kernel.
// dotnet run -c Release --project benchmarks/Maddness.Benchmarks -- --filter '*Product*'
// In this process, as this version of BenchmarkDotNet knows no project file of .NET 10 to write. Tiered compilation distorts short timings: the project turns it off, so that methods are compiled once, optimised.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default);
BenchmarkSwitcher.FromAssembly(typeof(StageBenchmarks).Assembly).Run(args, config);
