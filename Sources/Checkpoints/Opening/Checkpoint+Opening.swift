import Archives
import Networks
import Tensors

extension Checkpoint {
    /// Opens a checkpoint of any format that is read.
    ///
    /// - Parameter options: an architecture file, hints and the choice among several networks. Without an architecture file,
    ///   `NAME.arch.toml` beside the checkpoint is used where there is one, then the architecture that Amalgam saved in the checkpoint,
    ///   then the families' recognition. Hints override the file's own contents.
    public static func open(
        _ path: String, _ options: LoadOptions = LoadOptions(), limits: ArchiveLimits = .standard
    ) throws(CheckpointError) -> Checkpoint {
        try lifting(path) {
            let (archive, choice) = try chosenArchive(path, options, limits: limits)
            guard !archive.entries.isEmpty else {
                throw CheckpointError.noParameters(
                    file: path, holds: archive.ignored.isEmpty ? "nothing" : archive.ignored.joined(separator: ", "))
            }
            var dict = StateDict(archive)
            (dict.networks, dict.notes) = (choice.networks, choice.notes)
            if let refusal = AdapterNames.refusal(archive) { throw refusal }
            let model = try ModelDescription(archive), (description, source) = try description(of: archive, options)
            let used = description.map { Set($0.architecture.parameterNames(required: false)).union($0.tied.keys) }
            if let prefix = options.prefix, source != .embedded { try dict.narrow(to: prefix) }
            if let description { try dict.choose(description.architecture) } else { try dict.chooseNetwork() }
            var foldings = try WeightFolding.all(in: dict.entries, file: path)
            // Where the graph computes a weight of its parts itself, the parts are its parameters.
            if let used {
                foldings.removeAll { $0.sources.allSatisfy { name in used.contains { name == $0 || name.hasSuffix("." + $0) } } }
            }
            foldings += try LowRankAdapters.foldings(in: dict, facts: archive.facts)
            dict.leaveAside(
                options.ignored + (description?.ignored ?? []), used: used, kept: Set(foldings.flatMap(\.sources)),
                tied: used == nil ? [:] : try dict.ties(archive))
            try dict.fold(foldings)
            if foldings.contains(where: { $0.kind == .lora }) { LowRankAdapters.rename(&dict) }
            if let refused = dict.entries.first(where: { $0.elementType == nil }) { _ = try refused.tensor(of: path) }
            guard !dict.entries.isEmpty else {
                throw CheckpointError.noParameters(file: path, holds: dict.leftAside.map { printable($0.name) }.joined(separator: ", "))
            }

            let known = try dict.tie(archive)
            let configuration = try model.configuration.map { json in
                try Configuration(json, file: (archive.folder.map { $0 + "/" } ?? "") + "config.json", given: options.hints)
            }
            let architecture: Architecture, found: ArchitectureSource
            if let description, let source {
                let written = description.architecture
                let prefix =
                    dict.prefixes(fitting: written.parameterNames(required: true)).first ?? StateDict.wrapper(of: dict.entries.map(\.name))
                let outside = dict.entries.map(\.name).filter { !$0.hasPrefix(prefix) }
                guard outside.isEmpty else { throw CheckpointError.network(file: path, .unusedParameters(names: outside.sorted())) }
                dict.cut(prefix)
                try description.exported?.check(dict)
                (architecture, found) = (try written.sharing(dict.aliases), source)
            } else {
                (architecture, found) = try Recognition(
                    hints: configuration?.completing(options.hints) ?? options.hints, modules: archive.modules
                ).architecture(cutting: &dict)
            }
            try dict.merge(tiedBy: architecture, and: description?.tied ?? [:])
            return try Checkpoint(
                dict, archive, architecture, found, options, (model, configuration),
                program: description?.exported?.program,
                doubtfulTies: known.doubts(dict.aliases, cut: dict.prefix))
        }
    }

