// Draws that need a logarithm. The system's own may differ in the last bit from machine to machine; these use only operations that IEEE 754 rounds exactly.

extension SeededGenerator {
    /// A standard normal number: Marsaglia's polar method, of whose two numbers one is used.
    package mutating func normal() -> Double {
        while true {
            let x = 2 * real() - 1
            let y = 2 * real() - 1
            let square = x * x + y * y
            if square > 0, square < 1 { return x * (-2 * naturalLogarithm(square) / square).squareRoot() }
        }
    }

    /// A gamma number of scale 1 (Marsaglia and Tsang 2000, doi 10.1145/358407.358414). The shape must be at least 1.
    mutating func gamma(shape: Double) -> Double {
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let u = real()
            if u > 0, naturalLogarithm(u) < 0.5 * x * x + d - d * v + d * naturalLogarithm(v) { return d * v }
        }
    }

    /// Shares that sum to 1, spread by the concentrations, each at least 1.
    mutating func dirichlet(_ concentrations: [Double]) -> [Double] {
        let draws = concentrations.map { gamma(shape: $0) }
        let sum = draws.reduce(0, +)
        return draws.map { $0 / sum }
    }
}

/// The natural logarithm of a positive normal number, within 2 units in the last place, by 2·artanh((m − 1)/(m + 1)) of the significand.
func naturalLogarithm(_ value: Double) -> Double {
    var exponent = Double(value.exponent)
    var significand = value.significand
    if significand > 1.4142135623730951 {
        significand /= 2
        exponent += 1
    }
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio  // at most 0.0295, so the terms fall by 33 each
    var series = 0.0
    for term in stride(from: 23.0, through: 1, by: -2) { series = series * square + 1 / term }
    return exponent * 0.6931471805599453 + 2 * ratio * series
}
