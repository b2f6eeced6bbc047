import Networks
import Tensors

/// The second half of a method: the fused weights, given the couplings.
///
/// A combination that gives every parameter by itself conforms to ``ParameterwiseCombination``.
public protocol Combination: Sendable {
    /// Called before the plan where a fusion follows it: what the combination needs of a pass that the alignment can share.
    func prepare(control: FusionControl) throws
    /// The fused network that a plan gives.
    func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome
}

extension Combination {
    public func prepare(control: FusionControl) throws {}
}

/// A combination that gives each parameter by itself.
public protocol ParameterwiseCombination: Combination {
    /// One per parent where the combination weights them; nil where the couplings do.
    var weights: [Double]? { get }
    /// The fused value of one parameter, all of whose groups are planned. `name` is the reference's.
    func fused(_ name: String, of parents: ParentSet, along plan: FusionPlan) throws -> Tensor
}

extension ParameterwiseCombination {
    public var weights: [Double]? { nil }

    public func fused(along plan: FusionPlan, of parents: ParentSet, control: FusionControl) throws -> FusionOutcome {
        let model = parents.referenceNetwork
        let parameters = try model.eachParameter(control) { try fused($0, of: parents, along: plan) }
        let network = try Network(model.architecture(widths: plan.widths), parameters: parameters)
        return FusionOutcome(network: network, plan: plan, weights: weights)
    }
}

extension Network {
    /// A value for each parameter by its name, with the progress of a combination.
    func eachParameter(_ control: FusionControl, _ value: (String) throws -> Tensor) throws -> [String: Tensor] {
        var values: [String: Tensor] = [:]
        for (index, name) in parameterNames.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: name, index: index, of: parameterNames.count))
            values[name] = try value(name)
        }
        return values
    }
}

extension FusionPlan {
    /// The number of fused neurons of each planned group, by its id.
    var widths: [Int: Int] { Dictionary(groups.map { ($0.group.id, $0.neurons) }, uniquingKeysWith: { one, _ in one }) }
}
