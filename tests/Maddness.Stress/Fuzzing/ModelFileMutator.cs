using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Maddness.Stress.Files;

namespace Maddness.Stress.Fuzzing;

/// <summary>Changes that know the format: values of tensors, shapes that lie alone or all together, metadata, tensors in other places, and the header as a sequence of tokens.</summary>
internal static partial class ModelFileMutator
{
    private static readonly string[] Numbers =
    [
        "0", "1", "2", "3", "15", "16", "17", "31", "32", "63", "64", "65", "128", "255", "256", "257", "1023", "1024", "1025", "4095", "65535", "65536", "2147483591", "2147483646", "2147483647", "2147483648",
        "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "-1", "-0", "+1", "01", "1.0", "1e3", "0x10", " 1", "", "NaN", "99999999999999999999999999999999999999",
    ];

    private static readonly string[] Words =
    [
        "\"\"", "\"F32\"", "\"I32\"", "\"I16\"", "\"I8\"", "\"U8\"", "\"F64\"", "\"dense\"", "\"local\"", "\"model\"", "\"matmul\"", "\"encoded\"", "\"float32\"", "\"int16\"", "\"int8\"", "\"uint8\"", "\"bias\"",
        "\"columns\"", "\"tables\"", "\"__metadata__\"", "\"checksum\"", "\"version\"", "null", "true", "[]", "{}", "[[[[[[[[", "{\"a\":", "\"\\u0000\"", "\"\u00e9\"", "\"\t\"", "/**/", "\\",
    ];

    internal static byte[] Mutate(Random random, ModelFile file)
    {
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            switch (random.Next(7))
            {
                case 0:
                    ChangeMetadata(random, file);
                    break;
                case 1:
                    ChangeShape(random, file);
                    break;
                case 2:
                    LieConsistently(random, file);
                    break;
                case 3:
                    ChangeOrder(random, file);
                    break;
                default:
                    ChangeValues(random, file);
                    break;
            }
        }

