import Archives
import Networks
import Tensors

/// Reads the nodes of an exported graph in their order: names become values, in-place operations their functional form, and what depends on nothing is
/// computed. What is left are operations that read the input or a parameter.
struct GraphReading {
    let program: ExportedProgram
    /// Buffers that are no floating-point numbers, by their names in the state dict: they are tables, and count as constants.
    let tables: [String: StoredArray]
    private(set) var calls: [GraphCall<GraphValue>] = []
    /// The shapes of a call's results.
    private(set) var shapes: [[GraphShape]] = []
    private(set) var known: [String: GraphValue] = [:]
    private var memory = GraphMemory()
    /// Names whose memory was written through another view, and by which node.
    var stale: [String: String] { memory.stale }
    /// What the length of the input's batch is made of, where it is symbolic.
    let batchSources: Set<String>
    private var evaluator: ConstantEvaluator
    private let prediction = ShapePrediction()
    /// Copies of constants as operations read them, until something is written into their memory.
    private var snapshots: [String: Tensor] = [:]
    /// For each memory of constants, how many names it has, and its bytes.
    private var held: [Int: (names: Int, bytes: Int)] = [:]
    /// The last node that reads each name.
    private let lastReaders: [String: Int]
    /// The inputs that operations read; several stand one after another in what comes in.
    let inputs: [String]
    /// The value of each input, where there are several.
    private(set) var inputValues: [GraphValue] = []
    /// What comes into the network: one sample's numbers after the axis of the batch.
    let packed: GraphShape
    private var storedShapes: [String: GraphShape] = [:]

    /// - Parameter parameterBytes: bytes of the file's parameters and buffers, which bound what constants may cost.
    init(_ program: ExportedProgram, tables: [String: StoredArray], inputs: [String], parameterBytes: Double) throws {
        evaluator = ConstantEvaluator(parameterBytes: parameterBytes)
        self.program = program
        self.tables = tables
        self.inputs = inputs
        batchSources = inputs.reduce(into: []) { $0.formUnion(program.values[$1]?.sources[0] ?? []) }
        packed = try Self.packed(inputs, program, batchSources)
        var readers: [String: Int] = [:]
        for (place, node) in program.nodes.enumerated() {
            for argument in node.arguments { for name in Self.names(argument.value) { readers[name] = place } }
        }
        lastReaders = readers
        for source in program.inputs {
            switch source {
            case .parameter(let name, let stored):
                storedShapes[stored] = shape(of: name)
                try define(name, .stored(stored))
            case .buffer(let name, let stored, let isPersistent):
                if isPersistent, tables[stored] == nil {
                    storedShapes[stored] = shape(of: name)
                    try define(name, .stored(stored))
                } else {
                    guard let array = tables[stored] ?? program.constants[stored] else {
                        throw NetworkError.graph(reason: "the file has no values of the buffer “\(stored)”")
                    }
                    try define(name, .constant(try evaluator.own(array)))
                }
            case .constant(let name, let stored):
                guard let array = program.constants[stored] else {
                    throw NetworkError.graph(reason: "the file has no values of the constant “\(stored)”")
                }
                try define(name, .constant(try evaluator.own(array)))
            case .user(let name): if inputs == [name] { try define(name, .input) }
            case .plain: break
            }
        }
        if inputs.count > 1 { try cutInputs() }
        for (place, node) in program.nodes.enumerated() {
            try read(node)
            let names = node.arguments.flatMap { Self.names($0.value) } + Self.names(.list(node.results))
            for name in names where (lastReaders[name] ?? -1) <= place { forget(name) }
        }
    }

    /// Adds an operation that the file does not have.
    mutating func add(_ call: GraphCall<GraphValue>, giving shape: GraphShape) -> GraphValue {
        calls.append(call)
        shapes.append([shape])
        return .result(calls.count - 1, 0)
    }

    /// Names the values of several inputs.
    private mutating func cutInputs() throws {
        var start = 0
        for name in inputs {
            let value = try cut(name, from: start)
            inputValues.append(value)
            try define(name, value)
            start += shape(of: name).sizes.dropFirst().reduce(1, *)
        }
    }

    private mutating func define(_ name: String, _ value: GraphValue) throws {
        try claim(name)
        known[name] = value
        memory.define(name)
        hold(name)
    }

    /// Says that a name is another one's value, the same view of the same memory.
    private mutating func alias(_ name: String, of other: String) throws {
        try claim(name)
        known[name] = known[other]
        memory.alias(name, of: other)
        hold(name)
    }

