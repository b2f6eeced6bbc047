import Tensors

/// An error of a graph, its parameters or its forward pass.
public enum NetworkError: Error, Equatable, Sendable {
    case tensor(TensorError)
    /// A layer's parameter is not among those given.
    case missingParameter(name: String, layer: String, present: [String])
    /// Parameters that no layer of the architecture uses.
    case unusedParameters(names: [String])
    /// A parameter's shape does not fit its layer.
    case shape(layer: String, parameter: String, expected: String, found: [Int])
    /// What comes into a layer does not fit it.
    case input(layer: String, expected: String, found: String)
    /// An option of a layer is unknown, missing, or out of range.
    case option(layer: String, option: String, reason: String)
    case unknownLayerKind(layer: String, kind: String, known: [String])
    /// The graph itself: a name used twice, a source that does not exist, a cycle, no layers.
    case graph(reason: String)
    /// No known family fits: what was recognised, where it stopped.
    case unrecognised(recognised: String, stoppedAt: String, reason: String)
    /// Names and shapes do not determine what the network computes: what was recognised, what is open, and the hint that would decide it.
    case undecided(recognised: String, open: String, hint: String)
    /// A layer has a normalisation's weights, but not the statistics by which a batch normalisation normalises; nil where it has one of them.
    case missingStatistics(layer: String, missing: [String], followsConvolution: Bool?)
    /// A module of a whole pickled network that cannot be computed exactly as it is.
    case module(path: String, className: String, reason: String)
    /// A group's map does not have one row per neuron.
    case map(group: String, neurons: Int, rows: Int)
    case noSuchGroup(name: String, groups: [String])
    /// A hint for recognition that cannot be understood.
    case hint(text: String, reason: String)
    /// An operation of a graph that cannot be called: its node where there is one, its name, why.
    case operation(node: String?, name: String, reason: String)
    /// Statistics need two values of a channel at least.
    case tooFewSamples(layer: String, samples: Int)
    /// What a layer or a family declared outside of this module throws.
    case other(reason: String)
}

extension NetworkError {
    /// Whether a hint would complete the recognition.
    public var asksForHint: Bool {
        switch self {
        case .undecided, .missingStatistics, .hint: true
        default: false
        }
    }
}

extension NetworkError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tensor(let error):
            error.description
        case .missingParameter(let name, let layer, let present):
            "layer \(layer): the checkpoint has no parameter \(name) (it has \(Self.list(present)))"
        case .unusedParameters(let names):
            "no layer of the architecture uses \(Self.list(names)): describe the whole network in an architecture file, or skip tensors that do not affect the output with --ignore (ignore = […] in the file)"
        case .shape(let layer, let parameter, let expected, let found):
            "layer \(layer): \(parameter) should have shape \(expected), but has \(Self.shape(found))"
        case .input(let layer, let expected, let found):
            "layer \(layer) expects \(expected), but its input is \(found)"
        case .option(let layer, let option, let reason):
            "layer \(layer), option \(option): \(reason)"
        case .unknownLayerKind(let layer, let kind, let known):
            "layer \(layer): unknown kind “\(kind)”; known kinds: \(known.joined(separator: ", "))"
        case .graph(let reason):
            "invalid architecture: \(reason)"
        case .unrecognised(let recognised, let stoppedAt, let reason):
            "unknown architecture: \(recognised), then stopped at \(stoppedAt): \(reason). "
                + "Describe it in an architecture file NAME.arch.toml beside the checkpoint (docs/architecture-files.md)"
        case .undecided(let recognised, let open, let hint):
            "\(recognised), but \(open), and the output depends on it: specify it (\(hint)), save the whole module with torch.save(model, …), "
                + "or describe the network in an architecture file NAME.arch.toml beside the checkpoint (docs/architecture-files.md)"
        case .missingStatistics(let layer, let missing, nil):
            "the normalisation \(layer) has no \(missing.joined(separator: " and no ")): batch normalisation needs its running statistics. Save the state dict with its buffers"
        case .missingStatistics(let layer, let missing, let followsConvolution?):
            "the normalisation \(layer) has no \(missing.joined(separator: " and no ")). It may be "
                + (followsConvolution
                    ? "a group normalisation (--hint norm=group:8, with its number of groups), an instance normalisation (--hint norm=instance)"
                    : "a layer normalisation (--hint norm=layer), a group normalisation (--hint norm=group:8, with its number of groups)")
                + " or a batch normalisation saved without its running statistics. Save the state dict with its buffers if it is the last"
        case .module(let path, let className, let reason):
            "module \(path.isEmpty ? "at the top" : "“\(path)”") of class \(className): \(reason)"
        case .map(let group, let neurons, let rows):
            "a map of neuron group \(group) has \(rows) rows for \(neurons) neurons"
        case .hint(let text, let reason):
            "invalid hint “\(text)”: \(reason)"
        case .noSuchGroup(let name, let groups):
            "there is no neuron group “\(name)”; the groups are \(groups.joined(separator: ", "))"
        case .operation(let node, let name, let reason):
            "\(node.map { "node \($0), " } ?? "")operation \(name): \(reason)"
        case .tooFewSamples(let layer, let samples):
            "the running statistics of layer \(layer) cannot be estimated from \(samples == 1 ? "one value" : "\(samples) values") of a channel: use more samples"
        case .other(let reason):
            reason
        }
    }

    public static func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }

    private static func list(_ names: [String]) -> String {
        names.count <= 6 ? names.joined(separator: ", ") : names.prefix(6).joined(separator: ", ") + " and \(names.count - 6) more"
    }
}

/// Runs `body`; whatever it throws leaves this module as a network error.
func lifting<Result>(_ body: () throws -> Result) throws(NetworkError) -> Result {
    do {
        return try body()
    } catch let error as NetworkError {
        throw error
    } catch let error as TensorError {
        throw .tensor(error)
    } catch {
        throw .other(reason: "\(error)")
    }
}
