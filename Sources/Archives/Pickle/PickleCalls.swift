/// The calls that a pickle may make: each is carried out here in Swift, and there are no others.
enum PickleCall {
    case dictionary
    case container(PickleNode.Kind)
    /// The first argument is the answer: a parameter is its tensor.
    case first
    /// A tensor rebuilt from at least so many arguments; where one of them is its type.
    case tensor(minimum: Int, type: Int?)
    /// A call of the first argument with the third.
    case inner
    /// How protocols 0 and 1 spell the making of an object.
    case instance
    /// A tensor of another kind, and what it is.
    case refused(String)

    static let allowed: [String: PickleCall] = {
        var calls: [String: PickleCall] = [
            "collections.OrderedDict": .dictionary,
            "torch.Size": .container(.tuple),
            "torch._utils._rebuild_tensor": .tensor(minimum: 4, type: nil),
            "torch._utils._rebuild_tensor_v2": .tensor(minimum: 6, type: nil),
            "torch._utils._rebuild_tensor_v3": .tensor(minimum: 7, type: 6),
            "torch._utils._rebuild_parameter": .first,
            "torch._utils._rebuild_parameter_with_state": .first,
            "torch._tensor._rebuild_from_type": .inner,
            "torch._tensor._rebuild_from_type_v2": .inner,
        ]
        for module in ["builtins", "__builtin__"] {
            calls[module + ".dict"] = .dictionary
            calls[module + ".set"] = .container(.set)
            calls[module + ".frozenset"] = .container(.set)
            calls[module + ".list"] = .container(.list)
            calls[module + ".tuple"] = .container(.tuple)
        }
        for module in ["copyreg", "copy_reg"] {
            calls[module + "._reconstructor"] = .instance
            calls[module + ".__newobj__"] = .instance
        }
        for (name, kind) in refused { calls[name] = .refused(kind) }
        return calls
    }()

    /// Tensors of other kinds, and what they are.
    private static let refused: [String: String] = [
        "torch._utils._rebuild_sparse_tensor": "a sparse tensor",
        "torch._utils._rebuild_sparse_csr_tensor": "a sparse tensor",
        "torch._utils._rebuild_nested_tensor": "a nested tensor",
        "torch._utils._rebuild_qtensor": "a quantized tensor",
        "torch._utils._rebuild_meta_tensor_no_storage": "a tensor without data (on the meta device)",
        "torch._utils._rebuild_wrapper_subclass": "a tensor wrapped by a class of its own",
        "torch._utils._rebuild_device_tensor_from_numpy": "a tensor kept as a NumPy array",
        "torch._utils._rebuild_device_tensor_from_cpu_tensor": "a tensor kept for another device",
        "torch.storage._load_from_bytes": "a storage pickled inside a pickle",
        "torch.nn.parameter.UninitializedParameter": "a parameter that was never initialised",
        "torch.nn.parameter.UninitializedBuffer": "a buffer that was never initialised",
        "numpy.core.multiarray._reconstruct": "a NumPy array",
        "numpy._core.multiarray._reconstruct": "a NumPy array",
    ]
}

extension PickleReader {
    /// What calling `function` gives: one of the allowed calls, or an opaque object.
    mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws(ArchiveError) -> PickleValue {
        if case .global(let module, let name)? = graph.node(function)?.kind, let call = PickleCall.allowed[module + "." + name],
            let values = graph.sequence(arguments), let result = try carryOut(call, values)
        {
            return result
        }
        return try make(.object(of: function, arguments: arguments))
    }

    /// Nil where the arguments are not those of the call.
    private mutating func carryOut(_ call: PickleCall, _ arguments: [PickleValue]) throws(ArchiveError) -> PickleValue? {
        switch call {
        case .dictionary: try dictionary(arguments)
        case .container(let kind): try container(kind, arguments)
        case .first: arguments.first
        case .tensor(let minimum, let type): try tensor(arguments, minimum: minimum, type: type)
        case .inner: try inner(arguments)
        case .instance: try instance(arguments)
        case .refused(let kind): try make(.refusedTensor(reason: "is " + kind))
        }
    }

    /// `_rebuild_from_type_v2(function, type, arguments, state)`: the function's answer; class and state change no number.
    private mutating func inner(_ arguments: [PickleValue]) throws(ArchiveError) -> PickleValue? {
        guard arguments.count >= 3, let name = graph.className(arguments[0]), !name.hasPrefix("torch._tensor._rebuild_from_type") else {
            return nil
        }
        return try call(arguments[0], arguments[2])
    }

