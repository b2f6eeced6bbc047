import Tensors
import Testing
@testable import Networks

/// Writes small graphs of operations for tests: names, arguments as architecture files write them, shapes for one sample.
struct OperationGraph {
    private(set) var nodes: [Architecture.Node] = []
    private(set) var shapes: [String: [Int]] = [:]
    let input: [Int]
    var elements = InputElements.real
    var constants: [String: Tensor] = [:]

    init(_ input: [Int], elements: InputElements = .real) {
        self.input = input
        self.elements = elements
    }

    /// Adds an operation. In `arguments` a `$0` is the first of the sources, a `%"name"` one of the parameters, whose shapes are given by full names.
    @discardableResult
    mutating func add(
        _ id: String, _ operation: String, _ arguments: String, from sources: [String] = [], _ shape: [Int], batch: Int? = 0,
        _ parameters: [String: [Int]] = [:], result: Int = 0, batchFrom: Operation.BatchPlace? = nil
    ) throws -> String {
        let layer = Operation(
            OperationName(text: operation), try #require(OperationArgument.list(text: arguments)),
            parameters: parameters.keys.sorted().map { ParameterDeclaration($0, initial: .uniformByFanIn) }, result: result, shape: shape,
            batchAxis: batch, batchPlace: batchFrom)
        let sources = sources.isEmpty ? [nodes.last?.id ?? Architecture.input] : sources
        nodes.append(Architecture.Node(id: id, layer: layer, prefix: parameters.isEmpty ? nil : "", sources: sources))
        shapes.merge(parameters) { first, _ in first }
        return id
    }

    /// The graph with random parameters.
    func network(seed: UInt64 = 1) throws -> Network {
        let architecture = try Architecture(
            family: "test", inputShape: input, nodes: nodes, assumptions: [], constants: constants, elements: elements, task: nil)
        let generator = try Generator(seed: seed)
        var parameters: [String: Tensor] = [:]
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            parameters[name] = try Tensor.uniform(shape, from: 0.2, to: 1.2, generator: generator)
        }
        return try Network(architecture, parameters: parameters)
    }
}
