import Archives
import Networks

/// The classes of `torch.nn` whose modules the layers here compute exactly, with every option; others are refused by name.
enum ModuleCatalogue {
    /// What a module is: layers in order, of which the last has the module's parameters; none for one that changes nothing.
    struct Entry {
        var layers: [any Layer] = []
        /// What must hold of the values that come in, checked when shapes are known: a reason against a shape, or nil.
        var objection: (@Sendable ([Int]) -> String?)?
    }

    typealias Reader = @Sendable (ModuleAttributes) throws -> Entry

    /// Whether a class is known, whatever its options.
    static func knows(_ className: String) -> Bool { readers[className] != nil }

    /// - Throws: ``NetworkError/module(path:className:reason:)`` for a class or an option that no layer computes.
    static func entry(of module: StoredModule) throws -> Entry {
        guard let reader = readers[module.className] else {
            throw NetworkError.module(
                path: module.path, className: module.className, reason: "no layer computes this class; it is not approximated")
        }
        return try reader(ModuleAttributes(module: module))
    }

    /// By the full name of the class.
    private static let readers: [String: Reader] = {
        let groups: [(String, [String: Reader])] = [
            ("linear", ["Linear": plain(Linear()), "NonDynamicallyQuantizableLinear": plain(Linear()), "Identity": nothing]),
            ("conv", ["Conv2d": convolution]),
            ("batchnorm", ["BatchNorm1d": batchNorm, "BatchNorm2d": batchNorm, "SyncBatchNorm": batchNorm]),
            ("instancenorm", ["InstanceNorm2d": instanceNorm]),
            ("normalization", ["LayerNorm": layerNorm, "GroupNorm": groupNorm]),
            (
                "pooling",
                [
                    "MaxPool2d": pool(.max), "AvgPool2d": pool(.average), "AdaptiveAvgPool2d": adaptivePool(AdaptiveAveragePooling.kind),
                    "AdaptiveMaxPool2d": adaptivePool(AdaptiveMaximumPooling.kind),
                ]
            ),
            (
                "padding",
                [
                    "ZeroPad2d": padding(.zeros), "ConstantPad2d": padding(.zeros), "ReflectionPad2d": padding(.reflect),
                    "ReplicationPad2d": padding(.replicate), "CircularPad2d": padding(.circular),
                ]
            ),
            ("dropout", ["Dropout": dropout(.values), "Dropout2d": dropout(.channels), "AlphaDropout": dropout(.alpha)]),
            ("flatten", ["Flatten": flatten]),
            (
                "activation",
                activations.merging([
                    "PReLU": plain(ParametricRectifier()), "Softmax": softmax(Softmax()), "LogSoftmax": softmax(LogSoftmax()),
                ]) { $1 }
            ),
        ]
        return Dictionary(
            groups.flatMap { file, classes in classes.map { ("torch.nn.modules.\(file).\($0)", $1) } },
            uniquingKeysWith: { first, _ in first })
    }()

    private static let activations: [String: Reader] = [
        "ReLU": function(.relu), "Tanh": function(.tanh), "SiLU": function(.silu), "Sigmoid": function(.sigmoid), "SELU": function(.selu),
        "ReLU6": function(.relu6),
        "Hardswish": function(.hardswish), "Hardsigmoid": function(.hardsigmoid), "Mish": function(.mish),
        "LogSigmoid": function(.logSigmoid),
        "LeakyReLU": function(.leakyRelu, "negative_slope"), "ELU": function(.elu, "alpha"), "CELU": function(.celu, "alpha"),
        "Hardtanh": function(.hardtanh, "min_val", "max_val"),
        "Softplus": function(.softplus, "beta", "threshold"),
        "GELU": { attributes in
            switch attributes.text("approximate") ?? "none" {
            case "none": return Entry(layers: [Activation(.gelu)])
            case "tanh": return Entry(layers: [Activation(.geluTanh)])
            default: throw attributes.refused("approximate = \(attributes.text("approximate") ?? "") is not computed")
            }
        },
    ]

    // MARK: readers

    private static let nothing: Reader = { _ in Entry() }

    private static func plain(_ layer: any Layer) -> Reader { { _ in Entry(layers: [layer]) } }

    /// A layer by its options, which are checked as those of an architecture file are.
    private static func layer(
        _ kind: String, _ attributes: ModuleAttributes, _ options: [String: OptionValue]
    ) throws -> any Layer {
        do { return try LayerCatalogue.make(kind: kind, layer: attributes.module.path, options: options) } catch .option(
            _, let option, let reason)
        {
            throw attributes.refused("\(option) \(reason)")
        }
    }

    private static func function(_ function: Activation.Function, _ names: String...) -> Reader {
        { attributes in
            var options: [String: OptionValue] = ["function": .string(function.rawValue)]
            for (name, option) in zip(names, function.options) { options[option.name] = .real(try attributes.real(name, option.fallback)) }
            return Entry(layers: [try layer(Activation.kind, attributes, options)])
        }
    }

