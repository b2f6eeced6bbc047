import Foundation

/// A Newton step on the semi-dual of an entropic problem: columns are always fitted, rows are moved.
///
/// With D the row sums, E the column sums and P the plan, the negative Hessian in f is (D − P E⁻¹ Pᵀ) / ε, plus the curvature of the
/// penalties of unbalanced sides. At small ε nearly all of P is negligible: entries whose sum is below a tenth of the residual are left
/// out of the product, and conjugate gradients with the diagonal as preconditioner cost next to nothing beside a sweep. Full D keeps
/// the matrix positive. The step is damped until the slope along it no longer points far back.
struct SemiDualNewton {
    private let kernel: ScalingKernel
    private let control: SolverControl

    init(_ kernel: ScalingKernel, control: SolverControl) {
        self.kernel = kernel
        self.control = control
    }

    /// Takes a step from fitted columns; leaves columns fitted. Returns the residual after it, nil where no step was found.
    func step() throws(TransportError) -> Double? {
        let rowSums = kernel.rowSums()
        let gradient = kernel.gradient(rowSums: rowSums)
        let residual = gradient.reduce(0) { $0 + abs($1) }
        guard residual > 0, residual.isFinite else { return residual }
        let plan = SparsePlan(kernel, below: 0.1 * residual / Double(kernel.rows * kernel.columns))
        let potentials = kernel.potentials
        let rowDiagonal = (0..<kernel.rows).map { rowSums[$0] + curvature(kernel.source, $0, potentials.source[$0]) }
        let columnDiagonal = (0..<kernel.columns).map {
            let sum = kernel.target.wanted($0, potentials.target[$0])
            return sum + curvature(kernel.target, $0, potentials.target[$0])
        }
        let mass = rowSums.reduce(0, +)
        let accuracy = min(0.1, max(1e-6, residual / mass))
        let direction = try solve(plan, rowDiagonal, columnDiagonal, gradient, accuracy: accuracy)

        // In units of ε: the logarithm of the change of u.
        let slope = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        guard slope > 0, slope.isFinite else { return nil }
        let largest = direction.reduce(0) { max($0, abs($1)) }
        var length = min(1, ScalingKernel.largestLogarithm / largest)
        let (u, v) = (kernel.u, kernel.v)
        for _ in 0..<8 {
            try control.checkCancellation()
            for i in 0..<kernel.rows { kernel.u[i] = u[i] * exp(length * direction[i]) }
            kernel.fitColumns()
            let next = kernel.gradient(rowSums: kernel.rowSums())
            let nextSlope = zip(next, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let nextResidual = next.reduce(0) { $0 + abs($1) }
            if nextSlope.isFinite, nextResidual.isFinite, nextSlope >= -0.5 * slope { return nextResidual }
            length *= 0.4
        }
        kernel.u = u
        kernel.v = v
        return nil
    }

    /// ε times the second derivative of a penalty, a exp(−f / ρ) ε / ρ.
    private func curvature(_ side: EntropicSide, _ index: Int, _ potential: Double) -> Double {
        side.penalty == .infinity ? 0 : side.wanted(index, potential) * kernel.epsilon / side.penalty
    }

    /// Conjugate gradients on (D − P E⁻¹ Pᵀ) x = gradient.
    private func solve(
        _ plan: SparsePlan, _ rowDiagonal: [Double], _ columnDiagonal: [Double], _ gradient: [Double], accuracy: Double
    ) throws(TransportError) -> [Double] {
        let n = gradient.count
        var x = [Double](repeating: 0, count: n), r = gradient
        // D − diag(P E⁻¹ Pᵀ): rows that send all they have to one column have almost nothing left of D.
        let own = plan.diagonal(over: columnDiagonal)
        let preconditioner = (0..<n).map { 1 / max(rowDiagonal[$0] - own[$0], 1e-12 * rowDiagonal[$0]) }
        var z = zip(r, preconditioner).map { $0 * $1 }
        var p = z
        var rz = zip(r, z).reduce(0) { $0 + $1.0 * $1.1 }
        let goal = rz * accuracy * accuracy
        var product = [Double](repeating: 0, count: n), columns = [Double](repeating: 0, count: columnDiagonal.count)
        for iteration in 0..<max(2 * n, 100) {
            if iteration & 63 == 63 { try control.checkCancellation() }
            plan.apply(p, rowDiagonal, columnDiagonal, scratch: &columns, into: &product)
            let curvature = zip(p, product).reduce(0) { $0 + $1.0 * $1.1 }
            guard curvature > 0, curvature.isFinite else { break }
            let step = rz / curvature
            for i in 0..<n {
                x[i] += step * p[i]
                r[i] -= step * product[i]
                z[i] = r[i] * preconditioner[i]
            }
            let next = zip(r, z).reduce(0) { $0 + $1.0 * $1.1 }
            if next <= goal { break }
            let ratio = next / rz
            rz = next
            for i in 0..<n { p[i] = z[i] + ratio * p[i] }
        }
        return x
    }
}

/// The entries of a plan that matter, by rows.
private struct SparsePlan {
    private var starts: [Int] = [0]
    private var columns: [Int32] = []
    private var values: [Double] = []

    init(_ kernel: ScalingKernel, below threshold: Double) {
        starts.reserveCapacity(kernel.rows + 1)
        kernel.kernel.withUnsafeBufferPointer { entries in
            kernel.v.withUnsafeBufferPointer { v in
                for i in 0..<kernel.rows {
                    let row = entries.baseAddress! + i * kernel.columns
                    let u = kernel.u[i]
                    let least = threshold / u
                    for j in 0..<kernel.columns where row[j] * v[j] > least {
                        columns.append(Int32(truncatingIfNeeded: j))
                        values.append(u * row[j] * v[j])
                    }
                    starts.append(columns.count)
                }
            }
        }
    }

    /// The diagonal of P E⁻¹ Pᵀ.
    func diagonal(over columnDiagonal: [Double]) -> [Double] {
        (0..<starts.count - 1).map { i in
            (starts[i]..<starts[i + 1]).reduce(0) { $0 + values[$1] * values[$1] / columnDiagonal[Int(columns[$1])] }
        }
    }

    /// product = D x − P E⁻¹ Pᵀ x
    func apply(
        _ x: [Double], _ rowDiagonal: [Double], _ columnDiagonal: [Double], scratch: inout [Double], into product: inout [Double]
    ) {
        let count = scratch.count
        values.withUnsafeBufferPointer { values in
            columns.withUnsafeBufferPointer { columns in
                scratch.withUnsafeMutableBufferPointer { scratch in
                    scratch.update(repeating: 0)
                    for i in 0..<x.count {
                        let factor = x[i]
                        for k in starts[i]..<starts[i + 1] { scratch[Int(columns[k])] += values[k] * factor }
                    }
                    for j in 0..<count { scratch[j] /= columnDiagonal[j] }
                    for i in 0..<x.count {
                        var sum = 0.0
                        for k in starts[i]..<starts[i + 1] { sum += values[k] * scratch[Int(columns[k])] }
                        product[i] = rowDiagonal[i] * x[i] - sum
                    }
                }
            }
        }
    }
}
