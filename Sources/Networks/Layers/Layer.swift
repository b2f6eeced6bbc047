import Synchronization
import Tensors

/// A kind of layer, declared in one place: its options, its parameters, how values and neuron groups pass through it.
///
/// Everything else follows from the declaration: the architecture file, the forward pass, shapes, neuron groups,
/// `inspect`'s table, and how a fusion carries the layer's parameters along. `docs/adding-a-layer.md` walks through one.
public protocol Layer: Sendable {
    /// The name in architecture files.
    static var kind: String { get }
    /// Reads the options, each with its default.
    init(options: inout LayerOptions) throws
    /// The options that differ from their defaults, as an architecture file writes them.
    var options: [(name: String, value: OptionValue)] { get }
    /// The parameters in the order PyTorch keeps them.
    var parameters: [ParameterDeclaration] { get }
    /// Whether the layer applies a nonlinearity to each value by itself.
    var isActivation: Bool { get }
    /// Whether inputs α times as large give outputs α times as large, for every α > 0, where the layer has no `bias`.
    var isHomogeneous: Bool { get }

    /// Follows shapes and neuron groups through the layer: checks what comes in against the parameters' shapes, says which
    /// axis of which parameter belongs to which group, and gives what goes out.
    func trace(_ inputs: [Features], _ scope: inout TraceScope) throws -> Features

    /// Computes the layer for a batch: inputs [N, …], the parameters by their declared names.
    func forward(_ inputs: [Tensor], _ parameters: ParameterView, _ mode: ForwardMode) throws -> Tensor
}

extension Layer {
    public var options: [(name: String, value: OptionValue)] { [] }
    public var parameters: [ParameterDeclaration] { [] }
    public var isActivation: Bool { false }
    public var isHomogeneous: Bool { false }
}

/// A parameter of a layer: `weight`, `bias`, …
public struct ParameterDeclaration: Sendable, Equatable {
    public enum Role: Sendable { case trained, statistic, counter }

    /// The name behind the layer's own, as in `fc1.weight`; empty where the layer's own name is the parameter's.
    public let name: String
    /// Whether training changes it.
    public let role: Role
    /// Whether a checkpoint may lack it.
    public let isOptional: Bool
    /// The axis of what the parameter computes; nil for one that only scales or shifts what others compute.
    public let outputAxis: Int?
    /// What all entries of an optional parameter are where the layer computes the same without it: 0 for a bias, 1 for a scale.
    public let neutral: Double?
    let initial: Initialisation

    /// - Parameters:
    ///   - name: behind the layer's own name and a dot.
    ///   - neutral: the value of all entries at which the layer computes the same as without an optional parameter.
    ///   - output: the axis of what the parameter computes; nil for one that only scales or shifts.
    public init(
        _ name: String, _ role: Role = .trained, optional: Bool = false, neutral: Double? = nil, output: Int? = nil, initial: Initialisation
    ) {
        self.name = name
        self.role = role
        isOptional = optional
        self.neutral = neutral
        outputAxis = output
        self.initial = initial
    }
}

/// How a fresh parameter is drawn, as PyTorch does by default.
public enum Initialisation: Sendable, Equatable {
    /// U(−1/√fan-in, 1/√fan-in), the fan-in being that of the layer's weight.
    case uniformByFanIn
    case ones, zeros
    case constant(Double)
}

/// Whether layers behave as in training: batch statistics, dropout.
public struct ForwardMode: Sendable {
    /// Whether batch statistics and dropout are in effect.
    public let isTraining: Bool
    /// Draws what dropout drops; nil in evaluation.
    public let generator: Generator?
    /// Where batch normalisation notes the statistics by which it normalises; nil while running statistics are used or trained.
    let recorder: StatisticsRecorder?
    /// Batch norms that use their running statistics while training, and leave them as they are.
    let keptStatistics: Set<String>
    /// Whether gradients will be differentiated again, which fused kernels do not allow.
    let isTwiceDifferentiable: Bool

