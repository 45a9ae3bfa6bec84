using Maddness.Model;

namespace Maddness;

/// <summary>Hash trees and prototypes learned from rows of A: bound to any B that comes later.</summary>
public sealed partial class MaddnessModel
{
    internal MaddnessModel(HashTrees trees, Prototypes prototypes)
    {
        Trees = trees;
        Prototypes = prototypes;
    }

    internal HashTrees Trees { get; }

    internal Prototypes Prototypes { get; }
}
