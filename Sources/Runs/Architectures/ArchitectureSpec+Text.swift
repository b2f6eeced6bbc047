import Provenance

/// An architecture in a line of text: `mlp:784-400-200-10`, `vgg11:width=16`, `vgg:32-64-128-128`, `resnet20:width=16`, `vit:width=64,depth=4`, `like:FILE`.
///
/// Options follow the colon, separated by commas, after the widths where there are any. Inputs and classes come from the data, but for a
/// multilayer perceptron, which states them.
extension ArchitectureSpec {
    /// Channels in units of the first stage's, a list for each stage, a pooling after each (Simonyan & Zisserman 2015, for images of 32 × 32).
    private static let vggStages = [
        "vgg11": [[1], [2], [4, 4], [8, 8], [8, 8]], "vgg13": [[1, 1], [2, 2], [4, 4], [8, 8], [8, 8]],
        "vgg16": [[1, 1], [2, 2], [4, 4, 4], [8, 8, 8], [8, 8, 8]],
        "vgg19": [[1, 1], [2, 2], [4, 4, 4, 4], [8, 8, 8, 8], [8, 8, 8, 8]],
    ]
    /// Basic blocks of each stage (He et al. 2016: four stages for ImageNet, three, in section 4.2, for CIFAR-10).
    private static let residualBlocks = [
        "resnet8": [1, 1, 1], "resnet14": [2, 2, 2], "resnet20": [3, 3, 3], "resnet32": [5, 5, 5], "resnet18": [2, 2, 2, 2],
        "resnet34": [3, 4, 6, 3],
    ]

    package static let forms: String = {
        func byDepth(_ names: some Sequence<String>) -> [String] { names.sorted { ($0.count, $0) < ($1.count, $1) } }
        let widths = (byDepth(vggStages.keys) + byDepth(residualBlocks.keys)).joined(separator: ", ")
        return
            "mlp:784-400-10, lenet:width=6, vgg:32-64-128-128, one of \(widths) with width=16, vit:width=64,depth=4,heads=4,patch=4, or like:FILE"
    }()

    package init(_ text: String) throws {
        func refused(_ reason: String) -> RunError { .unsuitable(reason: "the network “\(text)” \(reason); write \(Self.forms)") }
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        let name = text[..<colon].lowercased(), rest = colon < text.endIndex ? String(text[text.index(after: colon)...]) : ""
        if name == "like" {
            guard !rest.isEmpty else { throw refused("needs a file") }
            self = .like(rest)
            return
        }
        var words = rest.split(separator: ",").map(String.init), widths: [Int] = []
        if name == "mlp" || name == "vgg" {
            widths = words.isEmpty ? [] : words.removeFirst().split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard widths.count >= (name == "mlp" ? 2 : 1), widths.allSatisfy({ (1...1_000_000).contains($0) }) else {
                throw refused(name == "mlp" ? "needs its widths, from the inputs to the classes" : "needs the channels of its convolutions")
            }
        }
        var options = Options(words)
        func number(_ key: String, else usual: Int) throws -> Int {
            guard let value = options.take(key) else { return usual }
            guard let number = Int(value), (1...4096).contains(number) else {
                throw refused("has a \(key) of \(value), which should be 1 to 4096")
            }
            return number
        }
        func flag(_ key: String, else usual: Bool) throws -> Bool {
            guard let value = options.take(key) else { return usual }
            guard value == "yes" || value == "no" else { throw refused("has \(key)=\(value), which should be yes or no") }
            return value == "yes"
        }
        func convolutions() throws -> ArchitectureSpec.Convolutions {
            let hasNorm = try flag("norm", else: true)
            // A batch norm's own shift makes a convolution's bias useless.
            return ArchitectureSpec.Convolutions(hasBias: try flag("bias", else: !hasNorm), hasNorm: hasNorm)
        }
        let spec: ArchitectureSpec
        if name == "mlp" {
            spec = .mlp(widths: widths, bias: try flag("bias", else: true))
        } else if name == "vgg" {
            spec = .vgg(stages: widths.map { [$0] }, hidden: [], convolutions: try convolutions())
        } else if let stages = Self.vggStages[name] {
            let width = try number("width", else: 64)
            spec = .vgg(stages: stages.map { $0.map { $0 * width } }, hidden: [], convolutions: try convolutions())
        } else if let blocks = Self.residualBlocks[name] {
            let width = try number("width", else: blocks.count == 3 ? 16 : 64)
            spec = .resnet(channels: blocks.indices.map { width << $0 }, blocks: blocks, convolutions: try convolutions())
        } else if name == "lenet" {
            let width = try number("width", else: 6)
            spec = .lenet(channels: [width, width * 16 / 6], hidden: [width * 20, width * 14])
        } else if name == "vit" {
            let width = try number("width", else: 64)
            spec = .vit(
                width: width, depth: try number("depth", else: 4), heads: try number("heads", else: 4),
                hidden: try number("hidden", else: 2 * width),
                patch: try number("patch", else: 4))
        } else {
            throw refused("has an unknown family")
        }
        if let word = options.unused {
            throw refused("has the option “\(word)”, which is none of \(options.taken.map { "\($0)=…" }.joined(separator: " or "))")
        }
        self = spec
    }
}

/// The options after the colon; each family takes those that it knows.
private struct Options {
    private let words: [String]
    /// The keys that the family has, in order.
    private(set) var taken: [String] = []

    init(_ words: [String]) { self.words = words }

    mutating func take(_ key: String) -> String? {
        taken.append(key)
        return words.last { Self.key($0) == key }.map { $0.split(separator: "=", maxSplits: 1).dropFirst().first.map(String.init) ?? "" }
    }

    /// The first option that the family does not have.
    var unused: String? { words.first { !taken.contains(Self.key($0)) } }

    private static func key(_ word: String) -> String { String(word.prefix { $0 != "=" }) }
}
