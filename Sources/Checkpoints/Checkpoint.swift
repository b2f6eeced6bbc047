import Archives
import Networks
import Tensors

/// A file of a network's parameters, opened: the network, where its architecture comes from, and what the file says of itself.
///
/// ```swift
/// let checkpoint = try Checkpoint.open("lenet.pt")
/// let logits = try checkpoint.network(dtype: .float32)(images)
/// ```
///
/// Parameters are views of the mapped file: opening reads the names, not the numbers. Nothing may write into them; training
/// works on `network(dtype:).copied()`.
public struct Checkpoint: Sendable {
    /// Where an architecture comes from.
    public enum ArchitectureSource: Sendable, Equatable {
        /// Told from the parameters' names and shapes, with the options of a whole pickled module where the file is one.
        case recognised(family: String)
        /// The modules of a whole pickled network, which are called one after another.
        case modules
        /// An architecture file, named or beside the checkpoint.
        case file(String)
        /// The graph that `torch.export.save` wrote, in the file itself or in another one of the same network.
        case exported(String)
        /// The checkpoint's own metadata, as Amalgam saves it.
        case embedded

        /// Whether it is an exported graph.
        package var isExported: Bool { if case .exported = self { true } else { false } }
    }

    public let path: String
    /// The format and how the parameters are kept in it: "PyTorch zip, whole pickled module of class MLPNet".
    public let provenance: String
    public let architectureSource: ArchitectureSource
    /// The network with its parameters as the file has them.
    public internal(set) var stored: Network
    /// How many parameters there are of each type, most frequent first.
    public let types: [(type: DType, count: Int)]
    /// How the parameters stand in the file.
    public let layout: StateDictLayout
    /// Class names, preprocessing, and the descriptions beside the weights in a folder.
    public let description: ModelDescription
    public let metadata: [String: String]
    /// Numbers and texts that a PyTorch file keeps beside the parameters (epoch, accuracy).
    public let facts: [String: String]
    /// Lists of integers that a PyTorch file keeps beside the parameters (the numbers of the samples it was trained on).
    public let integerLists: [String: [Int]]
    /// What the file holds besides that was not read.
    public let ignored: [String]
    /// The size of the file.
    public let byteCount: Int
    /// The checksum of the file, of the bytes that the parameters are views of.
    public let digest: FileDigest
    /// The networks that the file holds, where there are several.
    package let candidates: [NetworkCandidate]
    /// The effect of each hint: "hint: heads=8", or why it does not apply.
    public internal(set) var hintNotes: [String]
    /// What was assumed of the architecture because the parameters do not determine it.
    public var assumptions: [String] { stored.architecture.assumptions }
    /// What was decided while the file was opened: which network was taken, what was folded, what no layer uses, what came from its configuration. A sentence each.
    public let notes: [String]
    /// Names that are one parameter with another, which stands first.
    public var aliases: [String: String] { layout.aliases }
    /// Ties, and possible ties that the format does not record, in sentences.
    public let tieNotes: [String]
    public let doubtfulTies: [String]

    /// The key under which Amalgam keeps an architecture in a checkpoint's metadata.
    static let architectureKey = "amalgam.architecture"

    /// The network with its parameters in one type; those that have it already are not copied.
    ///
    /// 16-bit parameters are evaluated in f32: products of 16-bit numbers are exact in it, and processors have no fast 16-bit path.
    public func network(dtype: DType = .float32) throws(CheckpointError) -> Network {
        try lifting(path) { try stored.converted(to: dtype) }
    }

    /// The SHA-256 of the bytes that the parameters were read from, which reads all of them once; an error where the file changed since it was opened.
    public func checksum() throws(CheckpointError) -> String {
        try lifting(path) { try digest.sha256() }
    }

    /// Refuses a file that changed since it was opened: asked after its parameters were used, before the result is written or said.
    public func checkUnchanged() throws(CheckpointError) {
        try lifting(path) { try digest.checkUnchanged() }
    }

    /// Parameters with values that are not finite, and how many; reads all of them.
    public func nonFinite() throws(CheckpointError) -> [(parameter: String, count: Int)] {
        try lifting(path) {
            var found: [(String, Int)] = []
            for name in stored.parameterNames {
                guard let value = stored.parameters[name] else { continue }
                if try value.dtype().isFloatingPoint, try !value.allFinite() {
                    found.append((name, value.count - Int(try value.isFinite().sum().item())))
                }
            }
            return found
        }
    }
}
