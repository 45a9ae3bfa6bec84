using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maddness.Cli.Output;

/// <summary>Results on standard output, as text or as one JSON object. Names are a contract; figures that are undefined (NaN, infinity) are null.</summary>
internal static class ResultOutput
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteConverter(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Prints a result as JSON where the user wants that, else by <paramref name="printText"/>.</summary>
    /// <exception cref="ToolException">Standard output takes nothing.</exception>
    internal static void Print<T>(T result, bool json, Action<T> printText)
    {
        Guard(() =>
        {
            if (json)
            {
                PrintLine(JsonSerializer.Serialize(result, Options));
            }
            else
            {
                printText(result);
            }
        });
    }

    /// <summary>Prints a text.</summary>
    /// <exception cref="ToolException">Standard output takes nothing.</exception>
    internal static void Print(string text) => Guard(() => Console.Out.Write(text));

    /// <summary>JSON is UTF-8 whatever the user's locale is; only a console of Windows wants its own encoding.</summary>
    private static void PrintLine(string json)
    {
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(json);
            return;
        }

        using Stream output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(json + Environment.NewLine));
    }

    private static void Guard(Action print)
    {
        try
        {
            print();
        }
        catch (UnauthorizedAccessException e)
        {
            // What the runtime makes of EBADF, with words about a path.
            throw new ToolException("Standard output cannot be written to: it is closed, or open for reading only. Send it to a file or a pipe.", e);
        }
        catch (IOException e)
        {
            throw new ToolException($"Standard output cannot be written to: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Send it elsewhere.", e);
        }
    }

    private sealed class FiniteConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
