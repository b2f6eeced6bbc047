import Networks

/// Which names of a graph may stand for the same memory, so that what is written through one of them is not missed when another is read.
struct GraphMemory {
    /// A name's memory. Names of one family may share it, those of one storage do, and those of one view are the same elements in the same order.
    private struct Place {
        var family: Int
        let storage: Int
        let view: Int
    }

    private var places: [String: Place] = [:]
    private var families: [Int: [String]] = [:]
    private var next = 0
    private var work = 0
    /// Names whose memory was written through another view, and by which node.
    private(set) var stale: [String: String] = [:]

    /// How many names are looked at because of writes.
    private static let mostWork = 1 << 21

    /// A name with memory of its own.
    mutating func define(_ name: String) {
        places[name] = Place(family: next, storage: next, view: next)
        families[next] = [name]
        next += 1
    }

    /// A name for the same elements.
    mutating func alias(_ name: String, of other: String) {
        guard let place = places[other] else { return define(name) }
        places[name] = place
        families[place.family, default: []].append(name)
        stale[name] = stale[other]
    }

    /// A name whose memory may be that of others; `isView` says that it surely is the first one's.
    mutating func share(_ name: String, with others: [String], isView: Bool) throws {
        let found = others.compactMap { places[$0] }
        guard let first = found.first else { return define(name) }
        for other in found.dropFirst() { try merge(other.family, into: first.family) }
        places[name] = Place(family: first.family, storage: isView ? first.storage : next, view: next)
        families[first.family, default: []].append(name)
        next += 1
    }

    private mutating func merge(_ family: Int, into other: Int) throws {
        guard family != other, let names = families[family] else { return }
        try count(names.count)
        for name in names { places[name]?.family = other }
        families[other, default: []] += names
        families[family] = nil
    }

    /// Notes a write through a name; names that may share the memory, but for which the write is not followed, become stale.
    ///
    /// - Parameter followsStorage: whether every view of the same memory sees the write by itself.
    /// - Returns: the names that see the write.
    mutating func write(through name: String, by node: String, followsStorage: Bool) throws -> [String] {
        guard let own = places[name] else { return [] }
        let names = families[own.family] ?? []
        try count(names.count)
        var same: [String] = []
        for other in names {
            guard let place = places[other] else { continue }
            if followsStorage ? place.storage == own.storage : place.view == own.view { same.append(other) } else { stale[other] = node }
        }
        return same
    }

    func storage(of name: String) -> Int? { places[name]?.storage }

    private mutating func count(_ names: Int) throws {
        work += names
        guard work <= Self.mostWork else { throw NetworkError.graph(reason: "it writes in place too often into memory of many names") }
    }
}

extension AllowedOperation {
    /// Whether a result may be the memory of an operand. What moves elements may leave them where they are, unless it is known to copy.
    var mayShareMemory: Bool {
        if isMarkedAsView { return true }
        switch kind {
        case .structural:
            return ![
                "cat", "concat", "stack", "repeat", "tile", "flip", "im2col", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d",
                "replication_pad1d", "replication_pad2d",
            ].contains(name.base)
        case .pointwise: return ["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "type_as"].contains(name.base)
        case .contraction: return name.base == "einsum"
        default: return false
        }
    }

    /// Whether the result surely is a view of the first operand.
    var isView: Bool {
        isMarkedAsView
            && !["reshape", "reshape_as", "view_as", "flatten", "unflatten", "ravel", "contiguous", "to"].contains(name.base)
    }

    /// Whether the signature says that memory is shared.
    private var isMarkedAsView: Bool { signature.contains("(a") }
}
