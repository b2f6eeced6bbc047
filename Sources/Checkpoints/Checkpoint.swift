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
        /// Told from the parameters' names and shapes.
        case recognised(family: String)
        /// An architecture file, named or beside the checkpoint.
        case file(String)
        /// The checkpoint's own metadata, as Amalgam saves it.
        case embedded
    }

    public let path: String
    /// The format and how the parameters are kept in it: "PyTorch zip, whole pickled module of class MLPNet".
    public let provenance: String
    public let architectureSource: ArchitectureSource
    /// The network with its parameters as the file has them.
    public let stored: Network
    /// How many parameters there are of each type, most frequent first.
    public let types: [(type: DType, count: Int)]
    /// How the parameters stand in the file.
    public let layout: StateDictLayout
    public let metadata: [String: String]
    /// Numbers and texts that a PyTorch file keeps beside the parameters (epoch, accuracy).
    public let facts: [String: String]
    /// Lists of integers that a PyTorch file keeps beside the parameters (the numbers of the samples it was trained on).
    public let integerLists: [String: [Int]]
    /// What the file holds besides that was not read.
    public let ignored: [String]
    /// The size of the file.
    public let byteCount: Int
    /// What became of the hints that were given: "told: heads=8", or why one says nothing.
    public let hintNotes: [String]
    /// What was assumed of the architecture because the parameters do not tell.
    public var assumptions: [String] { stored.architecture.assumptions }
    /// What is tied, and what the format cannot tell, in sentences.
    public let tieNotes: [String]
    public let doubtfulTies: [String]
    /// What was told and what was assumed, a sentence each.
    public var openingNotes: [String] { hintNotes + assumptions.map { "assumed: \($0)" } + tieNotes + doubtfulTies }

    /// The key under which Amalgam keeps an architecture in a checkpoint's metadata.
    static let architectureKey = "amalgam.architecture"

    /// Opens a checkpoint of any format that is read.
    ///
    /// - Parameter options: an architecture file, hints and the choice among several networks. Without an architecture file,
    ///   `NAME.arch.toml` beside the checkpoint is used where there is one, then the architecture that Amalgam saved in the checkpoint,
    ///   then the families' recognition. Hints go before what the file itself tells.
    public static func open(_ path: String, _ options: LoadOptions = LoadOptions(), limits: ArchiveLimits = .standard) throws(CheckpointError) -> Checkpoint {
        let archive = try archives { () throws(ArchiveError) in try Archive.open(path, limits: limits) }
        let (entries, prefix) = withoutWrapper(archive.entries)
        guard !entries.isEmpty else { throw .noParameters(file: path, holds: archive.ignored.isEmpty ? "nothing" : archive.ignored.joined(separator: ", ")) }
        let tied = try archives { () throws(ArchiveError) in
            try TiedEntries(
                entries, prefix: prefix ?? "", metadata: archive.metadata, sharesStorages: archive.kind == .torchZip || archive.kind == .torchLegacy)
        }
        let (architecture, source) = try self.architecture(of: tied, archive: archive, named: options.architecture, hints: options.hints)
        let (aliases, kept) = try Self.aliases(of: architecture, tied, path: path)

        var parameters: [String: Tensor] = [:]
        var counts: [DType: Int] = [:], layout = StateDictLayout()
        layout.prefix = prefix ?? ""
        layout.aliases = aliases
        for entry in kept {
            let tensor = try entry.tensor()
            parameters[entry.name] = tensor
            if let type = DType(entry.elementType) {
                counts[type, default: 0] += entry.count
                layout.types[entry.name] = type
            }
        }
        let network = try networks(of: path) { () throws(NetworkError) in try Network(architecture, parameters: parameters) }
        var metadata = archive.metadata
        metadata[architectureKey] = nil
        let kind = archive.kind.rawValue
        return Checkpoint(
            path: path, provenance: archive.provenance == kind ? kind : "\(kind), \(archive.provenance)", architectureSource: source, stored: network,
            types: counts.sorted { ($0.value, $0.key.rawValue) > ($1.value, $1.key.rawValue) }.map { ($0.key, $0.value) },
            layout: layout, metadata: metadata, facts: archive.facts, integerLists: archive.integerLists, ignored: archive.ignored, byteCount: try archives { () throws(ArchiveError) in try fileSize(path) },
            hintNotes: options.hints.notes(architecture, from: source), tieNotes: TiedEntries.notes(aliases), doubtfulTies: tied.doubts(aliases))
    }

    /// The architecture, in which what the file ties is shared.
    private static func architecture(of tied: TiedEntries, archive: Archive, named: String?, hints: RecognitionHints) throws(CheckpointError) -> (Architecture, ArchitectureSource) {
        func sharing(_ architecture: Architecture) throws(CheckpointError) -> Architecture {
            try networks(of: archive.path) { () throws(NetworkError) in try architecture.sharing(tied.aliases) }
        }
        if let file = named ?? ArchitectureFile.beside(archive.path) { return (try sharing(ArchitectureFile.read(file)), .file(file)) }
        if let text = archive.metadata[architectureKey] {
            return (try sharing(ArchitectureFile.architecture(from: text, file: "\(archive.path) (its own metadata)")), .embedded)
        }
        let found: (Architecture, ArchitectureSource)
        do { found = try recognised(tied.entries, archive: archive, hints: hints) } catch {
            // A module that is registered under two names is one layer.
            let single = tied.entries.filter { tied.aliases[$0.name] == nil }
            guard single.count < tied.entries.count, let one = try? recognised(single, archive: archive, hints: hints) else { throw error }
            return one
        }
        guard !tied.aliases.isEmpty else { return found }
        let repeats = found.0.assumedRepeats(tied.aliases, among: Set(tied.entries.map(\.name)))
        let known = found.0
        let noted = try networks(of: archive.path) { () throws(NetworkError) in
            try Architecture(family: known.family, inputShape: known.inputShape, nodes: known.nodes, assumptions: known.assumptions + repeats)
        }
        return (try sharing(noted), found.1)
    }

    /// Names that are one parameter with another, by storage or by the architecture, and the entries that are left.
    private static func aliases(of architecture: Architecture, _ tied: TiedEntries, path: String) throws(CheckpointError) -> ([String: String], [StoredArray]) {
        let known = Dictionary(tied.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var aliases = tied.aliases
        for (name, original) in architecture.aliases where aliases[name] == nil {
            guard let one = known[name], let other = known[original] else { continue }
            guard try archives({ () throws(ArchiveError) in try TiedEntries.holdTheSame(one, other, orConstant: true) }) else {
                throw .tiedDiffer(file: path, name: name, original: original)
            }
            aliases[name] = original
        }
        let all = aliases
        return (all, tied.entries.filter { all[$0.name] == nil })
    }

    private static func recognised(_ entries: [StoredArray], archive: Archive, hints: RecognitionHints) throws(CheckpointError) -> (Architecture, ArchitectureSource) {
        let told = RecognitionHints(modules: archive.modules)
        let table = ParameterTable(
            entries.map { ($0.name, $0.shape) },
            hints: RecognitionHints(inputShape: hints.inputShape, heads: hints.heads ?? told.heads, activation: hints.activation ?? told.activation))
        let recognised = try networks(of: archive.path) { () throws(NetworkError) in try Families.recognise(table) }
        return (recognised, .recognised(family: recognised.family))
    }

    /// What DataParallel, torch.compile and training frameworks put before every name says nothing of the network.
    private static func withoutWrapper(_ entries: [StoredArray]) -> ([StoredArray], String?) {
        var entries = entries, stripped = ""
        let wrappers = ["module.", "_orig_mod.", "model.", "state_dict."]
        while let wrapper = wrappers.first(where: { wrapper in entries.allSatisfy { $0.name.hasPrefix(wrapper) && $0.name.count > wrapper.count } }), !entries.isEmpty {
            entries = entries.map { $0.renamed(String($0.name.dropFirst(wrapper.count))) }
            stripped += wrapper
        }
        return (entries, stripped.isEmpty ? nil : stripped)
    }

    /// The network with its parameters in one type; those that have it already are not copied.
    ///
    /// 16-bit parameters are evaluated in f32: products of 16-bit numbers are exact in it, and processors have no fast 16-bit path.
    public func network(dtype: DType = .float32) throws(CheckpointError) -> Network {
        try networks(of: path) { () throws(NetworkError) in try stored.converted(to: dtype) }
    }

    /// The SHA-256 of the file, which reads all of it.
    public func checksum() throws(CheckpointError) -> String {
        try archives { () throws(ArchiveError) in try SHA256.ofFile(path) }
    }

    /// Parameters with values that are not finite, and how many; reads all of them.
    public func nonFinite() throws(CheckpointError) -> [(parameter: String, count: Int)] {
        var found: [(String, Int)] = []
        for name in stored.parameterNames {
            guard let value = stored.parameters[name] else { continue }
            let count = try tensors(of: path) { () throws(TensorError) in
                guard try value.dtype().isFloatingPoint, try !value.allFinite() else { return 0 }
                return value.count - Int(try value.isFinite().sum().item())
            }
            if count > 0 { found.append((name, count)) }
        }
        return found
    }
}
