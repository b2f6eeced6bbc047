import Foundation

/// The kernel of an entropic problem with its potentials absorbed, and the sweeps over it.
///
/// The plan is P = diag(u) K diag(v) with K[i, j] = a[i] b[j] exp((f[i] + g[j] − C[i, j]) / ε). While the scalings u and v stay near one,
/// no entry that matters underflows; `absorb` moves them into f and g. Rows are worked on in a fixed number of bands, whose partial sums
/// are added in order: the bits do not depend on the number of threads.
final class ScalingKernel {
    let cost: Matrix
    let source: EntropicSide
    let target: EntropicSide
    let rows: Int
    let columns: Int
    private(set) var epsilon = 1.0

    /// Absorbed potentials.
    private(set) var f: [Double]
    private(set) var g: [Double]
    var u: [Double]
    var v: [Double]
    private(set) var kernel: [Double]
    private var partial: [Double]

    private let threads: Int
    private let kernels = Kernels.best
    private static let bands = 16
    /// exp of this is the largest scaling kept outside the potentials.
    static let largestLogarithm = 30.0

    init(cost: Matrix, source: EntropicSide, target: EntropicSide, start: Potentials?, threads: Int) {
        self.cost = cost
        self.source = source
        self.target = target
        self.threads = threads
        rows = cost.rows
        columns = cost.columns
        f = start?.source ?? [Double](repeating: 0, count: rows)
        g = start?.target ?? [Double](repeating: 0, count: columns)
        u = [Double](repeating: 1, count: rows)
        v = [Double](repeating: 1, count: columns)
        kernel = [Double](repeating: 0, count: rows * columns)
        partial = [Double](repeating: 0, count: Self.bands * columns)
    }

    /// The potentials with the scalings in them.
    var potentials: Potentials {
        Potentials(
            source: zip(f, u).map { $0 + epsilon * log($1) }, target: zip(g, v).map { $0 + epsilon * log($1) })
    }

    // MARK: Absorbing

    /// Moves the scalings into the potentials and forms the kernel at `newEpsilon`.
    ///
    /// A row whose kernel leaves the number range gets its potential from the log domain first. Returns false where a row or column
    /// has no finite potential.
    func absorb(at newEpsilon: Double) -> Bool {
        let old = potentials
        f = old.source
        g = old.target
        recentre()
        epsilon = newEpsilon
        u = [Double](repeating: 1, count: rows)
        v = [Double](repeating: 1, count: columns)
        let columnTerm = zip(g, target.masses).map { $0 + newEpsilon * log($1) }
        let damping = source.damping(newEpsilon)
        kernel.withUnsafeMutableBufferPointer { kernel in
            f.withUnsafeMutableBufferPointer { f in
                let kernel = kernel.baseAddress!, f = f.baseAddress!
                eachBand { _, band in
                    cost.values.withUnsafeBufferPointer { cost in
                        for i in band {
                            let row = cost.baseAddress! + i * columns, into = kernel + i * columns
                            let massTerm = newEpsilon * log(source.masses[i])
                            let sum = kernels.gibbsRow(
                                cost: row, column: columnTerm, count: columns, row: f[i] + massTerm, scale: newEpsilon, kernel: into)
                            let expected = source.masses[i]
                            if sum > 1e-100 * expected, sum < 1e100 * expected { continue }
                            let (largest, part) = kernels.logSumExp(cost: row, column: columnTerm, count: columns, scale: newEpsilon)
                            f[i] = -damping * newEpsilon * (largest + log(part))
                            _ = kernels.gibbsRow(
                                cost: row, column: columnTerm, count: columns, row: f[i] + massTerm, scale: newEpsilon, kernel: into)
                        }
                    }
                }
            }
        }
        return f.allSatisfy(\.isFinite)
    }

    /// Balanced plans see only f + g; the mean of f is kept 0 so that neither grows.
    private func recentre() {
        guard source.penalty == .infinity, target.penalty == .infinity, rows > 0 else { return }
        let mean = f.reduce(0, +) / Double(rows)
        for i in 0..<rows { f[i] -= mean }
        for j in 0..<columns { g[j] += mean }
    }

    /// Whether the scalings have grown so far that they should be absorbed.
    var isStretched: Bool {
        let limit = exp(Self.largestLogarithm)
        return !(u.allSatisfy { $0 < limit && $0 > 1 / limit } && v.allSatisfy { $0 < limit && $0 > 1 / limit })
    }

    // MARK: Sweeps

