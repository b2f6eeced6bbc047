import Hyperparameters
import Networks
import Tensors
import Transport

/// An error of a fusion.
public enum FusionError: Error, Equatable, Sendable {
    case network(NetworkError)
    case tensor(TensorError)
    case recipe(RecipeError)
    /// A solver refused or failed: at which neuron group, between which parents.
    case transport(group: String, parent: Int, TransportError)
    case tooFewParents(Int)
    /// Two parents differ in what must agree. The reason names the layer and both shapes.
    case mismatch(parent: Int, reference: Int, reason: String)
    /// The method averages neuron by neuron, so the widths must agree.
    case widths(group: String, parent: Int, neurons: Int, reference: Int)
    /// A method that compares activations was given no samples.
    case noSamples(method: String)
    case nonFinite(parameter: String, parent: Int)
    case nonFiniteActivations(group: String, parent: Int)
    /// A layer does what the method cannot carry over.
    case unsupported(method: String, layer: String, reason: String)
    /// More fused neurons are wanted than the parents have.
    case tooWide(group: String, neurons: Int, limit: Int, by: String)
    /// Removing this share would leave no neuron of a group.
    case emptied(group: String, neurons: Int, share: Double)
    /// Weights so large that the scores of neurons overflow.
    case nonFiniteEnergy(group: String, parent: Int)
    /// A network would take more memory than it may.
    case tooLarge(bytes: Int, limit: Int)
    /// The samples could not be read.
    case unreadableSamples(reason: String)
    /// Something needs the samples' true classes, which are not known.
    case noLabels(purpose: String)
    /// A class number that the networks do not have.
    case classOutside(label: Int, classes: Int)
    case nonFiniteScores(node: String, kind: String)
    /// The method does not work on these parents or settings. The reason says why, and what would.
    case unsuitable(reason: String)
    case cancelled
}

extension FusionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .network(let error): error.description
        case .tensor(let error): error.description
        case .recipe(let error): error.description
        case .transport(let group, let parent, let error):
            "neuron group \(group), parent \(Self.letter(parent)): \(error)"
        case .tooFewParents(let count):
            "a fusion needs two parents or more, got \(count)"
        case .mismatch(let parent, let reference, let reason):
            "parents \(Self.letter(parent)) and \(Self.letter(reference)) cannot be fused: \(reason)"
        case .widths(let group, let parent, let neurons, let reference):
            "neuron group \(group) has \(neurons) neurons in parent \(Self.letter(parent)) and \(reference) in the reference; plain averaging needs equal widths (the method otfusion does not)"
        case .noSamples(let method):
            "\(method) needs samples, but there are no samples: specify data with --data, or use a method that needs none, such as otfusion with --set source=weights"
        case .nonFinite(let parameter, let parent):
            "parent \(Self.letter(parent)) holds NaN or infinity in \(parameter); such a network cannot be fused"
        case .nonFiniteActivations(let group, let parent):
            "parent \(Self.letter(parent)) gives NaN or infinity in neuron group \(group) on these samples"
        case .unsupported(let method, let layer, let reason):
            "\(method) cannot fuse layer \(layer): \(reason)"
        case .tooWide(let group, let neurons, let limit, let by):
            "neuron group \(group) cannot have \(neurons) neurons: the maximum is \(limit), \(by); set fewer, use a wider parent as the reference, or use scheme=barycenter"
        case .emptied(let group, let neurons, let share):
            "removing \(HyperparameterValue.real(share)) of the \(neurons) neurons of group \(group) would leave none: remove fewer, or leave such groups unpruned with --set emptied=whole"
        case .nonFiniteEnergy(let group, let parent):
            "parent \(Self.letter(parent)): the weights of neuron group \(group) are so large that their energy overflows; rescale the network, or use --set power=1"
        case .tooLarge(let bytes, let limit):
            "the network would take \(bytes >> 20) MB and may take \(limit >> 20) MB"
        case .unreadableSamples(let reason): "the samples cannot be read: \(reason)"
        case .noLabels(let purpose):
            "\(purpose) needs labelled samples, and these have no labels: give a data set with labels, or choose importance-target=predicted"
        case .classOutside(let label, let classes):
            "there is no class \(label): the networks have the classes 0 … \(classes - 1)"
        case .nonFiniteScores(let node, let kind):
            "importance by \(kind) gives NaN or infinity at \(node); choose another importance score, or check the samples"
        case .unsuitable(let reason): reason
        case .cancelled: "cancelled"
        }
    }

    /// Parents are A, B, C … for people.
    public static func letter(_ parent: Int) -> String { NamedParent.letter(parent) }
}

extension FusionError {
    /// Any error of a fusion, as one.
    init(_ error: any Error) {
        switch error {
        case let error as FusionError: self = error
        case let error as NetworkError: self = .network(error)
        case let error as TensorError: self = .tensor(error)
        case let error as RecipeError: self = .recipe(error)
        default: self = .unsuitable(reason: "\(error)")
        }
    }
}

/// Runs `body` at the public face of the target: whatever it throws is a fusion error.
func lifted<Result>(_ body: () throws -> Result) throws(FusionError) -> Result {
    do { return try body() } catch { throw FusionError(error) }
}

/// Runs a solver; its errors name the neuron group and the parent.
func transport<Result>(_ group: String, parent: Int, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as TransportError {
        if case .cancelled = error { throw FusionError.cancelled }
        throw FusionError.transport(group: group, parent: parent, error)
    }
}
