import Archives
import Foundation
import Networks

/// The entries of a state dict that are one parameter under several names.
///
/// A PyTorch file says so itself: tied tensors are the same view of one storage. A safetensors file cannot share storages: `safetensors.torch.save_model`
/// leaves out all names but one and lists the others in the metadata, and Amalgam keeps the architecture there, which names what is shared. Equal
/// numbers alone do not make a tie; they are only mentioned.
struct TiedEntries {
    /// Further names of an entry, by the name that stands first in the file: whole names until ``shared(_:in:isRecognised:)`` has cut them.
    private(set) var aliases: [String: String] = [:]
    /// Pairs of large entries with the same numbers, in a format that could not say whether they are tied.
    private var equal: [(first: String, second: String)] = []
    /// Letters that were cut from the names before.
    private let cut: Int

    /// - Parameters:
    ///   - restored: aliases that the metadata named.
    ///   - sharesStorages: whether the format can keep two names over one storage.
    init(_ dict: StateDict, restored: [String: String], sharesStorages: Bool) throws(ArchiveError) {
        cut = dict.prefix.count
        let start = cut, names = Set(dict.entries.map(\.name))
        aliases = Dictionary(restored.map { (String($0.key.dropFirst(start)), String($0.value.dropFirst(start))) }, uniquingKeysWith: { first, _ in first })
            .filter { names.contains($0.key) && names.contains($0.value) }
        var first: [View: String] = [:]
        for entry in dict.entries where aliases[entry.name] == nil {
            guard let array = entry.stored, array.count > 0 else { continue }
            let view = View(array)
            if let original = first[view] { aliases[entry.name] = original } else { first[view] = entry.name }
        }
        guard !sharesStorages else { return }
        var seen: [[Int]: [(name: String, array: StoredArray)]] = [:]
        for entry in dict.entries where entry.isMatrix && aliases[entry.name] == nil && entry.elementType?.isFloatingPoint == true {
            guard let array = entry.stored, array.count > 1 else { continue }
            var isNew = true
            for other in seen[entry.shape] ?? [] where isNew {
                guard try Self.holdTheSame(other.array, array) else { continue }
                equal.append((other.name, entry.name))
                isNew = false
            }
            if isNew { seen[entry.shape, default: []].append((entry.name, array)) }
        }
    }

    /// What makes two arrays the same view: storage, place, shape, strides and type.
    private struct View: Hashable {
        let storage: String
        let offset: Int
        let shape: [Int]
        let strides: [Int]
        let type: ElementType

        init(_ array: StoredArray) {
            storage = array.storageName
            offset = array.layout.offset
            shape = array.shape
            strides = array.strides
            type = array.elementType
        }
    }

    /// Whether two arrays hold the same bytes, and not one number over and over, as fresh layers do.
    private static func holdTheSame(_ first: StoredArray, _ second: StoredArray, orConstant: Bool = false) throws(ArchiveError) -> Bool {
        guard first.shape == second.shape, first.elementType == second.elementType else { return false }
        return try first.withContiguousBytes { (one) throws(ArchiveError) in
            try second.withContiguousBytes { (other) throws(ArchiveError) in
                let size = first.elementType.size
                guard one.count == other.count, let left = one.baseAddress, let right = other.baseAddress, memcmp(left, right, one.count) == 0 else { return false }
                return orConstant || one.indices.contains { $0 >= size && one[$0] != one[$0 - size] }
            }
        }
    }

    /// The architecture in which what is tied is shared; the dictionary keeps one entry of each.
    ///
    /// - Throws: `tiedDiffer` where an architecture ties names that hold different numbers.
    mutating func shared(_ architecture: Architecture, in dict: inout StateDict, isRecognised: Bool) throws(CheckpointError) -> Architecture {
        let further = dict.prefix.count - cut
        func bare(_ name: String) -> String { String(name.dropFirst(further)) }
        let names = Set(dict.entries.map(\.name))
        aliases = Dictionary(aliases.map { (bare($0.key), bare($0.value)) }, uniquingKeysWith: { first, _ in first }).filter { names.contains($0.key) && names.contains($0.value) }
        equal = equal.map { (first: bare($0.first), second: bare($0.second)) }
        let known = Dictionary(dict.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, original) in architecture.aliases where aliases[name] == nil {
            guard let one = known[name], let other = known[original] else { continue }
            let isSame = try archives { () throws(ArchiveError) in
                guard let first = one.stored, let second = other.stored else { return false }
                return try Self.holdTheSame(first, second, orConstant: true)
            }
            guard isSame else { throw .tiedDiffer(file: dict.file, name: dict.prefix + name, original: dict.prefix + original) }
            aliases[name] = original
        }
        guard !aliases.isEmpty else { return architecture }
        let all = aliases
        dict.entries.removeAll { all[$0.name] != nil }
        let repeats = isRecognised ? architecture.assumedRepeats(all, among: names) : []
        return try networks(of: dict.file) { () throws(NetworkError) in
            try Architecture(
                family: architecture.family, inputShape: architecture.inputShape, nodes: architecture.nodes, assumptions: architecture.assumptions + repeats).sharing(all)
        }
    }

    // MARK: Notes

    /// What is tied, in a sentence.
    var notes: [String] {
        aliases.isEmpty ? [] : ["tied: \(Self.list(aliases.sorted { $0.key < $1.key }.map { ($0.value, $0.key) })) are one parameter each"]
    }

    /// What may be tied, but was taken as several parameters.
    var doubts: [String] {
        let open = equal.filter { aliases[$0.second] == nil }
        guard let first = open.first else { return [] }
        return [
            "\(Self.list(open.map { ($0.first, $0.second) })) hold the same numbers, and this format does not tell whether they are tied: they are taken as parameters of their own "
                + "(if they are tied in your class, write share.weight = \"\(printable(first.first))\" to the second layer in an architecture file)"
        ]
    }

    private static func list(_ pairs: [(String, String)]) -> String {
        pairs.prefix(4).map { "\(printable($0.0)) and \(printable($0.1))" }.joined(separator: ", ") + (pairs.count > 4 ? " and \(pairs.count - 4) pairs more" : "")
    }
}

extension StateDict {
    /// Adds the names that `safetensors.torch.save_model` left out: its metadata have them with the names that they are copies of.
    ///
    /// - Returns: what was added, by the entry that it is a copy of.
    mutating func restoreTied(by metadata: [String: String]) -> [String: String] {
        let known = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var restored: [String: String] = [:]
        for (alias, original) in metadata.sorted(by: { $0.key < $1.key }) where alias.contains(".") && known[alias] == nil {
            guard var entry = known[original] else { continue }
            entry.name = alias
            entries.append(entry)
            restored[alias] = original
        }
        return restored
    }
}

extension Architecture {
    /// The layers all of whose parameters are tied: a module under two names, taken as a layer of its own.
    fileprivate func assumedRepeats(_ aliases: [String: String], among names: Set<String>) -> [String] {
        nodes.compactMap { node in
            let own = node.layer.parameters.compactMap { node.ownName($0.name) }.filter(names.contains)
            guard !own.isEmpty, own.allSatisfy({ aliases[$0] != nil }), let one = own.first, let original = aliases[one] else { return nil }
            return "\(node.id) is computed as a layer of its own, though all its parameters are tied with \(original) and its like (the module stands under two names)"
        }
    }
}
