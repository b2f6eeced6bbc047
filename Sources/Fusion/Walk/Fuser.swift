import Dispatch
import Networks
import Tensors

/// Carries out a recipe's method on its parents: plans the neuron groups in the order of the network, combines the weights.
///
/// ```swift
/// let fuser = try Fuser(parents: [a, b], recipe: recipe, inputs: samples)
/// let fused = try fuser.fuse()
/// ```
public struct Fuser: Sendable {
    public let parents: ParentSet
    public let recipe: Recipe
    let alignment: any Alignment
    let combination: any Combination
    private let activations: ActivationCosts?
    private let transportsClasses: Bool

    /// What a fusion gives.
    public struct Outcome: Sendable {
        public let network: Network
        public let plan: FusionPlan
        /// The weight of each parent in the average.
        public let weights: [Double]
        public let seconds: Double
    }

    /// - Parameter inputs: what activation methods look at; others ignore it.
    public init(parents networks: [Network], recipe: Recipe, inputs: (any InputSource)? = nil) throws(FusionError) {
        let settings = recipe.settings
        parents = try ParentSet(networks, reference: Blending.referenceIndex(settings, parents: networks.count))
        self.recipe = recipe
        combination = WeightedAverage(weights: Blending.weights(settings, parents: networks.count))
        switch recipe.method.id {
        case OTFusion.method.id:
            let typed = try recipes { () throws(RecipeError) in try OTFusion.Settings(settings) }
            if typed.source == .activations {
                guard let inputs else { throw .noSamples(method: recipe.method.title) }
                activations = ActivationCosts(parents: parents, settings: typed, inputs: inputs)
            } else {
                activations = nil
            }
            transportsClasses = typed.lastLayer == .transport
            alignment = TransportAlignment(parents: parents, settings: typed, activations: activations)
        default:
            activations = nil
            transportsClasses = false
            alignment = IdentityAlignment(parents: parents)
        }
    }

    /// The groups that have couplings, in the order of the network.
    public var groups: [NeuronGroup] { parents.groups.all.filter { $0.role != .input } }

    /// The couplings of every group, or of one and those before it that it depends on.
    public func plan(only group: String? = nil, control: FusionControl = FusionControl()) throws(FusionError) -> FusionPlan {
        var wanted = groups
        if let group {
            let last = try Fusion.networks { () throws(NetworkError) in try parents.groups.named(group) }
            wanted = alignment.needsEarlierGroups ? wanted.filter { $0.id <= last.id } : [last]
        }
        if let activations {
            // One pass over the samples serves every group.
            try activations.compute(wanted.filter { $0.role != .classes || transportsClasses }, control: control)
        }
        var plan = FusionPlan()
        for (index, group) in wanted.enumerated() {
            try control.check()
            control.progress?(.planning(group: group.name, index: index, of: wanted.count))
            let start = DispatchTime.now().uptimeNanoseconds
            let couplings = try alignment.couplings(of: group, given: plan, control: control)
            let planned = GroupPlan(group: group, couplings: couplings, seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
            plan.groups.append(planned)
            control.progress?(.planned(planned))
        }
        return plan
    }

    /// Plans and combines.
    public func fuse(control: FusionControl = FusionControl()) throws(FusionError) -> Outcome {
        let start = DispatchTime.now().uptimeNanoseconds
        let plan = try plan(control: control)
        let network = try combine(plan, control: control)
        return Outcome(
            network: network, plan: plan, weights: Blending.weights(recipe.settings, parents: parents.count),
            seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
    }

    /// The fused network of a complete plan.
    public func combine(_ plan: FusionPlan, control: FusionControl = FusionControl()) throws(FusionError) -> Network {
        let names = parents.referenceNetwork.parameterNames
        var fused: [String: Tensor] = [:]
        for (index, name) in names.enumerated() {
            try control.check()
            control.progress?(.combining(parameter: name, index: index, of: names.count))
            fused[name] = try combination.fused(name, parents: parents, plan: plan)
        }
        return try Fusion.networks { () throws(NetworkError) in try parents.referenceNetwork.with(parameters: fused) }
    }
}
