using Maddness.Common;
using Maddness.Model;

namespace Maddness.Storage;

/// <summary>Files of kind <c>encoded</c>: the codes of a matrix's rows, and which trees made them.</summary>
internal static class EncodedFile
{
    private static readonly string[] Keys = [FormatText.RowsKey, FormatText.CodebooksKey, FormatText.LeavesKey, FormatText.FingerprintKey];

    /// <exception cref="ModelFormatException">A value is one that no file may hold.</exception>
    internal static ContainerContent Describe(EncodedMatrix matrix)
    {
        Contents.CheckRange("The number of rows", matrix.Rows, 0, int.MaxValue);
        Contents.CheckRange("The number of codebooks", matrix.Codebooks, 1, ModelLimits.MaxCodebooks);
        Contents.CheckRange("The number of levels", matrix.Levels, ModelLimits.MinLevels, ModelLimits.MaxLevels);
        if (!FormatText.IsDigest(matrix.TreeFingerprint))
        {
            throw new ModelFormatException(
                $"The trees' fingerprint is '{matrix.TreeFingerprint}'; expected {FormatText.DigestDigits} lower-case hexadecimal digits.");
        }

        StoredTensor codes = StoredTensor.Of(Codes(matrix.Rows, matrix.Codebooks, matrix.Levels), matrix.Codes);
        CheckCodes(matrix.Codes.Span, matrix.Rows, matrix.Codebooks, matrix.Levels);
        return new(
            FileKind.Encoded,
            [
                new(FormatText.RowsKey, TreeShape.Text(matrix.Rows)),
                new(FormatText.CodebooksKey, TreeShape.Text(matrix.Codebooks)),
                new(FormatText.LeavesKey, TreeShape.Text(matrix.Leaves)),
                new(FormatText.FingerprintKey, matrix.TreeFingerprint),
            ],
            [codes]);
    }

    /// <exception cref="ModelFormatException">The stream does not hold one valid file of this kind and nothing else.</exception>
    internal static EncodedMatrix Read(Stream stream)
    {
        using ContainerReader reader = new(stream);
        ContainerHeader header = reader.Header;
        header.ExpectKind(FileKind.Encoded, Keys);
        int rows = header.Integer(FormatText.RowsKey, 0, int.MaxValue);
        int codebooks = TreeShape.ReadCodebooks(header);
        int levels = TreeShape.ReadLevels(header);
        string fingerprint = header.Fingerprint();

        reader.ExpectTensors(Codes(rows, codebooks, levels));
        byte[] codes = reader.ReadNext<byte>();
        reader.Finish();

        CheckCodes(codes, rows, codebooks, levels);
        return new(rows, codebooks, levels, fingerprint, codes);
    }

    /// <summary>Blocks of 16 rows, in each a line of 16 bytes per codebook or pair of codebooks.</summary>
    private static TensorSpec Codes(int rows, int codebooks, int levels)
    {
        long blocks = ((long)rows + CodeBlock.Rows - 1) / CodeBlock.Rows;
        int lines = EncodedMatrix.BlockBytes(codebooks, levels) / CodeBlock.Rows;
        return new(FormatText.CodesTensor, TensorType.UInt8, blocks, lines, CodeBlock.Rows);
    }

    private static void CheckCodes(ReadOnlySpan<byte> codes, int rows, int codebooks, int levels)
    {
        if (levels == ModelLimits.MinLevels)
        {
            CheckLastNibbles(codes, codebooks);
        }
        else
        {
            CheckEach(codes, 0, (byte)((1 << levels) - 1), "a code");
        }

        CheckPadding(codes, rows, EncodedMatrix.BlockBytes(codebooks, levels));
    }

    /// <summary>With 16 leaves every byte is two valid codes, unless the codebooks are odd: then the last line's high halves belong to none.</summary>
    private static void CheckLastNibbles(ReadOnlySpan<byte> codes, int codebooks)
    {
        int blockBytes = EncodedMatrix.BlockBytes(codebooks, ModelLimits.MinLevels);
        int blocks = codebooks % 2 == 1 ? codes.Length / blockBytes : 0;
        for (int block = 0; block < blocks; block++)
        {
            int line = (block * blockBytes) + blockBytes - CodeBlock.Rows;
            CheckEach(codes[..(line + CodeBlock.Rows)], line, 0x0F, "a code of the last, odd codebook");
        }
    }

    /// <summary>The rows of the last block that do not exist have the code 0.</summary>
    private static void CheckPadding(ReadOnlySpan<byte> codes, int rows, int blockBytes)
    {
        int used = rows % CodeBlock.Rows;
        for (int line = codes.Length - blockBytes; used != 0 && line < codes.Length; line += CodeBlock.Rows)
        {
            CheckEach(codes[..(line + CodeBlock.Rows)], line + used, 0, "the code of a row of padding");
        }
    }

    private static void CheckEach(ReadOnlySpan<byte> codes, int start, byte maximum, string what)
    {
        int found = codes[start..].IndexOfAnyExceptInRange((byte)0, maximum);
        if (found >= 0)
        {
            throw new ModelFormatException(
                $"Byte {start + found} of tensor '{FormatText.CodesTensor}', {what}, is {codes[start + found]}; expected at most {maximum}.");
        }
    }
}
