extension Matrix {
    /// A matrix over values known to fit.
    init(rows: Int, columns: Int, unchecked values: [Double]) {
        self.init(rows: rows, columns: columns)
        if !values.isEmpty { self.values = values }
    }

    /// Inner products of all rows of two matrices, left · rightᵀ.
    static func products(_ left: Matrix, _ right: Matrix, control: SolverControl) throws(TransportError) -> Matrix {
        var result = Matrix(rows: left.rows, columns: right.rows)
        for first in stride(from: 0, to: left.columns, by: 256) {
            try control.checkCancellation()
            let range = first..<min(first + 256, left.columns)
            TileProducts(FeatureTile(left, range), FeatureTile(right, range)).add(to: &result, threads: control.threads)
        }
        return result
    }

    /// Squared distances between all rows of two matrices, as ``CostAccumulator`` forms them.
    static func squaredDistances(_ left: Matrix, _ right: Matrix, control: SolverControl) throws(TransportError) -> Matrix {
        var accumulator = CostAccumulator(.squaredEuclidean, rows: left.rows, columns: right.rows)
        try accumulator.add(left, right, control: control)
        return accumulator.cost()
    }
}
