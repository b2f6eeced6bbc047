import Archives
import Networks
import Tensors

/// The architecture that the graph of a `.pt2` file describes.
struct ExportedArchitecture {
    let architecture: Architecture
    /// What a state dict must hold, and in which shapes.
    let shapes: [String: [Int]]
    /// Tables of the state dict whose numbers went into constants.
    let tables: [String: StoredArray]
    let program: ExportedProgram

    /// Operations on what comes in that a graph may have.
    static let mostNodes = 4096
    static let mostInputs = 64

    /// - Parameters:
    ///   - entries: the parameters and buffers of the file.
    ///   - wanted: the result that is the logits, by its key, where there are several.
    init(_ program: ExportedProgram, entries: [StoredArray], family: String, wanted: String? = nil) throws {
        let arrays = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let tables = arrays.filter { !$0.value.elementType.isFloatingPoint }
        let users = program.inputs.compactMap { if case .user(let name) = $0 { name } else { nil } }
        let inputs = try Self.inputs(users, program)
        var parameterBytes = 0.0
        for entry in entries { parameterBytes += Double(entry.count) * Double(entry.elementType.size) }
        let reading = try GraphReading(program, tables: tables, inputs: inputs, parameterBytes: parameterBytes)
        let (output, assumptions) = try Self.output(program, wanted)
        if let writer = reading.stale[output] {
            throw NetworkError.operation(
                node: writer, name: "in place", reason: "it writes into a part of the result “\(output)”, which is not followed")
        }
        guard case .result(let lastCall, let lastResult)? = reading.known[output] else {
            throw NetworkError.graph(reason: "its result “\(output)” does not depend on the input")
        }
        let live = Self.live(reading.calls, from: lastCall)
        guard live.count(where: { $0 }) <= Self.mostNodes else {
            throw NetworkError.graph(reason: "it has more than \(Self.mostNodes) operations")
        }
        let following = try BatchFollowing(reading, isDynamic: !reading.batchSources.isEmpty, input: reading.packed, live: live) {
            name in
            guard let array = arrays[name] else { throw NetworkError.graph(reason: "the file has no values of “\(name)”") }
            return GraphShape(sizes: array.shape, type: DType(array.elementType))
        }
        let last = following.followed[lastCall][lastResult]
        guard last.isPlain else {
            throw NetworkError.graph(reason: "its result “\(output)” of shape \(last.sizes) does not begin with the axis of the batch")
        }
        var builder = NodeBuilder(following, entries: arrays, trained: program.parameterNames)
        let nodes = try builder.nodes(to: last)
        let inputShape = Array(reading.packed.sizes.dropFirst())
        guard !inputShape.isEmpty else { throw NetworkError.graph(reason: "a sample of its input “\(inputs[0])” is a single number") }
        architecture = try Architecture(
            family: family, inputShape: inputShape, nodes: nodes, assumptions: assumptions, constants: builder.constants,
            elements: try Self.elements(reading, following), task: nil)
        shapes = arrays.mapValues(\.shape).filter { builder.used.contains($0.key) }
        self.tables = tables
        self.program = program
    }

    /// The inputs that operations read.
    private static func inputs(_ users: [String], _ program: ExportedProgram) throws -> [String] {
        var read: Set<String> = []
        for node in program.nodes { for argument in node.arguments { read.formUnion(GraphReading.names(argument.value)) } }
        let used = users.filter { read.contains($0) }
        guard !used.isEmpty else { throw NetworkError.graph(reason: "no operation reads its input") }
        guard used.count <= mostInputs else { throw NetworkError.graph(reason: "it takes \(used.count) inputs, more than \(mostInputs)") }
        return used
    }

    /// The result that is the logits.
    private static func output(_ program: ExportedProgram, _ wanted: String?) throws -> (name: String, assumptions: [String]) {
        let found = program.outputs.compactMap { output -> (name: String, key: String, sizes: [Int])? in
            guard case .tensor(let name) = output.value, let value = program.values[name], value.type?.isFloatingPoint ?? false else {
                return nil
            }
            return (name, output.key, value.sizes)
        }
        let keys = found.map { "\($0.key) (\(NetworkError.shape($0.sizes)))" }.joined(separator: ", ")
        guard let first = found.first else { throw NetworkError.graph(reason: "none of its results are floating-point numbers") }
        if let wanted {
            guard let chosen = found.first(where: { $0.key == wanted }) else {
                throw NetworkError.hint(text: "output=\(wanted)", reason: "its results are \(keys)")
            }
            return (chosen.name, [])
        }
        if found.count == 1 { return (first.name, []) }
        if let logits = found.first(where: { $0.key == "logits" }) { return (logits.name, []) }
        return (first.name, ["of the results \(keys) the first, \(first.key), is the network's (--hint output= names another)"])
    }

