using System.Globalization;

namespace Maddness.Cli.Report;

/// <summary>The same for people.</summary>
internal static class InspectionText
{
    internal static void Print(InspectionJson i)
    {
        TextTable table = new();
        table.Add("file", $"{i.File}, {Words.Bytes(i.FileBytes)}, checksum and contents are valid");
        table.Add("kind", i.Kind switch
        {
            "matmul" => "matmul: a model bound to one B (MaddnessMatmul.Load)",
            "model" => "model: learned from A alone (MaddnessModel.Load)",
            _ => "encoded: an encoded matrix (EncodedMatrix.Load)",
        });
        Add(table, "rows", i.Rows);
        Add(table, "inputs", i.Inputs);
        Add(table, "outputs", i.Outputs);
        table.Add("codebooks", $"{i.Codebooks} of {i.Leaves} leaves");
        if (i.ElementType is not null)
        {
            table.Add("rows of", i.ElementType);
            table.Add("objective", i.Objective!);
        }

        if (i.HasBias is bool hasBias)
        {
            table.Add("bias", hasBias ? "yes" : "none");
            table.Add("model", Words.Bytes(i.ModelBytes ?? 0) + $" (the weights take {Words.Bytes(4L * i.Inputs!.Value * i.Outputs!.Value)} in float32)");
        }

        table.Print();
    }

    private static void Add(TextTable table, string name, int? value)
    {
        if (value is int number)
        {
            table.Add(name, number.ToString("N0", CultureInfo.InvariantCulture));
        }
    }
}
