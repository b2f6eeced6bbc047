/// Convolutions one after another, then linear layers: LeNets, VGGs, and the small nets built like them, with or without batch
/// normalisation.
///
/// Strides, pools and padding are not in the parameters. Where names reveal them (gaps between numbered layers: `features.0`, `features.3`), a hint or the
/// modules of the file do, or the shapes are a published network's, the arrangement is taken; otherwise the network is refused (``PoolingPlan``).
package enum ConvolutionalChain: Family {
    package static let name = "LeNet, VGG"

    package static func recognise(_ table: ParameterTable) throws -> Architecture? {
        let kinds = Dictionary(table.prefixes.map { ($0, table.kind($0)) }, uniquingKeysWith: { first, _ in first })
        guard kinds.values.contains(.convolution), kinds.values.allSatisfy({ [.convolution, .linear, .normalization].contains($0) }) else {
            return nil
        }
        func layers(_ kind: ParameterTable.LayerKind) -> [String] { LayerOrder.sorted(table.prefixes.filter { kinds[$0] == kind }) }
        let convolutions = try chained(layers(.convolution), table), linears = try chained(layers(.linear), table)
        guard let first = convolutions.first, let last = convolutions.last, let head = linears.first else {
            throw NetworkError.unrecognised(
                recognised: "\(convolutions.count) convolutions", stoppedAt: "the head", reason: "no linear layer follows them")
        }
        let norms = try NormPlacement.following(convolutions, linears, norms: layers(.normalization), table)
        let channels = table.width(last, 0)
        guard table.width(head, 1) % channels == 0 else {
            throw NetworkError.unrecognised(
                recognised: "\(convolutions.count) convolutions", stoppedAt: "\(head).weight",
                reason: "it reads \(table.width(head, 1)) values, which is not a multiple of the \(channels) channels of \(last)")
        }
        let chain = try convolutions.map { prefix in
            try PoolingPlan.Convolution(prefix, isNormalised: norms[prefix] != nil, table)
        }
        let plan = try PoolingPlan(chain, head: head, channels: table.width(first, 1), positions: table.width(head, 1) / channels, table)
        return try architecture(table, convolutions, linears, norms, plan)
    }

    private static func architecture(
        _ table: ParameterTable, _ convolutions: [String], _ linears: [String], _ norms: [String: String], _ plan: PoolingPlan
    ) throws -> Architecture {
        let function = table.hints.activation ?? .relu
        var builder = ArchitectureBuilder(facts: table.facts)
        for (index, prefix) in convolutions.enumerated() {
            builder.add(Convolution(stride: plan.strides[index], padding: plan.paddings[index]), prefix: prefix)
            builder.addHidden(prefix, norm: norms[prefix].map { ($0, table.norm($0) ?? BatchNormalization()) }, function)
            for pool in 0..<plan.pools[index] { builder.add(plan.pool, id: "\(prefix).pool" + (pool == 0 ? "" : "\(pool + 1)")) }
        }
        if let adaptive = plan.adaptive { builder.add(adaptive, id: "pool") }
        builder.add(Flatten(), id: "flatten")
        for (index, prefix) in linears.enumerated() {
            builder.add(Linear(), prefix: prefix)
            builder.addHidden(
                prefix, norm: norms[prefix].map { ($0, table.norm($0) ?? BatchNormalization()) }, index + 1 < linears.count ? function : nil
            )
        }
        if let output = table.facts?.output { builder.add(output, id: "output") }
        let assumptions =
            plan.assumptions(convolutions, table) + table.normAssumptions
            + (table.hints.activation == nil ? ["ReLU after every layer but the last"] : [])
        return try Architecture(
            family: plan.isAlexNet ? "AlexNet" : familyName(table, convolutions, linears, isNormalised: !norms.isEmpty),
            inputShape: plan.input, nodes: builder.nodes, assumptions: assumptions)
    }

    /// LeNet for 5×5 kernels, VGG with its number of layers for 3×3.
    private static func familyName(_ table: ParameterTable, _ convolutions: [String], _ linears: [String], isNormalised: Bool) -> String {
        let kernels = Set(convolutions.map { table.width($0, 2) })
        if kernels == [5], convolutions.count == 2 { return "LeNet" }
        guard kernels == [3], convolutions.count > 3 else { return "convolutional net" }
        let published = [8: "VGG11", 10: "VGG13", 13: "VGG16", 16: "VGG19"]
        return (published[convolutions.count] ?? "VGG-style net") + (isNormalised ? " with batch normalisation" : "")
    }

    /// Layers whose widths fit one after another.
    private static func chained(_ layers: [String], _ table: ParameterTable) throws -> [String] {
        let file = table.prefixes.filter(layers.contains)
        func firstBreak(_ order: [String]) -> Int? {
            (1..<max(1, order.count)).first { table.width(order[$0], 1) != table.width(order[$0 - 1], 0) }
        }
        guard let broken = firstBreak(layers) else { return layers }
        if firstBreak(file) == nil { return file }
        throw NetworkError.unrecognised(
            recognised: "\(broken) layers of a convolutional net", stoppedAt: "\(layers[broken]).weight",
            reason:
                "it reads \(table.width(layers[broken], 1)) channels, but \(layers[broken - 1]) has \(table.width(layers[broken - 1], 0)) channels"
        )
    }
}
