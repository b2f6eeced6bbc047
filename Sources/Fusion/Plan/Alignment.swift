import Networks

/// The first half of a method: which neurons of each parent correspond to which fused neuron.
public protocol Alignment: Sendable {
    /// Whether a group's couplings depend on those of earlier groups.
    var needsEarlierGroups: Bool { get }
    /// How often the groups are walked; from the second time on a group's couplings may depend on those of all others. 1 by default.
    var passes: Int { get }
    /// Whether couplings depend on how much each parent counts; false by default.
    var dependsOnWeights: Bool { get }

    /// Told once of the groups that will be asked for, to do for all of them at once what can be.
    func prepare(_ groups: [NeuronGroup], control: FusionControl) throws

    /// The couplings of one group, one for each parent, given those of earlier groups.
    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws -> [Coupling]
}

extension Alignment {
    public var passes: Int { 1 }
    public var dependsOnWeights: Bool { false }
    public func prepare(_ groups: [NeuronGroup], control: FusionControl) throws {}
}

/// How a caller watches and stops a fusion.
public struct FusionControl: Sendable {
    public var isCancelled: @Sendable () -> Bool
    public var progress: (@Sendable (FusionProgress) -> Void)?
    /// Whether couplings keep their cost matrices, for a person to look at.
    public var keepsCosts: Bool

    public init(
        isCancelled: @escaping @Sendable () -> Bool = { false }, keepsCosts: Bool = false,
        progress: (@Sendable (FusionProgress) -> Void)? = nil
    ) {
        self.isCancelled = isCancelled
        self.keepsCosts = keepsCosts
        self.progress = progress
    }

    func check() throws {
        if isCancelled() || Task.isCancelled { throw FusionError.cancelled }
    }
}

/// Where a fusion stands.
public enum FusionProgress: Sendable {
    /// Samples read so far for the activations.
    case activations(done: Int, of: Int)
    case planning(group: String, index: Int, of: Int)
    case planned(GroupPlan)
    /// One epoch of a level's fit by gradient descent, with its losses.
    case fitting(level: String, epoch: Int, of: Int, training: Double, validation: Double)
    /// The automatic choice has carried out a recipe.
    case tried(AutomaticTrial)
    case combining(parameter: String, index: Int, of: Int)
}
