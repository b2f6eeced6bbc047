import Tensors

/// Networks of one graph brought into one form, so that parameters correspond one to one: no function changes.
///
/// A parameter that only some of them have is given to the others where its absence means certain numbers (no bias is a bias of zeros); what is one
/// parameter in some and two in others becomes two in all; the element type is the widest of all, single precision at least.
package struct AlikeNetworks: Sendable {
    /// A parameter that a network lacked.
    package struct Given: Sendable, Equatable {
        /// The place of the network.
        package let network: Int
        /// The layer, and the name that it declares, such as "bias".
        package let layer: String
        package let parameter: String
        /// What all entries are.
        package let value: Double
    }

    /// Two names that are one parameter in some of the networks only.
    package struct Untied: Sendable, Equatable {
        package let first: String
        package let second: String
        /// The places of the networks in which they were one.
        package let networks: [Int]
    }

    package let networks: [Network]
    package let given: [Given]
    package let untied: [Untied]

    /// Networks that are not of one graph come out as they are.
    package init(_ networks: [Network]) throws(NetworkError) {
        self = try lifting { try AlikeNetworks(aligning: networks) }
    }

    private init(aligning networks: [Network]) throws {
        let dtype = DType.widest(networks.map(\.dtype) + [.float32]) ?? .float32
        let converted = try networks.map { try $0.isUniform(dtype) ? $0 : $0.converted(to: dtype) }
        let kinds = networks.map { $0.trace.layers.map(\.kind) }
        guard kinds.allSatisfy({ $0 == kinds.first }), networks.count > 1 else {
            (self.networks, given, untied) = (converted, [], [])
            return
        }
        let completed = try Self.completed(converted)
        given = completed.given
        (self.networks, untied) = try Self.tiedAlike(completed.networks)
    }

    // MARK: What some lack

    private static func completed(_ networks: [Network]) throws -> (networks: [Network], given: [Given]) {
        var added = [[String: Tensor]](repeating: [:], count: networks.count), given: [Given] = []
        for place in networks[0].architecture.nodes.indices {
            for declared in networks[0].architecture.nodes[place].layer.parameters {
                guard let neutral = declared.neutral else { continue }
                let names = networks.map { $0.architecture.nodes[place].parameterName(declared.name) }
                let lacks = networks.indices.filter { index in names[index].map { networks[index].parameters[$0] == nil } ?? false }
                guard !lacks.isEmpty, lacks.count < networks.count else { continue }
                for index in lacks {
                    guard let name = names[index] else { continue }
                    let layer = networks[index].trace.layers[place]
                    let width = layer.outputShape.indices.contains(layer.neuronAxis) ? layer.outputShape[layer.neuronAxis] : 1
                    added[index][name] =
                        declared.role == .counter
                        ? try Tensor.zeros([], dtype: .int64) : try Tensor.zeros([width], dtype: networks[index].dtype) + neutral
                    given.append(Given(network: index, layer: layer.id, parameter: declared.name, value: neutral))
                }
            }
        }
        guard !given.isEmpty else { return (networks, []) }
        let made = try zip(networks, added).map { network, own in
            own.isEmpty ? network : try network.with(parameters: network.parameters.merging(own) { $1 })
        }
        return (made, given)
    }

    // MARK: What some tie

    private static func tiedAlike(_ networks: [Network]) throws -> ([Network], [Untied]) {
        let tables = networks.map(\.firstUses)
        guard let all = tables.first, tables.contains(where: { $0 != all }), tables.allSatisfy({ Set($0.keys) == Set(all.keys) }) else {
            return (networks, [])
        }
        let uses = all.keys.sorted { ($0.node, $0.parameter) < ($1.node, $1.parameter) }
        // Uses stay tied where every network ties them: those that have the same first use in each.
        var first: [[Architecture.Use]: Architecture.Use] = [:], common: [Architecture.Use: Architecture.Use] = [:]
        for use in uses {
            let key = tables.map { $0[use] ?? use }
            first[key] = first[key] ?? use
            common[use] = first[key]
        }
        var untied: [Untied] = []
        for use in uses where common[use] == use {
            let nodes = networks[0].architecture.nodes
            let apart = networks.indices.filter { tables[$0][use] != use }
            guard let one = apart.first, let before = tables[one][use] else { continue }
            let name = { (use: Architecture.Use) in nodes[use.node].ownName(use.parameter) ?? use.parameter }
            untied.append(Untied(first: name(before), second: name(use), networks: apart))
        }
        return (try zip(networks, tables).map { $1 == common ? $0 : try $0.retied(from: $1, to: common) }, untied)
    }
}

extension Network {
    /// Whether all floating-point parameters are of one type.
    fileprivate func isUniform(_ type: DType) throws -> Bool {
        guard dtype == type else { return false }
        return try parameters.values.allSatisfy { value in
            let own = try value.dtype()
            return !own.isFloatingPoint || own == type
        }
    }

    /// The same function with a name of its own for every use that is no longer tied.
    fileprivate func retied(
        from old: [Architecture.Use: Architecture.Use], to new: [Architecture.Use: Architecture.Use]
    ) throws -> Network {
        let places = Dictionary(architecture.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        var names: [Architecture.Use: String] = [:], made: [String: Tensor] = [:]
        for (place, node) in architecture.nodes.enumerated() {
            for declared in node.layer.parameters {
                let use = Architecture.Use(node: place, parameter: declared.name)
                guard let before = node.parameterName(declared.name), let value = parameters[before], let first = new[use] else { continue }
                var name = names[first] ?? (old[use] == use ? before : node.ownName(declared.name) ?? before)
                // Two layers of one name that shared all of it are called apart by their ids.
                if names[first] == nil, made[name] != nil {
                    name = "\(node.id).\(declared.name)"
                    while made[name] != nil { name += "_" }
                }
                names[use] = name
                made[name] = value
            }
        }
        let all = names
        let renamed = try architecture.naming { node, parameter in
            places[node.id].flatMap { all[Architecture.Use(node: $0, parameter: parameter)] }
        }
        return try Network(renamed, parameters: made, ties: trace.ties)
    }
}