    /// One sweep of Sinkhorn's: rows, then columns, in one pass over the kernel.
    ///
    /// Returns the residual of the rows *before* the sweep, as a sum of masses.
    func sweep() -> Double {
        let damping = source.damping(epsilon)
        var residuals = [Double](repeating: 0, count: Self.bands)
        u.withUnsafeMutableBufferPointer { u in
            residuals.withUnsafeMutableBufferPointer { residuals in
                let u = u.baseAddress!, residuals = residuals.baseAddress!
                accumulateColumns { i, band, row in
                    let sum = kernels.dot(row, v, count: columns)
                    let potential = f[i] + (source.penalty == .infinity ? 0 : epsilon * log(u[i]))
                    residuals[band] += abs(source.wanted(i, potential) - u[i] * sum)
                    if damping == 1 {
                        u[i] = source.masses[i] / sum
                    } else {
                        u[i] = exp((damping * (f[i] + epsilon * log(source.masses[i] / sum)) - f[i]) / epsilon)
                    }
                    return u[i]
                }
            }
        }
        setColumns()
        return residuals.reduce(0, +)
    }

    /// The column scalings that are best for the row scalings.
    func fitColumns() {
        accumulateColumns { i, _, _ in u[i] }
        setColumns()
    }

    /// Row sums of the plan.
    func rowSums() -> [Double] {
        var sums = [Double](repeating: 0, count: rows)
        sums.withUnsafeMutableBufferPointer { sums in
            let sums = sums.baseAddress!
            kernel.withUnsafeBufferPointer { kernel in
                let kernel = kernel.baseAddress!
                eachBand { _, band in
                    for i in band { sums[i] = u[i] * kernels.dot(kernel + i * columns, v, count: columns) }
                }
            }
        }
        return sums
    }

    /// What the rows lack: the gradient of the semi-dual in f.
    func gradient(rowSums: [Double]) -> [Double] {
        (0..<rows).map { i in
            let potential = source.penalty == .infinity ? 0 : f[i] + epsilon * log(u[i])
            return source.wanted(i, potential) - rowSums[i]
        }
    }

    /// Sums factor(i) times row i over all rows into `partial`, band by band; leaves the total in the first band.
    private func accumulateColumns(factor: (Int, Int, UnsafePointer<Double>) -> Double) {
        partial.withUnsafeMutableBufferPointer { partial in
            let partial = partial.baseAddress!
            kernel.withUnsafeBufferPointer { kernel in
                let kernel = kernel.baseAddress!
                eachBand { index, band in
                    let sums = partial + index * columns
                    sums.update(repeating: 0, count: columns)
                    for i in band {
                        let row = kernel + i * columns
                        kernels.addScaled(factor(i, index, row), row, to: sums, count: columns)
                    }
                }
            }
            for band in 1..<Self.bands {
                kernels.addScaled(1, partial + band * columns, to: partial, count: columns)
            }
        }
    }

    private func setColumns() {
        let damping = target.damping(epsilon)
        var lost: [Int] = []
        for j in 0..<columns {
            let sum = partial[j]
            guard sum > 1e-200, sum < 1e200 else {
                lost.append(j)
                continue
            }
            let balanced = target.masses[j] / sum
            v[j] = damping == 1 ? balanced : exp((damping * (g[j] + epsilon * log(balanced)) - g[j]) / epsilon)
        }
        for j in lost { v[j] = logDomainScaling(ofColumn: j) }
    }

    /// For a column that the kernel has lost to underflow: its scaling through the log domain, for the caller to absorb.
    private func logDomainScaling(ofColumn j: Int) -> Double {
        var terms = [Double](repeating: 0, count: rows)
        var largest = -Double.infinity
        for i in 0..<rows {
            terms[i] = (f[i] - cost.values[i * columns + j]) / epsilon + log(u[i]) + log(source.masses[i])
            largest = max(largest, terms[i])
        }
        guard largest > -.infinity else { return .nan }
        let potential = -target.damping(epsilon) * epsilon * (largest + log(terms.reduce(0) { $0 + exp($1 - largest) }))
        g[j] = potential
        for i in 0..<rows {
            kernel[i * columns + j] =
                exp((f[i] + potential - cost.values[i * columns + j]) / epsilon) * source.masses[i] * target.masses[j]
        }
        return 1
    }

    private func eachBand(_ body: (Int, Range<Int>) -> Void) {
        withoutActuallyEscaping(body) { body in
            let body = SendableBand(body: body)
            Parallel.forEach(Self.bands, threads: threads) { [rows] index in
                body.body(index, rows * index / Self.bands..<rows * (index + 1) / Self.bands)
            }
        }
    }

    /// The plan.
    func plan() -> Matrix {
        var result = Matrix(rows: rows, columns: columns)
        for i in 0..<rows {
            for j in 0..<columns { result.values[i * columns + j] = u[i] * kernel[i * columns + j] * v[j] }
        }
        return result
    }
}

/// A closure handed to the threads of one ``Parallel`` call, which works on rows of its own.
private struct SendableBand: @unchecked Sendable {
    let body: (Int, Range<Int>) -> Void
}
