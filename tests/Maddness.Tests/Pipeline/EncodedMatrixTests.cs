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
        foreach ((int rows, int levels) in ((int, int)[])[(49, 5), (40, 4), (33, 6)])
        {
            // As a reader may find it who reads the rows before, or the codes after, another thread encodes into it.
            encoded.Complete(rows, 3, levels, product.Trees.Fingerprint, 3 * 48);
            Action multiply = () => Maddness.Pipeline.Drivers.Multiply(
                encoded, new Maddness.Pipeline.PackedTables(product.Tables), Summation.Exact, Common.MatrixView<float>.Of(new float[rows * 7], rows, 7, "destination"), 1);
            multiply.Should().Throw<InvalidOperationException>().WithMessage("'a' was encoded into while it was read*");
        }

        encoded.Complete(40, 3, 5, product.Trees.Fingerprint, 3 * 48);
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

        encoded.Reserve(6, codes.Length).ToArray().Should().Equal(codes);
        encoded.Rows.Should().Be(0);
        encoded.Codes.Length.Should().Be(0);
        encoded.Reserve(5, 16).ToArray().Should().OnlyContain(code => code == 0);

        encoded.Complete(16, 1, 5, product.Trees.Fingerprint, 16);
        encoded.Reserve(5, 160).ToArray().Should().OnlyContain(code => code == 0, "what is larger is new");
    }
}
