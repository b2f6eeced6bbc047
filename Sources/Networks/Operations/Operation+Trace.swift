extension Operation {
    /// Nothing is said of what an operation does with neurons: those of everything it touches keep their order.
    package func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features {
        for input in inputs { scope.fix(input.layout) }
        for parameter in parameters where !parameter.isOptional && scope.optionalShape(of: parameter.name) == nil {
            throw NetworkError.missingParameter(
                name: scope.fullName(parameter.name), layer: scope.layer, present: scope.shapes.keys.sorted())
        }
        if operationKind == .linear || operationKind == .convolution, let first = parameters.first,
            let weight = scope.optionalShape(of: first.name)
        {
            scope.addCost(sampleShape.reduce(1, *), weight.dropFirst().reduce(1, *))
        }
        let axis = neuronAxis, layout = scope.newGroup(neurons: sampleShape.indices.contains(axis) ? sampleShape[axis] : 1)
        scope.fix(layout)
        return Features(shape: sampleShape, layout: layout, axis: axis)
    }

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
