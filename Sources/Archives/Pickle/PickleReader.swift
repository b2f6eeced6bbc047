/// A closed interpreter of pickles: it builds values and calls nothing.
///
/// Classes and functions are names. The few calls that files of tensors need (``PickleCalls``) are carried out here; every other call makes an opaque object,
/// which is refused only where a tensor would depend on it. Persistent identifiers are the storages of PyTorch files.
///
/// Time and memory are drawn from the file's ``FileBudget``; no value is ever copied deeply and nothing recurses.
struct PickleReader {
    private(set) var reader: ByteReader
    let budget: FileBudget
    var graph = PickleGraph()
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// Where the instruction being carried out stands.
    private(set) var position = 0

    /// Reads one pickle; `graph.end` is the position behind it.
    static func read(_ reader: ByteReader, budget: FileBudget) throws(ArchiveError) -> PickleGraph {
        var machine = PickleReader(reader: reader, budget: budget)
        return try machine.run()
    }

    private init(reader: ByteReader, budget: FileBudget) {
        self.reader = reader
        self.budget = budget
    }

    private mutating func run() throws(ArchiveError) -> PickleGraph {
        let start = reader.offset
        while true {
            position = reader.offset
            guard position - start < budget.limits.pickleBytes else {
                throw .exceedsLimit(file: reader.file, place: place, what: "a pickle longer", limit: budget.limits.pickleBytes)
            }
            let code = try reader.integer(UInt8.self, "a pickle instruction")
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw damaged("0x\(String(code, radix: 16)) is not a pickle instruction")
            }
            if opcode == .stop {
                graph.root = try pop()
                graph.end = reader.offset
                return graph
            }
            try carryOut(opcode)
        }
    }

    // MARK: instructions

    private mutating func carryOut(_ opcode: PickleOpcode) throws(ArchiveError) {
        switch opcode {
        case .none, .newTrue, .newFalse, .integerLine, .binaryInteger, .binaryInteger1, .binaryInteger2, .longLine, .long1, .long4,
            .realLine, .binaryReal,
            .stringLine, .binaryString, .shortBinaryString, .unicodeLine, .binaryUnicode, .shortBinaryUnicode, .binaryUnicode8,
            .binaryBytes, .shortBinaryBytes, .binaryBytes8, .byteArray8:
            let value = try reader.pickleScalar(opcode)
            if case .text(let text) = value { try budget.text(text, place) }
            try push(value)

        case .mark: try mark()
        case .pop: if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popToMark()
        case .duplicate: try push(try top())

        case .emptyList: try push(try make(.list))
        case .list: try push(try make(.list, try popToMark()))
        case .emptyTuple: try push(try emptyTuple())
        case .tuple: try push(try make(.tuple, try popToMark()))
        case .tuple1: try push(try make(.tuple, try pop(1)))
        case .tuple2: try push(try make(.tuple, try pop(2)))
        case .tuple3: try push(try make(.tuple, try pop(3)))
        case .emptyDictionary: try push(try make(.dictionary))
        case .dictionary: try push(try make(.dictionary, try paired(try popToMark())))
        case .emptySet: try push(try make(.set))
        case .frozenSet: try push(try make(.set, try popToMark()))

        case .append: try extend(with: try pop(1), as: .list)
        case .appends: try extend(with: try popToMark(), as: .list)
        case .addItems: try extend(with: try popToMark(), as: .set)
        case .setItem: try extend(with: try pop(2), as: .dictionary)
        case .setItems: try extend(with: try paired(try popToMark()), as: .dictionary)

        case .getLine: try get(try decimal())
        case .binaryGet: try get(Int(try reader.integer(UInt8.self, "a memo index")))
        case .longBinaryGet: try get(Int(try reader.integer(UInt32.self, "a memo index")))
        case .putLine: try put(try decimal())
        case .binaryPut: try put(Int(try reader.integer(UInt8.self, "a memo index")))
        case .longBinaryPut: try put(Int(try reader.integer(UInt32.self, "a memo index")))
        case .memoize: try put(memo.count)

        case .global: try push(try global())
        case .stackGlobal:
            let names = try pop(2)
            guard case .text(let module) = names[0], case .text(let name) = names[1] else {
                throw damaged("a class name is not a string")
            }
            try push(try global(module, name))
        case .reduce, .newObject:
            let parts = try pop(2)
            try push(try call(parts[0], parts[1]))
        case .newObjectWithKeywords:
            let parts = try pop(3)
            try push(try make(.object(of: parts[0], arguments: parts[1])))
        case .instance:
            let type = try global()
            try push(try make(.object(of: type, arguments: try make(.tuple, try popToMark()))))
        case .object:
            let parts = try popToMark()
            guard let type = parts.first else { throw damaged("an object without a class") }
            try push(try make(.object(of: type, arguments: try make(.tuple, Array(parts.dropFirst())))))
        case .build:
            let state = try pop()
            guard case .node(let index) = try top() else { throw damaged("a state is set on a value that cannot have one") }
            guard graph.nodes[index].kind != .tuple else { throw damaged("a state is set on a tuple, which cannot have one") }
            graph.nodes[index].state = state

        case .persistentLine: try push(try persistent(.text(try reader.line("a persistent identifier"))))
        case .binaryPersistent: try push(try persistent(try pop()))

        case .protocolVersion:
            let version = try reader.integer(UInt8.self, "the pickle protocol")
            guard version <= 5 else { throw damaged("pickle protocol \(version) is not known (0 to 5 are)") }
        case .frame:
            let length = try reader.length(UInt64.self, "a pickle frame length")
            guard length <= reader.remaining else {
                throw damaged("a pickle frame of \(length) bytes, but only \(reader.remaining) are left; the file is truncated")
            }
        case .extension1, .extension2, .extension4:
            throw damaged("it refers to a class registered elsewhere (a pickle extension code), which cannot be known")
        case .nextBuffer, .readOnlyBuffer: throw damaged("it refers to a buffer outside the file (pickle protocol 5 out-of-band data)")
        case .stop: break  // handled by run()
        }
    }

    // MARK: stack and memo

    private mutating func push(_ value: PickleValue) throws(ArchiveError) {
        try budget.take(FileBudget.Cost.value, place)
        stack.append(value)
    }

    private mutating func mark() throws(ArchiveError) {
        try budget.take(FileBudget.Cost.value, place)
        marks.append(stack.count)
    }

    /// Nothing below the last mark can be taken.
    private var floor: Int { marks.last ?? 0 }

    private func top() throws(ArchiveError) -> PickleValue {
        guard stack.count > floor, let value = stack.last else {
            throw damaged("an instruction needs a value where there is none (stack underflow)")
        }
        return value
    }

    private mutating func pop() throws(ArchiveError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(_ count: Int) throws(ArchiveError) -> [PickleValue] {
        guard stack.count - floor >= count else {
            throw damaged("an instruction needs \(count) values but there are \(stack.count - floor) (stack underflow)")
        }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(ArchiveError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw damaged("an instruction needs a mark where there is none (stack underflow)") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private func paired(_ items: [PickleValue]) throws(ArchiveError) -> [PickleValue] {
        guard items.count.isMultiple(of: 2) else { throw damaged("a dictionary key has no value") }
        return items
    }

    private mutating func get(_ index: Int) throws(ArchiveError) {
        guard let value = memo[index] else { throw damaged("it refers to memo \(index), which was never stored") }
        try push(value)
    }

    private mutating func put(_ index: Int) throws(ArchiveError) {
        let value = try top()
        if memo.updateValue(value, forKey: index) == nil { try budget.take(FileBudget.Cost.memo, place) }
    }

    private mutating func decimal() throws(ArchiveError) -> Int {
        let text = try reader.line("a memo index")
        guard let index = Int(text), index >= 0 else { throw damaged("'\(text)' is not a memo index") }
        return index
    }

    // MARK: nodes

    private mutating func global() throws(ArchiveError) -> PickleValue {
        let (module, name) = (try reader.line("a class name"), try reader.line("a class name"))
        try budget.text(module, place)
        try budget.text(name, place)
        return try global(module, name)
    }

    /// A class or function. Its name is spelled out wherever it is used, so it may not be long.
    private mutating func global(_ module: String, _ name: String) throws(ArchiveError) -> PickleValue {
        guard module.utf8.count <= budget.limits.nameBytes, name.utf8.count <= budget.limits.nameBytes else {
            throw .exceedsLimit(file: reader.file, place: place, what: "a class whose name is longer", limit: budget.limits.nameBytes)
        }
        return try make(.global(module: module, name: name))
    }

    mutating func make(_ kind: PickleNode.Kind, _ items: [PickleValue] = []) throws(ArchiveError) -> PickleValue {
        try budget.take(FileBudget.Cost.node, place)
        try budget.take(kind.cost, place)
        try budget.take(items.count, each: FileBudget.Cost.value, place)
        graph.nodes.append(PickleNode(kind: kind, items: items, offset: position))
        return .node(graph.nodes.count - 1)
    }

    /// There is one empty tuple, as in Python: nothing can be added to it.
    private mutating func emptyTuple() throws(ArchiveError) -> PickleValue {
        if let known = graph.emptyTuple { return known }
        let made = try make(.tuple)
        graph.emptyTuple = made
        return made
    }

    /// Adds to the container on top of the stack; an object may be a kind of container too.
    private mutating func extend(with items: [PickleValue], as kind: PickleNode.Kind) throws(ArchiveError) {
        guard case .node(let index) = try top() else { throw damaged("an item is added to a value that is not a container") }
        switch graph.nodes[index].kind {
        case kind, .object: break
        default: throw damaged("an item is added to a container of the wrong kind")
        }
        try budget.take(items.count, each: FileBudget.Cost.value, place)
        graph.nodes[index].items.append(contentsOf: items)
    }

    // MARK: errors

    func damaged(_ reason: String) -> ArchiveError {
        reader.damaged(reason, at: position)
    }

    /// The part of the file that is read, for errors.
    private var place: String { reader.place ?? "the pickle" }
}

extension PickleNode.Kind {
    /// Bytes of memory beside those of the node.
    fileprivate var cost: Int {
        switch self {
        case .list, .tuple, .set, .dictionary: 0
        case .global, .object: FileBudget.Cost.instance
        case .refusedTensor: FileBudget.Cost.tensor
        case .storage: FileBudget.Cost.storage
        case .tensor: FileBudget.Cost.tensor
        }
    }
}
