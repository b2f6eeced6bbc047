import Tensors

/// What a layer sees while its shapes and groups are followed: its parameters' shapes in, axes and costs out.
public struct TraceScope {
    /// The id of the layer that is traced.
    public let layer: String
    let node: Architecture.Node
    let shapes: [String: [Int]]
    /// What joins neurons beyond a layer's own output.
    package let ties: GroupTies
    /// The architecture's constants, by name.
    let constants: [String: Tensor]
    var labels: LabelStore
    /// For each parameter of an operation, by its full name, the axis of what it computes.
    private(set) var outputAxes: [String: Int] = [:]

    /// Multiply-adds for one sample.
    public private(set) var multiplyAdds = 0

    /// Adds the product of some numbers to the multiply-adds.
    public mutating func addCost(_ factors: Int...) {
        var product = 1
        for factor in factors {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            product = overflow ? .max : next
        }
        let (sum, overflow) = multiplyAdds.addingReportingOverflow(product)
        multiplyAdds = overflow ? .max : sum
    }

    func fullName(_ parameter: String) -> String { node.parameterName(parameter) ?? parameter }

    /// The shape of an optional parameter, nil when the network has none.
    public func optionalShape(of parameter: String) -> [Int]? { node.parameterName(parameter).flatMap { shapes[$0] } }

    /// The shape of a required parameter; an error where it is missing or has another rank. `expected` describes the shape for the error.
    public func shape(of parameter: String, rank: Int, as expected: String) throws -> [Int] {
        guard let found = optionalShape(of: parameter) else {
            throw NetworkError.missingParameter(name: fullName(parameter), layer: layer, present: shapes.keys.sorted())
        }
        guard found.count == rank, found.allSatisfy({ $0 > 0 }) else {
            throw NetworkError.shape(layer: layer, parameter: fullName(parameter), expected: expected, found: found)
        }
        return found
    }

    /// Says that a vector parameter, if it is there, runs along `layout`.
    public mutating func attachVector(_ parameter: String, _ layout: NeuronLabels) throws {
        guard let found = optionalShape(of: parameter) else { return }
        guard found == [layout.length] else {
            throw NetworkError.shape(layer: layer, parameter: fullName(parameter), expected: "\(layout.length)", found: found)
        }
        try attach(parameter, axis: 0, layout)
    }

    /// Says that an axis of a parameter runs along `layout`.
    public mutating func attach(_ parameter: String, axis: Int, _ layout: NeuronLabels) throws {
        let name = fullName(parameter)
        try labels.attach(name, axis: axis, layout, name: "\(name)/\(axis)", layer: layer)
    }

    /// A new neuron group, named after this layer.
    public mutating func newGroup(neurons: Int, name: String? = nil) -> NeuronLabels {
        labels.make(name: name.map { "\(layer).\($0)" } ?? layer, neurons: neurons)
    }

    /// Splits an axis into equal shares that permute only within themselves, such as the heads of an attention.
    public mutating func shares(of layout: NeuronLabels, count: Int, name: String) throws -> [NeuronLabels] {
        guard count > 0, layout.length % count == 0 else {
            throw NetworkError.input(layer: layer, expected: "a width that \(count) divides", found: "\(layout.length)")
        }
        var shares: [NeuronLabels] = []
        for index in 0..<count { shares.append(newGroup(neurons: layout.length / count, name: count == 1 ? name : "\(name).\(index)")) }
        try tie(layout, NeuronLabels(joining: shares))
        for (index, share) in shares.enumerated() { labels.rename(share, to: "\(layer).\(name)" + (count == 1 ? "" : ".\(index)")) }
        return shares
    }

    /// Says that shares may also be permuted as wholes: the first of each sequence with the first of the others, and so on.
    public mutating func headGroup(_ sequences: [[NeuronLabels]], name: String, isRead: Bool) {
        labels.noteHeads(name: "\(layer).\(name)", tap: isRead ? layer : nil, sequences)
    }

    /// Says that two layouts index the same neurons, as the two sides of an addition do.
    public mutating func tie(_ first: NeuronLabels, _ second: NeuronLabels) throws {
        try labels.tie(first, second, layer: layer)
    }

    /// Says along which axis a parameter of an operation computes.
    mutating func noteOutput(_ parameter: String, axis: Int) { outputAxes[parameter] = axis }

    /// Says that the neurons of an axis are normalised or summed up together: they permute among themselves only.
    public mutating func noteSet(_ layout: NeuronLabels) { labels.noteSet(layout.entries) }

    /// The only input, which must be an image.
    public mutating func oneImage(_ inputs: [Features]) throws -> Features {
        let input = try oneInput(inputs)
        let image = input.value != nil && input.shape.count == 3 ? collapsed(input, onto: 0) : input
        guard image.isImage else { throw NetworkError.input(layer: layer, expected: "channels × height × width", found: input.description) }
        return image
    }

    /// The only input, which must be tokens.
    public mutating func oneTokens(_ inputs: [Features]) throws -> Features {
        let input = try oneInput(inputs)
        let tokens = input.value != nil && input.shape.count == 2 ? collapsed(input, onto: 1) : input
        guard tokens.isTokens else { throw NetworkError.input(layer: layer, expected: "tokens × width", found: input.description) }
        return tokens
    }

    /// The only input; an error where there are several or none.
    public func oneInput(_ inputs: [Features]) throws -> Features {
        guard inputs.count == 1, let input = inputs.first else {
            throw NetworkError.input(layer: layer, expected: "one input", found: "\(inputs.count)")
        }
        return input
    }

    /// The only input, with its neurons along one axis: the first of images and rows, the last of tokens.
    mutating func oneLaidOut(_ inputs: [Features]) throws -> Features { laidOut(try oneInput(inputs)) }

    /// What a layer that is no operation takes: a parameter that comes as a value has labels for its elements.
    mutating func plain(_ input: Features) throws -> Features {
        guard input.batched.view != nil, let labels = try operand(.source(0), [input.batched]) else { return input }
        return Features(BatchedLabels(labels, batchAxis: nil))
    }

    /// A value with its neurons along one axis.
    mutating func laidOut(_ input: Features) -> Features {
        input.value == nil && input.shape.count == 3 ? input : collapsed(input, onto: input.shape.count == 2 ? 1 : 0)
    }

    /// An operation's value with its neurons along one axis of a sample: what varies along others is tied.
    private mutating func collapsed(_ input: Features, onto axis: Int) -> Features {
        guard input.value != nil || input.axis != axis, input.shape.indices.contains(axis) else { return input }
        let along: NeuronLabels, value = BatchedLabels(canonical(input.batched.labels), batchAxis: input.batched.batchAxis)
        if value.batchAxis == 0, value.hasOwnBatchAxis, case .neurons(let found) = contracted(value.labels, axis: axis + 1) {
            along = found
        } else {
            fix(value.labels)
            along = .fixed(input.shape[axis])
        }
        return Features(shape: input.shape, layout: along, axis: axis)
    }
}