    private func claim(_ name: String) throws {
        guard memory.storage(of: name) == nil else { throw NetworkError.graph(reason: "“\(name)” is computed twice") }
    }

    // MARK: Memory of constants

    private mutating func hold(_ name: String) {
        guard let tensor = known[name]?.constant, let storage = memory.storage(of: name) else { return }
        let bytes = tensor.count * ((try? tensor.dtype().byteCount) ?? 0)
        let earlier = held[storage]
        held[storage] = ((earlier?.names ?? 0) + 1, earlier?.bytes ?? bytes)
    }

    /// Frees the memory of a constant that nothing reads any more.
    private mutating func forget(_ name: String) {
        guard known[name]?.constant != nil, let storage = memory.storage(of: name), let own = held[storage] else { return }
        known[name] = nil
        // Its copy is an operation's now.
        snapshots[name] = nil
        held[storage] = own.names > 1 ? (own.names - 1, own.bytes) : nil
        if own.names == 1 { evaluator.release(own.bytes) }
    }

    /// A constant as an operation of the running network reads it: a copy, since the graph may write into its memory later.
    private mutating func snapshot(of name: String, _ tensor: Tensor, for node: String) throws -> Tensor {
        if let earlier = snapshots[name] {
            try evaluator.read(earlier, for: node)
            return earlier
        }
        let copy = try evaluator.snapshot(tensor, for: node)
        snapshots[name] = copy
        return copy
    }

    // MARK: Nodes

    private mutating func read(_ node: ExportedProgram.Node) throws {
        let results = Self.names(.list(node.results))
        let words = node.target.split(separator: ".")
        func fault(_ reason: String) -> NetworkError { .operation(node: node.name, name: node.target, reason: reason) }
        if Self.isAssertion(node.target) { return }
        // Numbers are known as the example had them.
        guard !results.isEmpty else {
            if node.results.contains(where: { if case .other = $0 { true } else { false } }) { throw fault("its result is no tensor") }
            return
        }
        guard results.count <= Self.mostResults else { throw fault("it has more than \(Self.mostResults) results") }
        guard node.target.hasPrefix("torch.ops.aten."), words.count == 5 else {
            throw fault("it is not an operation that Amalgam calls: only operations of torch.ops.aten on its list are")
        }
        let name = OperationName(String(words[3]), String(words[4]))
        guard let allowed = AllowedOperation.named(name.functional) else {
            throw fault("it is not on the list of operations that Amalgam calls")
        }
        var call = GraphCall<GraphValue>(name: node.name, module: node.module, allowed: allowed, arguments: [])
        let operands = node.arguments.flatMap { Self.names($0.value) }, runs = operands.contains { known[$0]?.constant == nil }
        for (place, argument) in node.arguments.enumerated() {
            // The in-place form may call its first operand otherwise.
            let slot = place == 0 && name.isInPlace ? 0 : allowed.parameters.firstIndex { $0.name == argument.name }
            guard let slot else { throw fault("“\(argument.name)” is none of the arguments of \(allowed.signature)") }
            while call.arguments.count <= slot { call.arguments.append(.byDefault) }
            let parameter = allowed.parameters[slot].name
            if name.base != "slice", !allowed.parameters[slot].type.hasPrefix("Scalar"), Self.largest(argument.value) > Self.mostNumber {
                throw fault("its argument “\(parameter)” is larger than any size")
            }
            if reads(batchIn: argument.value), !Self.takesBatch(name.base, parameter) {
                throw fault("its argument “\(parameter)” depends on the number of samples, which is followed only in sizes")
            }
            call.arguments[slot] = try self.argument(argument.value, of: node, asRun: runs)
        }
        try takeNumbers(&call)
        for (place, parameter) in call.allowed.parameters.enumerated() where !parameter.hasDefault && parameter.type != "Device" {
            if !call.arguments.indices.contains(place) || { if case .byDefault = call.arguments[place] { true } else { false } }() {
                throw fault("the argument “\(parameter.name)” is missing")
            }
        }
        let first = node.arguments.first.flatMap { Self.names($0.value).first }
        if name.isInPlace {
            guard let first, case .tensor? = node.arguments.first?.value, let target = known[first], results.count == 1 else {
                throw fault("it writes into nothing")
            }
            return try write(call, into: first, target, result: results[0])
        }
        try compute(call, results: results, node: node, first: first)
    }

