namespace QuickStart;

/// <summary>Rows to learn from, rows to measure on, and the weights and bias they are multiplied by; labels where they are known.</summary>
internal sealed record Problem(string Name, Matrix Train, Matrix Test, Matrix Weights, float[] Bias, int[]? Labels)
{
    /// <summary>
    /// The last layer of a made-up classifier: 512 ReLU activations, about two thirds of them 0, of inputs that belong to 100 classes, and for each class the weights that
    /// tell its mean activation from the mean of all.
    /// </summary>
    internal static Problem Generate()
    {
        const int Rows = 10_000, Causes = 16, Inputs = 512, Classes = 100;
        Random random = new(20210616);
        Matrix mixing = Matrix.Gaussian(random, Causes, Inputs, 1 / MathF.Sqrt(Causes));
        Matrix centres = Matrix.Gaussian(random, Classes, Causes, 1);
        (Matrix train, int[] trainLabels) = Draw();
        (Matrix test, int[] testLabels) = Draw();
        (Matrix weights, float[] bias) = MeanClassifier(train, trainLabels, Classes);
        return new("generated activations of a classifier", train, test, weights, bias, testLabels);

        (Matrix Activations, int[] Labels) Draw()
        {
            Matrix causes = Matrix.Gaussian(random, Rows, Causes, 0.35f);
            Matrix activations = Matrix.Gaussian(random, Rows, Inputs, 0.1f);
            int[] labels = new int[Rows];
            for (int row = 0; row < Rows; row++)
            {
                labels[row] = random.Next(Classes);
                Span<float> values = activations.Values.AsSpan(row * Inputs, Inputs);
                for (int cause = 0; cause < Causes; cause++)
                {
                    float strength = causes.Values[(row * Causes) + cause] + centres.Values[(labels[row] * Causes) + cause];
                    for (int input = 0; input < Inputs; input++)
                    {
                        values[input] += strength * mixing.Values[(cause * Inputs) + input];
                    }
                }

                for (int input = 0; input < Inputs; input++)
                {
                    values[input] = MathF.Max(0, values[input] - 0.4f);
                }
            }

            return (activations, labels);
        }
    }

    /// <summary>Matrices from .npy files: X_train, X_test, W, b and, if there, labels_test.</summary>
    internal static Problem Load(string folder)
    {
        string labels = Path.Combine(folder, "labels_test.npy");
        return new(
            folder,
            NpyFile.ReadMatrix(Path.Combine(folder, "X_train.npy")),
            NpyFile.ReadMatrix(Path.Combine(folder, "X_test.npy")),
            NpyFile.ReadMatrix(Path.Combine(folder, "W.npy")),
            NpyFile.ReadMatrix(Path.Combine(folder, "b.npy")).Values,
            File.Exists(labels) ? NpyFile.ReadIntegers(labels) : null);
    }

    /// <summary>The nearest class mean, as a linear layer: x·(mean of the class − mean of all) − half the difference of their squared norms.</summary>
    private static (Matrix Weights, float[] Bias) MeanClassifier(Matrix rows, int[] labels, int classes)
    {
        int inputs = rows.Columns;
        double[] sums = new double[classes * inputs];
        double[] total = new double[inputs];
        int[] counts = new int[classes];
        for (int row = 0; row < rows.Rows; row++)
        {
            counts[labels[row]]++;
            for (int input = 0; input < inputs; input++)
            {
                float value = rows.Values[(row * inputs) + input];
                sums[(labels[row] * inputs) + input] += value;
                total[input] += value;
            }
        }

        Matrix weights = new(new float[inputs * classes], inputs, classes);
        float[] bias = new float[classes];
        for (int label = 0; label < classes; label++)
        {
            double shift = 0;
            for (int input = 0; input < inputs; input++)
            {
                double mean = sums[(label * inputs) + input] / Math.Max(1, counts[label]);
                double overall = total[input] / rows.Rows;
                weights.Values[(input * classes) + label] = (float)(mean - overall);
                shift += ((overall * overall) - (mean * mean)) / 2;
            }

            bias[label] = (float)shift;
        }

        return (weights, bias);
    }
}
