import Archives
import Foundation
import Networks

/// The arrays of a checkpoint that are one parameter under several names.
///
/// A PyTorch file says so itself: tied tensors are the same view of one storage. A safetensors file cannot share storages: `safetensors.torch.save_model`
/// leaves out all names but one and lists the others in the metadata, and Amalgam keeps the architecture there, which names what is shared. Equal
/// numbers alone do not make a tie; ``equalEntries`` are only mentioned.
struct TiedEntries {
    /// Every array, with those that the metadata names as copies of another.
    let entries: [StoredArray]
    /// Further names of an array, by the name that stands first in the file.
    let aliases: [String: String]
    /// Pairs of large arrays with the same numbers, in a format that could not say whether they are tied.
    let equalEntries: [(first: String, second: String)]

    /// - Parameters:
    ///   - entries: under the names that the network has.
    ///   - prefix: what was cut from the names, which metadata still have.
    ///   - sharesStorages: whether the format can keep two names over one storage.
    init(_ entries: [StoredArray], prefix: String, metadata: [String: String], sharesStorages: Bool) throws {
        var aliases: [String: String] = [:], first: [View: String] = [:], all = entries
        for entry in entries where entry.count > 0 {
            let view = View(entry)
            if let original = first[view] { aliases[entry.name] = original } else { first[view] = entry.name }
        }
        let known = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (alias, original) in metadata.sorted(by: { $0.key < $1.key }) where alias.hasPrefix(prefix) && original.hasPrefix(prefix) {
            let (name, source) = (String(alias.dropFirst(prefix.count)), String(original.dropFirst(prefix.count)))
            guard known[name] == nil, let entry = known[source], name.contains(".") else { continue }
            all.append(entry.renamed(name))
            aliases[name] = source
        }
        self.entries = all
        self.aliases = aliases
        equalEntries = sharesStorages ? [] : try Self.equal(entries.filter { aliases[$0.name] == nil })
    }

    private static func list(_ pairs: [(String, String)]) -> String {
        pairs.prefix(4).map { "\($0.0) and \($0.1)" }.joined(separator: ", ")
            + (pairs.count > 4 ? " and \(pairs.count - 4) pairs more" : "")
    }

    /// What is tied, in a sentence.
    static func notes(_ aliases: [String: String]) -> [String] {
        aliases.isEmpty ? [] : ["tied: \(list(aliases.sorted { $0.key < $1.key }.map { ($0.value, $0.key) })) are one parameter each"]
    }

    /// What may be tied, but was taken as several parameters.
    ///
    /// - Parameter prefix: what was cut from the names since.
    func doubts(_ aliases: [String: String], cut prefix: String) -> [String] {
        let pairs = equalEntries.map { (first: $0.first.withoutPrefix(prefix), second: $0.second.withoutPrefix(prefix)) }
        let open = pairs.filter { aliases[$0.second] == nil }
        guard let first = open.first else { return [] }
        return [
            "\(Self.list(open.map { ($0.first, $0.second) })) have identical values, and this format does not record ties: they are treated as separate parameters "
                + "(if they are tied in your class, add share.weight = \"\(first.first)\" to the second layer in an architecture file)"
        ]
    }

    /// What makes two arrays the same view: storage, place, shape and strides.
    private struct View: Hashable {
        let storage: String
        let offset: Int
        let shape: [Int]
        let strides: [Int]
        let type: ElementType

        init(_ entry: StoredArray) {
            storage = entry.storageName
            offset = entry.layout.offset
            shape = entry.shape
            strides = entry.strides
            type = entry.elementType
        }
    }

    private static func equal(_ entries: [StoredArray]) throws -> [(String, String)] {
        var pairs: [(String, String)] = [], seen: [[Int]: [StoredArray]] = [:]
        for entry in entries where entry.shape.count >= 2 && entry.count > 1 && entry.elementType.isFloatingPoint {
            var isNew = true
            for other in seen[entry.shape] ?? [] where isNew {
                guard try holdTheSame(other, entry) else { continue }
                pairs.append((other.name, entry.name))
                isNew = false
            }
            if isNew { seen[entry.shape, default: []].append(entry) }
        }
        return pairs
    }

    /// Whether two arrays hold the same bytes, and not one number over and over, as fresh layers do.
    static func holdTheSame(_ first: StoredArray, _ second: StoredArray, orConstant: Bool = false) throws -> Bool {
        guard first.shape == second.shape, first.elementType == second.elementType else { return false }
        return try first.withContiguousBytes { (one) throws(ArchiveError) in
            try second.withContiguousBytes { (other) throws(ArchiveError) in
                let size = first.elementType.size
                guard one.count == other.count, let left = one.baseAddress, let right = other.baseAddress,
                    memcmp(left, right, one.count) == 0
                else { return false }
                return orConstant || one.indices.contains { $0 >= size && one[$0] != one[$0 - size] }
            }
        }
    }
}

extension String {
    fileprivate func withoutPrefix(_ prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }
}

extension Architecture {
    /// The layers all of whose parameters are tied: a module under two names, taken as a layer of its own.
    func assumedRepeats(_ aliases: [String: String], among names: Set<String>) -> [String] {
        nodes.compactMap { node in
            let own = node.layer.parameters.compactMap { node.ownName($0.name) }.filter(names.contains)
            guard !own.isEmpty, own.allSatisfy({ aliases[$0] != nil }), let one = own.first, let original = aliases[one] else { return nil }
            return
                "\(node.id) is computed as a separate layer, although all its parameters are tied to \(original) (the module is registered under two names)"
        }
    }
}
