namespace LinearLayer;

/// <summary>
/// Points around forty class centres, and the linear classifier that separates them: the exact layer to replace. All points lie near a space of twelve dimensions, as real
/// activations lie near few: that is what can be learned.
/// </summary>
internal sealed class Dataset
{
    internal const int Inputs = 256;
    internal const int Classes = 40;

    private const int Causes = 12;

    private Dataset(float[] weights, float[] bias, float[] trainingInputs, float[] testInputs, int[] testLabels)
    {
        Weights = weights;
        Bias = bias;
        TrainingInputs = trainingInputs;
        TestInputs = testInputs;
        TestLabels = testLabels;
    }

    internal float[] Weights { get; }

    internal float[] Bias { get; }

    internal float[] TrainingInputs { get; }

    internal int TrainingRows => TrainingInputs.Length / Inputs;

    internal float[] TestInputs { get; }

    internal int TestRows => TestInputs.Length / Inputs;

    internal int[] TestLabels { get; }

    internal static Dataset Generate(int seed)
    {
        Random random = new(seed);
        float[] mixing = Uniform(random, Causes * Inputs);
        float[] centres = Uniform(random, Classes * Causes);

        // The nearest centre is the arg-max of x·centre − |centre|²/2, with the centre as the inputs show it.
        float[] weights = new float[Inputs * Classes];
        float[] bias = new float[Classes];
        for (int label = 0; label < Classes; label++)
        {
            for (int input = 0; input < Inputs; input++)
            {
                float value = Mix(mixing, centres.AsSpan(label * Causes, Causes), input);
                weights[(input * Classes) + label] = value;
                bias[label] -= value * value / 2;
            }
        }

        (float[] trainingInputs, _) = Draw(random, mixing, centres, 5000);
        (float[] testInputs, int[] testLabels) = Draw(random, mixing, centres, 2000);
        return new(weights, bias, trainingInputs, testInputs, testLabels);
    }

    private static (float[] Values, int[] Labels) Draw(Random random, float[] mixing, float[] centres, int rows)
    {
        float[] values = Uniform(random, rows * Inputs);
        int[] labels = new int[rows];
        Span<float> causes = stackalloc float[Causes];
        for (int row = 0; row < rows; row++)
        {
            labels[row] = random.Next(Classes);
            for (int cause = 0; cause < Causes; cause++)
            {
                causes[cause] = centres[(labels[row] * Causes) + cause] + (0.6f * ((2 * random.NextSingle()) - 1));
            }

            for (int input = 0; input < Inputs; input++)
            {
                values[(row * Inputs) + input] = (0.2f * values[(row * Inputs) + input]) + Mix(mixing, causes, input);
            }
        }

        return (values, labels);
    }

    private static float Mix(float[] mixing, ReadOnlySpan<float> causes, int input)
    {
        float sum = 0;
        for (int cause = 0; cause < Causes; cause++)
        {
            sum += causes[cause] * mixing[(cause * Inputs) + input];
        }

        return sum;
    }

    /// <summary>Independent values between −1 and 1.</summary>
    private static float[] Uniform(Random random, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (2 * random.NextSingle()) - 1;
        }

        return values;
    }
}
