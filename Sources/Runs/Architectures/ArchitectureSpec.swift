import Checkpoints
import Networks
import Provenance

/// The architecture of a network to be made: its family and its widths, or that of a checkpoint. A sample set declares it in TOML; a line of text is read by
/// ``init(_:)``.
///
/// Names and shapes of the parameters follow, as the family's own PyTorch code has them; the graph is what `Families` recognises in them, so
/// that what is made here is opened the same way as a user's checkpoint.
package enum ArchitectureSpec: Sendable, Equatable {
    /// Widths from input to classes.
    case mlp(widths: [Int], bias: Bool)
    /// Two 5×5 convolutions, a pool, linear layers of the hidden widths.
    case lenet(channels: [Int], hidden: [Int])
    /// 3×3 convolutions, a pool after every stage (after the last only where said), linear layers of the hidden widths.
    case vgg(stages: [[Int]], hidden: [Int], convolutions: Convolutions)
    /// Stages of basic blocks, as many as `blocks` names for each (He et al. 2016), in the names of the CIFAR code.
    case resnet(channels: [Int], blocks: [Int], convolutions: Convolutions)
    /// A vision transformer in timm's names; `hidden` is the width inside a block's two linear layers.
    case vit(width: Int, depth: Int, heads: Int, hidden: Int, patch: Int)
    /// That of a checkpoint; inputs and classes are the checkpoint's.
    case like(String)

    /// What every convolution of a network has beside its weights.
    package struct Convolutions: Sendable, Equatable {
        package var hasBias: Bool
        /// Whether batch normalisation follows it.
        package var hasNorm: Bool
    }

    /// Names and shapes for images of a shape [channels, height, width] and a number of classes.
    private func parameters(input: [Int], classes: Int) -> [(name: String, shape: [Int])] {
        var table = ShapeTable()
        switch self {
        case .mlp(let widths, let bias):
            for (index, (reads, gives)) in zip(widths, widths.dropFirst()).enumerated() {
                table.linear("fc\(index + 1)", reads, gives, bias: bias)
            }
        case .lenet(let channels, let hidden):
            var reads = input[0]
            for (index, gives) in channels.enumerated() {
                table.convolution("conv\(index + 1)", reads, gives, kernel: 5, with: Convolutions(hasBias: true, hasNorm: false))
                reads = gives
            }
            let positions = input[1] / 4 * (input[2] / 4)
            table.head(hidden + [classes], reads: reads * positions) { "fc\($0 + 1)" }
        case .vgg(let stages, let hidden, let convolutions):
            var reads = input[0], place = 0
            for stage in stages {
                for gives in stage {
                    table.convolution("features.\(place)", reads, gives, kernel: 3, with: convolutions, norm: "features.\(place + 1)")
                    reads = gives
                    place += convolutions.hasNorm ? 3 : 2
                }
                place += 1
            }
            let positions = (input[1] >> stages.count) * (input[2] >> stages.count)
            table.head(hidden + [classes], reads: reads * positions) { hidden.isEmpty ? "classifier" : "classifier.\(2 * $0)" }
        case .resnet(let channels, let blocks, let convolutions):
            var reads = channels.first ?? 0
            table.convolution("conv1", input[0], reads, kernel: 3, with: convolutions, norm: "bn1")
            for (stage, (gives, count)) in zip(channels, blocks).enumerated() {
                for block in 0..<count {
                    let prefix = "layer\(stage + 1).\(block)"
                    for (index, from) in [reads, gives].enumerated() {
                        table.convolution(
                            "\(prefix).conv\(index + 1)", from, gives, kernel: 3, with: convolutions, norm: "\(prefix).bn\(index + 1)")
                    }
                    if reads != gives {
                        table.convolution("\(prefix).shortcut.0", reads, gives, kernel: 1, with: convolutions, norm: "\(prefix).shortcut.1")
                    }
                    reads = gives
                }
            }
            table.linear("linear", reads, classes, bias: true)
        case .vit(let width, let depth, _, let hidden, let patch):
            table.add("cls_token", [1, 1, width])
            table.add("pos_embed", [1, 1 + input[1] / patch * (input[2] / patch), width])
            table.convolution("patch_embed.proj", input[0], width, kernel: patch, with: Convolutions(hasBias: true, hasNorm: false))
            for block in 0..<depth {
                let prefix = "blocks.\(block)"
                table.scale("\(prefix).norm1", width)
                table.linear("\(prefix).attn.qkv", width, 3 * width, bias: true)
                table.linear("\(prefix).attn.proj", width, width, bias: true)
                table.scale("\(prefix).norm2", width)
                table.linear("\(prefix).mlp.fc1", width, hidden, bias: true)
                table.linear("\(prefix).mlp.fc2", hidden, width, bias: true)
            }
            table.scale("norm", width)
            table.linear("head", width, classes, bias: true)
        case .like: break
        }
        return table.entries
    }

    /// A network with fresh parameters, drawn as PyTorch draws them.
    ///
    /// - Throws: ``RunError/unsuitable(reason:)`` for widths that make no network, and what recognition says of those that fit no family.
    package func fresh(input: [Int], classes: Int, seed: UInt64) throws -> Network {
        if case .like(let path) = self {
            let stored = try Checkpoint.open(path).stored
            return try Network.fresh(stored.architecture, shapes: stored.parameters.mapValues(\.shape), seed: seed)
        }
        guard input.count == 3 || !readsImages else {
            throw RunError.unsuitable(reason: "this architecture needs images; the samples have shape \(input)")
        }
        guard numbers.allSatisfy({ (1...4096).contains($0) }), !numbers.isEmpty else {
            throw RunError.unsuitable(reason: "widths should be 1 … 4096, not \(numbers)")
        }
        if case .vit(_, _, _, _, let patch) = self, !input[1].isMultiple(of: patch) || !input[2].isMultiple(of: patch) {
            throw RunError.unsuitable(reason: "patches of \(patch)×\(patch) do not tile an image of \(input[1])×\(input[2])")
        }
        let parameters = parameters(input: input, classes: classes)
        var hints = RecognitionHints(inputShape: input)
        switch self {
        case .vit(_, _, let heads, _, _): hints.heads = heads
        case .lenet(let channels, _): hints.pools = channels.map { _ in 1 }
        case .vgg(let stages, _, _): hints.pools = stages.flatMap { stage in stage.indices.map { $0 + 1 == stage.count ? 1 : 0 } }
        case .mlp, .resnet, .like: break
        }
        let architecture = try Families.recognise(ParameterTable(parameters, hints: hints))
        return try Network.fresh(
            architecture, shapes: Dictionary(parameters.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first }),
            seed: seed)
    }

    private var readsImages: Bool {
        if case .mlp = self { false } else { true }
    }

    /// Every number of the declaration.
    private var numbers: [Int] {
        switch self {
        case .mlp(let widths, _): widths
        case .lenet(let channels, let hidden): channels + hidden
        case .vgg(let stages, let hidden, _): stages.flatMap { $0.isEmpty ? [0] : $0 } + hidden
        case .resnet(let channels, let blocks, _): channels + blocks
        case .vit(let width, let depth, let heads, let hidden, let patch): [width, depth, heads, hidden, patch]
        case .like: []
        }
    }
}

