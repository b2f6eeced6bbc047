import Archives
import Tensors

/// One name of a file on its way to a parameter.
struct StateDictEntry: Sendable {
    enum Value: Sendable {
        case stored(StoredArray)
        /// Computed of other entries.
        case folded(Tensor)
        /// A tensor of a kind that is not read, and why.
        case refused(ArchiveError)
    }

    /// The whole name at first; the parameter's own after the prefix was cut.
    var name: String
    let shape: [Int]
    /// The type in the file; nil where the tensor is not read.
    let elementType: ElementType?
    let value: Value

    init(_ array: StoredArray) { (name, shape, elementType, value) = (array.name, array.shape, array.elementType, .stored(array)) }
    init(_ array: RefusedArray) { (name, shape, elementType, value) = (array.name, [], nil, .refused(array.error)) }
    init(name: String, folded tensor: Tensor, type: ElementType) {
        (self.name, shape, elementType, value) = (name, tensor.shape, type, .folded(tensor))
    }

    var stored: StoredArray? { if case .stored(let array) = value { array } else { nil } }
    var isMatrix: Bool { shape.count >= 2 }
    /// What stands behind the last point of the name.
    var lastWord: Substring { name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? name[...] }
    /// What stands before it.
    var owner: Substring { name.lastIndex(of: ".").map { name[..<$0] } ?? "" }

    func tensor(of file: String) throws -> Tensor {
        switch value {
        case .stored(let array): return try array.tensor()
        case .folded(let tensor): return tensor
        case .refused(let error): throw CheckpointError.archive(error)
        }
    }
}

/// The tensors of one network in a file, while it is found out which they are, what they are called and which of them matter.
struct StateDict: Sendable {
    let file: String
    /// What may be a layer's.
    var entries: [StateDictEntry]
    /// What was cut from the names of `entries`.
    var prefix = ""
    /// What no layer uses, under whole names.
    var leftAside: [StateDictEntry] = []
    var folded: [FoldedWeight] = []
    /// Names that are one parameter with another: the further name, and the one that stands first.
    var aliases: [String: String] = [:]
    /// The networks of the file, where there are several.
    var networks: [NetworkCandidate] = []
    /// What was decided on the way, in sentences.
    var notes: [String] = []

    init(_ archive: Archive) {
        file = archive.path
        entries = archive.entries.map(StateDictEntry.init) + archive.refused.map(StateDictEntry.init)
    }

    /// Cuts a prefix that all names have.
    mutating func cut(_ text: String) {
        for index in entries.indices { entries[index].name = String(entries[index].name.dropFirst(text.count)) }
        aliases = Dictionary(
            aliases.map { (String($0.dropFirst(text.count)), String($1.dropFirst(text.count))) }, uniquingKeysWith: { first, _ in first })
        folded = folded.map {
            FoldedWeight(
                name: $0.name.hasPrefix(text) ? String($0.name.dropFirst(text.count)) : $0.name, kind: $0.kind, sources: $0.sources)
        }
        prefix += text
    }

    func removing(_ isLeft: (StateDictEntry) -> Bool) -> StateDict {
        var rest = self
        rest.entries.removeAll(where: isLeft)
        return rest
    }

    // MARK: Prefixes

    /// What DataParallel, torch.compile and training frameworks put before every name says nothing of the network.
    static let wrappers = ["module.", "_orig_mod.", "model.", "state_dict."]

    /// The wrappers that stand before every name.
    static func wrapper(of names: [String]) -> String {
        var cut = ""
        while !names.isEmpty,
            let next = wrappers.first(where: { wrapper in
                names.allSatisfy { $0.dropFirst(cut.count).hasPrefix(wrapper) && $0.count > cut.count + wrapper.count }
            })
        {
            cut += next
        }
        return cut
    }

    /// The word and its point that stand before every name; nil where there is none, or nothing would be left of a name.
    var commonWord: String? {
        guard let first = entries.first, let point = first.name.firstIndex(of: ".") else { return nil }
        let word = String(first.name[...point])
        return entries.allSatisfy { $0.name.hasPrefix(word) && $0.name.count > word.count } ? word : nil
    }

    /// The names as an architecture calls its parameters: with the prefix before which all that it needs is there.
    ///
    /// - Returns: the prefixes that fit, the shortest first; none where something is missing under every one.
    func prefixes(fitting required: [String]) -> [String] {
        guard let first = required.first else { return [""] }
        let names = Set(entries.map(\.name))
        var found: [String] = []
        for name in names where name == first || name.hasSuffix("." + first) {
            let prefix = String(name.dropLast(first.count))
            if required.allSatisfy({ names.contains(prefix + $0) }) { found.append(prefix) }
        }
        return found.sorted { ($0.count, $0) < ($1.count, $1) }
    }
}
