using Maddness.Model;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>A matrix that is encoded into again is memory that may be read, against its contract, meanwhile: kernels load at its codes, and find codes of leaves.</summary>
public class EncodedMatrixTests
{
    [Fact]
    public void Codes_that_are_fewer_than_rows_are_refused()
    {
        Random random = new(1);
        MaddnessMatmul product = new(RandomModel.Trees(random, 5, 3, 5), RandomModel.Tables(random, 3, 5, 7));
        EncodedMatrix encoded = product.Encode(new float[5 * 40], 40);
        byte[] bytes = encoded.Codes.ToArray();
        foreach ((int rows, int levels) in ((int, int)[])[(49, 5), (40, 4), (33, 6)])
        {
            // As a reader may find it who reads the rows before, or the codes after, another thread encodes into it.
            encoded.Complete(new(bytes, levels), rows, 3, product.Trees.Fingerprint, 3 * 48);
            Action multiply = () => Maddness.Pipeline.Drivers.Multiply(
                encoded, new Maddness.Pipeline.PackedTables(product.Tables), Summation.Exact, Activation.None, Common.MatrixView<float>.Of(new float[rows * 7], rows, 7, "destination"), 1);
            multiply.Should().Throw<InvalidOperationException>().WithMessage("'a' was encoded into while it was read*");
        }

        encoded.Complete(new(bytes, 5), 40, 3, product.Trees.Fingerprint, 3 * 48);
        product.Multiply(encoded, new float[40 * 7]);
    }

    [Fact]
    public void Memory_is_used_again_for_codes_of_as_many_leaves_only()
    {
        Random random = new(2);
        MaddnessMatmul product = new(RandomModel.Trees(random, 5, 3, 6), RandomModel.Tables(random, 3, 6, 7));
        EncodedMatrix encoded = product.Encode(RandomModel.Inputs<float>(random, 5 * 64), 64);
        byte[] codes = encoded.Codes.ToArray();
        codes.Should().Contain(code => code >= 32, "that is what is tested");

        EncodedMatrix.CodeMemory memory = encoded.Memory;
        encoded.Reserve(6, codes.Length).Should().BeSameAs(memory);
        encoded.Rows.Should().Be(0);
        encoded.Codes.Length.Should().Be(0);
        encoded.Memory.Should().BeSameAs(memory, "a writer that fails has changed nothing else");

        EncodedMatrix.CodeMemory fewer = encoded.Reserve(5, 16), more = encoded.Reserve(6, codes.Length + 1);
        (fewer.Levels, more.Levels).Should().Be((5, 6));
        fewer.Bytes.Should().OnlyContain(code => code == 0, "it was made for other leaves");
        more.Bytes.Should().OnlyContain(code => code == 0, "what is larger is new");

        // Two that write at once, against the contract: whoever completes last brings the memory that it has written.
        encoded.Complete(more, 64, 3, product.Trees.Fingerprint, codes.Length + 1);
        encoded.Complete(fewer, 16, 1, product.Trees.Fingerprint, 16);
        (encoded.Memory, encoded.Levels).Should().Be((fewer, 5));
    }

    [Fact]
    public void Matrices_read_while_they_are_written_give_an_exception_or_the_outputs_of_codes()
    {
        // Products of 16, 32 and 64 leaves whose entries are all 1: any codes of these leaves give C, and memory outside the tables, which are followed by others, would not.
        Random random = new(3);
        MaddnessMatmul[] products = [Product(levels: 4, codebooks: 3), Product(levels: 5, codebooks: 4), Product(levels: 6, codebooks: 2)];
        float[][] inputs = [.. Enumerable.Range(1, 4).Select(i => RandomModel.Inputs<float>(random, 5 * 100 * i))];
        EncodedMatrix shared = products[0].Encode(inputs[0], 100);
        int outputs = 0;
        Parallel.For(0, 4, worker =>
        {
            float[] y = new float[400 * 7];
            for (int i = 0; i < 3000; i++)
            {
                MaddnessMatmul product = products[(i + worker) % 3];
                if (worker < 2)
                {
                    int size = i % 4;
                    product.Encode(inputs[size], 100 * (size + 1), shared);
                    continue;
                }

                int rows = shared.Rows;
                y.AsSpan().Fill(-1);
                try
                {
                    product.Multiply(shared, y.AsSpan(0, rows * 7));
                }
                catch (Exception e) when (e is ArgumentException or InvalidOperationException)
                {
                    continue;
                }

                Assert.All(y[..(rows * 7)], value => Assert.Equal(product.Codebooks, value));
                Interlocked.Add(ref outputs, rows);
            }
        });

        outputs.Should().BeGreaterThan(0, "that is what is tested");

        MaddnessMatmul Product(int levels, int codebooks) => new(
            RandomModel.Trees(random, 5, codebooks, levels),
            new LookupTables(codebooks, 1 << levels, 7, [.. Enumerable.Repeat((byte)1, (codebooks * 7) << levels)], [1, 1, 1, 1, 1, 1, 1], new float[7], null));
    }
}