extension ArchitectureSpec: Decodable {
    private enum CodingKeys: String, CodingKey { case family, widths, bias, channels, hidden, stages, blocks, width, depth, heads, patch }
    private enum Family: String, Decodable { case mlp, lenet, vgg, resnet, vit }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func sound(_ numbers: [Int], _ key: CodingKeys) throws -> [Int] {
            guard numbers.allSatisfy((1...1_000_000).contains) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: "numbers from 1 to 1000000")
            }
            return numbers
        }
        func list(_ key: CodingKeys) throws -> [Int] { try sound(values.decode([Int].self, forKey: key), key) }
        func number(_ key: CodingKeys) throws -> Int { try sound([values.decode(Int.self, forKey: key)], key)[0] }
        self =
            switch try values.decode(Family.self, forKey: .family) {
            case .mlp: .mlp(widths: try list(.widths), bias: try values.decode(Bool.self, forKey: .bias))
            case .lenet: .lenet(channels: try list(.channels), hidden: try list(.hidden))
            case .vgg:
                .vgg(
                    stages: try values.decode([[Int]].self, forKey: .stages).map { try sound($0, .stages) }, hidden: try list(.hidden),
                    convolutions: Convolutions(hasBias: true, hasNorm: true))
            case .resnet:
                try .resnet(
                    channels: list(.channels), blocks: Array(repeating: number(.blocks), count: list(.channels).count),
                    convolutions: Convolutions(hasBias: false, hasNorm: true))
            case .vit:
                .vit(
                    width: try number(.width), depth: try number(.depth), heads: try number(.heads), hidden: try number(.hidden),
                    patch: try number(.patch))
            }
    }
}

/// Names and shapes, layer by layer, in PyTorch's order.
private struct ShapeTable {
    private(set) var entries: [(name: String, shape: [Int])] = []

    mutating func add(_ name: String, _ shape: [Int]) { entries.append((name, shape)) }

    mutating func linear(_ name: String, _ reads: Int, _ gives: Int, bias: Bool) {
        add("\(name).weight", [gives, reads])
        if bias { add("\(name).bias", [gives]) }
    }

    mutating func convolution(
        _ name: String, _ reads: Int, _ gives: Int, kernel: Int, with parts: ArchitectureSpec.Convolutions, norm: String = ""
    ) {
        add("\(name).weight", [gives, reads, kernel, kernel])
        if parts.hasBias { add("\(name).bias", [gives]) }
        if parts.hasNorm { batchNormalization(norm, gives) }
    }

    mutating func scale(_ name: String, _ width: Int) {
        add("\(name).weight", [width])
        add("\(name).bias", [width])
    }

    mutating func batchNormalization(_ name: String, _ width: Int) {
        scale(name, width)
        add("\(name).running_mean", [width])
        add("\(name).running_var", [width])
        add("\(name).num_batches_tracked", [])
    }

    /// Linear layers of these widths, named by their number.
    mutating func head(_ widths: [Int], reads: Int, name: (Int) -> String) {
        var reads = reads
        for (index, gives) in widths.enumerated() {
            linear(name(index), reads, gives, bias: true)
            reads = gives
        }
    }
}
