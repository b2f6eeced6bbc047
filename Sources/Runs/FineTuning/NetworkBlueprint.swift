import Checkpoints
import Foundation
import Networks

/// A fresh network in a line of text: `mlp:784-400-200-10`, `vgg11:width=16`, `resnet18:width=16`, `like:FILE`.
///
/// Options follow the colon, separated by commas: `width` (channels of the first layer, 64 in the papers), `bias=no`, `norm=no`. Inputs
/// and classes of convolutional networks come from the data. Parameters are drawn as PyTorch draws them.
public struct NetworkBlueprint: Sendable, Equatable, CustomStringConvertible {
    private enum Kind: Sendable, Equatable {
        case perceptron(widths: [Int])
        case vgg(plan: [Int])
        case residual(blocks: [Int])
        case like(String)
    }

    public let description: String
    private let kind: Kind
    private let width: Int
    private let hasBias: Bool
    private let hasNorm: Bool

    /// Channels in units of the first layer's; 0 is a pooling (Simonyan & Zisserman 2015, for images of 32 × 32).
    private static let vggPlans = [
        "vgg11": [1, 0, 2, 0, 4, 4, 0, 8, 8, 0, 8, 8, 0], "vgg13": [1, 1, 0, 2, 2, 0, 4, 4, 0, 8, 8, 0, 8, 8, 0],
        "vgg16": [1, 1, 0, 2, 2, 0, 4, 4, 4, 0, 8, 8, 8, 0, 8, 8, 8, 0],
    ]
    /// Basic blocks of each stage (He et al. 2016).
    private static let residualBlocks = ["resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3]]

    public static let forms = "mlp:784-400-10, \((vggPlans.keys.sorted() + residualBlocks.keys.sorted()).map { "\($0):width=16" }.joined(separator: ", ")), or like:FILE"

    public init(_ text: String) throws(RunError) {
        func refused(_ reason: String) -> RunError { .unsuitable(reason: "the network “\(text)” \(reason); write \(Self.forms)") }
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        let name = text[..<colon].lowercased(), rest = colon < text.endIndex ? String(text[text.index(after: colon)...]) : ""
        description = text
        if name == "like" {
            guard !rest.isEmpty else { throw refused("names no file") }
            (kind, width, hasBias, hasNorm) = (.like(rest), 0, true, true)
            return
        }
        var options = rest.split(separator: ",").map(String.init)
        if name == "mlp" {
            let widths = options.isEmpty ? [] : options.removeFirst().split(separator: "-").map { Int($0) ?? 0 }
            guard widths.count >= 2, widths.allSatisfy({ (1...1_000_000).contains($0) }) else { throw refused("needs its widths, from the inputs to the classes") }
            kind = .perceptron(widths: widths)
        } else if let plan = Self.vggPlans[name] {
            kind = .vgg(plan: plan)
        } else if let blocks = Self.residualBlocks[name] {
            kind = .residual(blocks: blocks)
        } else {
            throw refused("is of no kind that can be made")
        }
        var width = 64, bias: Bool?, norm = true
        for option in options {
            let sides = option.split(separator: "=").map(String.init)
            switch (sides.first, sides.count == 2 ? sides[1] : "") {
            case ("width", let value):
                guard let number = Int(value), (1...4096).contains(number) else { throw refused("has a width of \(value), which should be 1 to 4096") }
                width = number
            case ("bias", "yes"), ("bias", "no"): bias = sides[1] == "yes"
            case ("norm", "yes"), ("norm", "no"): norm = sides[1] == "yes"
            default: throw refused("has the option “\(option)”, which should be width=N, bias=yes|no or norm=yes|no")
            }
        }
        // A batch norm's own shift makes a convolution's bias useless.
        let isPerceptron = name == "mlp"
        (self.width, hasNorm, hasBias) = (width, norm && !isPerceptron, bias ?? (isPerceptron || !norm))
    }

    /// The network, with parameters drawn from the seed.
    ///
    /// - Parameters:
    ///   - sample: the data's channels, height and width.
    public func network(sample: [Int], classes: Int, seed: UInt64) throws(RunError) -> Network {
        try runs {
            switch kind {
            case .like(let path):
                let stored = try Checkpoint.open(path).stored
                return try Network.fresh(stored.architecture, shapes: stored.parameters.mapValues(\.shape), seed: seed)
            case .perceptron(let widths):
                return try MultilayerPerceptron.fresh(widths: widths, bias: hasBias, seed: seed)
            case .vgg(let plan):
                return try made(vgg(plan, sample: sample, classes: classes), sample: sample, seed: seed)
            case .residual(let blocks):
                return try made(residual(blocks, sample: sample, classes: classes), sample: sample, seed: seed)
            }
        }
    }

    private func made(_ entries: [(name: String, shape: [Int])], sample: [Int], seed: UInt64) throws -> Network {
        let architecture = try Families.recognise(ParameterTable(entries, hints: RecognitionHints(inputShape: sample)))
        return try Network.fresh(architecture, shapes: Dictionary(uniqueKeysWithValues: entries), seed: seed)
    }

    // MARK: Names and shapes, as PyTorch's own models have them

    private func vgg(_ plan: [Int], sample: [Int], classes: Int) -> [(name: String, shape: [Int])] {
        var entries: [(String, [Int])] = [], place = 0, channels = sample[0], positions = sample[1] * sample[2]
        for step in plan {
            guard step > 0 else {
                place += 1
                positions /= 4
                continue
            }
            entries += convolution("features.\(place)", channels, step * width, kernel: 3)
            if hasNorm { entries += norm("features.\(place + 1)", step * width) }
            place += hasNorm ? 3 : 2
            channels = step * width
        }
        return entries + linear("classifier", channels * max(1, positions), classes)
    }

    private func residual(_ blocks: [Int], sample: [Int], classes: Int) -> [(name: String, shape: [Int])] {
        var entries = convolution("conv1", sample[0], width, kernel: 3), channels = width
        if hasNorm { entries += norm("bn1", width) }
        for (stage, count) in blocks.enumerated() {
            let wide = width << stage
            for block in 0..<count {
                let prefix = "layer\(stage + 1).\(block)"
                for (index, input) in [channels, wide].enumerated() {
                    entries += convolution("\(prefix).conv\(index + 1)", input, wide, kernel: 3)
                    if hasNorm { entries += norm("\(prefix).bn\(index + 1)", wide) }
                }
                if channels != wide {
                    entries += convolution("\(prefix).shortcut.0", channels, wide, kernel: 1)
                    if hasNorm { entries += norm("\(prefix).shortcut.1", wide) }
                }
                channels = wide
            }
        }
        return entries + linear("linear", channels, classes)
    }

    private func convolution(_ name: String, _ input: Int, _ output: Int, kernel: Int) -> [(String, [Int])] {
        [("\(name).weight", [output, input, kernel, kernel])] + (hasBias ? [("\(name).bias", [output])] : [])
    }

    private func linear(_ name: String, _ input: Int, _ output: Int) -> [(String, [Int])] { [("\(name).weight", [output, input]), ("\(name).bias", [output])] }

    private func norm(_ name: String, _ channels: Int) -> [(String, [Int])] {
        ["weight", "bias", "running_mean", "running_var"].map { ("\(name).\($0)", [channels]) } + [("\(name).num_batches_tracked", [])]
    }
}
