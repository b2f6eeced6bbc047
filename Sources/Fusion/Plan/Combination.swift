import Networks
import Tensors

/// The second half of a method: the fused weights, given the couplings.
public protocol Combination: Sendable {
    /// The fused value of one parameter, all of whose groups are planned. `name` is the reference's.
    func fused(_ name: String, parents: ParentSet, plan: FusionPlan) throws -> Tensor
}
