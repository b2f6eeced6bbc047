import Networks

/// Which parameters of a network are trained, at which share of the learning rate, and which batch norms keep their statistics.
struct TrainedParameters {
    /// Names that share a factor of the learning rate, in the order of the network.
    let groups: [(factor: Double, names: [String])]
    /// Batch norm layers that use their running statistics and leave them as they are.
    let keptStatistics: Set<String>

    var names: [String] { groups.flatMap(\.names) }

    init(_ network: Network, _ settings: FineTuningSettings) throws {
        let aliases = Self.aliases(of: network)
        let all = network.trainedNames
        for pattern in settings.frozen + settings.rates.map(\.pattern) {
            guard all.contains(where: { aliases[$0, default: []].contains(where: pattern.matches) }) else {
                throw TrainingError.setting(
                    name: "the pattern “\(pattern.text)”", value: pattern.text,
                    allowed: "names of parameters, layers or neuron groups, such as \(all.prefix(4).joined(separator: ", "))")
            }
        }
        let head = Set(
            network.trace.layers.last { layer in layer.parameters.contains { $0.outputAxis != nil } }?.parameters.map(\.fullName) ?? [])
        var groups: [(factor: Double, names: [String])] = []
        for name in all {
            func fits(_ pattern: NamePattern) -> Bool { aliases[name, default: []].contains(where: pattern.matches) }
            let factor = settings.rates.first { fits($0.pattern) }?.factor ?? 1
            if factor == 0 || settings.frozen.contains(where: fits) || (settings[FineTuning.trains] == .head && !head.contains(name)) {
                continue
            }
            if let place = groups.firstIndex(where: { $0.factor == factor }) {
                groups[place].names.append(name)
            } else {
                groups.append((factor, [name]))
            }
        }
        guard !groups.isEmpty else {
            throw TrainingError.setting(
                name: "frozen parameters", value: "everything", allowed: "settings with at least one trainable parameter")
        }
        self.groups = groups
        let trained = Set(groups.flatMap(\.names))
        keptStatistics = Set(
            zip(network.architecture.nodes, network.trace.layers).compactMap { node, layer in
                guard node.layer is BatchNormalization else { return nil }
                let own = layer.parameters.filter { $0.role == .trained }.map(\.fullName)
                let isFrozen =
                    own.isEmpty
                    ? settings[FineTuning.trains] == .head || settings.frozen.contains { $0.matches(node.id) }
                    : !own.contains(where: trained.contains)
                return settings[FineTuning.batchNorm] == .frozen || isFrozen ? node.id : nil
            })
    }

    /// What a pattern may call a parameter: its own name, its layer's, the neuron groups whose neurons it computes.
    private static func aliases(of network: Network) -> [String: Set<String>] {
        var aliases: [String: Set<String>] = [:]
        for layer in network.trace.layers {
            for parameter in layer.parameters { aliases[parameter.fullName, default: []].formUnion([parameter.fullName, layer.id]) }
        }
        for group in network.groups.all {
            let producers = Set(group.producers)
            for layer in network.trace.layers where producers.contains(layer.id) {
                for parameter in layer.parameters { aliases[parameter.fullName, default: []].insert(group.name) }
            }
        }
        return aliases
    }
}
