using System.Globalization;

namespace Maddness.Storage;

/// <summary>The header of a file of this format and version. Whoever reads it names every key and tensor that the file may have; others are refused.</summary>
internal sealed class ContainerHeader
{
    private static readonly string[] CommonKeys = [FormatText.ChecksumKey, FormatText.FormatKey, FormatText.VersionKey, FormatText.KindKey];

    private readonly Dictionary<string, string> _metadata;
    private readonly Dictionary<string, TensorEntry> _tensors;

    /// <exception cref="ModelFormatException">The header is not well-formed, or not of this format and version.</exception>
    internal ContainerHeader(ReadOnlySpan<byte> header)
    {
        (_metadata, _tensors) = HeaderParser.Parse(header);
        string format = Text(FormatText.FormatKey);
        if (format != FormatText.Format)
        {
            throw new ModelFormatException($"The file's format is '{FormatText.Excerpt(format)}'; expected '{FormatText.Format}'.");
        }

        string version = Text(FormatText.VersionKey);
        if (version != FormatText.Version)
        {
            bool isNewer = TryParse(version, out int number) && number > 1;
            throw new ModelFormatException(
                $"The file's format version is '{FormatText.Excerpt(version)}'; expected '{FormatText.Version}'."
                + (isNewer ? " A newer version of this library is needed to read it." : string.Empty));
        }

        string checksum = Text(FormatText.ChecksumKey);
        Checksum = checksum.StartsWith("sha256:", StringComparison.Ordinal) && FormatText.IsDigest(checksum.AsSpan(7))
            ? checksum[7..]
            : throw new ModelFormatException(
                $"The checksum is '{FormatText.Excerpt(checksum)}'; expected 'sha256:' and {FormatText.DigestDigits} lower-case hexadecimal digits.");
    }

    /// <summary>The digits.</summary>
    internal string Checksum { get; }

    /// <summary>Refuses a file of another kind, and metadata with other keys than those of every file and the given ones.</summary>
    internal void ExpectKind(FileKind expected, params string[] keys)
    {
        string found = Text(FormatText.KindKey);
        if (found != expected.Name())
        {
            string description = FileKindExtensions.Find(found)?.Description() ?? $"of the unknown kind '{FormatText.Excerpt(found)}'";
            throw new ModelFormatException($"The file is {description}; expected {expected.Description()}.");
        }

        foreach (string key in _metadata.Keys)
        {
            if (!CommonKeys.Contains(key) && !keys.Contains(key))
            {
                throw new ModelFormatException(
                    $"The metadata has the unknown key '{FormatText.Excerpt(key)}'; expected {string.Join(", ", CommonKeys.Concat(keys))}.");
            }
        }
    }

    internal bool HasTensor(string name) => _tensors.ContainsKey(name);

    /// <summary>A value of the metadata.</summary>
    internal string Text(string key) =>
        _metadata.TryGetValue(key, out string? value) ? value : throw new ModelFormatException($"The metadata has no '{key}'; expected one.");

    /// <summary>An integer of the metadata.</summary>
    internal int Integer(string key, int minimum, int maximum)
    {
        string text = Text(key);
        return TryParse(text, out int value) && value >= minimum && value <= maximum
            ? value
            : throw new ModelFormatException($"The metadata's {key} is '{FormatText.Excerpt(text)}'; expected an integer from {minimum} to {maximum}.");
    }

    /// <summary>A fingerprint of hash trees in the metadata.</summary>
    internal string Fingerprint()
    {
        string text = Text(FormatText.FingerprintKey);
        return FormatText.IsDigest(text)
            ? text
            : throw new ModelFormatException(
                $"The metadata's {FormatText.FingerprintKey} is '{FormatText.Excerpt(text)}';"
                + $" expected {FormatText.DigestDigits} lower-case hexadecimal digits.");
    }

    /// <summary>Refuses any other tensors than these, of these types and shapes, one after the other without holes.</summary>
    internal void ExpectTensors(IReadOnlyList<TensorSpec> specs)
    {
        long begin = 0;
        foreach (TensorSpec spec in specs)
        {
            if (!_tensors.TryGetValue(spec.Name, out TensorEntry? entry))
            {
                throw new ModelFormatException($"The file has no tensor '{spec.Name}'; expected one.");
            }

            if (entry.Type != spec.Type.Name())
            {
                throw new ModelFormatException($"Tensor '{spec.Name}' is of type '{FormatText.Excerpt(entry.Type)}'; expected {spec.Type.Name()}.");
            }

            if (!spec.Shape.SequenceEqual([.. entry.Shape]))
            {
                throw new ModelFormatException(
                    $"Tensor '{spec.Name}' has the shape {TensorSpec.ShapeToText(entry.Shape)}; expected {spec.ShapeText} from the metadata.");
            }

            long end = begin + spec.Bytes;
            if (entry.Begin != begin || entry.End != end)
            {
                throw new ModelFormatException($"Tensor '{spec.Name}' stands at bytes {entry.Begin} to {entry.End}; expected {begin} to {end}.");
            }

            begin = end;
        }

        foreach (string name in _tensors.Keys)
        {
            if (specs.All(spec => spec.Name != name))
            {
                throw new ModelFormatException(
                    $"The file has the unknown tensor '{FormatText.Excerpt(name)}'; expected {string.Join(", ", specs.Select(spec => spec.Name))}.");
            }
        }
    }

    /// <summary>Decimal digits without leading zeros: one spelling per number.</summary>
    private static bool TryParse(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value.ToString(CultureInfo.InvariantCulture) == text;
}
