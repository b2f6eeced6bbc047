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
    /// For each name, which memory it is, and which view of it.
    private var memory: [String: (root: Int, view: Int)] = [:]
    private var nextMemory = 0
    /// Names whose memory was written through another view, and by which node.
    private(set) var stale: [String: String] = [:]
    var evaluator = ConstantEvaluator()

    init(_ program: ExportedProgram, tables: [String: StoredArray], input: String) throws {
        self.program = program
        self.tables = tables
        for source in program.inputs {
            switch source {
            case .parameter(let name, let stored): define(name, .stored(stored))
            case .buffer(let name, let stored, let isPersistent):
                if isPersistent, tables[stored] == nil {
                    define(name, .stored(stored))
                } else {
                    guard let array = tables[stored] ?? program.constants[stored] else {
                        throw NetworkError.graph(reason: "the file has no values of the buffer “\(stored)”")
                    }
                    define(name, .constant(try evaluator.own(array)))
                }
            case .constant(let name, let stored):
                guard let array = program.constants[stored] else {
                    throw NetworkError.graph(reason: "the file has no values of the constant “\(stored)”")
                }
                define(name, .constant(try evaluator.own(array)))
            case .user(let name): if name == input { define(name, .input) }
            case .plain: break
            }
        }
        for node in program.nodes { try read(node) }
    }

    private mutating func define(_ name: String, _ value: GraphValue) {
        known[name] = value
        memory[name] = (nextMemory, nextMemory)
        nextMemory += 1
        stale[name] = nil
    }

    /// Says that a name is another one's value, the same view of the same memory.
    private mutating func alias(_ name: String, of other: String) {
        known[name] = known[other]
        memory[name] = memory[other]
        stale[name] = stale[other]
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
        guard node.target.hasPrefix("torch.ops.aten."), words.count == 5 else {
            throw fault("it is not an operation that Amalgam calls: only operations of torch.ops.aten on its list are")
        }
        let name = OperationName(String(words[3]), String(words[4]))
        guard let allowed = AllowedOperation.named(name.functional) else {
            throw fault("it is not on the list of operations that Amalgam calls")
        }
        var call = GraphCall<GraphValue>(name: node.name, module: node.module, allowed: allowed, arguments: [])
        for (place, argument) in node.arguments.enumerated() {
            // The in-place form may call its first operand otherwise.
            let slot = place == 0 && name.isInPlace ? 0 : allowed.parameters.firstIndex { $0.name == argument.name }
            guard let slot else { throw fault("“\(argument.name)” is none of the arguments of \(allowed.signature)") }
            while call.arguments.count <= slot { call.arguments.append(.byDefault) }
            call.arguments[slot] = try self.argument(argument.value, of: node)
        }
        try takeNumbers(&call)
        for (place, parameter) in call.allowed.parameters.enumerated() where !parameter.hasDefault && parameter.type != "Device" {
            if !call.arguments.indices.contains(place) || { if case .byDefault = call.arguments[place] { true } else { false } }() {
                throw fault("the argument “\(parameter.name)” is missing")
            }
        }
        let first = node.arguments.first.flatMap { Self.names($0.value).first }
        if name.isInPlace {
            guard let first, let target = known[first], results.count == 1 else { throw fault("it writes into nothing") }
            return try write(call, into: first, target, result: results[0])
        }
        try compute(call, results: results, node: node, first: first)
    }

    private mutating func compute(_ given: GraphCall<GraphValue>, results: [String], node: ExportedProgram.Node, first: String?) throws {
        guard let call = try canonical(given, node: node, results: results) else {
            // The same value under another name.
            guard let first else { throw given.fault("it has no operand") }
            alias(results[0], of: first)
            if given.base == "contiguous" || given.base == "to" || given.base == "type_as" {
                // Perhaps a copy: whoever writes into one of them says nothing of the other.
                memory[results[0]] = (memory[first]?.root ?? nextMemory, nextMemory)
                nextMemory += 1
            }
            if given.base == "clone" || given.base == "lift_fresh_copy" { define(results[0], known[first] ?? .input) }
            return
        }
        let inputs = call.values
        if inputs.allSatisfy({ $0.constant != nil }) {
            let computed = try evaluator.compute(call.mappedConstants(), declared: results.map { shape(of: $0) })
            for (place, name) in results.enumerated() {
                guard computed.indices.contains(place), let value = computed[place] else {
                    throw call.fault("it has no result number \(place + 1)")
                }
                let sizes = shape(of: name).sizes
                guard value.shape == sizes else { throw call.fault("its result has shape \(value.shape), but the file says \(sizes)") }
                define(name, .constant(value))
            }
        } else {
            calls.append(call)
            shapes.append(results.map { shape(of: $0) })
            for (place, name) in results.enumerated() { define(name, .result(calls.count - 1, place)) }
        }
        guard let first, let root = memory[first]?.root, Self.views.contains(given.base) else { return }
        let isSame = given.base == "dropout" || given.base == "alias" || given.base == "detach"
        for name in results {
            memory[name] = (root, isSame ? memory[first]?.view ?? nextMemory : nextMemory)
            nextMemory += 1
        }
    }

    /// Operations whose result may be the memory of their first operand.
    private static let views: Set<String> = [
        "view", "reshape", "flatten", "unflatten", "permute", "transpose", "t", "mT", "adjoint", "squeeze", "unsqueeze", "select", "slice",
        "narrow", "split", "split_with_sizes", "chunk", "tensor_split", "unbind", "expand", "expand_as", "broadcast_to", "alias", "detach",
        "contiguous", "to", "type_as", "swapaxes", "swapdims", "movedim", "unfold", "view_as", "reshape_as", "ravel", "diagonal", "dropout",
        "feature_dropout", "alpha_dropout", "lift_fresh", "atleast_1d", "atleast_2d", "atleast_3d", "unsafe_chunk", "unsafe_split",
    ]

    /// An operation that writes into its first operand: from here on, the names of this memory are its result.
    private mutating func write(_ call: GraphCall<GraphValue>, into name: String, _ target: GraphValue, result: String) throws {
        if case .stored(let stored) = target { throw call.fault("it writes into “\(stored)” while the network runs") }
        let value: GraphValue
        if let base = target.constant, call.values.allSatisfy({ $0.constant != nil }) {
            // Views of the same memory see it, as they do in PyTorch.
            try evaluator.write(call.mappedConstants(), into: base)
            alias(result, of: name)
            return
        }
        if case .input = target { throw call.fault("it writes into the network's input") }
        if call.base == "copy" || call.base == "fill" {
            throw call.fault("it writes a value that is computed into a part of “\(name)”, which is not followed")
        }
        calls.append(call)
        shapes.append([shape(of: name)])
        value = .result(calls.count - 1, 0)
        let own = memory[name] ?? (nextMemory, nextMemory)
        for (other, place) in memory where place.root == own.root {
            if place.view == own.view { known[other] = value } else { stale[other] = call.name }
        }
        known[result] = value
        memory[result] = own
        stale[result] = nil
    }

    // MARK: Arguments

    private func argument(_ argument: ExportedProgram.Argument, of node: ExportedProgram.Node) throws -> GraphArgument<GraphValue> {
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
                        ? "it reads the input “\(name)”: a network with several inputs is not run yet; export it with one"
                        : "it reads “\(name)”, which no node before it computes")
            }
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
        case .list(let parts): return .list(try parts.map { try self.argument($0, of: node) })
        case .other(let kind): throw fault("an argument of the kind “\(kind)” is not read")
        }
    }

    /// The shape that the file says a name has.
    func shape(of name: String) -> GraphShape {
        let value = program.values[name]
        return GraphShape(sizes: value?.sizes ?? [], type: value?.type.flatMap { DType($0) })
    }

    /// The names of the tensors in an argument.
    static func names(_ argument: ExportedProgram.Argument) -> [String] {
        switch argument {
        case .tensor(let name): [name]
        case .list(let parts): parts.flatMap(names)
        default: []
        }
    }

    /// Nodes that only check what the example had.
    private static func isAssertion(_ target: String) -> Bool {
        ["torch.ops.aten._assert", "torch.ops.aten.sym_constrain", "torch.ops.aten._check", "torch._check"].contains {
            target.hasPrefix($0)
        }
    }
}

extension GraphCall<GraphValue> {
    /// The same call on the constants that its values are.
    func mappedConstants() throws -> GraphCall<Tensor> {
        GraphCall<Tensor>(
            name: name, module: module, allowed: allowed,
            arguments: try arguments.map { argument in
                try argument.mapped { value in
                    guard let tensor = value.constant else { throw fault("it was taken for a constant, but is none") }
                    return tensor
                }
            })
    }
}