    /// How protocols 0 and 1 spell the making of an object: `_reconstructor(class, base, state)`.
    private mutating func instance(_ arguments: [PickleValue]) throws(ArchiveError) -> PickleValue? {
        guard let type = arguments.first else { return nil }
        return try make(.object(of: type, arguments: try make(.tuple, Array(arguments.dropFirst()))))
    }

    private mutating func container(_ kind: PickleNode.Kind, _ arguments: [PickleValue]) throws(ArchiveError) -> PickleValue? {
        guard let first = arguments.first else { return try make(kind) }
        guard arguments.count == 1, let items = graph.sequence(first) else { return nil }
        return try make(kind, items)
    }

    private mutating func dictionary(_ arguments: [PickleValue]) throws(ArchiveError) -> PickleValue? {
        guard let first = arguments.first else { return try make(.dictionary) }
        if let pairs = graph.pairs(first) { return try make(.dictionary, pairs.items) }
        guard let entries = graph.sequence(first) else { return nil }
        var items: [PickleValue] = []
        for entry in entries {
            guard let pair = graph.sequence(entry), pair.count == 2 else { return nil }
            items += pair
        }
        return try make(.dictionary, items)
    }

    /// `_rebuild_tensor…(storage, offset, size, stride, …)`.
    private mutating func tensor(_ arguments: [PickleValue], minimum: Int, type: Int?) throws(ArchiveError) -> PickleValue? {
        func refused(_ reason: String) -> PickleNode.Kind { .refusedTensor(reason: reason) }
        guard arguments.count >= minimum else { return try make(refused("is rebuilt from \(arguments.count) values, not \(minimum)")) }
        guard case .storage(let storage)? = graph.node(arguments[0])?.kind else {
            let found = graph.className(arguments[0]).map { "an object of class \($0)" } ?? "something else"
            return try make(refused("has \(found) where its storage should be"))
        }
        let axes = max(graph.sequence(arguments[2])?.count ?? 0, graph.sequence(arguments[3])?.count ?? 0)
        guard axes <= budget.limits.axes else { return try make(refused("has \(axes) axes, more than \(budget.limits.axes)")) }
        guard case .integer(let offset) = arguments[1], let shape = graph.integers(arguments[2]), let strides = graph.integers(arguments[3])
        else {
            return try make(refused("has a shape, strides or offset that are not integers"))
        }
        // Metadata behind the usual arguments say that the numbers are to be conjugated or negated.
        if minimum >= 6, arguments.indices.contains(minimum), let flags = graph.pairs(arguments[minimum]), !flags.isEmpty {
            return try make(refused("is kept as a conjugate or negative view"))
        }
        var typeName: String?
        if let type {
            guard case .global(module: "torch", let name)? = graph.node(arguments[type])?.kind else {
                return try make(refused("has no known element type"))
            }
            typeName = name
        }
        return try make(.tensor(TorchTensorReference(storage: storage, offset: offset, shape: shape, strides: strides, typeName: typeName)))
    }

    /// The storage that a persistent identifier names: `('storage', class, key, place, count[, view])`; or, in old files, the class in `('module', class, …)`.
    mutating func persistent(_ identifier: PickleValue) throws(ArchiveError) -> PickleValue {
        guard let parts = graph.sequence(identifier), case .text(let tag)? = parts.first else {
            throw damaged("a persistent identifier that is not a PyTorch storage")
        }
        if tag == "module", parts.count >= 2 { return parts[1] }
        guard tag == "storage", parts.count >= 5, case .global(_, let className)? = graph.node(parts[1])?.kind,
            case .integer(let count) = parts[4],
            let key = storageKey(parts[2])
        else { throw damaged("a persistent identifier that is not a PyTorch storage") }
        guard count >= 0 else { throw damaged("storage '\(key)' is declared with \(count) elements") }
        var reference = TorchStorageReference(key: key, className: className, count: count)
        if parts.count >= 6, let view = graph.sequence(parts[5]) {
            guard view.count == 3, let viewKey = storageKey(view[0]), case .integer(let first) = view[1],
                case .integer(let length) = view[2], first >= 0, length >= 0
            else {
                throw damaged("storage '\(key)' is a view without key, offset and length")
            }
            reference.view = .init(key: viewKey, offset: first, count: length)
        }
        return try make(.storage(reference))
    }

    private func storageKey(_ value: PickleValue) -> String? {
        switch value {
        case .text(let key): key
        case .integer(let key): String(key)
        default: nil
        }
    }
}