    private static let convolution: Reader = { attributes in
        let kernel = try attributes.pair("kernel_size"), dilation = try attributes.pair("dilation", [1, 1]),
            stride = try attributes.pair("stride", [1, 1])
        // Left, right, top, bottom.
        var border: [Int]
        switch attributes.text("padding") {
        case "valid": border = [0, 0, 0, 0]
        case "same":
            guard (kernel + dilation).allSatisfy({ (1...65536).contains($0) }) else {
                throw attributes.refused("kernel_size or dilation is out of range")
            }
            let total = zip(kernel, dilation).map { $1 * ($0 - 1) }
            border = [total[1] / 2, total[1] - total[1] / 2, total[0] / 2, total[0] - total[0] / 2]
        default:
            let padding = try attributes.pair("padding", [0, 0])
            border = [padding[1], padding[1], padding[0], padding[0]]
        }
        let word = attributes.text("padding_mode") ?? "zeros"
        guard let mode = Padding.Mode(rawValue: word) else { throw attributes.refused("padding_mode = \(word) is not computed") }
        let isOwn = mode == .zeros && border[0] == border[1] && border[2] == border[3], isNone = border.allSatisfy { $0 == 0 }
        var options: [String: OptionValue] = [
            "stride": .ints(stride), "dilation": .ints(dilation), "groups": .int(try attributes.int("groups", 1)),
        ]
        if isOwn { options["padding"] = .ints([border[2], border[0]]) }
        var layers = [try layer(Convolution.kind, attributes, options)]
        if !isOwn, !isNone {
            layers.insert(try layer(Padding.kind, attributes, ["mode": .string(mode.rawValue), "border": .ints(border)]), at: 0)
        }
        return Entry(layers: layers)
    }

    private static let batchNorm: Reader = { attributes in
        guard try attributes.flag("track_running_stats", true) else {
            throw attributes.refused(
                "track_running_stats = False normalises by the statistics of the batch, so the output is not a function of one sample")
        }
        guard attributes.module.attributes["momentum"] != "None" else {
            throw attributes.refused("momentum = None (a cumulative average) is not computed")
        }
        return Entry(layers: [
            try layer(
                BatchNormalization.kind, attributes,
                ["eps": .real(try attributes.real("eps", 1e-5)), "momentum": .real(try attributes.real("momentum", 0.1))])
        ])
    }

    private static let instanceNorm: Reader = { attributes in
        guard try !attributes.flag("track_running_stats", false) else {
            throw attributes.refused("track_running_stats = True is not computed")
        }
        return Entry(layers: [try layer(InstanceNormalization.kind, attributes, ["eps": .real(try attributes.real("eps", 1e-5))])])
    }

    private static let layerNorm: Reader = { attributes in
        let shape = try attributes.ints("normalized_shape")
        guard shape.count == 1 || shape.count == 3 else {
            throw attributes.refused("normalized_shape = \(shape) is not computed; one or three axes are")
        }
        let layers = [try layer(LayerNormalization.kind, attributes, ["eps": .real(try attributes.real("eps", 1e-5))])]
        return Entry(layers: layers) { $0 == shape ? nil : "normalized_shape = \(shape), but values of shape \($0) come in" }
    }

    private static let groupNorm: Reader = { attributes in
        Entry(layers: [
            try layer(
                GroupNormalization.kind, attributes,
                ["groups": .int(try attributes.int("num_groups")), "eps": .real(try attributes.real("eps", 1e-5))])
        ])
    }

    private static func pool(_ function: Pooling.Function) -> Reader {
        { attributes in
            let kernel = try attributes.pair("kernel_size")
            var options: [String: OptionValue] = [
                "function": .string(function.rawValue), "kernel": .ints(kernel), "stride": .ints(try attributes.pair("stride", kernel)),
                "padding": .ints(try attributes.pair("padding", [0, 0])),
                "ceil_mode": .bool(try attributes.flag("ceil_mode", false)),
            ]
            switch function {
            case .max:
                guard try !attributes.flag("return_indices", false) else {
                    throw attributes.refused("return_indices = True gives two outputs")
                }
                options["dilation"] = .ints(try attributes.pair("dilation", [1, 1]))
            case .average:
                if let divisor = attributes.text("divisor_override") {
                    throw attributes.refused("divisor_override = \(divisor) is not computed")
                }
                options["count_include_pad"] = .bool(try attributes.flag("count_include_pad", true))
            }
            return Entry(layers: [try layer(Pooling.kind, attributes, options)])
        }
    }

    private static func adaptivePool(_ kind: String) -> Reader {
        { attributes in
            guard try !attributes.flag("return_indices", false) else { throw attributes.refused("return_indices = True gives two outputs") }
            // None keeps an axis, as 0 does here.
            let size = attributes.text("output_size") == nil ? [0, 0] : try attributes.pair("output_size", none: 0)
            return Entry(layers: [try layer(kind, attributes, ["size": .ints(size)])])
        }
    }

    private static func padding(_ mode: Padding.Mode) -> Reader {
        { attributes in
            let value = try attributes.real("value", 0)
            guard value == 0 else { throw attributes.refused("value = \(value) is not computed; zeros are") }
            var border = try attributes.ints("padding")
            if border.count == 1 { border = [Int](repeating: border[0], count: 4) }
            return Entry(layers: [try layer(Padding.kind, attributes, ["mode": .string(mode.rawValue), "border": .ints(border)])])
        }
    }

    private static func dropout(_ unit: Dropout.Unit) -> Reader {
        { attributes in
            let rate = try attributes.real("p", 0.5)
            return Entry(layers: [try layer(Dropout.kind, attributes, ["rate": .real(rate), "unit": .string(unit.rawValue)])])
        }
    }

    private static let flatten: Reader = { attributes in
        let (start, end) = (try attributes.int("start_dim", 1), try attributes.int("end_dim", -1))
        guard start == 1 else { throw attributes.refused("start_dim = \(start) is not computed; 1 is") }
        return Entry(layers: [Flatten()]) { [end] in
            end == -1 || end == $0.count ? nil : "end_dim = \(end) of values of shape \($0) is not computed"
        }
    }

    private static func softmax(_ layer: any Layer) -> Reader {
        { attributes in
            let axis = try attributes.int("dim", 1)
            return Entry(layers: [layer]) {
                axis == 1 || (axis == -1 && $0.count == 1) ? nil : "dim = \(axis) of values of shape \($0) is not computed"
            }
        }
    }
}
