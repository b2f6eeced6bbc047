import Fusion
import Screen
import Training
import Transport

/// What the workbench asks of the engine. Every call runs on a worker thread, may take long, and stops soon after `control` says so.
///
/// The values that cross here are plain: no tensor, no handle, nothing that only one thread may touch.
public protocol Engine: Sendable {
    /// The sample sets found beside the program, none where there are none.
    func samples() throws -> [SampleSetSummary]
    func open(_ paths: [String], control: JobControl) throws -> OpenedParents
    /// The accuracy of each parent on the recipe's evaluation data, 0…1; empty where there is no such data.
    func measure(_ recipe: Recipe, control: JobControl) throws -> [Double]
    func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupSnapshot
    /// Importance, activity and weights of one group's neurons, in every parent and in the network fused last.
    func neurons(_ request: NeuronRequest, control: JobControl) throws -> NeuronSnapshot
    func browse(_ folder: String, control: JobControl) throws -> FolderContents
    /// What a checkpoint is, without keeping it.
    func inspect(_ path: String, control: JobControl) throws -> FilePreview
    func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult
    /// Fine-tunes the network fused last, and records the run.
    func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult
    func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot
    /// Every run in the store, whoever made it.
    func runs(control: JobControl) throws -> [RunRow]
    func account(of run: String, control: JobControl) throws -> RunDetail
    func delete(run: String) throws
    /// A report of one run, or a comparison of several, as the suffix of the file says.
    func report(on runs: [String], to path: String) throws
    /// The folder whose files change when the store does, nil where there is no store.
    var storeFolder: String? { get }
}

/// How a job is watched and stopped from the screen's side.
public struct JobControl: Sendable {
    public var isCancelled: @Sendable () -> Bool
    /// The part done, 0…1 and never falling, and what is being done.
    public var progress: @Sendable (Double, String) -> Void
    /// What a training tells.
    public var training: @Sendable (TrainingEvent) -> Void
    /// What the automatic choice has tried.
    public var tried: @Sendable (AutomaticTrial) -> Void
    /// The reins of a training.
    public var reins: TrainingControl

    public init(
        isCancelled: @escaping @Sendable () -> Bool = { false }, progress: @escaping @Sendable (Double, String) -> Void = { _, _ in },
        training: @escaping @Sendable (TrainingEvent) -> Void = { _ in }, tried: @escaping @Sendable (AutomaticTrial) -> Void = { _ in },
        reins: TrainingControl = TrainingControl()
    ) {
        self.isCancelled = isCancelled
        self.progress = progress
        self.training = training
        self.tried = tried
        self.reins = reins
    }
}

/// Thrown by an engine that stopped because it was told to.
public struct JobCancelled: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "cancelled" }
}
