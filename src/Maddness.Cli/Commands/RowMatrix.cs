using System.Numerics;
using Maddness.Cli.Formats;
using Maddness.Cli.Report;

namespace Maddness.Cli.Commands;

/// <summary>Checks of the matrices whose rows are multiplied.</summary>
internal static class RowMatrix
{
    /// <summary>Training rows at most, the library's default: of more, as many are read, spread over the file.</summary>
    internal static readonly int MaxRows = new TrainingOptions().MaxTrainingRows;

    /// <summary>Opens rows to learn from.</summary>
    internal static MatrixSource OpenTraining(string address) => CheckNotEmpty(TensorFile.OpenMatrix(address));

    /// <summary>Opens rows for a model, whose width and type they must have.</summary>
    internal static MatrixSource OpenInput(string address, MaddnessMatmul model, string modelPath)
    {
        MatrixSource source = TensorFile.OpenMatrix(address);
        if (source.Columns != model.Inputs)
        {
            source.Dispose();
            throw new ToolException($"'{source.Name}' is {source.Shape}; expected {model.Inputs} columns, as the model '{modelPath}' has {model.Inputs} inputs. Use rows like those it was trained on.");
        }

        if (!source.Type.Fits(model.ElementType))
        {
            source.Dispose();
            throw new ToolException($"'{source.Name}' has elements of type {source.Type.Name()}; expected {Words.Of(model.ElementType)}, which '{modelPath}' was trained on.");
        }

        return source;
    }

    /// <summary>Refuses a matrix without rows or columns.</summary>
    internal static MatrixSource CheckNotEmpty(MatrixSource source)
    {
        if (source.Rows > 0 && source.Columns > 0)
        {
            return source;
        }

        source.Dispose();
        throw new ToolException($"'{source.Name}' is {source.Shape}; expected at least one row and one column.");
    }

    /// <summary>Opens held-out rows that must be like others.</summary>
    internal static MatrixSource OpenLike(string address, MatrixSource training)
    {
        MatrixSource source = CheckNotEmpty(TensorFile.OpenMatrix(address));
        if (source.Columns != training.Columns)
        {
            source.Dispose();
            throw new ToolException($"'{source.Name}' is {source.Shape}; expected {training.Columns} columns, as '{training.Name}' has.");
        }

        if (!source.Type.Fits(training.Type.ElementType()))
        {
            source.Dispose();
            throw new ToolException($"'{source.Name}' has elements of type {source.Type.Name()}; expected {training.Type.Name()}, as '{training.Name}' has.");
        }

        return source;
    }

    /// <summary>What to beware of where rows are of another element type than those that a model learns from: integers that stand for the same numbers do so at a scale that no file tells. Null where they are not.</summary>
    internal static string? TypeWarning(MatrixSource source, ElementType learned, string whichLearned) => source.Type.ElementType() == learned
        ? null
        : $"'{source.Name}' holds {source.Type.Name()}, and {whichLearned}: numbers are taken at face value, so both must be of one scale.";

    /// <summary>What to beware of where few rows are learned from; null where they are enough.</summary>
    internal static string? FewRowsWarning(string whatIsLearned, long rows) => rows >= PlanSummary.FewRows
        ? null
        : $"{whatIsLearned} learned from {rows} {(rows == 1 ? "row" : "rows")}. Learn from {PlanSummary.FewRows} or more.";

    /// <summary>What to beware of in the type of rows for a model.</summary>
    internal static string? TypeWarning(MatrixSource source, MaddnessMatmul model, string modelPath) =>
        TypeWarning(source, model.ElementType, $"'{modelPath}' was learned from {Words.Of(model.ElementType)}");

    /// <summary>Reads rows in the type that a model has, of large files a sample.</summary>
    internal static T[] Read<T>(MatrixSource source, Action<double> report, CancellationToken cancellation)
        where T : unmanaged, INumberBase<T> => RowSampler.Read<T>(source, MaxRows, report, cancellation);

    /// <summary>Reads labels, one per row of a matrix and each the index of an output.</summary>
    internal static int[]? ReadLabels(string? address, MatrixSource rows, int outputs)
    {
        if (address is null)
        {
            return null;
        }

        int[] labels = TensorFile.ReadLabels(address, outputs);
        return labels.Length == rows.Rows ? labels : throw new ToolException($"'{address}' has {labels.Length} labels; expected {rows.Rows}, one for each row of '{rows.Name}'.");
    }
}