    private mutating func compute(_ given: GraphCall<GraphValue>, results: [String], node: ExportedProgram.Node, first: String?) throws {
        let operands = node.arguments.flatMap { Self.names($0.value) }
        try compare(given, with: results.map { shape(of: $0) })
        guard let call = try canonical(given, node: node, results: results) else {
            // The same value under another name.
            guard let first, let value = known[first], results.count == 1 else { throw given.fault("it has no operand") }
            if given.allowed.isView { return try alias(results[0], of: first) }
            if given.base == "clone" || given.base == "lift_fresh_copy" { return try define(results[0], value) }
            // Perhaps a copy: whoever writes into one of them says nothing of the other.
            return try share(results[0], value, with: [first], isView: false)
        }
        var values: [GraphValue] = []
        if call.values.allSatisfy({ $0.constant != nil }) {
            let computed = try evaluator.compute(call.mappedConstants())
            for (place, name) in results.enumerated() {
                guard computed.indices.contains(place), let value = computed[place] else {
                    throw call.fault("it has no result number \(place + 1)")
                }
                let shape = shape(of: name)
                guard value.shape == shape.sizes else {
                    throw call.fault("its result has shape \(value.shape), but the file says \(shape.sizes)")
                }
                try checkBatch(of: call, operands, shape)
                values.append(.constant(value))
            }
        } else {
            try compare(call, with: results.map { shape(of: $0) })
            calls.append(call)
            shapes.append(results.map { shape(of: $0) })
            values = results.indices.map { .result(calls.count - 1, $0) }
        }
        for (name, value) in zip(results, values) {
            // What has another type was converted, and so copied.
            let type = shape(of: name).type
            let sharing = given.allowed.mayShareMemory ? operands.filter { type == nil || shape(of: $0).type == type } : []
            try share(name, value, with: sharing, isView: given.allowed.isView)
        }
    }

    private mutating func share(_ name: String, _ value: GraphValue, with others: [String], isView: Bool) throws {
        try claim(name)
        known[name] = value
        try memory.share(name, with: others, isView: isView)
        hold(name)
    }

    /// Compares what the file says of an operation's results with what libtorch does.
    private mutating func compare(_ call: GraphCall<GraphValue>, with declared: [GraphShape]) throws {
        guard let found = try prediction.results(of: call, isPossible: true, { shape(of: $0) }) else { return }
        guard found.count >= declared.count else { throw call.fault("it has \(found.count) results, but the file has \(declared.count)") }
        for (own, declared) in zip(found, declared) {
            guard own.sizes == declared.sizes else {
                throw call.fault("its result has shape \(own.sizes), but the file says \(declared.sizes)")
            }
            guard let type = own.type, let said = declared.type, type != said else { continue }
            guard type.isFloatingPoint, said.isFloatingPoint else {
                throw call.fault("its result is \(type.name), but the file says \(said.name)")
            }
        }
    }

    /// An operation that writes into its first operand: from here on, the names of this memory are its result.
    private mutating func write(_ call: GraphCall<GraphValue>, into name: String, _ target: GraphValue, result: String) throws {
        if case .stored(let stored) = target { throw call.fault("it writes into “\(stored)” while the network runs") }
        if let base = target.constant, call.values.allSatisfy({ $0.constant != nil }) {
            // Views of the same memory see it, as they do in PyTorch.
            try evaluator.write(call.mappedConstants(), into: base)
            for other in try memory.write(through: name, by: call.name, followsStorage: true) { snapshots[other] = nil }
            return try alias(result, of: name)
        }
        if case .input = target { throw call.fault("it writes into the network's input") }
        if call.base == "copy" || call.base == "fill" {
            throw call.fault("it writes a value that is computed into a part of “\(name)”, which is not followed")
        }
        let own = shape(of: name)
        guard let type = own.type else { throw call.fault("it writes into a type that no layer computes in") }
        let found = try prediction.results(of: call, isPossible: true) { shape(of: $0) }?.first
        guard found == nil || found?.sizes == own.sizes else {
            throw call.fault("it writes \(found?.sizes ?? []) into a value of shape \(own.sizes)")
        }
        calls.append(call)
        shapes.append([GraphShape(sizes: own.sizes, type: found?.type ?? own.type, batchAxes: own.batchAxes)])
        if let found, found.type != type {
            // What is written takes the type of the memory. Results that libtorch cannot foretell (relu) have their operand's; comparisons it can.
            guard let cast = AllowedOperation.named(OperationName("to", "dtype")) else { throw call.fault("to.dtype is not on the list") }
            calls.append(
                GraphCall(
                    name: call.name, module: call.module, allowed: cast, arguments: [.value(.result(calls.count - 1, 0)), .dtype(type)]))
            shapes.append([own])
        }
        for other in try memory.write(through: name, by: call.name, followsStorage: false) {
            forget(other)
            known[other] = .result(calls.count - 1, 0)
        }
        try alias(result, of: name)
    }

