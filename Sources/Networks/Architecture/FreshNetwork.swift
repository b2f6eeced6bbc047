import Tensors

extension Network {
    /// A network with fresh parameters of the given shapes, drawn as PyTorch draws them, in the architecture's order.
    public static func fresh(_ architecture: Architecture, shapes: [String: [Int]], seed: UInt64) throws(NetworkError) -> Network {
        try lifting {
            let generator = try Generator(seed: seed)
            var parameters: [String: Tensor] = [:]
            for node in architecture.nodes {
                let fanIn = (node.parameterName("weight").flatMap { shapes[$0] } ?? []).dropFirst().reduce(1, *)
                let bound = 1 / Double(max(1, fanIn)).squareRoot()
                for declared in node.layer.parameters {
                    // What an earlier layer shares is drawn with that layer.
                    guard let name = node.parameterName(declared.name), let shape = shapes[name], parameters[name] == nil else { continue }
                    parameters[name] =
                        switch declared.initial {
                        case .ones: try Tensor.ones(shape)
                        case .constant(let value): try Tensor.ones(shape) * value
                        case .zeros: try Tensor.zeros(shape, dtype: declared.role == .counter ? .int64 : .float32)
                        case .uniformByFanIn: try Tensor.uniform(shape, from: -bound, to: bound, generator: generator)
                        }
                }
            }
            return try Network(architecture, parameters: parameters)
        }
    }
}
