import Tensors

/// What the rules ask of an operation's arguments.
extension TraceScope {
    /// The most elements of parameters that have labels of their own; the largest position embeddings have a tenth of it.
    static let mostElements = 1 << 22

    /// The labels of a tensor among the arguments; nil for what is no tensor.
    mutating func operand(_ argument: OperationArgument, _ inputs: [BatchedLabels]) throws -> ValueLabels? {
        switch argument {
        case .source(let index):
            guard inputs.indices.contains(index) else {
                throw NetworkError.input(layer: layer, expected: "a source number \(index + 1)", found: "\(inputs.count) sources")
            }
            if let view = inputs[index].view, view.isFlat {
                for (axis, length) in (shapes[view.parameter] ?? []).enumerated() {
                    try attachFixed(view.parameter, axis: axis, length: length)
                }
                return ValueLabels(NeuronLabels.fixed, shape: inputs[index].labels.shape)
            }
            if let view = inputs[index].view { return try elementLabels(of: view.parameter, permuted: view.axes) }
            return canonical(inputs[index].labels)
        case .parameter(let name): return try elementLabels(of: fullName(name), permuted: nil)
        case .constant(let name):
            guard let value = constants[name] else {
                throw NetworkError.input(layer: layer, expected: "the constant \(name)", found: "none of that name")
            }
            // A constant that is the same everywhere says nothing of neurons; another tells them apart.
            let isUniform = try isUniform(value)
            return ValueLabels(isUniform ? NeuronLabels.constant : NeuronLabels.fixed, shape: value.shape)
        default: return nil
        }
    }

    private func isUniform(_ value: Tensor) throws -> Bool {
        guard value.shape.reduce(1, *) > 1 else { return true }
        // In its own type: a table of truth values would be eight times as large in another one.
        let numbers = try value.dtype() == .bool ? value.converted(to: .uint8) : value
        return try numbers.maximum().item() == numbers.minimum().item()
    }

    /// The labels of a required tensor.
    mutating func operand(_ name: String, of operation: Operation, _ inputs: [BatchedLabels]) throws -> ValueLabels {
        guard let found = try operand(operation.argument(name), inputs) else {
            throw NetworkError.input(layer: layer, expected: "a tensor as “\(name)”", found: "none")
        }
        return found
    }

    /// All tensors among the arguments.
    mutating func operands(of operation: Operation, _ inputs: [BatchedLabels]) throws -> [ValueLabels] {
        try operation.arguments.flatMap(\.leaves).compactMap { try operand($0, inputs) }
    }

    /// A parameter that a product takes as a matrix, with the order of its axes where it comes transposed; nil where it was computed.
    func matrix(_ argument: OperationArgument, _ inputs: [BatchedLabels]) -> BatchedLabels.ParameterAxes? {
        view(argument, inputs).flatMap { $0.isFlat ? nil : $0 }
    }

    /// A parameter that comes as it is or with its axes in another order.
    func view(_ argument: OperationArgument, _ inputs: [BatchedLabels]) -> BatchedLabels.ParameterAxes? {
        switch argument {
        case .parameter(let name):
            let full = fullName(name)
            return shapes[full].map { BatchedLabels.ParameterAxes(parameter: full, axes: Array($0.indices)) }
        case .source(let index): return inputs.indices.contains(index) ? inputs[index].view : nil
        default: return nil
        }
    }

    /// Labels of its elements, for a parameter that is used as a value.
    private mutating func elementLabels(of parameter: String, permuted axes: [Int]?) throws -> ValueLabels {
        guard let shape = shapes[parameter] else {
            throw NetworkError.missingParameter(name: parameter, layer: layer, present: shapes.keys.sorted())
        }
        let count = shape.reduce(1, *), order = axes ?? Array(shape.indices)
        guard count > 1 else { return ValueLabels(NeuronLabels.constant, shape: order.map { shape[$0] }) }
        guard labels.elements[parameter] != nil || count <= Self.mostElements - labels.elementCount else {
            note("more elements than can be followed one by one")
            for (axis, length) in shape.enumerated() { try attachFixed(parameter, axis: axis, length: length) }
            return ValueLabels(NeuronLabels.fixed, shape: order.map { shape[$0] })
        }
        let labels = self.labels.elements(of: parameter, shape: shape)
        let value = ValueLabels(shape: shape, extents: shape, entries: labels.entries)
        return canonical(axes.map { value.permuted($0) } ?? value)
    }

    /// Says that an axis of a parameter, by its full name, runs along `layout`.
    mutating func attach(full parameter: String, axis: Int, _ layout: NeuronLabels) throws {
        try labels.attach(parameter, axis: axis, layout, name: "\(parameter)/\(axis)", layer: layer)
    }

    mutating func attachFixed(_ parameter: String, axis: Int, length: Int) throws {
        try attach(full: parameter, axis: axis, .fixed(length))
    }

    /// A vector that runs along neurons: a bias, a scale, a statistic. One that was computed is tied element by element.
    mutating func attachVector(_ argument: OperationArgument, _ along: NeuronLabels, _ inputs: [BatchedLabels]) throws {
        if case .parameter(let name) = argument {
            let full = fullName(name)
            guard shapes[full] == [along.length] else {
                throw NetworkError.shape(layer: layer, parameter: full, expected: "\(along.length)", found: shapes[full] ?? [])
            }
            return try attach(full: full, axis: 0, along)
        }
        guard let value = try operand(argument, inputs) else { return }
        _ = try combined(ValueLabels(along, axis: 0, shape: [along.length]), value)
    }

    /// Keeps in place all that an operation touches.
    mutating func fixAll(_ operation: Operation, _ inputs: [BatchedLabels], because reason: String? = nil) throws {
        var isMoving = false
        for argument in operation.arguments.flatMap(\.leaves) {
            if let parameter = view(argument, inputs), let shape = shapes[parameter.parameter] {
                for (axis, length) in shape.enumerated() where length > 1 {
                    try attachFixed(parameter.parameter, axis: axis, length: length)
                }
                isMoving = true
            } else if let value = try operand(argument, inputs) {
                isMoving = isMoving || hasFree(value)
                fix(value)
            }
        }
        if isMoving { note(reason ?? "nothing is known of its neurons") }
    }

    /// Notes why this layer's neurons stay in place.
    mutating func note(_ reason: String) { labels.noteReason("\(layer): \(reason)") }
}

extension OperationArgument {
    /// Whole numbers, one or a list; nil for anything else.
    var integers: [Int]? {
        switch self {
        case .int(let value): return [value]
        case .bool(let value): return [value ? 1 : 0]
        case .list(let parts):
            let numbers = parts.compactMap { if case .int(let value) = $0 { value } else { nil } }
            return numbers.count == parts.count ? numbers : nil
        default: return nil
        }
    }

    var integer: Int? { integers.flatMap { $0.count == 1 ? $0[0] : nil } }

    var isTrue: Bool { if case .bool(true) = self { true } else { false } }

    /// Whether nothing was given.
    var isMissing: Bool {
        switch self {
        case .none, .byDefault: true
        default: false
        }
    }
}
