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
    /// The names of no parameters begin as they should.
    case noSuchPrefix(file: String, prefix: String, present: [String])
    /// The file holds several networks, and nothing says which one is meant.
    case severalNetworks(file: String, networks: [NetworkCandidate])
    /// A weight is kept as parts from which it cannot be computed here.
    case parametrisation(file: String, weight: String, reason: String)
    /// An adapter that cannot be folded into the weights that it changes.
    case adapter(file: String, tensor: String, reason: String)
    /// A tensor that no layer of the network uses, and that is not known to be without effect.
    case unused(file: String, tensor: String, shape: [Int], network: String)
    /// A parameter is too large for the type that it should be saved in.
    case overflow(file: String, parameter: String, type: String)
    /// A configuration beside the weights is wrong, or contradicts them.
    case configuration(file: String, key: String, reason: String)
    /// Two names that the architecture ties hold different numbers in the file.
    case tiedDiffer(file: String, name: String, original: String)
    /// A `.pt2` holds the graph of a network that was exported, and this one was not.
    case noGraph(file: String)
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
            return
                "\(printable(file)): array '\(printable(array))' holds elements of type \(type), which no parameter has; convert it to float32, or skip it with --ignore if no layer uses it"
        case .noParameters(let file, let holds):
            return "\(printable(file)): no parameters found, only \(holds)"
        case .architecture(let file, let line, let layer, let option, let reason):
            var place = printable(file)
            if let line { place += ", line \(line)" }
            if let layer { place += ", layer \(printable(layer))" }
            if let option { place += ", \(printable(option))" }
            return "\(place): \(printable(reason)) (docs/architecture-files.md describes the format)"
        case .noSuchPrefix(let file, let prefix, let present):
            let found = present.prefix(8).joined(separator: ", ") + (present.count > 8 ? " and \(present.count - 8) more" : "")
            return
                "\(printable(file)): no parameter's name begins with '\(printable(prefix))'\(present.isEmpty ? "" : "; they begin with \(found)")"
        case .severalNetworks(let file, let networks):
            let listed =
                networks.prefix(8).map(\.description).joined(separator: ", ")
                + (networks.count > 8 ? " and \(networks.count - 8) more" : "")
            return
                "\(printable(file)): several networks in one file: \(listed). Select one with \(networks.prefix(8).map(\.option).joined(separator: " or "))"
        case .parametrisation(let file, let weight, let reason):
            return
                "\(printable(file)): \(printable(weight)) is reparametrised: \(printable(reason)). Convert it to a plain weight in PyTorch before saving "
                + "(torch.nn.utils.parametrize.remove_parametrizations, torch.nn.utils.prune.remove, remove_spectral_norm)"
        case .adapter(let file, let tensor, let reason):
            return "\(printable(file)): \(printable(tensor)): \(printable(reason))"
        case .unused(let file, let tensor, let shape, let network):
            let size = shape.isEmpty ? "one number" : shape.map(String.init).joined(separator: "×")
            return
                "\(printable(file)): without '\(printable(tensor))' (\(size)) this would be a \(printable(network)), but no layer of that uses it. "
                + "If the output does not depend on it, skip it with --ignore '\(printable(tensor))'; otherwise describe the network in an architecture file NAME.arch.toml beside the checkpoint (docs/architecture-files.md)"
        case .overflow(let file, let parameter, let type):
            return
                "\(printable(file)): not written: \(printable(parameter)) holds numbers beyond the range of \(type); save it in a wider type, such as --dtype float32"
        case .configuration(let file, let key, let reason):
            return "\(printable(file)): \(printable(key)) \(printable(reason))"
        case .tiedDiffer(let file, let name, let original):
            return
                "\(printable(file)): the architecture ties \(printable(name)) to \(printable(original)), but their values differ in the file; "
                + "remove the share line from the architecture file if they are separate parameters"
        case .noGraph(let file):
            return
                "\(printable(file)): not written: a .pt2 holds the graph of an exported network, and none of the parents came with one; save as .safetensors or .pt, or open the first parent with --architecture NET.pt2"
        case .suffix(let file, let known):
            return "\(printable(file)): unknown file type; use one of the suffixes \(known.joined(separator: ", "))"
        }
    }
}

/// Runs `body`; whatever it throws leaves this module as a checkpoint error, with the file that it is about.
func lifting<Result>(_ file: String, _ body: () throws -> Result) throws(CheckpointError) -> Result {
    do {
        return try body()
    } catch let error as CheckpointError {
        throw error
    } catch let error as ArchiveError {
        throw .archive(error)
    } catch let error as NetworkError {
        throw .network(file: file, error)
    } catch let error as TensorError {
        throw .tensor(file: file, error)
    } catch {
        throw .network(file: file, .other(reason: "\(error)"))
    }
}
