import Archives
import Networks
import Tensors

/// Why a checkpoint could not be opened or saved.
public enum CheckpointError: Error, Equatable, Sendable {
    case archive(ArchiveError)
    /// The parameters and the architecture do not go together, or no family was recognised.
    case network(file: String, NetworkError)
    case tensor(file: String, TensorError)
    /// An array of a type that no parameter has.
    case elementType(file: String, array: String, type: String)
    case noParameters(file: String, holds: String)
    /// An architecture file is wrong: where, as far as it is known.
    case architecture(file: String, line: Int?, layer: String?, option: String?, reason: String)
    /// A parameter is too large for the type that it should be saved in.
    case overflow(file: String, parameter: String, type: String)
    /// A configuration beside the weights is wrong, or contradicts them.
    case configuration(file: String, key: String, reason: String)
    /// The suffix names no format that a checkpoint is saved in.
    case suffix(file: String, known: [String])
}

extension CheckpointError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .archive(let error):
            return error.description
        case .network(let file, let error):
            return "\(printable(file)): \(error)"
        case .tensor(let file, let error):
            return "\(printable(file)): \(error)"
        case .elementType(let file, let array, let type):
            return "\(printable(file)): array '\(printable(array))' holds elements of type \(type), which no layer's parameter has; remove it or convert it to float32"
        case .noParameters(let file, let holds):
            return "\(printable(file)): it holds no parameters, only \(holds)"
        case .architecture(let file, let line, let layer, let option, let reason):
            var place = printable(file)
            if let line { place += ", line \(line)" }
            if let layer { place += ", layer \(printable(layer))" }
            if let option { place += ", \(printable(option))" }
            return "\(place): \(printable(reason)) (docs/architecture-files.md describes the format)"
        case .overflow(let file, let parameter, let type):
            return "\(printable(file)): not written: \(printable(parameter)) holds numbers beyond the range of \(type); save it in a wider type, such as --dtype float32"
        case .configuration(let file, let key, let reason):
            return "\(printable(file)): \(printable(key)) \(printable(reason))"
        case .suffix(let file, let known):
            return "\(printable(file)): the suffix says no format; end the name in \(known.joined(separator: ", "))"
        }
    }
}

/// Runs `body`, giving archive errors as checkpoint errors.
func archives<Result>(_ body: () throws(ArchiveError) -> Result) throws(CheckpointError) -> Result {
    do { return try body() } catch { throw .archive(error) }
}

/// Runs `body`, giving network errors with the file they come from.
func networks<Result>(of file: String, _ body: () throws(NetworkError) -> Result) throws(CheckpointError) -> Result {
    do { return try body() } catch { throw .network(file: file, error) }
}

/// Runs `body`, giving tensor errors with the file they come from.
func tensors<Result>(of file: String, _ body: () throws(TensorError) -> Result) throws(CheckpointError) -> Result {
    do { return try body() } catch { throw .tensor(file: file, error) }
}
