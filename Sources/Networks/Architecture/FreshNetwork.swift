import Tensors

extension Network {
    /// A network with fresh parameters of the given shapes, drawn as PyTorch draws them, in the architecture's order.
    public static func fresh(_ architecture: Architecture, shapes: [String: [Int]], seed: UInt64) throws(NetworkError) -> Network {
        let generator = try tensors { () throws(TensorError) in try Generator(seed: seed) }
        var parameters: [String: Tensor] = [:]
        for node in architecture.nodes {
            let fanIn = (node.parameterName("weight").flatMap { shapes[$0] } ?? []).dropFirst().reduce(1, *)
            for declared in node.layer.parameters {
                // What an earlier layer shares is drawn with that layer.
                guard let name = node.parameterName(declared.name), let shape = shapes[name], parameters[name] == nil else { continue }
                parameters[name] = try tensors { () throws(TensorError) in
                    switch declared.initial {
                    case .ones: return try Tensor.ones(shape)
                    case .constant(let value): return try Tensor.ones(shape) * value
                    case .zeros: return try Tensor.zeros(shape, dtype: declared.role == .counter ? .int64 : .float32)
                    case .uniformByFanIn:
                        let bound = 1 / Double(max(1, fanIn)).squareRoot()
                        return try Tensor.uniform(shape, from: -bound, to: bound, generator: generator)
                    }
                }
            }
        }
        return try Network(architecture, parameters: parameters)
    }
}
