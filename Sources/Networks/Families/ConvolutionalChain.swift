/// Convolutions one after another, then linear layers: LeNets, VGGs, and the small nets built like them, with or without batch
/// normalisation.
///
/// Parameters do not tell where pools stand nor how images are padded. Numbered layers leave gaps where pools are
/// (`features.0`, `features.3`); what gaps leave open is decided by which arrangement brings an image of a usual size to as many
/// positions as the first linear layer reads.
public enum ConvolutionalChain: Family {
    public static let name = "LeNet, VGG"

    public static func recognise(_ table: ParameterTable) throws(NetworkError) -> Architecture? {
        let kinds = Dictionary(table.prefixes.map { ($0, table.kind($0)) }, uniquingKeysWith: { first, _ in first })
        guard kinds.values.contains(.convolution), kinds.values.allSatisfy({ [.convolution, .linear, .batchNormalization].contains($0) }) else { return nil }
        func layers(_ kind: ParameterTable.LayerKind) -> [String] { LayerOrder.sorted(table.prefixes.filter { kinds[$0] == kind }) }
        let convolutions = try chained(layers(.convolution), table), linears = try chained(layers(.linear), table)
        guard let first = convolutions.first, let last = convolutions.last, let head = linears.first else {
            throw .unrecognised(recognised: "\(convolutions.count) convolutions", stoppedAt: "the head", reason: "no linear layer follows them")
        }
        let norms = try NormPlacement.following(convolutions, linears, norms: layers(.batchNormalization), table)
        let channels = table.width(last, 0)
        guard table.width(head, 1) % channels == 0 else {
            throw .unrecognised(
                recognised: "\(convolutions.count) convolutions", stoppedAt: "\(head).weight",
                reason: "it reads \(table.width(head, 1)) values, which \(last)'s \(channels) channels do not divide")
        }
        let plan = try PoolingPlan(
            convolutions: convolutions.map { PoolingPlan.Convolution(prefix: $0, kernel: table.width($0, 2), isNormalised: norms[$0] != nil) },
            head: head, channels: table.width(first, 1), positions: table.width(head, 1) / channels, hints: table.hints)
        return try architecture(table, convolutions, linears, norms, plan)
    }

    private static func architecture(
        _ table: ParameterTable, _ convolutions: [String], _ linears: [String], _ norms: [String: String], _ plan: PoolingPlan
    ) throws(NetworkError) -> Architecture {
        let function = table.hints.activation ?? .relu
        var builder = ArchitectureBuilder()
        for (index, prefix) in convolutions.enumerated() {
            builder.add(Convolution(padding: plan.paddings[index]), prefix: prefix)
            if let norm = norms[prefix] { builder.add(BatchNormalization(), prefix: norm) }
            builder.add(Activation(function), id: "\(prefix).\(function.rawValue)")
            for pool in 0..<plan.pools[index] { builder.add(Pooling(.max, kernel: 2, stride: 2), id: "\(prefix).pool" + (pool == 0 ? "" : "\(pool + 1)")) }
        }
        // The ImageNet VGGs bring every image to 7×7 before their head.
        if plan.final == [7, 7] { builder.add(AdaptiveAveragePooling(size: 7), id: "pool") }
        builder.add(Flatten(), id: "flatten")
        for (index, prefix) in linears.enumerated() {
            builder.add(Linear(), prefix: prefix)
            if let norm = norms[prefix] { builder.add(BatchNormalization(), prefix: norm) }
            if index + 1 < linears.count { builder.add(Activation(function), id: "\(prefix).\(function.rawValue)") }
        }
        let assumptions = plan.assumptions(convolutions) + (table.hints.activation == nil ? ["ReLU after every layer but the last"] : [])
        return try Architecture(
            family: familyName(table, convolutions, linears, isNormalised: !norms.isEmpty), inputShape: plan.input, nodes: builder.nodes, assumptions: assumptions)
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
    private static func chained(_ layers: [String], _ table: ParameterTable) throws(NetworkError) -> [String] {
        let file = table.prefixes.filter(layers.contains)
        func firstBreak(_ order: [String]) -> Int? {
            (1..<max(1, order.count)).first { table.width(order[$0], 1) != table.width(order[$0 - 1], 0) }
        }
        guard let broken = firstBreak(layers) else { return layers }
        if firstBreak(file) == nil { return file }
        throw .unrecognised(
            recognised: "\(broken) layers of a convolutional net", stoppedAt: "\(layers[broken]).weight",
            reason: "it reads \(table.width(layers[broken], 1)) channels, but \(layers[broken - 1]) gives \(table.width(layers[broken - 1], 0))")
    }
}
