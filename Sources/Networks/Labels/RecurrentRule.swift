/// Recurrent networks: all gates of a cell share one permutation, in input and hidden weights alike.
extension TraceScope {
    mutating func recurrent(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        let value = try operand("input", of: operation, inputs)
        guard value.shape.count == 3, case .list(let parameters) = operation.argument("params"),
            let layers = operation.argument("num_layers").integer,
            let cells = cells(parameters, layers: layers, operation), try startsAtZero(operation, inputs)
        else { return try opaque(operation, inputs) }
        guard case .neurons(var along) = contracted(value, axis: 2) else {
            return try opaque(operation, inputs, because: "channels and positions change places")
        }
        var states: [NeuronLabels] = []
        for (number, directions) in cells.enumerated() {
            var next: [NeuronLabels] = []
            for (direction, cell) in directions.enumerated() {
                guard let input = shapes[cell.weights[0]], let hidden = shapes[cell.weights[1]], input.count == 2, hidden.count == 2,
                    hidden[1] > 0, hidden[0] == cell.gates * hidden[1], input[0] == hidden[0], input[1] == along.length
                else { return try opaque(operation, inputs) }
                let neurons = newGroup(neurons: hidden[1], name: "hidden\(number)\(direction == 0 ? "" : ".reverse")")
                let gates = NeuronLabels(joining: [NeuronLabels](repeating: neurons, count: cell.gates))
                try attach(full: cell.weights[0], axis: 0, gates)
                try attach(full: cell.weights[0], axis: 1, along)
                try attach(full: cell.weights[1], axis: 0, gates)
                try attach(full: cell.weights[1], axis: 1, neurons)
                for bias in cell.weights.dropFirst(2) {
                    guard shapes[bias] == [gates.length] else { return try opaque(operation, inputs) }
                    try attach(full: bias, axis: 0, gates)
                }
                noteOutput(cell.weights[0], axis: 0)
                noteOutput(cell.weights[1], axis: 0)
                addCost(value.shape.dropLast().reduce(1, *), input[0], input[1] + hidden[1])
                next.append(neurons)
            }
            along = NeuronLabels(joining: next)
            states += next
        }
        guard operation.shape.count == 3 else { return try opaque(operation, inputs) }
        if operation.result == 0 {
            let shape = Array(value.shape.dropLast()) + [along.length]
            return BatchedLabels(ValueLabels(along, axis: 2, shape: shape), batchAxis: operation.batchAxis)
        }
        // The last states: [layers · directions, batch, neurons].
        guard let width = states.first?.length, states.allSatisfy({ $0.length == width }) else { return try opaque(operation, inputs) }
        let shape = [states.count, operation.shape[1], width]
        return BatchedLabels(
            ValueLabels(shape: shape, extents: [states.count, 1, width], entries: states.flatMap(\.entries)), batchAxis: operation.batchAxis
        )
    }

    private struct Cell {
        let gates: Int
        /// Input weights, hidden weights, and their biases: names.
        let weights: [String]
    }

    /// The parameters of each layer's directions; nil where they are not all parameters, or the outputs are projected.
    private func cells(_ parameters: [OperationArgument], layers: Int, _ operation: Operation) -> [[Cell]]? {
        let names = parameters.compactMap { if case .parameter(let name) = $0 { fullName(name) } else { nil } }
        let directions = operation.argument("bidirectional").isTrue ? 2 : 1, each = operation.argument("has_biases").isTrue ? 4 : 2
        let gates = operation.name.base == "lstm" ? 4 : operation.name.base == "gru" ? 3 : 1
        guard names.count == parameters.count, layers > 0, names.count / each / directions == layers,
            names.count == each * directions * layers
        else { return nil }
        return (0..<layers).map { layer in
            (0..<directions).map { direction in
                let start = (layer * directions + direction) * each
                return Cell(gates: gates, weights: Array(names[start..<start + each]))
            }
        }
    }

    /// Whether the first states are constants.
    private mutating func startsAtZero(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> Bool {
        try operation.argument("hx").leaves.allSatisfy { try operand($0, inputs)?.only.map { $0 < 0 } ?? false }
    }
}
