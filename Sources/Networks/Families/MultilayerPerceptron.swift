/// Linear layers with a nonlinearity between them: matrices whose widths form a chain, each with or without a bias, perhaps with batch
/// normalisation behind them.
package enum MultilayerPerceptron: Family {
    package static let name = "MLP"

    package static func recognise(_ table: ParameterTable) throws -> Architecture? {
        guard table.prefixes.allSatisfy({ [.linear, .normalization].contains(table.kind($0)) }) else { return nil }
        let layers = table.prefixes.filter { table.kind($0) == .linear }
        guard layers.allSatisfy({ layer in table.shape(layer, "bias").map { $0 == [table.width(layer, 0)] } ?? true }) else { return nil }
        let (ordered, guess) = try chained(layers, table)
        guard let first = ordered.first, let inputWidth = table.shape(first, "weight")?[1] else { return nil }
        let norms = try NormPlacement.following(
            [], ordered, norms: LayerOrder.sorted(table.prefixes.filter { !layers.contains($0) }), table)
        return try architecture(
            layers: ordered, norms: norms.mapValues { ($0, table.norm($0) ?? BatchNormalization()) }, inputWidth: inputWidth,
            activation: table.hints.activation ?? .relu,
            assumptions: (table.hints.activation == nil ? ["ReLU between the layers and none after the last"] : []) + table.normAssumptions
                + guess, facts: table.facts)
    }

    /// The graph of an MLP whose layers have these prefixes.
    ///
    /// - Parameter norms: the normalisation behind a layer and its prefix, by the layer's prefix.
    package static func architecture(
        layers: [String], norms: [String: (prefix: String, layer: any Layer)] = [:], inputWidth: Int, activation: Activation = .relu,
        assumptions: [String] = [], facts: LayerFacts? = nil
    ) throws(NetworkError) -> Architecture {
        var builder = ArchitectureBuilder(facts: facts)
        builder.add(Flatten(), id: "flatten")
        for (index, prefix) in layers.enumerated() {
            builder.add(Linear(), prefix: prefix)
            builder.addHidden(prefix, norm: norms[prefix], index + 1 < layers.count ? activation : nil)
        }
        if let output = facts?.output { builder.add(output, id: "output") }
        return try Architecture(family: name, inputShape: [inputWidth], nodes: builder.nodes, assumptions: assumptions)
    }

    /// A fresh MLP with the layers fc1, fc2, … and the widths given, input and classes included.
    package static func fresh(widths: [Int], bias: Bool, seed: UInt64) throws(NetworkError) -> Network {
        guard widths.count >= 2, widths.allSatisfy({ $0 > 0 }) else {
            throw NetworkError.graph(reason: "an MLP needs two positive widths or more, not \(widths)")
        }
        let prefixes = (1..<widths.count).map { "fc\($0)" }
        var shapes: [String: [Int]] = [:]
        for (index, prefix) in prefixes.enumerated() {
            shapes["\(prefix).weight"] = [widths[index + 1], widths[index]]
            if bias { shapes["\(prefix).bias"] = [widths[index + 1]] }
        }
        return try Network.fresh(architecture(layers: prefixes, inputWidth: widths[0]), shapes: shapes, seed: seed)
    }

    /// The layers in an order in which each reads what the one before it gives: by what their names say, else the file's order, else
    /// the only order in which the widths fit. Where another order fits as well and nothing decides, the assumption is returned too.
    private static func chained(_ layers: [String], _ table: ParameterTable) throws -> (order: [String], guess: [String]) {
        func width(_ layer: String, _ axis: Int) -> Int { table.shape(layer, "weight")?[axis] ?? 0 }
        func firstBreak(_ order: [String]) -> Int? {
            (1..<max(1, order.count)).first { width(order[$0], 1) != width(order[$0 - 1], 0) }
        }
        // Numbered names (fc1, fc2, … fc10) and words (input, hidden, output) determine the order better than the file, which may be
        // sorted letter by letter; names without anything in common do not.
        let natural = LayerOrder.sorted(layers)
        let namesTell = Set(layers.map { $0.filter { !$0.isNumber } }).count == 1 || layers.contains { LayerOrder.rank($0) != 0 }
        if namesTell, firstBreak(natural) == nil { return (natural, []) }
        guard let broken = firstBreak(layers) else {
            let fitsOtherwise = layers.indices.contains { i in
                layers.indices.contains { j in
                    var other = layers
                    other.swapAt(i, j)
                    return i < j && firstBreak(other) == nil
                }
            }
            return (
                layers,
                fitsOtherwise
                    ? [
                        "the layers come in the file's order \(layers.joined(separator: ", ")), though their widths fit another order as well"
                    ] : []
            )
        }
        if firstBreak(natural) == nil { return (natural, []) }
        if let chain = onlyChain(layers, width) { return (chain, []) }
        let (before, after) = (layers[broken - 1], layers[broken])
        throw NetworkError.unrecognised(
            recognised: "\(broken) linear layer\(broken == 1 ? "" : "s") of an MLP", stoppedAt: "\(after).weight",
            reason: "it reads \(width(after, 1)) values, but \(before) has \(width(before, 0)) outputs")
    }

    /// The order in which the widths fit, where no width leads two ways.
    private static func onlyChain(_ layers: [String], _ width: (String, Int) -> Int) -> [String]? {
        let outputs = Set(layers.map { width($0, 0) })
        guard Set(layers.map { width($0, 1) }).count == layers.count, let first = layers.first(where: { !outputs.contains(width($0, 1)) })
        else { return nil }
        var chain = [first]
        while let last = chain.last, let next = layers.first(where: { width($0, 1) == width(last, 0) && !chain.contains($0) }) {
            chain.append(next)
        }
        return chain.count == layers.count ? chain : nil
    }
}
