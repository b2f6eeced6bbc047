import Foundation

/// Vision transformers (Dosovitskiy et al. 2021) with normalisation before each sublayer, in the names of timm, of torchvision, of the
/// Hugging Face libraries, and of the ViT-CIFAR code that the Neuron Interpolation paper uses.
package enum VisionTransformer: Family {
    package static let name = "ViT"

    package static func recognise(_ table: ParameterTable) throws -> Architecture? {
        guard
            let naming = ViTNaming.all.first(where: {
                table.shape($0.embedding, "weight") != nil && table.shapes[$0.position] != nil
                    && table.shape($0.block(0) + $0.norm1, "weight") != nil
            }),
            let embedding = table.shape(naming.embedding, "weight"), let position = table.shapes[naming.position]
        else { return nil }
        guard position.count == 3 else {
            throw NetworkError.unrecognised(
                recognised: "a ViT", stoppedAt: naming.position,
                reason: "it should be 1 × tokens × width, but is \(NetworkError.shape(position))")
        }
        let depth = (0...).first { table.shape(naming.block($0) + naming.norm1, "weight") == nil } ?? 0
        let width = position[2], hasToken = table.shapes[naming.token] != nil
        let patches = position[1] - (hasToken ? 1 : 0)
        guard patches > 0, let grid = (1...512).first(where: { $0 * $0 == patches }) else {
            throw NetworkError.unrecognised(
                recognised: "a ViT of \(depth) blocks", stoppedAt: naming.position, reason: "\(patches) patches do not form a square")
        }
        let patch = try patch(embedding, naming, table)
        let heads = table.hints.heads ?? naming.usualHeads(width), epsilon = table.hints.epsilon ?? naming.epsilon,
            function = table.hints.activation ?? .gelu
        var assumptions = table.hints.heads == nil ? ["\(heads) attention heads of \(width / max(1, heads)) channels"] : []
        assumptions.append(
            "\(naming.source): normalisation before each sublayer\(table.facts == nil ? " with ε = \(epsilon)" : ""), \(function.title)"
                + (naming.isCIFAR ? " also after the second linear layer, attention scores divided by √\(width)" : ""))

        var builder = ArchitectureBuilder(facts: table.facts)
        if embedding.count == 4 {
            builder.add(Convolution(stride: patch.size), prefix: naming.embedding)
            builder.add(Tokens(), id: "tokens")
        } else {
            builder.add(Patches(size: patch.size, channels: .last), id: "patches")
            builder.add(Linear(), prefix: naming.embedding)
        }
        if hasToken { builder.add(ClassToken(), prefix: naming.token) }
        builder.add(PositionEmbedding(), prefix: naming.position)
        for index in 0..<depth { addBlock(naming.block(index), naming, heads: heads, table, &builder) }
        let afterPooling = table.shape("fc_norm", "weight") != nil
        if hasToken { builder.add(SelectToken(), id: "select") } else if afterPooling { builder.add(TokenMean(), id: "mean") }
        builder.add(LayerNormalization(epsilon: epsilon), prefix: afterPooling ? "fc_norm" : naming.norm)
        if !hasToken, !afterPooling { builder.add(TokenMean(), id: "mean") }
        builder.add(Linear(), prefix: naming.head)
        return try Architecture(
            family: "ViT", inputShape: [patch.channels, grid * patch.size, grid * patch.size], nodes: builder.nodes,
            assumptions: assumptions)
    }

    /// A block: x + attention(norm x), then x + mlp(norm x).
    private static func addBlock(
        _ prefix: String, _ naming: ViTNaming, heads: Int, _ table: ParameterTable, _ builder: inout ArchitectureBuilder
    ) {
        let stream = builder.last, epsilon = table.hints.epsilon ?? naming.epsilon, function = table.hints.activation ?? .gelu
        let normed = builder.add(LayerNormalization(epsilon: epsilon), prefix: prefix + naming.norm1)
        let projections = naming.projections.map {
            builder.add(Linear(), prefix: prefix + $0, id: prefix + $0.replacingOccurrences(of: "_*", with: ""), from: [normed])
        }
        builder.add(Attention(heads: heads, scale: naming.isCIFAR ? .width : .head), id: prefix + naming.attention, from: projections)
        let attended = builder.add(Linear(), prefix: prefix + naming.output)
        let middle = builder.add(Add(), id: prefix + "sum1", from: [stream, attended])
        builder.add(LayerNormalization(epsilon: epsilon), prefix: prefix + naming.norm2)
        let layers = naming.mlps.first { table.shape(prefix + $0[0], "weight") != nil } ?? naming.mlps[0]
        builder.add(Linear(), prefix: prefix + layers[0])
        builder.add(function, id: prefix + function.function.rawValue)
        builder.add(Linear(), prefix: prefix + layers[1])
        let transformed = naming.isCIFAR ? builder.add(function, id: prefix + function.function.rawValue + "2") : builder.last
        builder.add(Add(), id: prefix + "sum2", from: [middle, transformed])
    }

    private static func patch(
        _ embedding: [Int], _ naming: ViTNaming, _ table: ParameterTable
    ) throws -> (size: Int, channels: Int) {
        if embedding.count == 4, embedding[2] == embedding[3] { return (embedding[2], embedding[1]) }
        // A patch in a row: size² · channels, of colour images before grey ones.
        let known = table.hints.inputShape?.first.map { [$0] } ?? [3, 1]
        for channels in known where embedding.count == 2 && channels > 0 && embedding[1] % channels == 0 {
            if let size = (1...256).first(where: { $0 * $0 == embedding[1] / channels }) { return (size, channels) }
        }
        throw NetworkError.unrecognised(
            recognised: "a ViT", stoppedAt: "\(naming.embedding).weight",
            reason: "its patches are not square: \(NetworkError.shape(embedding))")
    }
}
