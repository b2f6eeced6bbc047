import Foundation
import Networks
import Tensors

/// Spherical linear interpolation of two aligned parents, tensor by tensor: (sin((1 − t)θ) a + sin(tθ) b) / sin θ, θ the angle between a and b
/// (Shoemake, SIGGRAPH 1985; as mergekit applies it to weights).
///
/// Running statistics are interpolated linearly: their direction means nothing.
struct SphericalInterpolation: ParameterwiseCombination {
    /// t: 0 is the first parent, 1 the second.
    let fraction: Double
    private let statistics: Set<String>
    /// Beyond this cosine the vectors are parallel to rounding, and the formula divides by nothing.
    private static let parallel = 0.9995

    /// - Throws: `FusionError.unsuitable` for other than two parents.
    init(parents: ParentSet, weights: [Double]) throws {
        guard parents.count == 2, weights.count == 2 else {
            throw FusionError.unsuitable(reason: "combine=slerp interpolates between two parents, and there are \(parents.count)")
        }
        fraction = weights[1]
        statistics = parents.statistics
    }

    var weights: [Double]? { [1 - fraction, fraction] }

    func fused(_ name: String, of parents: ParentSet, along plan: FusionPlan) throws -> Tensor {
        let reference = try parents.referenceNetwork.parameter(name), type = try reference.dtype()
        guard type.isFloatingPoint else { return reference }
        let (one, other) = (try plan.aligned(name, of: 0, in: parents), try plan.aligned(name, of: 1, in: parents))
        let norms = try (one.length(), other.length())
        let cosine = norms.0 > 0 && norms.1 > 0 ? try (one * other).sum().item() / (norms.0 * norms.1) : 1
        guard !statistics.contains(name), abs(cosine) < Self.parallel else {
            return try (one * (1 - fraction) + other * fraction).converted(to: type)
        }
        let angle = acos(cosine)
        return try (one * (sin((1 - fraction) * angle) / sin(angle)) + other * (sin(fraction * angle) / sin(angle))).converted(to: type)
    }
}

extension Tensor {
    /// The Euclidean norm of all elements.
    fileprivate func length() throws -> Double { try squared().sum().item().squareRoot() }
}

extension ParentSet {
    /// Names of running statistics and counters, which are no weights.
    var statistics: Set<String> { Set(referenceNetwork.trace.parameters.filter { $0.role != .trained }.map(\.fullName)) }
}

extension FusionPlan {
    /// A parent's parameter in the fused network's neurons, in double precision: its own weights, without its share among all parents.
    func aligned(_ name: String, of parent: Int, in parents: ParentSet) throws -> Tensor {
        let network = parents.networks[parent], own = parents.name(of: name, in: parent)
        let value = try network.parameter(own).converted(to: .float64)
        return try network.groups.carried(value, parameter: own, along: maps(of: parent).withUnitColumns())
    }
}
