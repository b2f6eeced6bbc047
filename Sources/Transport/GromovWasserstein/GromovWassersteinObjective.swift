import Foundation

/// Σ L(A[i, k], B[j, l]) P[i, j] P[k, l] without its four-fold sum.
///
/// With L(a, b) = f₁(a) + f₂(b) − h₁(a) h₂(b) the sum over k and l is two matrix products (Peyré, Cuturi and Solomon, ICML 2016,
/// proposition 1): O(n²m + nm²).
struct GromovWassersteinObjective {
    private let h1: Matrix
    private let h1Transposed: Matrix
    private let h2: Matrix
    private let h2Transposed: Matrix
    /// Σ_k f₁(A[i, k]) a[k] + Σ_l f₂(B[j, l]) b[l], and the same of the transposes: constant on the marginals.
    private let constant: Matrix
    private let constantTransposed: Matrix
    private let isSymmetric: Bool
    private let control: SolverControl

    init(
        _ problem: GromovWassersteinProblem, loss: GromovWassersteinLoss, control: SolverControl
    ) throws(TransportError) {
        let a = problem.sourceCost, b = problem.targetCost
        if loss == .kullbackLeibler {
            for cost in [a, b] {
                for (position, value) in cost.values.enumerated() where value < 0 {
                    throw .invalidCost(row: position / cost.columns, column: position % cost.columns, value: value)
                }
            }
        }
        let least = 1e-15
        let f1: (Double) -> Double = loss == .square ? { $0 * $0 } : { $0 > 0 ? $0 * log($0) - $0 : 0 }
        let f2: (Double) -> Double = loss == .square ? { $0 * $0 } : { $0 }
        let h2: (Double) -> Double = loss == .square ? { 2 * $0 } : { log(max($0, least)) }
        func map(_ matrix: Matrix, _ function: (Double) -> Double) -> Matrix {
            Matrix(rows: matrix.rows, columns: matrix.columns, unchecked: matrix.values.map(function))
        }
        func constant(_ a: Matrix, _ b: Matrix) -> Matrix {
            let rows = (0..<a.rows).map { i in zip(a.row(i), problem.source).reduce(0) { $0 + f1($1.0) * $1.1 } }
            let columns = (0..<b.rows).map { j in zip(b.row(j), problem.target).reduce(0) { $0 + f2($1.0) * $1.1 } }
            let sourceMass = problem.source.reduce(0, +), targetMass = problem.target.reduce(0, +)
            return Matrix(rows: a.rows, columns: b.rows) { rows[$0] * targetMass + columns[$1] * sourceMass }
        }
        h1 = a
        h1Transposed = a.transposed
        self.h2 = map(b, h2)
        h2Transposed = self.h2.transposed
        self.constant = constant(a, b)
        isSymmetric = h1 == h1Transposed && self.h2 == h2Transposed
        constantTransposed = isSymmetric ? self.constant : constant(h1Transposed, b.transposed)
        self.control = control
    }

    /// h₁(A) P h₂(B)ᵀ
    func interaction(_ plan: Matrix) throws(TransportError) -> Matrix {
        try .products(.products(h1, plan.transposed, control: control), h2, control: control)
    }

    /// The objective at a plan whose interaction is known.
    func value(_ plan: Matrix, interaction: Matrix) -> Double {
        var sum = CompensatedSum()
        for index in plan.values.indices { sum.add(plan.values[index] * (constant.values[index] - interaction.values[index])) }
        return sum.value
    }

    /// The gradient at a plan whose interaction is known.
    func gradient(_ plan: Matrix, interaction: Matrix) throws(TransportError) -> Matrix {
        var result = Matrix(rows: plan.rows, columns: plan.columns)
        if isSymmetric {
            for index in result.values.indices { result.values[index] = 2 * (constant.values[index] - interaction.values[index]) }
        } else {
            let other: Matrix = try .products(
                .products(h1Transposed, plan.transposed, control: control), h2Transposed, control: control)
            for index in result.values.indices {
                result.values[index] =
                    constant.values[index] + constantTransposed.values[index] - interaction.values[index] - other.values[index]
            }
        }
        return result
    }

    /// The coefficients of the objective along plan + t · direction: value + linear · t + quadratic · t².
    func alongLine(
        _ plan: Matrix, interaction: Matrix, direction: Matrix, directionInteraction: Matrix
    ) -> (linear: Double, quadratic: Double) {
        var linear = CompensatedSum(), quadratic = CompensatedSum()
        for index in plan.values.indices {
            let d = direction.values[index]
            linear.add(d * (constant.values[index] - interaction.values[index]))
            linear.add(-plan.values[index] * directionInteraction.values[index])
            quadratic.add(-d * directionInteraction.values[index])
        }
        return (linear.value, quadratic.value)
    }
}
