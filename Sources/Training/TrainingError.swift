import Hyperparameters
import Networks
import Tensors

/// An error of training or evaluation.
public enum TrainingError: Error, Equatable, Sendable {
    case network(NetworkError)
    case tensor(TensorError)
    case data(reason: String)
    /// The data's classes or shape do not fit the network.
    case unfit(what: String, data: String, network: String)
    case diverged(epoch: Int, step: Int, loss: Double)
    case setting(name: String, value: String, allowed: String)
    case recipe(RecipeError)
    /// A file to resume from cannot be used.
    case checkpoint(path: String, reason: String)
    case cancelled
}

extension TrainingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .network(let error): error.description
        case .tensor(let error): error.description
        case .data(let reason): reason
        case .unfit(let what, let data, let network) where data.isEmpty: "the data has \(what), the network \(network)"
        case .unfit(let what, let data, let network): "the data has \(data) \(what), the network \(network)"
        case .diverged(let epoch, let step, let loss):
            "training diverged in epoch \(epoch), step \(step): the loss is \(loss). Lower the learning rate"
        case .setting(let name, let value, let allowed): "\(name) cannot be \(value); allowed: \(allowed)"
        case .recipe(let error): error.description
        case .checkpoint(let path, let reason): "\(path): \(reason)"
        case .cancelled: "cancelled"
        }
    }
}

/// Runs `body`, giving the errors of the rooms below as training errors.
func lifting<Result>(_ body: () throws -> Result) throws(TrainingError) -> Result {
    do { return try body() } catch let error as TrainingError { throw error } catch let error as NetworkError {
        throw .network(error)
    } catch let error as TensorError {
        throw .tensor(error)
    } catch let error as RecipeError {
        throw .recipe(error)
    } catch {
        throw .data(reason: "\(error)")
    }
}