    private init(
        isTraining: Bool = false, generator: Generator? = nil, recorder: StatisticsRecorder? = nil, keptStatistics: Set<String> = [],
        isTwiceDifferentiable: Bool = false
    ) {
        self.isTwiceDifferentiable = isTwiceDifferentiable
        self.isTraining = isTraining
        self.generator = generator
        self.recorder = recorder
        self.keptStatistics = keptStatistics
    }

    /// Running statistics, no dropout.
    public static let evaluating = ForwardMode()

    /// As in evaluation, by operations whose gradients can be differentiated in their turn.
    public static let twiceDifferentiable = ForwardMode(isTwiceDifferentiable: true)

    /// As in evaluation, but that batches are normalised by their own statistics, which are noted.
    static func measuring(_ recorder: StatisticsRecorder) -> ForwardMode { ForwardMode(recorder: recorder) }

    /// - Parameter keptStatistics: ids of batch norms that behave as in evaluation.
    public static func training(_ generator: Generator, keptStatistics: Set<String> = []) -> ForwardMode {
        ForwardMode(isTraining: true, generator: generator, keptStatistics: keptStatistics)
    }
}

/// The parameters of one layer, by the names it declares.
public struct ParameterView {
    let layer: String
    /// The layer's weights prepared for many passes, where it has such and they are its own.
    var tiles: TiledWeights?
    /// The architecture's constants, by name.
    var constant: (String) -> Tensor? = { _ in nil }
    let values: (String) -> Tensor?

    /// The value of a parameter that may be missing.
    public func optional(_ name: String) -> Tensor? { values(name) }

    /// The value of a parameter; an error where it is missing.
    public func callAsFunction(_ name: String) throws -> Tensor {
        guard let value = values(name) else { throw NetworkError.missingParameter(name: name, layer: layer, present: []) }
        return value
    }
}

/// Every kind of layer that an architecture file may name.
public enum LayerCatalogue {
    /// The built-in kinds, then those that ``register(_:)`` added.
    public static var all: [any Layer.Type] { builtIn + registered.withLock { $0 } }

    private static let registered = Mutex<[any Layer.Type]>([])

    /// Adds a kind of layer that another package declares, so that architecture files and saved networks with such a layer open.
    ///
    /// - Throws: ``NetworkError/graph(reason:)`` where another type has the same ``Layer/kind``.
    public static func register(_ type: any Layer.Type) throws(NetworkError) {
        let isFree = registered.withLock { types in
            guard let known = (builtIn + types).first(where: { $0.kind == type.kind }) else {
                types.append(type)
                return true
            }
            return known == type
        }
        guard isFree else { throw .graph(reason: "the layer kind “\(type.kind)” exists already: give the new layer another kind") }
    }

    private static let builtIn: [any Layer.Type] = [
        Linear.self, Convolution.self, BatchNormalization.self, LayerNormalization.self, GroupNormalization.self,
        InstanceNormalization.self,
        Activation.self, ParametricRectifier.self, Pooling.self, Padding.self, AdaptiveAveragePooling.self, AdaptiveMaximumPooling.self,
        Flatten.self, Add.self, Concatenate.self, PadShortcut.self, Dropout.self, LogSoftmax.self, Softmax.self,
        Tokens.self, Patches.self, ClassToken.self, PositionEmbedding.self, Attention.self, SelectToken.self, TokenMean.self,
        Operation.self,
    ]

    static func type(of kind: String, layer: String) throws -> any Layer.Type {
        guard let type = all.first(where: { $0.kind == kind }) else {
            throw NetworkError.unknownLayerKind(layer: layer, kind: kind, known: all.map { $0.kind })
        }
        return type
    }

    /// Makes a layer of `kind` from its options; an option it does not know is an error.
    public static func make(kind: String, layer: String, options: [String: OptionValue]) throws(NetworkError) -> any Layer {
        try lifting {
            var reader = LayerOptions(layer: layer, values: options)
            let made = try type(of: kind, layer: layer).init(options: &reader)
            try reader.finish()
            return made
        }
    }
}