    /// An architecture file, named or beside the checkpoint, or what Amalgam kept in it; nil where the network is to be recognised.
    private static func description(
        of archive: Archive, _ options: LoadOptions
    ) throws -> (ArchitectureFile.Description?, ArchitectureSource?) {
        let named = options.architecture ?? ArchitectureFile.beside(archive.path)
        if let file = named, file.lowercased().hasSuffix(".pt2") {
            let graph = try Archive.open(file)
            return (try ArchitectureFile.Description(graph, file: file, output: options.hints.output), .exported(file))
        }
        if let file = named {
            return (try ArchitectureFile.description(file), .file(file))
        }
        if archive.program != nil {
            return (try ArchitectureFile.Description(archive, file: archive.path, output: options.hints.output), .exported(archive.path))
        }
        guard let text = archive.metadata[architectureKey] else { return (nil, nil) }
        return (try ArchitectureFile.description(from: text, file: "\(archive.path) (its own metadata)"), .embedded)
    }

    private init(
        _ dict: StateDict, _ archive: Archive, _ architecture: Architecture, _ source: ArchitectureSource, _ options: LoadOptions,
        _ described: (model: ModelDescription, configuration: Configuration?), program: ExportedProgram?, doubtfulTies: [String]
    ) throws {
        let path = archive.path
        var parameters: [String: Tensor] = [:], counts: [DType: Int] = [:], layout = StateDictLayout()
        for entry in dict.entries where dict.aliases[entry.name] == nil {
            let tensor = try entry.tensor(of: path)
            parameters[entry.name] = tensor
            guard let type = entry.elementType.flatMap({ DType($0) }) else { continue }
            counts[type, default: 0] += tensor.count
            layout.types[entry.name] = type
        }
        let values = parameters
        let network = try Network(architecture, parameters: values)
        for layer in network.trace.layers {
            for parameter in layer.parameters where parameter.role != .counter {
                guard let type = layout.types[parameter.fullName], !type.isFloatingPoint else { continue }
                throw CheckpointError.elementType(file: path, array: dict.prefix + parameter.fullName, type: type.name)
            }
        }
        layout.prefix = dict.prefix
        layout.folded = dict.folded
        layout.aliases = dict.aliases
        layout.leftAside = dict.leftAside.compactMap(\.stored)
        layout.program = program
        var metadata = archive.metadata
        metadata[Self.architectureKey] = nil
        for key in ModelDescription.metadataKeys { metadata[key] = nil }
        var notes = archive.notes + dict.notes + dict.foldingNotes + dict.leftAsideNotes
        if let configuration = described.configuration, case .recognised = source {
            notes += try configuration.check(network, given: options.hints)
        }
        try described.model.check(outputs: network.trace.outputWidth, path: path)
        let kind = archive.kind.rawValue
        self.init(
            path: path, provenance: archive.provenance == kind ? kind : "\(kind), \(archive.provenance)", architectureSource: source,
            stored: network,
            types: counts.sorted { ($0.value, $0.key.rawValue) > ($1.value, $1.key.rawValue) }.map { ($0.key, $0.value) },
            layout: layout, description: described.model, metadata: metadata, facts: archive.facts, integerLists: archive.integerLists,
            ignored: archive.ignored,
            byteCount: archive.byteCount, digest: archive.digest, candidates: dict.networks,
            hintNotes: options.hints.notes(architecture, from: source), notes: notes,
            tieNotes: TiedEntries.notes(dict.aliases), doubtfulTies: doubtfulTies)
    }
}

extension Architecture {
    /// The full names of the parameters that its layers declare.
    func parameterNames(required: Bool) -> [String] {
        nodes.flatMap { node in node.layer.parameters.filter { !required || !$0.isOptional }.compactMap { node.parameterName($0.name) } }
    }
}

extension StateDict {
    /// Takes the network that an architecture describes, where several stand side by side.
    fileprivate mutating func choose(_ architecture: Architecture) throws {
        // One place where everything fits is the network, whatever else there is.
        if prefixes(fitting: architecture.parameterNames(required: true)).count != 1 { try chooseNetwork() }
    }
}
