import Foundation

/// One side of an entropic problem: its masses and how dearly it holds to them.
///
/// With f the potential and ρ the penalty, the sums that an optimal plan has are a exp(−f / ρ); for an infinite penalty just a.
struct EntropicSide: Sendable {
    let masses: [Double]
    /// ρ, infinite for a balanced side.
    let penalty: Double

    /// The marginal sum under potential `f` at point `index`.
    @inline(__always)
    func wanted(_ index: Int, _ f: Double) -> Double {
        penalty == .infinity ? masses[index] : masses[index] * exp(-f / penalty)
    }

    /// The part of a balanced update that is taken: ρ / (ρ + ε).
    func damping(_ epsilon: Double) -> Double { penalty == .infinity ? 1 : penalty / (penalty + epsilon) }

    /// The dual value Σ a f, or Σ a ρ (1 − exp(−f / ρ)).
    func dual(_ potential: [Double]) -> Double {
        var sum = CompensatedSum()
        for (mass, f) in zip(masses, potential) { sum.add(penalty == .infinity ? mass * f : -mass * penalty * expm1(-f / penalty)) }
        return sum.value
    }

    /// ρ KL(sums | a), 0 for a balanced side.
    func divergence(_ sums: [Double]) -> Double {
        guard penalty < .infinity else { return 0 }
        var sum = CompensatedSum()
        for (x, y) in zip(sums, masses) { sum.add(relativeEntropy(x, y)) }
        return penalty * sum.value
    }
}

/// x log(x / y) − x + y, with 0 log 0 = 0.
func relativeEntropy(_ x: Double, _ y: Double) -> Double {
    x > 0 ? x * log(x / y) - x + y : y
}
