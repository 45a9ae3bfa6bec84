namespace QuickStart;

/// <summary>Rows to learn from, rows to measure on, and the weights and bias they are multiplied by; labels where they are known.</summary>
internal sealed record Problem(string Name, Matrix Train, Matrix Test, Matrix Weights, float[] Bias, int[]? Labels)
{
    /// <summary>The hidden layer of a small random network: 512 ReLU activations that depend on 24 hidden causes, as real activations do, and 100 outputs.</summary>
    internal static Problem Generate()
    {
        const int Rows = 10_000, Causes = 24, Inputs = 512, Outputs = 100;
        Random random = new(20210616);
        Matrix mixing = Matrix.Gaussian(random, Causes, Inputs, 1 / MathF.Sqrt(Causes));
        Matrix weights = Matrix.Gaussian(random, Inputs, Outputs, 1 / MathF.Sqrt(Inputs));
        return new("generated ReLU activations", Activations(), Activations(), weights, Matrix.Gaussian(random, 1, Outputs, 0.1f).Values, null);

        Matrix Activations()
        {
            Matrix causes = Matrix.Gaussian(random, Rows, Causes, 1);
            Matrix noise = Matrix.Gaussian(random, Rows, Inputs, 0.1f);
            float[] values = noise.Values;
            for (int row = 0; row < Rows; row++)
            {
                for (int input = 0; input < Inputs; input++)
                {
                    float sum = values[(row * Inputs) + input] - 0.3f;
                    for (int cause = 0; cause < Causes; cause++)
                    {
                        sum += causes.Values[(row * Causes) + cause] * mixing.Values[(cause * Inputs) + input];
                    }

                    values[(row * Inputs) + input] = MathF.Max(0, sum);
                }
            }

            return noise;
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
}
