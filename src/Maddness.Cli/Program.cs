using Maddness.Cli;

return await Tool.RunAsync(args);
