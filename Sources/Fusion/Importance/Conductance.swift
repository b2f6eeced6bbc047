import Foundation
import Networks
import Tensors

/// How much of the logit's path integral from the zero input to the sample flows through a neuron (Dhamdhere et al., ICLR 2019), by
/// the rule of the published program: steps + 1 Gauss–Legendre nodes on (0, 1), Σ_k g(α_k) (h(α_{k+1}) − h(α_k)).
struct Conductance: Attribution {
    let network: Network
    let steps: Int

    func attributions(at nodes: [String], x: Tensor, classes: Tensor) throws -> [String: Tensor] {
        let alphas = GaussLegendre.nodes(steps + 1)
        if network.isHomogeneous, let first = alphas.first, let last = alphas.last {
            return try attributions(at: nodes, x: x, classes: classes, along: last - first)
        }
        let path = try StraightPath(network, to: x)
        var sums: [String: Tensor] = [:]
        var earlier: (values: [String: Tensor], gradients: [String: Tensor])?
        for (index, alpha) in alphas.enumerated() {
            let given = try path.point(alpha)
            // At the last node only the outputs count.
            let here: (values: [String: Tensor], gradients: [String: Tensor]) =
                if index + 1 < alphas.count {
                    try network.gradients(at: nodes, given: given, classes: classes)
                } else {
                    (try network.values(of: Set(nodes), given: given), [:])
                }
            if let before = earlier {
                for (id, value) in here.values {
                    guard let start = before.values[id], let gradient = before.gradients[id] else { continue }
                    let change = try value - start
                    if let sum = sums[id] { try sum.addProductsInPlace(gradient, change) } else { sums[id] = try gradient * change }
                }
            }
            earlier = here
        }
        return sums
    }

    /// Where α x gives α h(x), gradients are the same on the whole path, and one point of it is enough: g(x) h(x) (α_last − α_first).
    private func attributions(at nodes: [String], x: Tensor, classes: Tensor, along length: Double) throws -> [String: Tensor] {
        var parts: [String: Tensor] = [:]
        for (id, product) in try GradientActivation(network: network).attributions(at: nodes, x: x, classes: classes) {
            parts[id] = try product * length
        }
        return parts
    }
}

/// The points α x of the straight path from the zero input to samples, and with them what layers give that are affine in the input: two
/// products of these, at both ends, serve every point.
private struct StraightPath {
    private let x: Tensor
    /// What each affine layer gives at zero, and its change up to the samples.
    private var ends: [String: (start: Tensor, change: Tensor)] = [:]

    init(_ network: Network, to x: Tensor) throws {
        self.x = x
        let affine = Set(Self.affineLayers(of: network))
        guard !affine.isEmpty else { return }
        let zero = try x.narrowed(axis: 0, from: 0, count: 1) * 0
        let (first, last) = try (
            try network.values(of: affine, given: [Architecture.input: zero]),
            try network.values(of: affine, given: [Architecture.input: x])
        )
        for (id, start) in first {
            guard let end = last[id] else { continue }
            ends[id] = (start, try end - start)
        }
    }

    /// The outputs that are known at α.
    func point(_ alpha: Double) throws -> [String: Tensor] {
        var given = [Architecture.input: try x * alpha]
        for (id, end) in ends { given[id] = try end.start + end.change * alpha }
        return given
    }

    /// Linear maps and convolutions that read the input itself, flattened or not.
    private static func affineLayers(of network: Network) -> [String] {
        var same: Set<String> = [Architecture.input], found: [String] = []
        for node in network.architecture.nodes where node.sources.allSatisfy(same.contains) {
            if node.layer is Flatten { same.insert(node.id) }
            if node.layer is Linear || node.layer is Convolution { found.append(node.id) }
        }
        return found
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
