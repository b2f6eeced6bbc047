import Networks
import Tensors

/// Some of a network's parameters as one long vector.
struct ParameterVector {
    let names: [String]
    private let shapes: [[Int]]
    let values: Tensor

    var count: Int { values.count }

    init(_ network: Network, names: [String]) throws {
        self.names = names
        var flat: [Tensor] = [], shapes: [[Int]] = []
        for name in names {
            guard let value = network.parameters[name] else { continue }
            flat.append(try value.detached().reshaped([-1]))
            shapes.append(value.shape)
        }
        self.shapes = shapes
        values = try Tensor.concatenated(flat)
    }

    private init(names: [String], shapes: [[Int]], values: Tensor) {
        self.names = names
        self.shapes = shapes
        self.values = values
    }

    func moved(to values: Tensor) -> ParameterVector { ParameterVector(names: names, shapes: shapes, values: values) }

    /// A vector of the same kind in the parameters' shapes.
    func split(_ vector: Tensor) throws -> [Tensor] {
        var parts: [Tensor] = [], start = 0
        for shape in shapes {
            let count = shape.reduce(1, *)
            parts.append(try vector.narrowed(axis: 0, from: start, count: count).reshaped(shape))
            start += count
        }
        return parts
    }

    func flattened(_ parts: [Tensor?]) throws -> Tensor {
        var flat: [Tensor] = []
        for (part, shape) in zip(parts, shapes) {
            let nothing = part == nil ? try Tensor.zeros([shape.reduce(1, *)], dtype: values.dtype()) : nil
            if let known = try part?.reshaped([-1]) ?? nothing { flat.append(known) }
        }
        return try Tensor.concatenated(flat)
    }

    func parameters() throws -> [String: Tensor] {
        var named: [String: Tensor] = [:]
        for (name, part) in zip(names, try split(values)) { named[name] = try part.contiguous() }
        return named
    }

    func variables() throws -> [Tensor] {
        var all: [Tensor] = []
        for part in try split(values) { all.append(try part.copied().asVariable()) }
        return all
    }
}

extension Network {
    /// The logits of a batch, [batch, classes], with some parameters replaced.
    func logits(_ x: Tensor, _ replaced: [String: Tensor], mode: ForwardMode = .evaluating) throws -> Tensor {
        let node = logitNode.id
        let found = try values(of: [node], given: [Architecture.input: x], parameters: replaced, mode: mode)
        guard let value = found[node] else { throw FusionError.network(.graph(reason: "nothing has computed “\(node)”")) }
        return try value.reshaped([x.shape[0], -1])
    }
}
