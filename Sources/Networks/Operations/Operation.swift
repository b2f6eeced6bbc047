import Tensors

/// One ATen operation of an exported graph.
package struct Operation: Layer {
    /// Where an operation reads how many samples there are.
    package struct BatchPlace: Hashable, Sendable {
        /// The node's source, its axis that carries the batch, and how many entries of it belong to one sample.
        package let source: Int
        package let axis: Int
        package let times: Int

        package init(source: Int, axis: Int, times: Int) {
            self.source = source
            self.axis = axis
            self.times = times
        }
    }

    package static let kind = "operation"
    package let name: OperationName
    /// In the order of the signature; those left out at the end take their defaults.
    package let arguments: [OperationArgument]
    package let parameters: [ParameterDeclaration]
    /// Which of several results (chunk, split, lstm …) this node is.
    package let result: Int
    /// The shape of the result for one sample: where the batch stands, the number of entries that belong to a sample. Other sizes are the file's.
    package let shape: [Int]
    /// The axis of the result whose outermost factor is the batch; nil for a value without batch.
    package let batchAxis: Int?
    /// Where sizes that carry the batch (`OperationArgument.batch`) take it from; nil where there are none.
    package let batchPlace: BatchPlace?

    package init(
        _ name: OperationName, _ arguments: [OperationArgument], parameters: [ParameterDeclaration] = [], result: Int = 0, shape: [Int],
        batchAxis: Int?, batchPlace: BatchPlace? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.parameters = parameters
        self.result = result
        self.shape = shape
        self.batchAxis = batchAxis
        self.batchPlace = batchPlace
    }

    /// What kind of operation it is.
    package var operationKind: OperationKind { AllowedOperation.named(name)?.kind ?? .opaque }

    /// The argument of a name in the signature; the default where it was left out.
    package func argument(_ name: String) -> OperationArgument {
        guard let place = AllowedOperation.named(self.name)?.parameters.firstIndex(where: { $0.name == name }) else { return .byDefault }
        return arguments.indices.contains(place) ? arguments[place] : .byDefault
    }

    package var isHomogeneous: Bool { false }

    // MARK: In architecture files

    package init(options: inout LayerOptions) throws {
        let layer = options.layer
        func fault(_ option: String, _ reason: String) -> NetworkError { .option(layer: layer, option: option, reason: reason) }
        name = OperationName(text: try options.text("operation"))
        guard let allowed = AllowedOperation.named(name) else {
            throw fault("operation", "\(name) is not an operation that Amalgam calls")
        }
        let text = try options.text("arguments")
        guard let arguments = OperationArgument.list(text: text), arguments.count <= allowed.parameters.count else {
            throw fault("arguments", "is “\(text.prefix(80))”, which are not arguments of \(allowed.signature)")
        }
        self.arguments = arguments
        let leaves = arguments.flatMap(\.leaves)
        parameters = try OperationParameters.declarations(
            try options.text("parameters", default: ""),
            named: leaves.compactMap { if case .parameter(let name) = $0 { name } else { nil } },
            layer: layer)
        result = try options.int("result", default: 0)
        shape = try options.integers("shape")
        let axis = try options.int("batch", default: -1, atLeast: -1)
        batchAxis = axis < 0 ? nil : axis
        guard shape.count <= 16, shape.allSatisfy({ $0 >= 0 && $0 <= 1 << 32 }), batchAxis.map(shape.indices.contains) ?? true else {
            throw fault("shape", "is \(shape) with the batch on axis \(axis), which no value has")
        }
        let place = try options.integers("batch_from", default: [])
        guard place.isEmpty || place.count == 3, place.allSatisfy({ $0 >= 0 && $0 < 1 << 32 }), place.isEmpty || place[2] > 0 else {
            throw fault("batch_from", "should be a source, an axis and a factor")
        }
        batchPlace = place.isEmpty ? nil : BatchPlace(source: place[0], axis: place[1], times: place[2])
        let usesBatch = leaves.contains { if case .batch = $0 { true } else { false } }
        guard !usesBatch || batchPlace != nil else { throw fault("batch_from", "is missing: the arguments name the batch") }
    }

    package var options: [(name: String, value: OptionValue)] {
        var options: [(name: String, value: OptionValue)] = [
            ("operation", .string("\(name)")), ("arguments", .string(arguments.map(\.text).joined(separator: ", "))),
            ("shape", .ints(shape)),
        ]
        if !parameters.isEmpty { options.append(("parameters", .string(OperationParameters.text(parameters)))) }
        if let batchAxis { options.append(("batch", .int(batchAxis))) }
        if let batchPlace { options.append(("batch_from", .ints([batchPlace.source, batchPlace.axis, batchPlace.times]))) }
        if result != 0 { options.append(("result", .int(result))) }
        return options
    }
}

