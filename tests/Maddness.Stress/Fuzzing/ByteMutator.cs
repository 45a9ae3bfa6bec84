using System.Buffers.Binary;

namespace Maddness.Stress.Fuzzing;

/// <summary>Changes that know nothing of any format: bits, bytes, sizes at any place, pieces cut out, repeated or moved, truncation.</summary>
internal static class ByteMutator
{
    private static readonly long[] Sizes = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40];

    internal static byte[] Mutate(Random random, byte[] file)
    {
        Span<byte> number = stackalloc byte[8];
        for (int changes = 1 << random.Next(4); changes > 0 && file.Length > 0; changes--)
        {
            int place = random.Next(file.Length);
            int length = Math.Min(file.Length - place, 1 << random.Next(8));
            switch (random.Next(8))
            {
                case 0:
                    file[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[place] = (byte)random.Next(256);
                    break;
                case 2:
                    BinaryPrimitives.WriteInt64LittleEndian(number, Sizes[random.Next(Sizes.Length)]);
                    int width = Math.Min(1 << random.Next(4), file.Length - place);
                    number[..width].CopyTo(file.AsSpan(place));
                    break;
                case 3:
                    file = [.. file[..place], .. file[(place + length)..]];
                    break;
                case 4:
                    file = [.. file[..place], .. file[place..(place + length)], .. file[place..]];
                    break;
                case 5:
                    file.AsSpan(place, length).CopyTo(file.AsSpan(random.Next(file.Length - length + 1)));
                    break;
                case 6 when random.Next(4) == 0:
                    file = file[..place];
                    break;
                default:
                    file[place] = (byte)(file[place] + random.Next(-2, 3));
                    break;
            }
        }

        return file;
    }
}
