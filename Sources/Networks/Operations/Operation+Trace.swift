extension Operation {
    /// Follows neurons by the rule of the operation's kind.
    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        for parameter in parameters where !parameter.isOptional && scope.optionalShape(of: parameter.name) == nil {
            throw NetworkError.missingParameter(
                name: scope.fullName(parameter.name), layer: scope.layer, present: scope.shapes.keys.sorted())
        }
        // Each rule makes a label for every place along an axis.
        let longest = shape.max() ?? 1
        guard scope.labels.budget.holds(longest) else {
            throw NetworkError.input(
                layer: scope.layer,
                expected: "axes of at most \(LabelBudget.labelFloor) places, or \(LabelBudget.labelsPerParameter) for each parameter",
                found: NetworkError.shape(shape))
        }
        let values = inputs.map(\.batched)
        for value in values { try scope.labels.budget.read(value.labels.entries.count, layer: scope.layer) }
        let result: BatchedLabels =
            switch operationKind {
            case .structural: try scope.structural(self, values)
            case .pointwise: try scope.pointwise(self, values)
            case .linear: try scope.linear(self, values)
            case .convolution: try scope.convolution(self, values)
            case .contraction: try scope.contraction(self, values)
            case .channelNorm: try scope.channelNorm(self, values)
            case .rowNorm: try scope.rowNorm(self, values)
            case .pooling: try scope.pooling(self, values)
            case .reduction: try scope.reduction(self, values)
            case .rowwise: try scope.rowwise(self, values)
            case .embedding: try scope.embedding(self, values)
            case .index: try scope.index(self, values)
            case .recurrent: try scope.recurrent(self, values)
            case .creation: scope.creation(self)
            case .opaque: try scope.opaque(self, values)
            }
        return Features(result)
    }
}

extension Operation {
    /// The shape of the result for one sample, without the batch where nothing else stands on its axis.
    package var sampleShape: [Int] {
        guard let batchAxis, shape[batchAxis] == 1 else { return shape }
        var sample = shape
        sample.remove(at: batchAxis)
        return sample
    }

    /// The axis of `sampleShape` at which layers look for neurons: the first of an image, the last of tokens.
    package var neuronAxis: Int { batchAxis == 0 && shape[0] == 1 && shape.count == 3 ? 1 : 0 }
}
