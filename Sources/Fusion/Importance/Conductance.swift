import Foundation
import Networks
import Tensors

/// How much of the logit's path integral from the zero input to the sample flows through a neuron (Dhamdhere et al., ICLR 2019), by
/// the rule of the published program: steps + 1 Gauss–Legendre nodes on (0, 1), Σ_k g(α_k) (h(α_{k+1}) − h(α_k)).
struct Conductance: Attribution {
    let network: Network
    let steps: Int

    func attributions(at nodes: [String], x: Tensor, classes: Tensor) throws(FusionError) -> [String: Tensor] {
        var sums: [String: Tensor] = [:]
        var earlier: (values: [String: Tensor], gradients: [String: Tensor])?
        let alphas = GaussLegendre.nodes(steps + 1)
        for (index, alpha) in alphas.enumerated() {
            let scaled = try tensors { () throws(TensorError) in try x * alpha }
            // At the last node only the outputs count.
            let here: (values: [String: Tensor], gradients: [String: Tensor]) = if index + 1 < alphas.count {
                try network.gradients(at: nodes, x: scaled, classes: classes)
            } else {
                (try networks { () throws(NetworkError) in try network.values(of: Set(nodes), given: [Architecture.input: scaled]) }, [:])
            }
            if let before = earlier {
                for (id, value) in here.values {
                    guard let start = before.values[id], let gradient = before.gradients[id] else { continue }
                    let sum = sums[id]
                    sums[id] = try tensors { () throws(TensorError) in
                        let part = try gradient * (value - start)
                        return if let sum { try sum + part } else { part }
                    }
                }
            }
            earlier = here
        }
        return sums
    }
}

/// The nodes of Gauss–Legendre quadrature.
enum GaussLegendre {
    /// The `count` roots of the Legendre polynomial, mapped from (−1, 1) to (0, 1), ascending. Newton's method from Chebyshev's roots.
    static func nodes(_ count: Int) -> [Double] {
        (0..<count).map { index in
            var x = -cos(Double.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
            for _ in 0..<50 {
                var (before, here) = (1.0, x)
                for degree in stride(from: 2, through: count, by: 1) {
                    (before, here) = (here, (Double(2 * degree - 1) * x * here - Double(degree - 1) * before) / Double(degree))
                }
                if count == 1 { (before, here) = (1, x) }
                let slope = Double(count) * (x * here - before) / (x * x - 1)
                let step = here / slope
                x -= step
                if abs(step) < 1e-16 { break }
            }
            return (x + 1) / 2
        }
    }
}
