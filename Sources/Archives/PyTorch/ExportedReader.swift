/// Reads the graph of a `.pt2` from its JSON (`torch/_export/serde/schema.py`).
struct ExportedReader {
    let file: String
    let place: String
    private let budget: FileBudget
    private var symbols: [String: Double] = [:]
    private var sources: [String: Set<String>] = [:]

    init(file: String, place: String, budget: FileBudget) {
        self.file = file
        self.place = place
        self.budget = budget
    }

    /// Calls of operations; each is a layer, or is computed at opening.
    static let mostNodes = 65_536

    func fault(_ reason: String) -> ArchiveError { .damaged(file: file, place: place, offset: 0, reason: reason) }

    mutating func program(_ json: JSONValue, constants: [StoredArray]) throws(ArchiveError) -> ExportedProgram {
        let schema = try version(json), torch = json["torch_version"]?.text ?? "unknown"
        guard let module = json["graph_module"], let graph = module["graph"], let signature = module["signature"] else {
            throw fault("it has no graph with a signature")
        }
        for table in ["sym_int_values", "sym_float_values", "sym_bool_values"] {
            for (key, value) in (graph[table]?.members ?? []).map({ ($0.key, $0.value) }) {
                symbols[key] = number(value)
                sources[key] = Self.sources(value)
            }
        }
        var values: [String: ExportedProgram.Value] = [:], dynamic: Set<String> = []
        for member in graph["tensor_values"]?.members ?? [] {
            let sizes = member.value["sizes"]?.items ?? []
            if sizes.contains(where: { $0["as_expr"] != nil }) { dynamic.insert(member.key) }
            var known: [Int] = []
            for size in sizes {
                guard let value = number(size).flatMap({ Int(exactly: $0) }), value >= 0 else {
                    throw fault("the size of “\(member.key)” is not known: a size that depends on values is not read")
                }
                known.append(value)
            }
            guard known.count <= 64, elementCount(known.map { max(1, $0) }) != nil else {
                throw fault("“\(member.key)” has the impossible shape \(known)")
            }
            var value = ExportedProgram.Value(type: member.value["dtype"]?.int.flatMap { ElementType(exported: $0) }, sizes: known)
            for (axis, size) in sizes.enumerated() where size["as_expr"] != nil { value.sources[axis] = Self.sources(size) }
            values[member.key] = value
        }
        let items = graph["nodes"]?.items ?? []
        guard items.count <= Self.mostNodes else {
            throw .exceedsLimit(file: file, place: place, what: "\(items.count) nodes", limit: Self.mostNodes)
        }
        var nodes: [ExportedProgram.Node] = []
        for item in items { nodes.append(try node(item)) }
        return ExportedProgram(
            schema: schema, torchVersion: torch, inputs: try inputs(signature), nodes: nodes, outputs: try outputs(signature, module),
            values: values, symbols: symbols, symbolSources: sources, dynamicValues: dynamic,
            constants: Dictionary(constants.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    private func version(_ json: JSONValue) throws(ArchiveError) -> (Int, Int) {
        guard let major = json["schema_version"]?["major"]?.int, let minor = json["schema_version"]?["minor"]?.int else {
            throw fault("it does not say the version of its schema")
        }
        guard major == ExportedFile.major else {
            throw .unsupported(
                file: file, place: place,
                reason: "a graph of schema \(major).\(minor), written by torch \(json["torch_version"]?.text ?? "of an unknown version")",
                advice: "schema \(ExportedFile.major) is read: export the network again with torch 2.9 or newer that writes it (2.13 does)")
        }
        return (major, minor)
    }

    /// A number, or the example's value of a symbolic one.
    private func number(_ json: JSONValue) -> Double? {
        for key in ["as_int", "as_float"] { if let value = json[key]?.double { return value } }
        if let flag = json["as_bool"]?.bool { return flag ? 1 : 0 }
        return json["as_expr"]?["hint"].flatMap { number($0) }
    }

    /// The symbols in an expression, `Mul(Integer(2), Symbol('s23', …))`.
    private static func sources(_ json: JSONValue) -> Set<String> {
        guard let text = json["as_expr"]?["expr_str"]?.text else { return [] }
        return Set(text.split(separator: "Symbol('").dropFirst(text.hasPrefix("Symbol('") ? 0 : 1).map { String($0.prefix { $0 != "'" }) })
    }

    // MARK: Inputs and outputs

    private func inputs(_ signature: JSONValue) throws(ArchiveError) -> [ExportedProgram.Input] {
        var inputs: [ExportedProgram.Input] = []
        for spec in signature["input_specs"]?.items ?? [] {
            guard let (kind, value) = spec.members?.first.map({ ($0.key, $0.value) }) else { throw fault("an input of no kind") }
            let name = value["arg"]?["name"]?.text
            switch (kind, name) {
            case ("parameter", let name?):
                inputs.append(.parameter(name: name, stored: value["parameter_name"]?.text ?? ""))
            case ("buffer", let name?):
                inputs.append(
                    .buffer(name: name, stored: value["buffer_name"]?.text ?? "", isPersistent: value["persistent"]?.bool ?? true))
            case ("tensor_constant", let name?): inputs.append(.constant(name: name, stored: value["tensor_constant_name"]?.text ?? ""))
            case ("user_input", _):
                guard let argument = value["arg"] else { throw fault("an input without a name") }
                if let name = argument["as_tensor"]?["name"]?.text {
                    inputs.append(.user(name: name))
                } else {
                    inputs.append(.plain(name: argument.members?.first?.value["as_name"]?.text ?? ""))
                }
            case ("constant_input", _): inputs.append(.plain(name: value["name"]?.text ?? ""))
            default:
                throw .unsupported(
                    file: file, place: place, reason: "an input of the kind “\(kind)”\(name.map { ", “\($0)”" } ?? "")",
                    advice: "only tensors come into a graph that is read")
            }
        }
        return inputs
    }

    private func outputs(_ signature: JSONValue, _ module: JSONValue) throws(ArchiveError) -> [ExportedProgram.Output] {
        var values: [ExportedProgram.Argument] = []
        for spec in signature["output_specs"]?.items ?? [] {
            // Others say what a training step has changed.
            guard let value = spec["user_output"]?["arg"] else { continue }
            values.append(try argument(value))
        }
        let root = module["module_call_graph"]?.items?.first { $0["fqn"]?.text == "" }
        var keys: [String] = []
        if let text = root?["signature"]?["out_spec"]?.text,
            let tree = try? JSONValue.read(text, path: file, budget: budget).items?.last
        {
            keys = names(tree, depth: 16)
        }
        return values.enumerated().map { place, value in
            ExportedProgram.Output(value: value, key: keys.count == values.count ? keys[place] : "\(place)")
        }
    }

    /// The keys of a nested result in the order of its leaves, with points between.
    private func names(_ tree: JSONValue, depth: Int) -> [String] {
        let children = tree["children_spec"]?.items ?? []
        guard depth > 0, tree["type"] != nil else { return [""] }
        let context = tree["context"]?.text.flatMap { try? JSONValue.read($0, path: file, budget: budget) }
        let own = context?.items?.map { $0.text ?? $0.int.map(String.init) ?? "" }
        return children.enumerated().flatMap { place, child in
            let name = own.flatMap { $0.count == children.count ? $0[place] : nil } ?? "\(place)"
            return names(child, depth: depth - 1).map { $0.isEmpty ? name : "\(name).\($0)" }
        }
    }

    // MARK: Nodes

    private func node(_ json: JSONValue) throws(ArchiveError) -> ExportedProgram.Node {
        guard let target = json["target"]?.text else { throw fault("a node without a target") }
        var arguments: [(name: String, value: ExportedProgram.Argument)] = [], results: [ExportedProgram.Argument] = []
        for input in json["inputs"]?.items ?? [] {
            guard let name = input["name"]?.text, let value = input["arg"] else { throw fault("\(target) has an argument without a name") }
            arguments.append((name, try argument(value)))
        }
        for output in json["outputs"]?.items ?? [] { results.append(try argument(output)) }
        var name = json["name"]?.text ?? ""
        if name.isEmpty, case .tensor(let first)? = results.first { name = first }
        return ExportedProgram.Node(
            name: name, target: target, arguments: arguments, results: results,
            module: Self.module(json["metadata"]?["nn_module_stack"]?.text ?? ""))
    }

    /// The innermost module of a stack, "KEY,PATH,CLASS;…".
    private static func module(_ stack: String) -> String {
        guard let last = stack.split(separator: ";").last else { return "" }
        let parts = last.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return "" }
        var path = String(parts[1])
        for root in ["L['self'].", "L__self__."] where path.hasPrefix(root) { path.removeFirst(root.count) }
        return path == "L['self']" || path == "L__self__" ? "" : path
    }

    private func argument(_ json: JSONValue) throws(ArchiveError) -> ExportedProgram.Argument {
        guard let member = json.members?.first else { throw fault("an argument of no kind") }
        let value = member.value
        func list(_ one: (JSONValue) throws(ArchiveError) -> ExportedProgram.Argument) throws(ArchiveError) -> ExportedProgram.Argument {
            var parts: [ExportedProgram.Argument] = []
            for item in value.items ?? [] { parts.append(try one(item)) }
            return .list(parts)
        }
        switch member.key {
        case "as_none": return .none
        case "as_tensor": return try tensor(value)
        case "as_optional_tensor": return try argument(value)
        case "as_tensors": return try list(tensor)
        case "as_optional_tensors": return try list(argument)
        case "as_nested_tensors": return .other(member.key)
        case "as_int": return try int(value)
        case "as_ints": return try list(int)
        case "as_float": return try real(value)
        case "as_floats": return try list(real)
        case "as_bool": return .bool(value.bool ?? false)
        case "as_bools": return try list { .bool($0.bool ?? false) }
        case "as_string": return .string(value.text ?? "")
        case "as_scalar_type":
            guard let type = value.int.flatMap({ ElementType(exported: $0) }) else { return .other("element type \(value.int ?? 0)") }
            return .type(type)
        // Unknown 0, contiguous 1, channels last 2 and 3, preserved 4; PyTorch's own: contiguous 0, preserved 1, channels last 2 and 3.
        case "as_memory_format": return .memoryFormat([1: 0, 2: 2, 3: 3, 4: 1][value.int ?? 0] ?? 1)
        case "as_layout": return value.int == 7 ? .layout : .other("a sparse layout")
        case "as_device": return .device
        case "as_sym_int", "as_sym_float", "as_sym_bool": return try symbol(value)
        case "as_sym_ints", "as_sym_floats", "as_sym_bools": return try list(symbol)
        default: return .other(member.key)
        }
    }

    private func tensor(_ json: JSONValue) throws(ArchiveError) -> ExportedProgram.Argument {
        guard let name = json["name"]?.text else { throw fault("a tensor without a name") }
        return .tensor(name)
    }

    private func symbol(_ json: JSONValue) throws(ArchiveError) -> ExportedProgram.Argument {
        if let name = json["as_name"]?.text { return .symbol(name) }
        if let flag = json["as_bool"]?.bool { return .bool(flag) }
        if let value = json["as_int"] { return try int(value) }
        if let value = json["as_float"] { return try real(value) }
        return .other("a symbolic number without a name")
    }

    private func int(_ json: JSONValue) throws(ArchiveError) -> ExportedProgram.Argument {
        guard let value = json.int else {
            throw fault("“\(json.text ?? json.json(pretty: false).prefix(40).description)” is not a whole number of 64 bits")
        }
        return .int(value)
    }

    private func real(_ json: JSONValue) throws(ArchiveError) -> ExportedProgram.Argument {
        switch json.text {
        case "Infinity"?: return .real(.infinity)
        case "-Infinity"?: return .real(-.infinity)
        case "NaN"?: return .real(.nan)
        default: break
        }
        guard let value = json.double ?? nonFinite(json) else { throw fault("“\(json.json(pretty: false).prefix(40))” is not a number") }
        return .real(value)
    }

    /// What Python writes for numbers that are not finite.
    private func nonFinite(_ json: JSONValue) -> Double? {
        guard case .number(let digits) = json else { return nil }
        return ["NaN": Double.nan, "Infinity": .infinity, "-Infinity": -.infinity][digits]
    }
}
