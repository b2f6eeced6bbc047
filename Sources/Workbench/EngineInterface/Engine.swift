import Fusion
import Screen
import Training
import Transport

/// The engine as the workbench sees it. Every call runs on a worker thread, may take long, and returns soon after `control` cancels it.
///
/// Values that cross here are plain: no tensor, no handle, nothing bound to one thread.
protocol Engine: Sendable {
    /// The sample sets found beside the program, none where there are none.
    func samples() throws -> [SampleSetSummary]
    func open(_ paths: [String], control: JobControl) throws -> OpenedParents
    /// The accuracy of each parent on the recipe's evaluation data, 0…1; empty where there is no such data.
    func measure(_ recipe: Recipe, control: JobControl) throws -> [Double]
    func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupSnapshot
    /// Importance, activity and weights of one group's neurons, in every parent and in the network fused last.
    func neurons(_ request: NeuronRequest, control: JobControl) throws -> NeuronSnapshot
    func browse(_ folder: String, control: JobControl) throws -> FolderSnapshot
    /// What a checkpoint is, without keeping it.
    func inspect(_ path: String, control: JobControl) throws -> FilePreview
    func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult
    /// Fine-tunes the network fused last, and records the run.
    func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult
    /// Goes on with an interrupted fine-tuning of the store from its checkpoint; the rest is recorded as a run of its own.
    func resume(_ run: String, _ request: TuningRequest, control: JobControl) throws -> TuningResult
    /// Saves a network in the format of the suffix, or as a folder; nil where something stands there and may not be overwritten.
    func save(_ source: NetworkSource, to path: String, overwrites: Bool) throws -> SavedNetwork?
    /// Opens the network that a run made as the one of this session, also one of an earlier session.
    func load(run: String, control: JobControl) throws -> LoadedRun
    /// What a fusion will take; nil where the method's work is not counted beforehand.
    func forecast(_ recipe: Recipe, control: JobControl) throws -> ForecastSnapshot?
    /// Measures what a run made and its parents, class by class, on the evaluation data of the run.
    func classes(of run: String, control: JobControl) throws -> ClassFigures
    func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot
    /// Every run in the store.
    func runs(control: JobControl) throws -> [RunRow]
    func detail(of run: String, control: JobControl) throws -> RunDetail
    func delete(run: String) throws
    /// Gives a run a title; nil takes it away.
    func tag(run: String, _ title: String?) throws
    /// A report of one run, or a comparison of several, as the suffix of the file says.
    func report(on runs: [String], to path: String) throws
    /// The folder whose files change when the store does, nil where there is no store.
    var storeFolder: String? { get }
}

/// How a job reports and how it is stopped.
struct JobControl: Sendable {
    var isCancelled: @Sendable () -> Bool = { false }
    /// The part done, 0…1 and never falling, and the current step.
    var progress: @Sendable (Double, String) -> Void = { _, _ in }
    var training: @Sendable (TrainingEvent) -> Void = { _ in }
    /// Called once the validation data of a training are known.
    var references: @Sendable (TrainingReferences) -> Void = { _ in }
    /// Called for each trial of the automatic choice.
    var tried: @Sendable (AutomaticTrial) -> Void = { _ in }
    /// Pauses and stops a training.
    var trainingControl = TrainingControl()
    /// Whether a cancelled training leaves its checkpoint behind.
    var leavesCheckpoint: @Sendable () -> Bool = { false }
}

/// Thrown by an engine that was cancelled.
struct JobCancelled: Error {}
