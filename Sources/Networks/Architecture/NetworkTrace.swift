/// What following shapes and neuron groups through a graph has found.
public struct NetworkTrace: Sendable {
    /// One node with its shapes and costs.
    package struct Layer: Sendable {
        package struct Parameter: Sendable {
            package let fullName: String
            /// The name that the layer's kind declares, whatever the checkpoint calls it: "weight" for `in_proj_weight`.
            package let name: String
            package let shape: [Int]
            package let role: ParameterDeclaration.Role
            /// The axis of what the parameter computes; nil for one that only scales or shifts.
            package let outputAxis: Int?
            /// Whether an earlier layer has the same parameter: it is the network's once.
            package let isShared: Bool
        }

        package let id: String
        package let kind: String
        package let outputShape: [Int]
        /// The axis of the output that indexes neurons: 0 for values and images, 1 for tokens.
        package fileprivate(set) var neuronAxis: Int
        package let parameters: [Parameter]
        /// For one sample.
        package let multiplyAdds: Int
    }

    package let layers: [Layer]
    package let groups: NeuronGroups
    /// Names of groups that are kept in place, because a permutation of them was found to change what the network computes.
    package let kept: Set<String>
    /// Why neurons of some layers stay in place, in the order of the layers.
    package let reasons: [String]
    /// What joined the neurons into these groups.
    package let ties: GroupTies

    /// Every parameter once, where it is first used.
    package var parameters: [Layer.Parameter] { layers.flatMap { $0.parameters.filter { !$0.isShared } } }
    package var parameterNames: [String] { parameters.map(\.fullName) }
    /// The number of trained numbers.
    package var trainedCount: Int { parameters.filter { $0.role == .trained }.reduce(0) { $0 + $1.shape.reduce(1, *) } }
    package var multiplyAdds: Int {
        layers.reduce(0) { $0.addingReportingOverflow($1.multiplyAdds).overflow ? .max : $0 + $1.multiplyAdds }
    }

    /// The number of outputs: the classes of a classifier.
    package var outputWidth: Int { layers.last?.outputShape.reduce(1, *) ?? 0 }

    package init(
        of architecture: Architecture, shapes: [String: [Int]], ties: GroupTies = .all, keeping kept: Set<String> = []
    ) throws(NetworkError) {
        self = try lifting { try NetworkTrace(following: architecture, shapes, ties, keeping: kept) }
    }

    private init(following architecture: Architecture, _ shapes: [String: [Int]], _ ties: GroupTies, keeping kept: Set<String>) throws {
        self.ties = ties
        self.kept = kept
        let budget = LabelBudget(parameters: shapes.values.reduce(0) { Self.sum($0, of: $1) })
        var store = LabelStore(budget: budget)
        let input = store.make(name: Architecture.input, neurons: architecture.inputShape[0])
        store.fix(input)
        var features: [String: Features] = [Architecture.input: Features(shape: architecture.inputShape, layout: input)]
        var layers: [Layer] = [], seen: Set<String> = []
        for node in architecture.nodes {
            var scope = TraceScope(layer: node.id, node: node, shapes: shapes, ties: ties, constants: architecture.constants, labels: store)
            // One owner at a time: the store is moved into the scope and back, not copied for every layer.
            store = LabelStore(budget: budget)
            let inputs = try node.sources.compactMap { features[$0] }.map { try node.layer is Operation ? $0 : scope.plain($0) }
            let output = try node.layer.trace(inputs, &scope)
            guard Features.count(output.shape) != nil else {
                throw NetworkError.input(
                    layer: node.id, expected: "options that give at most \(Features.largest) values",
                    found: NetworkError.shape(output.shape))
            }
            features[node.id] = output
            store = scope.labels
            try store.budget.take(output.labelCount, layer: node.id)
            let parameters = node.layer.parameters.compactMap { declared in
                node.parameterName(declared.name).flatMap { name in
                    shapes[name].map {
                        Layer.Parameter(
                            fullName: name, name: declared.name, shape: $0, role: declared.role,
                            outputAxis: declared.outputAxis ?? scope.outputAxes[name],
                            isShared: !seen.insert(name).inserted)
                    }
                }
            }
            layers.append(
                Layer(
                    id: node.id, kind: type(of: node.layer).kind, outputShape: output.shape,
                    neuronAxis: output.axis,
                    parameters: parameters,
                    multiplyAdds: scope.multiplyAdds))
        }
        for (place, node) in architecture.nodes.enumerated() {
            guard node.layer is Operation, let found = features[node.id] else { continue }
            let output = store.settled(found)
            features[node.id] = output
            layers[place].neuronAxis = output.isReadable ? output.axis : 0
        }
        self.layers = layers
        try store.settleElements()
        reasons = store.reasons
        groups = try NeuronGroups(
            LabelPartition(store, keeping: kept), store, architecture: architecture, features: features, layers: layers)
    }

    /// A sum and a shape's elements; the largest number where there are more.
    private static func sum(_ sum: Int, of shape: [Int]) -> Int {
        let elements = Features.product(shape) ?? .max
        let (more, overflow) = sum.addingReportingOverflow(elements)
        return overflow ? .max : more
    }
}
