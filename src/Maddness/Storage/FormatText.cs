using System.Buffers;

namespace Maddness.Storage;

/// <summary>The fixed texts and limits of the format; docs/model-format.md describes them.</summary>
internal static class FormatText
{
    internal const string Format = "maddness";

    internal const string Version = "1";

    /// <summary>Bytes of the header's length, at the start of the file.</summary>
    internal const int LengthBytes = 8;

    /// <summary>The header's first bytes in every version, so that the checksum stands at a fixed place and is found without parsing.</summary>
    internal const string HeaderStart = "{\"__metadata__\":{\"checksum\":\"sha256:";

    /// <summary>Hexadecimal digits of a SHA-256.</summary>
    internal const int DigestDigits = 64;

    /// <summary>The largest header that is read. Ours have less than 1 KiB; anything near the limit is no model.</summary>
    internal const int MaxHeaderBytes = 64 * 1024;

    /// <summary>The header is padded with spaces so that the tensors start at a multiple of this.</summary>
    internal const int Alignment = 8;

    internal const string MetadataName = "__metadata__";

    internal const string ChecksumKey = "checksum";
    internal const string FormatKey = "format";
    internal const string VersionKey = "version";
    internal const string KindKey = "kind";
    internal const string InputsKey = "inputs";
    internal const string OutputsKey = "outputs";
    internal const string CodebooksKey = "codebooks";
    internal const string LeavesKey = "leaves";
    internal const string ElementTypeKey = "element_type";
    internal const string PrototypesKey = "prototypes";
    internal const string RowsKey = "rows";
    internal const string ObjectiveKey = "objective";
    internal const string FingerprintKey = "tree_fingerprint";

    internal const string DenseValue = "dense";
    internal const string LocalValue = "local";

    internal const string OutputValue = "output";
    internal const string ReconstructionValue = "reconstruction";

    internal const string ColumnsTensor = "columns";
    internal const string ThresholdsTensor = "thresholds";
    internal const string RangeStartsTensor = "range_starts";
    internal const string PrototypesTensor = "prototypes";
    internal const string ScalesTensor = "scales";
    internal const string OffsetsTensor = "offsets";
    internal const string BiasTensor = "bias";
    internal const string TablesTensor = "tables";
    internal const string CodesTensor = "codes";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Bytes before the digits of the checksum.</summary>
    internal static int DigestStart => LengthBytes + HeaderStart.Length;

    /// <summary>A text from a file, cut to a length that suits a message.</summary>
    internal static string Excerpt(string text) => text.Length <= 80 ? text : $"{text.AsSpan(0, 80)}...";

    /// <summary>Whether a text is a SHA-256 as this library writes it.</summary>
    internal static bool IsDigest(ReadOnlySpan<char> text) => text.Length == DigestDigits && !text.ContainsAnyExcept(HexDigits);
}
