namespace Maddness.PublicApi.Tests.Support;

/// <summary>What a refused call must say.</summary>
internal static class Refusal
{
    /// <summary>Asserts the exact exception type, the argument's name, and that the message has the value found and what was expected.</summary>
    internal static void Of<TException>(Action call, string? argument, params string[] messageParts)
        where TException : Exception
    {
        TException exception = Assert.Throws<TException>(call);
        if (exception is ArgumentException refused)
        {
            refused.ParamName.Should().Be(argument, "the message is: {0}", exception.Message);
        }

        foreach (string part in messageParts)
        {
            exception.Message.Should().Contain(part);
        }
    }

    internal static void Of(Action call, string argument, params string[] messageParts) => Of<ArgumentException>(call, argument, messageParts);
}