    // MARK: Arguments

    /// - Parameter runs: whether the operation is one of the running network.
    private mutating func argument(
        _ argument: ExportedProgram.Argument, of node: ExportedProgram.Node, asRun runs: Bool
    ) throws -> GraphArgument<GraphValue> {
        func fault(_ reason: String) -> NetworkError { .operation(node: node.name, name: node.target, reason: reason) }
        switch argument {
        case .none: return .none
        case .tensor(let name):
            if let writer = stale[name] {
                throw fault("it reads “\(name)”, whose memory the node \(writer) has written through another view")
            }
            guard let value = known[name] else {
                let isInput = program.inputs.contains { if case .user(name) = $0 { true } else { false } }
                throw fault(
                    isInput
                        ? "it reads the input “\(name)”, which was not found among the inputs"
                        : "it reads “\(name)”, which no node before it computes")
            }
            if runs, let tensor = value.constant { return .value(.constant(try snapshot(of: name, tensor, for: node.name))) }
            return .value(value)
        case .int(let value): return .int(value)
        case .real(let value): return .real(value)
        case .bool(let value): return .bool(value)
        case .string(let value): return .string(value)
        case .type(let type):
            guard let dtype = DType(type) else { throw fault("it computes in \(type.torchName), which no layer computes in") }
            return .dtype(dtype)
        case .memoryFormat(let format): return .int(format)
        // Every tensor is dense, and where the network is.
        case .layout, .device: return .byDefault
        case .symbol(let name):
            guard let value = program.symbols[name] else {
                throw fault("the number “\(name)” is not known: the example has no value for it")
            }
            return Int(exactly: value).map { .int($0) } ?? .real(value)
        case .list(let parts):
            var list: [GraphArgument<GraphValue>] = []
            for part in parts { list.append(try self.argument(part, of: node, asRun: runs)) }
            return .list(list)
        case .other(let kind): throw fault("an argument of the kind “\(kind)” is not read")
        }
    }

    /// The shape that the file says a name has.
    func shape(of name: String) -> GraphShape {
        let value = program.values[name]
        let axes = batchSources.isEmpty ? [] : value?.sources.filter { !$0.value.isDisjoint(with: batchSources) }.map(\.key) ?? []
        return GraphShape(sizes: value?.sizes ?? [], type: value?.type.flatMap { DType($0) }, batchAxes: Set(axes))
    }

    /// The shape of a value that an operation reads.
    private func shape(of value: GraphValue) -> GraphShape {
        switch value {
        case .input: packed
        case .stored(let name): storedShapes[name] ?? GraphShape(sizes: [], type: nil)
        case .constant(let tensor): GraphShape(sizes: tensor.shape, type: try? tensor.dtype())
        case .result(let call, let result):
            shapes.indices.contains(call) && shapes[call].indices.contains(result)
                ? shapes[call][result] : GraphShape(sizes: [], type: nil)
        }
    }

    /// The names of the tensors in an argument.
    static func names(_ argument: ExportedProgram.Argument) -> [String] {
        switch argument {
        case .tensor(let name): [name]
        case .list(let parts): parts.flatMap(names)
        default: []
        }
    }

    /// Results of one operation, and whole numbers that are sizes, axes and places.
    private static let mostResults = 256, mostNumber: UInt = 1 << 31

    private static func largest(_ argument: ExportedProgram.Argument) -> UInt {
        switch argument {
        case .int(let value): value.magnitude
        case .list(let parts): parts.map(largest).max() ?? 0
        default: 0
        }
    }

    /// Nodes that only check what the example had.
    private static func isAssertion(_ target: String) -> Bool {
        ["torch.ops.aten._assert", "torch.ops.aten.sym_constrain", "torch.ops.aten._check", "torch._check"].contains {
            target.hasPrefix($0)
        }
    }
}
