namespace Maddness.Common;

/// <summary>Codes stand block by block, those of a codebook for all rows of the block side by side.</summary>
internal static class CodeBlock
{
    /// <summary>Rows of a block.</summary>
    internal const int Rows = 16;
}
