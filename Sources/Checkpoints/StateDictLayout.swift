import Archives
import Tensors

/// How the parameters of a network stood in the file that it was opened from, so that they go into another file the same way and the
/// author's class loads it.
///
/// Names are those of the network's parameters, without ``prefix``, unless said otherwise.
public struct StateDictLayout: Sendable {
    /// What stood before every parameter's name and was cut, such as `module.`; empty where nothing was.
    public var prefix = ""
    /// The element type of every parameter.
    public var types: [String: DType] = [:]
    /// Further names of a parameter, whose storage they share: the alias, and the parameter's name.
    public var aliases: [String: String] = [:]
    /// Weights that were computed of several tensors of the file, and are saved as plain weights.
    public var folded: [FoldedWeight] = []
    /// Tensors that no layer uses, under the whole names that they have in the file; they are written back as they are.
    public var leftAside: [StoredArray] = []

    /// The exported graph that the network comes from: a `.pt2` is written beside it.
    package var program: ExportedProgram?

    public init() {}

    /// The type in which a parameter is written; for one that the file did not have, such as a bias that another parent has, that of most others.
    public func type(of name: String) -> DType? { types[name] ?? types[aliases[name] ?? name] ?? usualType }

    /// The floating-point type of most parameters.
    private var usualType: DType? {
        let counts = Dictionary(grouping: types.values.filter(\.isFloatingPoint)) { $0 }.mapValues(\.count)
        return counts.max { ($0.value, $0.key.byteCount) < ($1.value, $1.key.byteCount) }?.key
    }

    /// Names as the network itself has them: what its exported graph calls them.
    mutating func dropPrefix() {
        leftAside = leftAside.map { [prefix] in $0.name.hasPrefix(prefix) ? $0.renamed(String($0.name.dropFirst(prefix.count))) : $0 }
        prefix = ""
    }

    /// The name of a parameter, or of an alias, in the file.
    public func fileName(_ name: String) -> String { prefix + name }
}

/// A weight that the file keeps as several tensors: a reparametrisation, or an adapter beside its base.
public struct FoldedWeight: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case weightNorm = "weight normalisation"
        case spectralNorm = "spectral normalisation"
        case pruning = "a pruning mask"
        case lora = "LoRA"
    }

    /// The plain weight, such as `fc1.weight`.
    package let name: String
    package let kind: Kind
    /// The tensors that it was computed of, as the file names them behind the prefix.
    package let sources: [String]
}
