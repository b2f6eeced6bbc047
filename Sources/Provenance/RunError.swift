import Archives
import Checkpoints
import Datasets
import Fusion
import Networks
import Tensors
import Training
import Transport

/// What can stop a run: the errors of the rooms below, and those of its own.
package enum RunError: Error, Sendable {
    case archive(ArchiveError)
    case checkpoint(CheckpointError)
    case dataset(DatasetError)
    case fusion(FusionError)
    case training(TrainingError)
    case transport(TransportError)
    case recipe(RecipeError)
    case tensor(TensorError)
    case network(NetworkError)
    /// A file that Amalgam wrote or reads cannot be used. The reason says what to do.
    case file(path: String, line: Int?, reason: String)
    case missing(what: String, lookedIn: [String], next: String)
    case unsuitable(reason: String)
    /// The store of runs cannot be used. The reason says what to do.
    case store(path: String, reason: String)
    case noRun(name: String, store: String, newest: [String])
    case cancelled
}

extension RunError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .archive(let error): "\(error)"
        case .checkpoint(let error): "\(error)"
        case .dataset(let error): "\(error)"
        case .fusion(let error): "\(error)"
        case .training(let error): "\(error)"
        case .transport(let error): "\(error)"
        case .recipe(let error): "\(error)"
        case .tensor(let error): "\(error)"
        case .network(let error): "\(error)"
        case .file(let path, let line, let reason): "\(path)\(line.map { ":\($0)" } ?? ""): \(reason)"
        case .missing(let what, let places, let next): "\(what) was not found in \(places.joined(separator: ", ")): \(next)"
        case .unsuitable(let reason): reason
        case .store(let path, let reason): "run store \(path): \(reason)"
        case .noRun(let name, let store, let newest):
            newest.isEmpty
                ? "there is no run \(name): the store \(store) is empty"
                : "there is no run \(name) in \(store); the newest are \(newest.joined(separator: ", ")) (`amalgam runs list` lists all)"
        case .cancelled: "cancelled"
        }
    }

    /// Whether the user stopped it.
    package var isCancellation: Bool {
        switch self {
        case .cancelled, .dataset(.cancelled), .fusion(.cancelled), .training(.cancelled), .transport(.cancelled): true
        default: false
        }
    }

    /// Any error of the rooms below, as a run error.
    package init(wrapping error: any Error) {
        switch error {
        case let error as RunError: self = error
        case let error as ArchiveError: self = .archive(error)
        case let error as CheckpointError: self = .checkpoint(error)
        case let error as DatasetError: self = .dataset(error)
        case let error as FusionError: self = .fusion(error)
        case let error as TrainingError: self = .training(error)
        case let error as TransportError: self = .transport(error)
        case let error as RecipeError: self = .recipe(error)
        case let error as TensorError: self = .tensor(error)
        case let error as NetworkError: self = .network(error)
        default: self = .unsuitable(reason: "\(error)")
        }
    }
}

/// Runs `body` where a caller relies on run errors: whatever it throws is one.
package func lifted<Result>(_ body: () throws -> Result) throws(RunError) -> Result {
    do { return try body() } catch { throw RunError(wrapping: error) }
}
