using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>The dimensions that methods of projection are measured at.</summary>
internal static class ProjectionSizes
{
    internal static IEnumerable<int> Of(Problem problem, bool quick) => ((int[])(quick ? [8, 32] : [4, 8, 16, 32, 64])).Where(r => r < problem.Inputs);
}
