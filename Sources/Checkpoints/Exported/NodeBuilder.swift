import Archives
import Networks
import Tensors

/// Makes the nodes of an architecture of the operations of a graph whose batch was followed.
struct NodeBuilder {
    private let following: BatchFollowing
    private let entries: [String: StoredArray]
    /// The names of what training changes.
    private let trained: Set<String>
    /// The constants that operations read, by names made of their contents.
    private(set) var constants: [String: Tensor] = [:]
    /// The parameters and buffers that operations read.
    private(set) var used: Set<String> = []
    /// The node of each result, and the axis of one sample at which layers look for neurons in it.
    private var made: [Place: (id: String, axis: Int)] = [:]
    private var ids: Set<String> = [Architecture.input]
    /// The next number for a name that is taken.
    private var numbers: [String: Int] = [:]

    private struct Place: Hashable {
        let call: Int
        let result: Int
    }

    init(_ following: BatchFollowing, entries: [String: StoredArray], trained: Set<String>) {
        self.following = following
        self.entries = entries
        self.trained = trained
    }

    mutating func nodes(to last: BatchedValue) throws -> [Architecture.Node] {
        let calls = following.calls, read = uses(to: last)
        var perModule: [String: Int] = [:]
        for (place, call) in calls.enumerated() where !(read[place] ?? []).isEmpty { perModule[call.module, default: 0] += 1 }
        var nodes: [Architecture.Node] = []
        for (place, call) in calls.enumerated() {
            for result in (read[place] ?? []).sorted() {
                let value = following.results[place][result]
                let node = try node(call, value, result: result, isOnly: perModule[call.module] == 1)
                made[Place(call: place, result: result)] = (node.node.id, node.axis)
                nodes.append(node.node)
                guard nodes.count <= ExportedArchitecture.mostNodes else {
                    throw NetworkError.graph(reason: "it has more than \(ExportedArchitecture.mostNodes) operations")
                }
            }
        }
        return nodes
    }

    /// The results that are read, by call.
    private func uses(to last: BatchedValue) -> [Int: Set<Int>] {
        var read: [Int: Set<Int>] = [:]
        func note(_ value: BatchedValue) { if case .result(let call, let result) = value.value { read[call, default: []].insert(result) } }
        note(last)
        for (place, call) in following.calls.enumerated().reversed() where read[place] != nil {
            call.values.forEach(note)
            if let other = call.batchFrom { note(other) }
        }
        return read
    }

    private mutating func node(
        _ call: BatchedCall, _ value: BatchedValue, result: Int, isOnly: Bool
    ) throws -> (node: Architecture.Node, axis: Int) {
        let layers = ExportedLayers(
            hasEntry: { [entries] in entries[$0] != nil },
            axis: { [made] value in
                if case .result(let call, let result) = value.value { made[Place(call: call, result: result)]?.axis ?? 0 } else { 0 }
            })
        if let found = layers.layer(of: call, value) {
            if let prefix = found.prefix {
                let names = Architecture.Node(id: "", layer: found.layer, prefix: prefix, sources: [])
                used.formUnion(found.layer.parameters.compactMap { names.parameterName($0.name) }.filter { entries[$0] != nil })
            }
            let name = found.prefix.flatMap { $0.isEmpty ? nil : $0.hasSuffix("_*") ? String($0.dropLast(2)) : $0 }
            let node = Architecture.Node(
                id: id(name ?? self.name(call, isOnly)), layer: found.layer, prefix: found.prefix,
                sources: try found.sources.map { try source($0, call) })
            return (node, found.axis)
        }
        var sources: [String] = [], names: [String] = []
        var values: [(id: String, value: BatchedValue)] = []
        for value in call.values {
            switch value.value {
            case .input, .result:
                let id = try source(value, call)
                if !sources.contains(id) {
                    sources.append(id)
                    values.append((id, value))
                }
            case .stored(let name): if !names.contains(name) { names.append(name) }
            case .constant: break
            }
        }
        if let other = call.batchFrom, case let id = try source(other, call), !sources.contains(id) {
            sources.append(id)
            values.append((id, other))
        }
        let carrier = try batchPlace(call, values)
        used.formUnion(names)
        let prefix = Self.common(names)
        var arguments: [OperationArgument] = []
        for argument in call.arguments { arguments.append(try self.argument(argument, sources: sources, prefix: prefix, call)) }
        while case .byDefault? = arguments.last { arguments.removeLast() }
        let operation = Operation(
            call.allowed.name, arguments,
            parameters: names.map { name in
                ParameterDeclaration(Self.declared(name, prefix), trained.contains(name) ? .trained : .statistic, initial: .uniformByFanIn)
            }, result: result, shape: value.sampleSizes, batchAxis: value.batch?.axis, batchPlace: carrier)
        // What depends on parameters alone is computed for each pass, from whatever else: nodes have a source.
        if sources.isEmpty { sources = [Architecture.input] }
        let node = Architecture.Node(
            id: id(name(call, isOnly)), layer: operation, prefix: names.isEmpty ? nil : prefix, sources: sources)
        return (node, value.isPlain && value.sizes.count == 3 ? 1 : 0)
    }

