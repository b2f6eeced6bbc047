import Dispatch
import Tensors

/// Progress and cancellation of a fusion.
public struct FusionControl: Sendable {
    /// Called between steps; true stops with ``FusionError/cancelled``.
    public var isCancelled: @Sendable () -> Bool
    /// Called on the thread that fuses.
    public var progress: (@Sendable (FusionProgress) -> Void)?
    /// Whether couplings keep their cost matrices, for inspection.
    public var keepsCosts: Bool
    /// The processes that fuse together, all at the same place of the same program; nil for this one alone.
    package var processes: ProcessGroup?
    /// Groups that the same recipe has planned already: a plan of one group is not begun anew where it depends on earlier ones.
    package var planned = FusionPlan()

    public init(
        isCancelled: @escaping @Sendable () -> Bool = { false }, keepsCosts: Bool = false,
        progress: (@Sendable (FusionProgress) -> Void)? = nil
    ) {
        self.isCancelled = isCancelled
        self.keepsCosts = keepsCosts
        self.progress = progress
    }

    /// - Throws: `FusionError.cancelled` once the caller has cancelled.
    func check() throws {
        if isCancelled() || Task.isCancelled { throw FusionError.cancelled }
    }
}

/// The progress of a fusion.
public enum FusionProgress: Sendable {
    /// Samples whose activations have been recorded.
    case activations(done: Int, of: Int)
    case planning(group: String, index: Int, of: Int)
    case planned(GroupPlan)
    /// One epoch of a level's fit by gradient descent, with its losses.
    case fitting(level: String, epoch: Int, of: Int, training: Double, validation: Double)
    case combining(parameter: String, index: Int, of: Int)
    /// A method's own intermediate result.
    case diagnostics(any Diagnostics)
}

/// Measures elapsed time.
struct Stopwatch {
    private let start = DispatchTime.now().uptimeNanoseconds
    var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}
