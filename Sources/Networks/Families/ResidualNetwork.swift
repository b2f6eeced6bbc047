import Foundation

/// Residual networks (He et al. 2016): a stem, stages of blocks with shortcuts, a linear head; in the names of torchvision
/// (`layer1.0.downsample.0`, `fc`), of timm's deep stems and averaged shortcuts (`conv1.0`, `layer1.0.downsample.1`; He et al. 2019,
/// ResNet-C and ResNet-D) and of the widespread CIFAR code (`layer1.0.shortcut.0`, `linear`), with or without batch normalisation and biases.
package enum ResidualNetwork: Family {
    package static let name = "ResNet"

    private struct Block {
        let prefix: String
        let stage: Int
        let index: Int
    }

    package static func recognise(_ table: ParameterTable) throws -> Architecture? {
        let blocks = blocks(table)
        guard let first = blocks.first, blocks.allSatisfy({ table.kind("\($0.prefix).conv1") == .convolution }) else { return nil }
        let root = String(
            first.prefix.prefix(upTo: first.prefix.range(of: "layer", options: .backwards)?.lowerBound ?? first.prefix.startIndex))
        guard let stem = ResidualStem(table, root: root) else {
            throw NetworkError.unrecognised(
                recognised: "\(blocks.count) residual blocks", stoppedAt: first.prefix,
                reason: "there is no convolution \(root)conv1 before them")
        }
        let heads = table.prefixes.filter { table.kind($0) == .linear }
        guard heads.count == 1, let head = heads.first else {
            throw NetworkError.unrecognised(
                recognised: "\(blocks.count) residual blocks", stoppedAt: heads.last ?? "the head",
                reason: "one linear layer should follow, not \(heads.count)")
        }
        var builder = ArchitectureBuilder(facts: table.facts)
        var assumptions: [String] = []
        let function = table.hints.activation ?? .relu
        stem.add(function, table, &builder)
        if let pool = table.facts?.pool ?? stem.pool { builder.add(pool, id: "\(root)maxpool") }
        if table.facts == nil { assumptions.append(stem.assumption) }
        if table.facts == nil {
            assumptions.append(
                "the first block of every stage but the first has stride 2" + (isBottleneck(first, table) ? ", in its 3×3 convolution" : "")
            )
        }
        if table.facts == nil, blocks.contains(where: { averagesShortcut($0, table) }) {
            assumptions.append("a shortcut without downsample.0 averages 2×2 positions before its convolution where its block has stride 2")
        }
        var width = stem.width
        for block in blocks { width = try add(block, width, isFirstStage: block.stage == first.stage, function, table, &builder) }
        let features = table.width(head, 1)
        guard features % width == 0, let side = (1...16).first(where: { $0 * $0 == features / width }) else {
            throw NetworkError.unrecognised(
                recognised: "\(blocks.count) residual blocks", stoppedAt: "\(head).weight",
                reason: "it reads \(features) values, but the last block has \(width) channels")
        }
        builder.add(table.facts?.adaptivePool ?? AdaptiveAveragePooling(size: side), id: "\(root)avgpool")
        builder.add(Flatten(), id: "\(root)flatten")
        builder.add(Linear(), prefix: head)
        if let output = table.facts?.output { builder.add(output, id: "\(root)output") }
        let imageSide = stem.reduces ? 224 : stem.channels == 1 ? 28 : 32
        if table.hints.inputShape == nil { assumptions.append("images of \(imageSide)×\(imageSide)") }
        assumptions += table.normAssumptions
        if table.hints.activation == nil { assumptions.append("ReLU after every normalisation and every sum") }
        return try Architecture(
            family: familyName(blocks, stem, table), inputShape: table.hints.inputShape ?? [stem.channels, imageSide, imageSide],
            nodes: builder.nodes, assumptions: assumptions)
    }

    /// The blocks in order: every prefix that ends in `layerS.B`.
    private static func blocks(_ table: ParameterTable) -> [Block] {
        var found: [String: Block] = [:]
        for prefix in table.prefixes {
            let words = prefix.split(separator: ".", omittingEmptySubsequences: false)
            for (place, word) in words.enumerated().dropLast() {
                guard word.hasPrefix("layer"), let stage = Int(word.dropFirst(5)), let index = Int(words[place + 1]) else { continue }
                let block = words[...(place + 1)].joined(separator: ".")
                found[block] = Block(prefix: block, stage: stage, index: index)
            }
        }
        return found.values.sorted { ($0.stage, $0.index, $0.prefix) < ($1.stage, $1.index, $1.prefix) }
    }

    private static func isBottleneck(_ block: Block, _ table: ParameterTable) -> Bool {
        table.kind("\(block.prefix).conv3") == .convolution
    }

    /// Whether the shortcut's convolution stands behind a place without parameters.
    private static func averagesShortcut(_ block: Block, _ table: ParameterTable) -> Bool {
        table.kind("\(block.prefix).downsample.0") == .other && table.kind("\(block.prefix).downsample.1") == .convolution
    }

    static func addNorm(_ prefix: String, _ table: ParameterTable, _ builder: inout ArchitectureBuilder) {
        if table.kind(prefix) == .normalization, let norm = table.norm(prefix) { builder.add(norm, prefix: prefix) }
    }

    /// Adds a block; gives the number of its channels.
    private static func add(
        _ block: Block, _ width: Int, isFirstStage: Bool, _ function: Activation, _ table: ParameterTable,
        _ builder: inout ArchitectureBuilder
    ) throws -> Int {
        let input = builder.last
        let layers = (1...3).map { "\(block.prefix).conv\($0)" }.filter { table.kind($0) == .convolution }
        let averages = averagesShortcut(block, table)
        let shortcut = [averages ? "downsample.1" : "downsample.0", "shortcut.0", "downsample", "shortcut"].map { "\(block.prefix).\($0)" }
            .first {
                table.kind($0) == .convolution
            }
        let output = layers.last.map { table.width($0, 0) } ?? 0
        // A shortcut that changes nothing cannot skip positions either.
        let stride = !isFirstStage && block.index == 0 && (shortcut != nil || output != width) ? 2 : 1
        // torchvision and the CIFAR code both put a bottleneck's stride into its 3×3 convolution.
        let strided = layers.count == 3 ? 1 : 0
        var last = width
        for (index, layer) in layers.enumerated() {
            guard table.width(layer, 1) > 0, last % table.width(layer, 1) == 0 else {
                throw NetworkError.unrecognised(
                    recognised: "the residual blocks before \(block.prefix)", stoppedAt: "\(layer).weight",
                    reason: "it expects \(table.width(layer, 1)) input channels, but its input has \(last)")
            }
            builder.add(
                Convolution(
                    stride: index == strided ? stride : 1, padding: table.width(layer, 2) / 2, groups: last / table.width(layer, 1)),
                prefix: layer)
            addNorm("\(block.prefix).bn\(index + 1)", table, &builder)
            last = table.width(layer, 0)
            if index + 1 < layers.count { builder.add(function, id: "\(layer).\(function.function.rawValue)") }
        }
        let branch = builder.last
        var skip = input
        if let shortcut {
            if averages, stride > 1 {
                let pool = Pooling(.average, kernel: stride, stride: stride, ceilMode: true, countsPadding: false)
                skip = builder.add(pool, id: "\(block.prefix).downsample.0", from: [input])
            }
            skip = builder.add(
                Convolution(stride: averages ? 1 : stride, padding: table.width(shortcut, 2) / 2), prefix: shortcut, from: [skip])
            if let place = SequencePlace(shortcut) {
                addNorm("\(place.stem).\(place.index + 1)", table, &builder)
                skip = builder.last
            }
        } else if output != width {
            guard output > width else {
                throw NetworkError.unrecognised(
                    recognised: "the residual blocks before \(block.prefix)", stoppedAt: block.prefix,
                    reason: "it narrows \(width) channels to \(output) without a shortcut's convolution")
            }
            let before = (output - width) / 2
            skip = builder.add(
                PadShortcut(stride: stride, before: before, after: output - width - before), id: "\(block.prefix).shortcut", from: [input])
        }
        builder.add(Add(), id: "\(block.prefix).sum", from: [branch, skip])
        builder.add(function, id: "\(block.prefix).\(function.function.rawValue)")
        return output
    }

    /// ResNet-n, n counting the stem as one layer, the blocks' convolutions and the head; with the letter of He et al. 2019 for a deep stem (C)
    /// and averaged shortcuts (D).
    private static func familyName(_ blocks: [Block], _ stem: ResidualStem, _ table: ParameterTable) -> String {
        let each = blocks.first.map { isBottleneck($0, table) ? 3 : 2 } ?? 2
        let stages = Set(blocks.map(\.stage)).count
        let variant = blocks.contains { averagesShortcut($0, table) } ? "-D" : stem.isDeep ? "-C" : ""
        return (stages >= 3 ? "ResNet\(blocks.count * each + 2)" : "ResNet") + variant
    }
}
