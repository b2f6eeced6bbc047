/// Normalisations tie their parameters to what they scale, and note what is normalised together.
extension TraceScope {
    /// Each channel by itself: batch and instance norms.
    mutating func channelNorm(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        if let standardised = try standardised(operation, inputs) { return standardised }
        let value = try operand("input", of: operation, inputs)
        guard value.shape.count > 1 else { return try opaque(operation, inputs) }
        let vectors = ["weight", "bias", "running_mean", "running_var"].map { operation.argument($0) }.filter { !$0.isMissing }
        switch contracted(value, axis: 1) {
        case .neurons(let along):
            for vector in vectors { try attachVector(vector, along, inputs) }
            return BatchedLabels(ValueLabels(along, axis: 1, shape: value.shape), batchAxis: operation.batchAxis)
        case .positions:
            for vector in vectors { try attachVector(vector, .fixed(value.shape[1]), inputs) }
            return BatchedLabels(value, batchAxis: operation.batchAxis)
        }
    }

    /// A weight whose rows are standardised (Qiao et al. 2019): its axes stay what they were, the gains run along the first.
    private mutating func standardised(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels? {
        guard operation.name.base == "batch_norm", let view = view(operation.argument("input"), inputs), view.isFlat,
            operation.argument("running_mean").isMissing, operation.argument("running_var").isMissing, let shape = shapes[view.parameter]
        else { return nil }
        let rows = newGroup(neurons: shape[0])
        try attach(full: view.parameter, axis: 0, rows)
        for name in ["weight", "bias"] { try attachVector(operation.argument(name), rows, inputs) }
        var result = BatchedLabels(ValueLabels(NeuronLabels.fixed, shape: operation.shape), batchAxis: nil)
        result.view = view
        return result
    }

    /// Over channels, for each position by itself: layer, RMS and group norms.
    mutating func rowNorm(_ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        var value = try operand("input", of: operation, inputs)
        if operation.name.base == "group_norm" { return try groupNorm(value, operation, inputs) }
        guard let size = operation.argument("normalized_shape").integers?.count, (1...value.shape.count).contains(size) else {
            return try opaque(operation, inputs)
        }
        let axes = Array(value.shape.indices.suffix(size))
        noteRows(of: value, over: axes)
        for name in ["weight", "bias"] {
            if let scale = try operand(operation.argument(name), inputs) { value = try combined(value, scale) }
        }
        return BatchedLabels(value, batchAxis: operation.batchAxis)
    }

    private mutating func groupNorm(_ value: ValueLabels, _ operation: Operation, _ inputs: [BatchedLabels]) throws -> BatchedLabels {
        guard value.shape.count > 1, let groups = operation.argument("num_groups").integer, groups > 0 else {
            return try opaque(operation, inputs)
        }
        var along = channelLabels(value, axis: 1)
        if groups > 1 {
            along = NeuronLabels(joining: try shares(of: along, count: groups, name: "run"))
        } else {
            noteSet(along)
        }
        for name in ["weight", "bias"] { try attachVector(operation.argument(name), along, inputs) }
        return BatchedLabels(ValueLabels(along, axis: 1, shape: value.shape), batchAxis: operation.batchAxis)
    }

    /// Notes the neurons that are taken together over some axes, for each place of the others.
    mutating func noteRows(of value: ValueLabels, over axes: [Int]) {
        for row in sets(of: value, over: axes) where row.contains(where: { $0 != row[0] }) { labels.noteSet(row) }
    }

    /// The labels over some axes, for each place of the others at which they differ; each label once for each place over the axes at which it differs.
    func sets(of value: ValueLabels, over axes: [Int]) -> [[Int]] {
        let kept = value.varyingAxes.filter { !axes.contains($0) }, taken = value.varyingAxes.filter { axes.contains($0) }
        let strides = value.strides
        func places(_ axes: [Int]) -> [Int] {
            axes.reduce([0]) { starts, axis in starts.flatMap { start in (0..<value.extents[axis]).map { start + $0 * strides[axis] } } }
        }
        let inner = places(taken)
        return places(kept).map { start in inner.map { value.entries[start + $0] } }
    }
}
