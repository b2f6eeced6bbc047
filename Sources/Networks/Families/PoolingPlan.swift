/// Where the pools of a chain of convolutions stand and how the images are padded, as far as the layers' numbers and the head's width tell.
struct PoolingPlan {
    struct Convolution {
        let prefix: String
        let kernel: Int
        let isNormalised: Bool
    }

    /// [channels, height, width].
    let input: [Int]
    /// The number of 2×2 pools after each convolution.
    let pools: [Int]
    let paddings: [Int]
    /// Height and width before the head.
    let final: [Int]
    /// Whether the layers' numbers told where pools are.
    private let isNumbered: Bool
    private let isInputKnown: Bool

    /// The sides of images that people train on, those more usual for a number of channels first.
    private static func usualSides(channels: Int) -> [Int] { channels == 1 ? [28, 8] : [32, 64, 96, 224] }

    /// The arrangement that gives the head its positions: usual images before others, the simplest pools before others.
    init(convolutions: [Convolution], head: String, channels: Int, positions: Int, hints: RecognitionHints) throws(NetworkError) {
        let numbered = Self.numbered(convolutions, head: head)
        let arrangements = numbered ?? Self.usual(convolutions.count)
        let paddings = Self.paddings(convolutions)
        let known = hints.inputShape.flatMap { $0.count == 3 ? Array($0.dropFirst()) : nil }
        let usual = Self.usualSides(channels: channels)
        let rounds = known.map { [[$0]] } ?? [usual.map { [$0, $0] }, (1...256).filter { !usual.contains($0) }.map { [$0, $0] }]
        for sizes in rounds {
            for padding in paddings {
                for pools in arrangements {
                    for size in sizes {
                        guard let final = Self.final(size, convolutions, pools, padding), final.reduce(1, *) == positions else { continue }
                        input = [channels] + size
                        self.pools = pools
                        self.paddings = padding
                        self.final = final
                        isNumbered = numbered != nil
                        isInputKnown = known != nil
                        return
                    }
                }
            }
        }
        throw .unrecognised(
            recognised: "\(convolutions.count) convolutions", stoppedAt: "\(head).weight",
            reason: "it reads \(positions) positions of each channel, to which no usual arrangement of pools brings "
                + (known.map { "an image of \(NetworkError.shape($0))" } ?? "an image"))
    }

    func assumptions(_ convolutions: [String]) -> [String] {
        var sentences: [String] = []
        let after = zip(convolutions, pools).filter { $0.1 > 0 }.map { $0.1 == 1 ? $0.0 : "\($0.0) (\($0.1) times)" }
        sentences.append((after.isEmpty ? "no pools" : "2×2 max pools after \(after.joined(separator: ", "))") + (isNumbered ? ", as the gaps in the layers' numbers suggest" : ""))
        sentences.append("padding \(Set(paddings).count == 1 ? "\(paddings[0])" : paddings.map(String.init).joined(separator: ", "))")
        if !isInputKnown { sentences.append("images of \(NetworkError.shape(Array(input.dropFirst())))") }
        return sentences
    }

    private static func final(_ size: [Int], _ convolutions: [Convolution], _ pools: [Int], _ paddings: [Int]) -> [Int]? {
        var size = size
        for (index, convolution) in convolutions.enumerated() {
            size = size.map { $0 + 2 * paddings[index] - convolution.kernel + 1 }
            for _ in 0..<pools[index] { size = size.map { $0 / 2 } }
            guard size.allSatisfy({ $0 > 0 }) else { return nil }
        }
        return size
    }

    /// Paddings in the order of preference: 3×3 kernels keep the size, 5×5 kernels do not, as in LeNet; LeNet pads 28×28 images to 32×32.
    private static func paddings(_ convolutions: [Convolution]) -> [[Int]] {
        let same = convolutions.map { $0.kernel / 2 }, none = convolutions.map { _ in 0 }
        let first = convolutions.indices.map { $0 == 0 ? convolutions[0].kernel / 2 : 0 }
        return convolutions[0].kernel == 3 ? [same, none] : [none, first, same]
    }

    private static func usual(_ count: Int) -> [[Int]] {
        let each = [Int](repeating: 1, count: count), none = [Int](repeating: 0, count: count)
        var last = none, second = none
        last[count - 1] = 1
        for index in stride(from: 1, to: count, by: 2) { second[index] = 1 }
        return [each, last, second, none]
    }

    /// The pools that the gaps in the layers' numbers leave room for; nil when the layers are not numbered.
    private static func numbered(_ convolutions: [Convolution], head: String) -> [[Int]]? {
        if let levels = levels(convolutions, head: head) { return levels }
        let places = convolutions.compactMap { SequencePlace($0.prefix) }
        guard places.count == convolutions.count, Set(places.map(\.stem)).count == 1 else { return nil }
        var pools: [Int] = []
        for (index, convolution) in convolutions.dropLast().enumerated() {
            // Convolution, normalisation and nonlinearity take a number each; what is left is a pool.
            pools.append(places[index + 1].index - places[index].index > (convolution.isNormalised ? 3 : 2) ? 1 : 0)
        }
        return [1, 0, 2, 3].map { pools + [$0] }
    }

    /// Sequences of levels (`feature_levels.1.2`), each a nonlinearity, perhaps a pool, and a convolution; or each perhaps a pool, a
    /// convolution and a nonlinearity.
    private static func levels(_ convolutions: [Convolution], head: String) -> [[Int]]? {
        let places = convolutions.compactMap { SequencePlace($0.prefix) }, stems = places.compactMap { SequencePlace($0.stem) }
        guard places.count == convolutions.count, stems.map(\.index) == Array(0..<convolutions.count), Set(stems.map(\.stem)).count == 1,
              let headIndex = SequencePlace(head)?.index else { return nil }
        let inside = places.dropFirst().map(\.index)
        let nonlinearityFirst = inside.map { $0 >= 2 ? 1 : 0 } + [headIndex >= 3 ? 1 : 0]
        let nonlinearityLast = inside.map { $0 >= 1 ? 1 : 0 } + [headIndex >= 2 ? 1 : 0]
        return inside.contains { $0 >= 2 } || headIndex >= 3 ? [nonlinearityFirst] : [nonlinearityLast, nonlinearityFirst]
    }
}
