/// What a layer sees while its shapes and groups are followed: its parameters' shapes in, axes and costs out.
public struct TraceScope {
    /// The id of the layer that is traced.
    public let layer: String
    let node: Architecture.Node
    let shapes: [String: [Int]]
    /// What joins neurons beyond a layer's own output.
    package let ties: GroupTies
    var groups: GroupBuilder

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
    public mutating func attachVector(_ parameter: String, _ layout: AxisLayout) throws {
        guard let found = optionalShape(of: parameter) else { return }
        guard found == [layout.length] else {
            throw NetworkError.shape(layer: layer, parameter: fullName(parameter), expected: "\(layout.length)", found: found)
        }
        attach(parameter, axis: 0, layout)
    }

    /// Says that an axis of a parameter runs along `layout`.
    public mutating func attach(_ parameter: String, axis: Int, _ layout: AxisLayout) {
        groups.attach(fullName(parameter), axis: axis, layout)
    }

    /// A new neuron group, named after this layer.
    public mutating func newGroup(neurons: Int, name: String? = nil) -> AxisLayout {
        groups.make(name: name.map { "\(layer).\($0)" } ?? layer, neurons: neurons)
    }

    /// Splits an axis into equal shares that permute only within themselves, such as the heads of an attention.
    public mutating func shares(of layout: AxisLayout, count: Int, name: String) throws -> [AxisLayout] {
        guard count > 0, layout.length % count == 0 else {
            throw NetworkError.input(layer: layer, expected: "a width that \(count) divides", found: "\(layout.length)")
        }
        var shares: [AxisLayout] = []
        for index in 0..<count { shares.append(newGroup(neurons: layout.length / count, name: count == 1 ? name : "\(name).\(index)")) }
        try tie(layout, AxisLayout(joining: shares))
        for (index, share) in shares.enumerated() { groups.rename(share, to: "\(layer).\(name)" + (count == 1 ? "" : ".\(index)")) }
        return shares
    }

    /// Says that shares may also be permuted as wholes: the first of each sequence with the first of the others, and so on.
    public mutating func headGroup(_ sequences: [[AxisLayout]], name: String, isRead: Bool) {
        groups.headGroup(name: "\(layer).\(name)", tap: isRead ? layer : nil, sequences)
    }

    /// Says that the neurons of a layout keep their order, as the input's do.
    mutating func fix(_ layout: AxisLayout) { groups.fix(layout) }

    /// Says that two layouts index the same neurons, as the two sides of an addition do.
    public mutating func tie(_ first: AxisLayout, _ second: AxisLayout) throws {
        try groups.tie(first, second, layer: layer)
    }

    /// The only input, which must be an image.
    public func oneImage(_ inputs: [Features]) throws -> Features {
        let input = try oneInput(inputs)
        guard input.isImage else { throw NetworkError.input(layer: layer, expected: "channels × height × width", found: input.description) }
        return input
    }

    /// The only input, which must be tokens.
    public func oneTokens(_ inputs: [Features]) throws -> Features {
        let input = try oneInput(inputs)
        guard input.isTokens else { throw NetworkError.input(layer: layer, expected: "tokens × width", found: input.description) }
        return input
    }

    /// The only input; an error where there are several or none.
    public func oneInput(_ inputs: [Features]) throws -> Features {
        guard inputs.count == 1, let input = inputs.first else {
            throw NetworkError.input(layer: layer, expected: "one input", found: "\(inputs.count)")
        }
        return input
    }
}
