using Maddness.Comparison.Core;

namespace Maddness.Comparison.Data;

/// <summary>The real matrices of the shared folder beside the repository; none when it is not there.</summary>
internal static class RealData
{
    internal static string? Folder
    {
        get
        {
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "shared", "data");
                if (Directory.Exists(Path.Combine(candidate, "cifar10")))
                {
                    return candidate;
                }
            }

            return null;
        }
    }

    internal static IEnumerable<Func<Problem>> All()
    {
        if (Folder is not string folder)
        {
            yield break;
        }

        yield return () => Cifar(Path.Combine(folder, "cifar10"));
        if (Directory.Exists(Path.Combine(folder, "filters")))
        {
            yield return () => Sobel(Path.Combine(folder, "filters"));
        }
    }

    private static Problem Cifar(string folder) => new(
        "cifar10",
        "real",
        NpyFile.ReadMatrix(Path.Combine(folder, "X_train.npy")),
        NpyFile.ReadMatrix(Path.Combine(folder, "X_test.npy")),
        NpyFile.ReadMatrix(Path.Combine(folder, "W.npy")),
        NpyFile.ReadMatrix(Path.Combine(folder, "b.npy")).Values,
        NpyFile.ReadIntegers(Path.Combine(folder, "labels_test.npy")));

    private static Problem Sobel(string folder) => new(
        "sobel",
        "real",
        NpyFile.ReadMatrix(Path.Combine(folder, "sobel_X_train.npy")),
        NpyFile.ReadMatrix(Path.Combine(folder, "sobel_X_test.npy")),
        NpyFile.ReadMatrix(Path.Combine(folder, "sobel_W.npy")));
}
