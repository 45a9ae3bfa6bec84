namespace Maddness.Kernels;

/// <summary>Work that runs over any kernel; the kernel is chosen once, by <see cref="KernelCatalog.Run"/>.</summary>
internal interface IKernelOperation
{
    /// <summary>Does the work with the kernel <typeparamref name="TKernel"/>.</summary>
    void Invoke<TKernel>()
        where TKernel : struct, IKernel;
}