extension Operation {
    /// Operations whose sizes follow the widths of a network.
    private static let sized: Set<String> = [
        "reshape", "view", "expand", "split", "split_with_sizes", "slice", "narrow", "layer_norm", "rms_norm", "zeros", "ones", "full",
    ]

    /// Whether sizes above one stand among its arguments.
    package var hasLiteralSizes: Bool {
        guard Self.sized.contains(name.base), let allowed = AllowedOperation.named(name) else { return false }
        return zip(arguments, allowed.parameters).contains { argument, parameter in
            parameter.type.hasPrefix("SymInt") && argument.leaves.contains { if case .int(let size) = $0 { size > 1 } else { false } }
        }
    }

    /// The options but for sizes, in which networks of one graph and of other widths differ.
    package var optionsBesideSizes: [(name: String, value: OptionValue)] {
        guard let allowed = AllowedOperation.named(name) else { return options }
        let others = zip(arguments, allowed.parameters).map { argument, parameter in
            Self.sized.contains(name.base) && parameter.type.hasPrefix("SymInt") ? argument.withoutSizes : argument
        }
        return options.filter { $0.name != "shape" }.map {
            $0.name == "arguments" ? ($0.name, .string(others.map(\.text).joined(separator: ", "))) : $0
        }
    }
}

extension OperationArgument {
    /// With 0 for every number.
    fileprivate var withoutSizes: OperationArgument {
        switch self {
        case .int: .int(0)
        case .list(let parts): .list(parts.map(\.withoutSizes))
        default: self
        }
    }
}

/// The parameters of an operation, and what they are for, as text: "weight bias running_mean:statistic".
enum OperationParameters {
    private static let roles: [(name: String, role: ParameterDeclaration.Role)] = [("statistic", .statistic), ("counter", .counter)]

    static func text(_ parameters: [ParameterDeclaration]) -> String {
        parameters.map { parameter in
            parameter.name + (roles.first { $0.role == parameter.role }.map { ":\($0.name)" } ?? "") + (parameter.isOptional ? "?" : "")
        }.joined(separator: " ")
    }

    static func declarations(_ text: String, named used: [String], layer: String) throws -> [ParameterDeclaration] {
        let declared = try text.split(separator: " ").map { word in
            let isOptional = word.hasSuffix("?"), word = isOptional ? word.dropLast() : word
            let parts = word.split(separator: ":"), role = parts.count == 2 ? roles.first { $0.name == parts[1] }?.role : .trained
            guard (1...2).contains(parts.count), let role else {
                throw NetworkError.option(layer: layer, option: "parameters", reason: "“\(word)” is no parameter's name and role")
            }
            return ParameterDeclaration(String(parts[0]), role, optional: isOptional, initial: .uniformByFanIn)
        }
        if let missing = used.first(where: { name in !declared.contains { $0.name == name } }) {
            throw NetworkError.option(layer: layer, option: "parameters", reason: "“\(missing)” is among the arguments, but not declared")
        }
        return declared
    }
}
