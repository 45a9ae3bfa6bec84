namespace Maddness.Storage;

/// <summary>What a file holds.</summary>
internal enum FileKind
{
    /// <summary>Hash trees and prototypes.</summary>
    Model,

    /// <summary>Hash trees and the tables of one B.</summary>
    Matmul,

    /// <summary>Codes of encoded rows.</summary>
    Encoded,
}

/// <summary>The kinds as the metadata and the error messages name them.</summary>
internal static class FileKindExtensions
{
    internal static string Name(this FileKind kind) => kind switch
    {
        FileKind.Model => "model",
        FileKind.Matmul => "matmul",
        FileKind.Encoded => "encoded",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Expected a member of FileKind."),
    };

    internal static string Description(this FileKind kind) => kind switch
    {
        FileKind.Model => "an unbound model (kind 'model'), which MaddnessModel.Load reads",
        FileKind.Matmul => "a bound model (kind 'matmul'), which MaddnessMatmul.Load reads",
        FileKind.Encoded => "an encoded matrix (kind 'encoded'), which EncodedMatrix.Load reads",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Expected a member of FileKind."),
    };

    internal static FileKind? Find(string name)
    {
        foreach (FileKind kind in (ReadOnlySpan<FileKind>)[FileKind.Model, FileKind.Matmul, FileKind.Encoded])
        {
            if (kind.Name() == name)
            {
                return kind;
            }
        }

        return null;
    }
}
