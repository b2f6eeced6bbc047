import Fusion
import Training

/// Work for a worker thread: its title and queue, the call of the engine, and what the answer changes.
///
/// A new kind of job is one type that conforms to this, one requirement of `Engine` and its implementation.
protocol Job: Sendable {
    associatedtype Answer: Sendable
    static var lane: JobLane { get }
    static var title: String { get }
    /// Kinds of jobs, in the same lane, whose answers starting this one makes worthless.
    static var replaced: [any Job.Type] { get }
    /// Runs on a worker thread.
    func run(on engine: any Engine, _ control: JobControl) throws -> Answer
    /// What the answer changes. `began` is when the job was started, in seconds since the start of the program.
    func receive(_ answer: Answer, _ model: inout Model, began: Double, now: Double) -> [Effect]
    /// What a failure changes; the reason is in the log already.
    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect]
    func receiveCancellation(_ model: inout Model, now: Double)
}

extension Job {
    static var replaced: [any Job.Type] { [] }
    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] { [] }
    func receiveCancellation(_ model: inout Model, now: Double) {}
    func replaces(_ other: any Job) -> Bool { Self.replaced.contains { type(of: other) == $0 } }
    var lane: JobLane { Self.lane }
    /// At the beginning of a sentence.
    var capitalizedTitle: String { Self.title.prefix(1).uppercased() + Self.title.dropFirst() }

    /// Runs the job; every outcome becomes an event.
    func perform(on engine: any Engine, _ control: JobControl) -> JobEvent {
        do {
            let answer = try run(on: engine, control)
            return .finished(JobAnswer(value: answer) { receive(answer, &$0, began: $1, now: $2) })
        } catch is JobCancelled {
            return .cancelled
        } catch {
            return control.isCancelled() ? .cancelled : .failed("\(error)")
        }
    }
}

/// Jobs of one lane run one after the other; lanes run concurrently.
enum JobLane: Hashable, Sendable { case models, plan, order, neurons, files, fusion, runs, barrier, classes }

/// A job's answer with what it changes in the model.
struct JobAnswer: Sendable {
    let value: any Sendable
    let apply: @Sendable (inout Model, _ began: Double, _ now: Double) -> [Effect]
}

enum JobEvent: Sendable {
    case progress(Double, String)
    case training(TrainingEvent)
    case references(TrainingReferences)
    case tried(AutomaticTrial)
    case finished(JobAnswer)
    case failed(String)
    case cancelled
}
