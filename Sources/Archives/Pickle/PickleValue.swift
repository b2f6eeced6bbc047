/// A value that a pickle describes. Everything with parts of its own is a node of the graph, so that shared and cyclic values cost nothing special.
enum PickleValue: Equatable, Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits: its two's complement, little-endian.
    case hugeInteger([UInt8])
    case real(Double)
    case text(String)
    /// Bytes of the pickle: where they begin and how many they are.
    case bytes(start: Int, count: Int)
    /// Index into ``PickleGraph/nodes``.
    case node(Int)
}

/// Something with parts, or with an identity.
struct PickleNode: Sendable {
    /// Boxed, so that a file of a million empty containers takes no more than it must.
    indirect enum Kind: Equatable, Sendable {
        case list
        case tuple
        case set
        /// Items alternate between key and value.
        case dictionary
        /// A class or function, by module and name. It is only ever a name: nothing is looked up or called.
        case global(module: String, name: String)
        /// An instance of a class: the class and what it was made with. Items are what was appended to or set in it.
        case object(of: PickleValue, arguments: PickleValue)
        case storage(TorchStorageReference)
        case tensor(TorchTensorReference)
        /// A tensor of a kind that is not read, or malformed: why. It is refused when something depends on it.
        case refusedTensor(reason: String)

        /// Whether it is a tensor, read or not.
        var isTensor: Bool {
            switch self {
            case .tensor, .refusedTensor: true
            default: false
            }
        }
    }

    var kind: Kind
    var items: [PickleValue] = []
    /// What BUILD set: an object's attributes.
    var state: PickleValue?
    /// Where in the pickle it was made.
    let offset: Int
}

/// The storage that a persistent identifier names.
struct TorchStorageReference: Equatable, Sendable {
    let key: String
    /// The storage's class, such as `FloatStorage`.
    let className: String
    /// Elements of that class.
    let count: Int
    /// The part of it that is meant (old files only): its first element and its length.
    var view: View?

    struct View: Equatable, Sendable {
        let key: String
        let offset: Int
        let count: Int
    }
}

/// A tensor as a view of a storage.
struct TorchTensorReference: Equatable, Sendable {
    let storage: TorchStorageReference
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    /// Where it is not that of the storage's class.
    let typeName: String?
}

/// The entries of a dictionary, whose items alternate between key and value: a view, so that asking for them costs nothing.
struct PickledPairs: RandomAccessCollection, Sendable {
    let items: [PickleValue]

    var startIndex: Int { 0 }
    var endIndex: Int { items.count / 2 }

    subscript(position: Int) -> (key: PickleValue, value: PickleValue) { (items[2 * position], items[2 * position + 1]) }
}

/// All that a pickle described, and its last value.
struct PickleGraph: Sendable {
    var nodes: [PickleNode] = []
    var root = PickleValue.none
    /// The one empty tuple, once it was made.
    var emptyTuple: PickleValue?
    /// The position just behind the pickle.
    var end = 0

    func node(_ value: PickleValue) -> PickleNode? {
        guard case .node(let index) = value, nodes.indices.contains(index) else { return nil }
        return nodes[index]
    }

    /// The parts of a list or tuple.
    func sequence(_ value: PickleValue) -> [PickleValue]? {
        guard let node = node(value), node.kind == .list || node.kind == .tuple else { return nil }
        return node.items
    }

    /// Keys and values, in order: of a dictionary, or of an object that is a kind of dictionary.
    func pairs(_ value: PickleValue) -> PickledPairs? {
        guard let node = node(value) else { return nil }
        switch node.kind {
        case .dictionary: break
        case .object where !node.items.isEmpty && node.items.count.isMultiple(of: 2): break
        default: return nil
        }
        return PickledPairs(items: node.items)
    }

    /// The value under a text key; the last where there are several, as in Python.
    func value(_ dictionary: PickleValue, _ key: String) -> PickleValue? {
        pairs(dictionary)?.last { $0.key == .text(key) }?.value
    }

    /// `module.Name` of a class, or of an object's class.
    func className(_ value: PickleValue) -> String? {
        guard let node = node(value) else { return nil }
        switch node.kind {
        case .global(let module, let name): return module + "." + name
        case .object(let type, _): return className(of: type)
        default: return nil
        }
    }

    private func className(of type: PickleValue) -> String? {
        guard case .global(let module, let name)? = node(type)?.kind else { return nil }
        return module + "." + name
    }

    /// The attributes that BUILD set, also where the state is a pair of attributes and slots.
    func attributes(_ value: PickleValue) -> PickleValue? {
        guard let state = node(value)?.state else { return nil }
        if let pair = sequence(state), pair.count == 2 { return pairs(pair[0]) != nil ? pair[0] : pair[1] }
        return state
    }

    /// Sizes or strides: a sequence of integers.
    func integers(_ value: PickleValue) -> [Int]? {
        guard let items = sequence(value) else { return nil }
        var result: [Int] = []
        for item in items {
            guard case .integer(let integer) = item else { return nil }
            result.append(integer)
        }
        return result
    }
}
