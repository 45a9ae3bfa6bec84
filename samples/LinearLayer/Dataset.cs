namespace LinearLayer;

/// <summary>Points around ten class centres, and the linear classifier that separates them: the exact layer to replace.</summary>
internal sealed class Dataset
{
    internal const int Inputs = 64;
    internal const int Classes = 10;

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
        float[] centres = new float[Classes * Inputs];
        for (int i = 0; i < centres.Length; i++)
        {
            centres[i] = (2 * random.NextSingle()) - 1;
        }

        // The nearest centre is the arg-max of x·centre − |centre|²/2.
        float[] weights = new float[Inputs * Classes];
        float[] bias = new float[Classes];
        for (int label = 0; label < Classes; label++)
        {
            for (int input = 0; input < Inputs; input++)
            {
                float value = centres[(label * Inputs) + input];
                weights[(input * Classes) + label] = value;
                bias[label] -= value * value / 2;
            }
        }

        (float[] trainingInputs, _) = Draw(random, centres, 5000);
        (float[] testInputs, int[] testLabels) = Draw(random, centres, 2000);
        return new(weights, bias, trainingInputs, testInputs, testLabels);
    }

    private static (float[] Values, int[] Labels) Draw(Random random, float[] centres, int rows)
    {
        float[] values = new float[rows * Inputs];
        int[] labels = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            labels[row] = random.Next(Classes);
            for (int input = 0; input < Inputs; input++)
            {
                // Uniform noise three times as wide as the centres' range: classes overlap a little.
                values[(row * Inputs) + input] = centres[(labels[row] * Inputs) + input] + (3 * ((2 * random.NextSingle()) - 1));
            }
        }

        return (values, labels);
    }
}