    private static func live(_ calls: [GraphCall<GraphValue>], from last: Int) -> [Bool] {
        var live = [Bool](repeating: false, count: calls.count)
        guard live.indices.contains(last) else { return live }
        live[last] = true
        for place in calls.indices.reversed() where live[place] {
            for value in calls[place].values { if case .result(let source, _) = value { live[source] = true } }
        }
        return live
    }

    /// What samples consist of.
    private static func elements(_ reading: GraphReading, _ following: BatchFollowing) throws -> InputElements {
        func elements(_ name: String, of value: GraphValue) throws -> InputElements {
            guard let type = reading.shape(of: name).type else {
                throw NetworkError.graph(reason: "its input has a type that no layer computes in")
            }
            if type.isFloatingPoint { return .real }
            if type == .bool { return .index(below: 2) }
            // Numbers below the length of the table that they look up.
            let rows = following.calls.compactMap { call -> Int? in
                guard call.base == "embedding", let indices = call["indices"].values.first,
                    isSame(indices.value, as: value, following.calls)
                else { return nil }
                return call["weight"].values.first?.sizes.first
            }
            return rows.min().map { .index(below: $0) } ?? .integer
        }
        guard reading.inputs.count > 1 else { return try elements(reading.inputs[0], of: .input) }
        return .parts(
            try zip(reading.inputs, reading.inputValues).map { name, value in
                var own = value
                // As the following numbers it; nil where nothing live reads it.
                if case .result(let call, let result) = value, following.followed.indices.contains(call),
                    following.followed[call].indices.contains(result)
                {
                    own = following.followed[call][result].value
                }
                return InputPart(
                    name: name, shape: Array(reading.shape(of: name).sizes.dropFirst()), elements: try elements(name, of: own))
            })
    }

    /// Whether a value is an input, perhaps in another shape.
    private static func isSame(_ value: GraphValue, as input: GraphValue, _ calls: [BatchedCall]) -> Bool {
        switch (value, input) {
        case (.input, .input): return true
        case (.result(let one, let result), .result(let other, let second)) where one == other && result == second: return true
        case (.result(let place, _), _):
            let shaping: Set<String> = [
                "reshape", "view", "flatten", "unsqueeze", "squeeze", "to", "alias", "contiguous", "clone", "detach",
            ]
            guard calls.indices.contains(place), shaping.contains(calls[place].base), let first = calls[place].values.first else {
                return false
            }
            return isSame(first.value, as: input, calls)
        default: return false
        }
    }
}

extension ArchitectureFile.Description {
    /// What the graph of a `.pt2` file says.
    init(_ archive: Archive, file: String, output: String?) throws {
        guard let program = archive.program else {
            throw CheckpointError.architecture(
                file: file, line: nil, layer: nil, option: nil, reason: "holds no graph of torch.export, only arrays")
        }
        let exported: ExportedArchitecture
        do {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            exported = try ExportedArchitecture(
                program, entries: archive.entries, family: name.lowercased().hasSuffix(".pt2") ? String(name.dropLast(4)) : name,
                wanted: output)
        } catch let error as NetworkError {
            throw CheckpointError.network(file: file, error)
        }
        let used = exported.shapes
        self.init(
            architecture: exported.architecture, ignored: archive.entries.map(\.name).filter { used[$0] == nil }, exported: exported)
    }
}

extension ExportedArchitecture {
    /// Compares a state dict with the one that the graph was exported with: sizes are literal in a graph, and tables of whole numbers went into it.
    func check(_ dict: StateDict) throws {
        for entry in dict.entries {
            guard let expected = shapes[entry.name], expected != entry.shape else { continue }
            throw NetworkError.shape(
                layer: "of the exported graph", parameter: entry.name, expected: NetworkError.shape(expected), found: entry.shape)
        }
        for entry in dict.leftAside {
            let name = entry.name.hasPrefix(dict.prefix) ? String(entry.name.dropFirst(dict.prefix.count)) : entry.name
            guard let table = tables[name], let own = entry.stored, try !TiedEntries.holdTheSame(table, own, orConstant: true) else {
                continue
            }
            throw NetworkError.other(
                reason: "the table “\(name)” holds other numbers than in the exported graph: export this network itself")
        }
    }
}
