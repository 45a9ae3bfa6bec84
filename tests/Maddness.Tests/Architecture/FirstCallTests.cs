using System.Reflection;
using System.Reflection.Emit;

namespace Maddness.Tests.Architecture;

/// <summary>
/// The runtime compiles a method quickly at first, and well only after thirty calls and a pause: until then vectors go through memory, and an approximate product took as long as the exact one. Methods whose time counts
/// are compiled well at once. And once: as a part of a caller that the runtime compiles later, a loop can end without what was inlined in it.
/// </summary>
public class FirstCallTests
{
    private static readonly string[] Hot = ["Maddness.Kernels", "Maddness.Pipeline", "Maddness.Training", "Maddness.Model"];

    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    [Fact]
    public void Loops_are_compiled_well_at_their_first_call()
    {
        MethodBase[] loops = [.. Methods().Where(HasLoop)];

        loops.Should().HaveCountGreaterThan(200, "that is what is tested");
        loops.Where(method => !IsCompiledWell(method)).Select(Name).Should().BeEmpty("each needs Compiled.Once, or to be inlined where it is called");
    }

    [Fact]
    public void Kernels_call_nothing_that_is_not()
    {
        // Without a loop, but with vectors among parameters or locals: called for each block of rows, it would be slow as long. One expression is inlined by itself.
        MethodBase[] methods = [.. Methods().Where(method => method.DeclaringType!.Namespace == Hot[0] && IsLargeOnVectors(method))];

        methods.Should().HaveCountGreaterThan(50, "that is what is tested");
        methods.Where(method => !IsCompiledWell(method)).Select(Name).Should().BeEmpty("each needs Compiled.Once, or to be inlined where it is called");
    }

    [Fact]
    public void Kernels_hand_no_vector_to_what_is_compiled_on_its_own()
    {
        // It would go through memory, for each few outputs of a row.
        MethodBase[] methods = [.. Methods().Where(method => method.DeclaringType!.Namespace == Hot[0] && method.GetParameters().Any(parameter => IsVector(parameter.ParameterType)))];

        methods.Should().HaveCountGreaterThan(30, "that is what is tested");
        methods.Where(method => method.MethodImplementationFlags.HasFlag(MethodImplAttributes.NoInlining)).Select(Name).Should().BeEmpty("each needs to be inlined where it is called");
    }

    [Fact]
    public void What_is_inlined_is_inlined_into_what_is_compiled_well()
    {
        (MethodBase Method, MethodBase[] Inlined)[] callers = [.. Methods().Select(method => (method, Called(method).Where(IsInlinedWork).ToArray())).Where(pair => pair.Item2.Length > 0)];

        callers.Length.Should().BeGreaterThan(30, "that is what is tested");
        callers.Where(caller => !IsCompiledWell(caller.Method)).Select(caller => $"{Name(caller.Method)} calls {Name(caller.Inlined[0])}").Should().BeEmpty("each needs Compiled.Once, or to be inlined where it is called");

        static bool IsInlinedWork(MethodBase method) => method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveInlining)
            && method.GetMethodBody() is not null
            && (HasLoop(method) || IsLargeOnVectors(method) || Called(method).Any(IsInlinedWork));
    }

    [Fact]
    public void Calls_are_found() => Called(typeof(FirstCallTests).GetMethod(nameof(Calls_are_found))!).Select(method => method.Name).Should().Contain(nameof(Called));

    [Fact]
    public void Loops_are_found()
    {
        HasLoop(Own(nameof(WithLoop))).Should().BeTrue();
        HasLoop(Own(nameof(WithoutLoop))).Should().BeFalse();

        static MethodInfo Own(string name) => typeof(FirstCallTests).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;
    }

    private static int WithLoop(int[] values)
    {
        int sum = 0;
        foreach (int value in values)
        {
            sum += value switch { 0 => 3, 1 => 5, 2 => 8, 3 => 13, _ => value };
        }

        return sum;
    }

    private static int WithoutLoop(int value) => value switch { 0 => 3, 1 => 5, 2 => 8, 3 => value > 0 ? 13 : 21, _ => value };

    /// <summary>What the sources declare, lambdas included; not what the compiler makes of iterators.</summary>
    private static IEnumerable<MethodBase> Methods() => typeof(MaddnessMatmul).Assembly.GetTypes()
        .Where(type => Hot.Contains(type.Namespace) && !type.IsAssignableTo(typeof(System.Collections.IEnumerator)))
        .SelectMany(type => type.GetMembers(BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance))
        .OfType<MethodBase>()
        .Where(method => method.GetMethodBody() is not null);

    private static bool IsCompiledWell(MethodBase method) =>
        method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveOptimization | MethodImplAttributes.NoInlining) || method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveInlining);

    private static bool IsLargeOnVectors(MethodBase method) =>
        method.GetMethodBody()!.GetILAsByteArray()!.Length > 64
        && method.GetMethodBody()!.LocalVariables.Select(local => local.LocalType)
            .Concat(method.GetParameters().Select(parameter => parameter.ParameterType))
            .Any(type => type.Name.StartsWith("Vector", StringComparison.Ordinal));

    /// <summary>By value, not by reference.</summary>
    private static bool IsVector(Type type) => !type.IsByRef && type.Namespace == typeof(System.Runtime.Intrinsics.Vector128).Namespace && type.Name.StartsWith("Vector", StringComparison.Ordinal);

    private static string Name(MethodBase method) => $"{method.DeclaringType!.FullName}.{method.Name}";

    /// <summary>Whether a branch goes back.</summary>
    private static bool HasLoop(MethodBase method)
    {
        byte[] body = method.GetMethodBody()!.GetILAsByteArray()!;
        return Instructions(body).Any(i => (i.Code.OperandType == OperandType.ShortInlineBrTarget && (sbyte)body[i.Operand] < 0)
            || (i.Code.OperandType == OperandType.InlineBrTarget && BitConverter.ToInt32(body, i.Operand) < 0));
    }

    /// <summary>The library's methods that a method calls by name.</summary>
    private static IEnumerable<MethodBase> Called(MethodBase method)
    {
        byte[] body = method.GetMethodBody()!.GetILAsByteArray()!;
        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return Instructions(body)
            .Where(i => i.Code.OperandType == OperandType.InlineMethod)
            .Select(i => method.Module.ResolveMethod(BitConverter.ToInt32(body, i.Operand), ofType, ofMethod)!)
            .Where(called => called.Module == method.Module);
    }

    /// <summary>Each instruction, and where its operand stands.</summary>
    private static IEnumerable<(OpCode Code, int Operand)> Instructions(byte[] body)
    {
        for (int i = 0; i < body.Length;)
        {
            int value = body[i++];
            OpCode code = Codes[value == 0xFE ? 0xFE00 | body[i++] : value];
            int operand = i;
            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(body, operand)),
                _ => 4,
            };
            yield return (code, operand);
        }
    }
}