        string header = file.Header();
        return ModelFile.Build(random.Next(3) == 0 ? ChangeTokens(random, header) : header, file.Payload());
    }

    private static T Any<T>(Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];

    private static void ChangeMetadata(Random random, ModelFile file)
    {
        int index = random.Next(file.Metadata.Count);
        (string key, string value) = file.Metadata[index];
        switch (random.Next(5))
        {
            case 0:
                file.Metadata.RemoveAt(index);
                break;
            case 1:
                file.Metadata.Insert(random.Next(file.Metadata.Count + 1), (random.Next(2) == 0 ? key : "outputs", Any(random, Numbers)));
                break;
            case 2:
                file.Metadata[index] = (key, Any(random, Words).Trim('"').Replace('"', '\''));
                break;
            default:
                file.Metadata[index] = (key, long.TryParse(value, out long number) && random.Next(2) == 0 ? ModelFile.Text(number + random.Next(-2, 3)) : Any(random, Numbers));
                break;
        }

        if (file.Metadata.Count == 0)
        {
            file.Metadata.Add((key, value));
        }
    }

    private static void ChangeShape(Random random, ModelFile file)
    {
        StoredArray tensor = Any(random, file.Tensors);
        if (random.Next(3) == 0)
        {
            tensor.Type = Any(random, (string[])["F32", "I32", "I16", "I8", "U8", "BF16"]);
            return;
        }

        int dimension = random.Next(tensor.Shape.Length);
        tensor.Shape = [.. tensor.Shape];
        tensor.Shape[dimension] = random.Next(4) switch
        {
            0 => random.NextInt64(),
            1 => 1L << random.Next(63),
            _ => tensor.Shape[dimension] + random.Next(-2, 3),
        };
    }

    /// <summary>A size that metadata and every shape agree on, with the bytes that it asks for, or without them.</summary>
    private static void LieConsistently(Random random, ModelFile file)
    {
        string[] sizes = [.. ((string[])["inputs", "outputs", "codebooks", "leaves", "rows"]).Where(key => file.Metadata.Exists(pair => pair.Key == key))];
        string key = sizes.Length == 0 ? string.Empty : Any(random, sizes);
        if (sizes.Length == 0 || !long.TryParse(file[key], out long old) || old <= 0)
        {
            return;
        }

        long size = random.Next(3) switch { 0 => Math.Max(1, old + random.Next(-2, 3)), 1 => old * (1 + random.Next(4)), _ => 1L << random.Next(1, 31) };
        file[key] = ModelFile.Text(size);
        bool isBacked = size < 4096 && random.Next(4) > 0;
        foreach (StoredArray tensor in file.Tensors)
        {
            long[] shape = [.. tensor.Shape.Select((n, dimension) => (key, tensor.Name, dimension) switch
            {
                ("inputs", "prototypes", _) when dimension == tensor.Shape.Length - 1 && n % old == 0 => n / old * size,
                ("outputs", "scales" or "offsets" or "bias" or "tables", 0) => size,
                ("codebooks", "columns" or "thresholds", 0) or ("codebooks", "tables", 1) => size,
                ("codebooks", "range_starts", 0) => size + 1,
                ("codebooks", "prototypes", 0) when tensor.Shape.Length == 2 => n / old * size,
                ("codebooks", "codes", 1) => n > (old + 1) / 2 ? size : (size + 1) / 2,
                ("leaves", "thresholds", 1) => size - 1,
                ("leaves", "tables", 2) => size,
                ("leaves", "columns", 1) => long.Log2(Math.Max(1, size)),
                ("rows", "codes", 0) => (size + 15) / 16,
                _ => n,
            })];
            tensor.Shape = shape;
            long bytes = shape.Aggregate(1L, (product, n) => unchecked(product * n)) * tensor.Width;
            if (isBacked && bytes is >= 0 and < 1 << 16)
            {
                byte[] grown = new byte[bytes];
                random.NextBytes(grown);
                tensor.Bytes.AsSpan(0, (int)Math.Min(bytes, tensor.Bytes.Length)).CopyTo(grown);
                tensor.Bytes = grown;
            }
        }
    }

    private static void ChangeOrder(Random random, ModelFile file)
    {
        int index = random.Next(file.Tensors.Count);
        StoredArray tensor = file.Tensors[index];
        switch (random.Next(4))
        {
            case 0:
                file.Tensors.RemoveAt(index);
                if (file.Tensors.Count == 0)
                {
                    file.Tensors.Add(tensor);
                }

                break;
            case 1:
                file.Tensors.Insert(random.Next(file.Tensors.Count + 1), new StoredArray(random.Next(2) == 0 ? tensor.Name : "bias", tensor.Type, tensor.Shape, tensor.Bytes));
                break;
            case 2:
                file.Tensors.RemoveAt(index);
                file.Tensors.Insert(random.Next(file.Tensors.Count + 1), tensor);
                break;
            default:
                // More or fewer bytes than the shape asks for.
                tensor.Bytes = random.Next(2) == 0 ? [.. tensor.Bytes, .. tensor.Bytes.Take(random.Next(20))] : tensor.Bytes[..random.Next(tensor.Bytes.Length + 1)];
                break;
        }
    }

    /// <summary>Elements that a file may not hold, or just may.</summary>
    private static void ChangeValues(Random random, ModelFile file)
    {
        StoredArray tensor = Any(random, file.Tensors);
        int elements = tensor.Bytes.Length / tensor.Width;
        for (int count = random.Next(1, 4); count > 0 && elements > 0; count--)
        {
            Span<byte> place = tensor.Bytes.AsSpan(random.Next(elements) * tensor.Width, tensor.Width);
            if (tensor.Type == "F32")
            {
                BinaryPrimitives.WriteSingleLittleEndian(
                    place, Any(random, (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, -1, 0, -0f, float.Epsilon, 1e30f, random.NextSingle()]));
            }
            else if (tensor.Type == "I32")
            {
                BinaryPrimitives.WriteInt32LittleEndian(place, Any(random, (int[])[-1, int.MinValue, int.MaxValue, 0, 1, 2, 5, 100, random.Next(10)]));
            }
            else
            {
                random.NextBytes(place);
            }
        }
    }

    /// <summary>Replaces, removes, repeats or exchanges tokens of the header.</summary>
    private static string ChangeTokens(Random random, string header)
    {
        List<string> tokens = [.. TokenPattern().Matches(header).Select(match => match.Value)];

        // The first ones are the fixed start: mostly left alone, or nothing behind it is ever looked at.
        int first = random.Next(10) == 0 ? 0 : Math.Min(7, tokens.Count - 1);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int index = random.Next(first, tokens.Count), other = random.Next(first, tokens.Count);
            switch (random.Next(6))
            {
                case 0:
                    tokens.Insert(index, tokens[other]);
                    break;
                case 1:
                    (tokens[index], tokens[other]) = (tokens[other], tokens[index]);
                    break;
                case 2 when tokens.Count > first + 1:
                    tokens.RemoveAt(index);
                    break;
                case 3:
                    tokens[index] = Any(random, Words);
                    break;
                case 4:
                    tokens.Insert(index, new string(Any(random, (char[])[' ', '\n', '[', '{', '0', '"', '\0', '\u00ff']), 1 << random.Next(12)));
                    break;
                default:
                    tokens[index] = Any(random, Numbers);
                    break;
            }
        }

        return string.Concat(tokens);
    }

    [GeneratedRegex("\"[^\"]*\"|[0-9]+|[^\"0-9]")]
    private static partial Regex TokenPattern();
}
