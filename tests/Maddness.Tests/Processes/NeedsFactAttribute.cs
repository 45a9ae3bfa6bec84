namespace Maddness.Tests.Processes;

/// <summary>A fact about switching an instruction set off: skipped, and counted as skipped, where this process does not have it either, so that there is nothing to switch.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(string instructions)
    {
        Instructions = instructions;
        if (!Child.Instructions.Supported.Contains(instructions))
        {
            Skip = $"this CPU, or the runtime as it is started here, has no {instructions}: supported are {string.Join(' ', Child.Instructions.Supported)}";
        }
    }

    public string Instructions { get; }
}
