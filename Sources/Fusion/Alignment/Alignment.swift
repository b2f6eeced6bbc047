import Networks
import Tensors

/// The first half of a method: which neurons of each parent correspond to which fused neuron.
public protocol Alignment: Sendable {
    /// Whether a group's couplings depend on those of earlier groups.
    var needsEarlierGroups: Bool { get }

    /// The couplings of one group, one for each parent, given those of earlier groups.
    func couplings(of group: NeuronGroup, given plan: FusionPlan, control: FusionControl) throws(FusionError) -> [Coupling]
}

/// How a caller watches and stops a fusion.
public struct FusionControl: Sendable {
    public var isCancelled: @Sendable () -> Bool
    public var progress: (@Sendable (FusionProgress) -> Void)?
    /// Whether couplings keep their cost matrices, for a person to look at.
    public var keepsCosts: Bool

    public init(
        isCancelled: @escaping @Sendable () -> Bool = { false }, keepsCosts: Bool = false, progress: (@Sendable (FusionProgress) -> Void)? = nil
    ) {
        self.isCancelled = isCancelled
        self.keepsCosts = keepsCosts
        self.progress = progress
    }

    func check() throws(FusionError) {
        if isCancelled() || Task.isCancelled { throw .cancelled }
    }
}

/// Where a fusion stands.
public enum FusionProgress: Sendable {
    /// Samples read so far for the activations.
    case activations(done: Int, of: Int)
    case planning(group: String, index: Int, of: Int)
    case planned(GroupPlan)
    case combining(parameter: String, index: Int, of: Int)
}

/// Where samples come from: batches of inputs on demand, so that no more than one batch is held.
public protocol InputSource: Sendable {
    /// The number of samples.
    var count: Int { get }
    /// The samples `range`, normalised, [range.count] + one sample's shape.
    func inputs(_ range: Range<Int>) throws -> Tensor
}