    /// Where the sizes that carry the batch are read.
    private func batchPlace(_ call: BatchedCall, _ values: [(id: String, value: BatchedValue)]) throws -> Operation.BatchPlace? {
        let needs = call.arguments.contains { $0.hasBatch }
        guard needs else { return nil }
        guard let place = values.firstIndex(where: { $0.value.batch != nil }), let batch = values[place].value.batch else {
            throw call.fault("it needs the number of samples, but reads nothing that has it")
        }
        return Operation.BatchPlace(source: place, axis: batch.axis, times: batch.entries)
    }

    private func source(_ value: BatchedValue, _ call: BatchedCall) throws -> String {
        switch value.value {
        case .input: return Architecture.input
        case .result(let place, let result):
            guard let node = made[Place(call: place, result: result)] else { throw call.fault("it reads what nothing before it computes") }
            return node.id
        default: throw call.fault("a parameter or a constant stands where a layer expects a value")
        }
    }

    private mutating func argument(
        _ argument: GraphArgument<BatchedValue>, sources: [String], prefix: String, _ call: BatchedCall
    ) throws -> OperationArgument {
        switch argument {
        case .int(let value): return .int(value)
        case .real(let value): return .real(value)
        case .bool(let value): return .bool(value)
        case .string(let value): return .string(value)
        case .dtype(let value): return .dtype(value)
        case .none: return OperationArgument.none
        case .byDefault: return .byDefault
        case .batch(let times): return .batch(times: times)
        case .list(let parts):
            var list: [OperationArgument] = []
            for part in parts { list.append(try self.argument(part, sources: sources, prefix: prefix, call)) }
            return .list(list)
        case .value(let value):
            switch value.value {
            case .stored(let name): return .parameter(Self.declared(name, prefix))
            case .constant(let tensor): return .constant(try constant(tensor))
            default:
                let id = try source(value, call)
                guard let place = sources.firstIndex(of: id) else { throw call.fault("it reads what is none of its sources") }
                return .source(place)
            }
        }
    }

    /// A constant's name, which its type, shape and numbers determine, so that equal constants are one.
    private mutating func constant(_ tensor: Tensor) throws -> String {
        var hash = SHA256()
        hash.update(Array("\(try tensor.dtype().name) \(tensor.shape)".utf8))
        try tensor.withBytes { hash.update($0) }
        let name = "c" + hash.hexadecimal().prefix(16)
        // A copy: the graph may still write into the memory that it was computed in.
        if constants[name] == nil { constants[name] = try tensor.contiguous().copied() }
        return name
    }

    // MARK: Names

    /// What the names of an operation's parameters have in common, up to a point.
    private static func common(_ names: [String]) -> String {
        guard var words = names.first?.split(separator: ".", omittingEmptySubsequences: false).dropLast() else { return "" }
        for name in names.dropFirst() {
            let others = name.split(separator: ".", omittingEmptySubsequences: false).dropLast()
            words = words.prefix(zip(words, others).prefix { $0 == $1 }.count)
        }
        return words.joined(separator: ".")
    }

    private static func declared(_ name: String, _ prefix: String) -> String {
        prefix.isEmpty ? name : String(name.dropFirst(prefix.count + 1))
    }

    /// What a node is called: its module's path, and the operation where the module has several.
    private func name(_ call: BatchedCall, _ isOnly: Bool) -> String {
        var base = call.base
        while base.hasPrefix("_") { base.removeFirst() }
        if call.module.isEmpty { return base }
        return isOnly ? call.module : "\(call.module).\(base)"
    }

    private mutating func id(_ name: String) -> String {
        var id = name
        while !ids.insert(id).inserted {
            let number = numbers[name, default: 2]
            id = "\(name)_\(number)"
            numbers[name] = number + 1
        }
        return id
    }
}

extension GraphArgument {
    /// Whether a size in it carries the batch.
    var hasBatch: Bool {
        switch self {
        case .batch: true
        case .list(let parts): parts.contains(where: \.hasBatch)
        default: false
        }
    }
}
