import Archives
import Networks

/// A folder's `config.json`: options for recognition that the parameters do not reveal, and values to check the recognised network against.
struct Configuration {
    let json: JSONValue
    let file: String
    /// What recognition takes from it.
    private(set) var hints = RecognitionHints()
    private var sizes: [(key: String, value: Int, kind: Check)] = []

    private enum Check { case outputs, heads, depth, width, patch, image }

    /// - Parameter given: the user's hints, which override the file's.
    init(_ json: JSONValue, file: String, given: RecognitionHints) throws {
        self.json = json
        self.file = file
        let arguments = json["model_args"] ?? .object([]), reader = ConfigurationReader(json: json, file: file),
            inner = ConfigurationReader(json: arguments, file: file, section: "model_args")
        var sizes: [(key: String, value: Int, kind: Check)] = []
        func add(_ found: (key: String, value: Int)?, _ kind: Check) { if let found { sizes.append((found.key, found.value, kind)) } }

        // timm keeps the arguments of the model apart; they go before what stands at the top.
        func size(_ arguments: [String], _ top: [String]) throws -> (key: String, value: Int)? {
            if let found = try inner.size(arguments) { return found }
            return try reader.size(top)
        }
        if let labels = json["id2label"]?.members, !labels.isEmpty {
            add(("id2label", labels.count), .outputs)
        } else {
            add(try reader.size(["num_labels", "num_classes"]), .outputs)
        }
        let heads = try size(["num_heads"], ["num_attention_heads", "num_heads", "n_heads", "n_head"])
        add(heads, .heads)
        add(try size(["depth"], ["num_hidden_layers"]), .depth)
        add(try size(["embed_dim"], ["hidden_size", "embed_dim"]), .width)
        add(try size(["patch_size"], ["patch_size"]), .patch)
        if let heads { hints.heads = heads.value }
        let imageKey = json["image_size"] != nil ? "image_size" : "img_size"
        var image = try inner.sizes("img_size")
        if image == nil { image = try reader.sizes(imageKey) }
        if let image, let height = image.first, let width = image.last {
            add((imageKey, height), .image)
            if let channels = try size(["in_chans"], ["num_channels", "in_chans", "in_channels"]) {
                hints.inputShape = [channels.value, height, width]
            }
        } else if let size = try ConfigurationReader(json: json["pretrained_cfg"] ?? .object([]), file: file, section: "pretrained_cfg")
            .sizes("input_size"), size.count == 3
        {
            hints.inputShape = size
        }
        if given.activation == nil,
            let (key, value) = reader.first(["hidden_act", "activation_function", "activation", "hidden_activation"]), let name = value.text
        {
            guard let function = Self.activation(name) else {
                throw reader.fault(key, "is “\(name)”, which is not supported; override it with --hint activation= if the file is wrong")
            }
            hints.activation = Activation(function)
        }
        hints.epsilon = try reader.number(json["layer_norm_eps"] != nil ? "layer_norm_eps" : "layer_norm_epsilon")
        self.sizes = sizes
    }

    /// Functions by the names of the Hugging Face libraries and of PyTorch's classes.
    private static func activation(_ name: String) -> Activation.Function? {
        switch name.lowercased() {
        case "gelu", "gelu_python": .gelu
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate": .geluTanh
        case "swish", "silu": .silu
        default: Activation.Function.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
        }
    }

    /// The hints that recognition goes by: those given, then those of the file.
    func completing(_ given: RecognitionHints) -> RecognitionHints {
        var hints = given
        hints.heads = given.heads ?? self.hints.heads
        hints.inputShape = given.inputShape ?? self.hints.inputShape
        hints.activation = given.activation ?? self.hints.activation
        hints.epsilon = given.epsilon ?? self.hints.epsilon
        return hints
    }

    /// Refuses a recognised network that contradicts the file; where a user's hint does, a note says so instead.
    ///
    /// - Returns: sentences about what was read and followed.
    func check(_ network: Network, given: RecognitionHints) throws -> [String] {
        let architecture = network.architecture
        let attentions = architecture.nodes.compactMap { $0.layer as? Attention }
        let isTransformer = !attentions.isEmpty
        var read: [String] = [], notes: [String] = []
        func conflict(_ key: String, _ said: Int, _ found: Int, _ what: String) -> CheckpointError {
            .configuration(
                file: file, key: key,
                reason: "is \(said), but the parameters have \(found) \(what); correct the file, or open the weights that it belongs to")
        }
        for (key, value, kind) in sizes {
            switch kind {
            case .outputs:
                guard value == network.trace.outputWidth else { throw conflict(key, value, network.trace.outputWidth, "outputs") }
                read.append("\(key) \(value)")
            case .heads where isTransformer:
                if given.heads != nil {
                    if given.heads != value {
                        notes.append("the hint heads=\(given.heads ?? 0) overrides \(key) = \(value) of config.json")
                    }
                    continue
                }
                read.append("\(key) \(value)")
            case .depth where isTransformer:
                guard value == attentions.count else { throw conflict(key, value, attentions.count, "blocks") }
                read.append("\(key) \(value)")
            case .width where isTransformer:
                guard
                    let width = architecture.nodes.lazy.compactMap({ node in
                        node.layer is PositionEmbedding ? network.parameters[node.prefix ?? ""]?.shape.last : nil
                    }).first
                else { continue }
                guard value == width else { throw conflict(key, value, width, "channels in every token") }
            case .patch where isTransformer:
                guard
                    let patch = architecture.nodes.lazy.compactMap({
                        ($0.layer as? Convolution)?.stride.first ?? ($0.layer as? Patches)?.size
                    }).first
                else { continue }
                guard value == patch else { throw conflict(key, value, patch, "pixels on each side of a patch") }
            case .image:
                guard architecture.inputShape.count == 3 else { continue }
                if given.inputShape != nil, given.inputShape == architecture.inputShape { continue }
                guard value == architecture.inputShape[1] else {
                    throw conflict(key, value, architecture.inputShape[1], "pixels on each side of an image, as recognised")
                }
                read.append("\(key) \(value)")
            default: continue
            }
        }
        if given.activation == nil, let function = hints.activation,
            architecture.nodes.contains(where: { ($0.layer as? Activation) == function })
        {
            read.append("activation \(function.text)")
        }
        if let epsilon = hints.epsilon, architecture.nodes.contains(where: { ($0.layer as? LayerNormalization)?.epsilon == epsilon }) {
            read.append("ε \(epsilon)")
        }
        if !read.isEmpty { notes.append("read from config.json: \(read.joined(separator: ", ")); the computation graph itself is assumed") }
        return notes
    }
}
