extension Matrix {
    /// The cost between two sets of points; see ``CostAccumulator``.
    ///
    /// With all features at hand, angles too small for 1 − cos to have correct digits are computed again as ½ ‖x/‖x‖ − y/‖y‖‖².
    ///
    /// - Throws: `TransportError` where the two differ in features, or `cancelled`.
    package static func cost(
        _ metric: Metric, from source: PointSet, to target: PointSet, control: SolverControl = .standard
    ) throws(TransportError) -> Matrix {
        var accumulator = CostAccumulator(metric, rows: source.count, columns: target.count)
        try accumulator.add(source, target, control: control)
        var cost = accumulator.cost()
        guard metric == .cosine || metric == .correlation, source.features > 0 else { return cost }
        for i in 0..<cost.rows {
            let small = (0..<cost.columns).filter { cost.values[i * cost.columns + $0] < smallAngle }
            guard !small.isEmpty, let x = source.unitVector(i, isCentred: metric == .correlation) else { continue }
            try control.checkCancellation()
            for j in small {
                guard let y = target.unitVector(j, isCentred: metric == .correlation) else { continue }
                var sum = 0.0
                for k in x.indices { sum += (x[k] - y[k]) * (x[k] - y[k]) }
                cost.values[i * cost.columns + j] = sum / 2
            }
        }
        return cost
    }

    private static let smallAngle = 1e-6
}

extension PointSet {
    /// A point scaled to length one, centred first if requested; nil where its norm is zero.
    fileprivate func unitVector(_ point: Int, isCentred: Bool) -> [Double]? {
        var x = (0..<features).map { Double(values[point * features + $0]) }
        if isCentred {
            let mean = x.compensatedSum / Double(features)
            for k in x.indices { x[k] -= mean }
        }
        let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard norm > 0 else { return nil }
        return x.map { $0 / norm }
    }
}
