/// Strides, padding and pools of a chain of convolutions.
///
/// They come from the modules of the file or from hints where there are some; from a published network's own shapes (AlexNet, LeNet, the VGGs); or
/// from the gaps that pools leave between numbered layers. What is still open then must bring an image of a usual size to as many positions as
/// the first linear layer reads. A chain without such evidence is refused: several arrangements would fit, and they compute different functions.
struct PoolingPlan {
    /// [channels, height, width].
    let input: [Int]
    let strides: [Int]
    let paddings: [Int]
    /// The number of pools after each convolution, and what they are.
    let pools: [Int]
    let pool: Pooling
    /// What brings the image to the head's size, whatever the size that comes in.
    let adaptive: (any Layer)?
    let isAlexNet: Bool
    /// Whether the pools follow from gaps in the layers' numbers.
    private let isNumbered: Bool
    private let isInputKnown: Bool

    /// Where pools may stand.
    private struct Arrangement {
        var pools: [[Int]]
        var isNumbered = false
        /// Whether an image of any size will do: nothing was chosen by its size.
        var takesAnySize = false
    }

    init(_ chain: [Convolution], head: String, channels: Int, positions: Int, _ table: ParameterTable) throws {
        let hints = table.hints, known = hints.inputShape.flatMap { $0.count == 3 ? Array($0.dropFirst()) : nil }
        isInputKnown = known != nil
        if Self.isAlexNet(chain, positions: positions), table.facts == nil, hints.pools == nil, hints.strides == nil, hints.paddings == nil
        {
            (strides, paddings, pools) = ([4, 1, 1, 1, 1], [2, 2, 1, 1, 1], [1, 1, 0, 0, 1])
            (pool, adaptive, isAlexNet, isNumbered) = (Pooling(.max, kernel: 3, stride: 2), AdaptiveAveragePooling(size: 6), true, false)
            input = [channels] + (known ?? [224, 224])
            return
        }
        isAlexNet = false
        pool = table.facts?.pool ?? Pooling(.max, kernel: 2, stride: 2)
        let arrangement = try Self.arrangement(chain, head: head, table)
        isNumbered = arrangement.isNumbered
        let strides = try Self.perConvolution(hints.strides, chain, "stride") ?? chain.map { _ in 1 }
        let paddings = try Self.perConvolution(hints.paddings, chain, "padding").map { [$0] } ?? Self.paddings(chain)
        let usual = Self.usualSides(channels: channels)
        var rounds = known.map { [[$0]] } ?? [usual.map { [$0, $0] }]
        if known == nil, arrangement.takesAnySize { rounds.append((1...256).filter { !usual.contains($0) }.map { [$0, $0] }) }
        let goal = table.facts?.adaptivePool
        for sizes in rounds {
            for padding in paddings {
                for pools in arrangement.pools {
                    for size in sizes {
                        guard let final = Self.final(size, chain, strides, padding, pools, pool) else { continue }
                        guard goal.map({ Self.size($0, final) }) ?? final.reduce(1, *) == positions else { continue }
                        (self.strides, self.paddings, self.pools) = (strides, padding, pools)
                        input = [channels] + size
                        // The ImageNet VGGs bring every image to 7×7 before their head.
                        adaptive =
                            goal
                            ?? (final == [7, 7] && !chain.contains { $0.kernel != [3, 3] } && channels == 3
                                ? AdaptiveAveragePooling(size: 7) : nil)
                        return
                    }
                }
            }
        }
        if isInputKnown || arrangement.takesAnySize || table.facts != nil {
            throw NetworkError.unrecognised(
                recognised: "\(chain.count) convolutions", stoppedAt: "\(head).weight",
                reason: "it reads \(positions) positions of each channel, and no remaining arrangement of pools produces them from "
                    + (known.map { "an image of \(NetworkError.shape($0))" } ?? "an image"))
        }
        throw Self.undecided(chain, head: head, positions: positions)
    }

    func assumptions(_ convolutions: [String], _ table: ParameterTable) -> [String] {
        let hints = table.hints
        if isAlexNet {
            return ["strides, padding and 3×3 max pools of AlexNet as published (torchvision)"]
                + (isInputKnown ? [] : ["images of 224×224"])
        }
        var sentences: [String] = []
        if hints.pools == nil {
            let after = zip(convolutions, pools).filter { $0.1 > 0 }.map { $0.1 == 1 ? $0.0 : "\($0.0) (\($0.1) times)" }
            sentences.append(
                (after.isEmpty
                    ? "no pools"
                    : "\(NetworkError.shape(pool.kernel)) \(pool.function == .max ? "max" : "average") pools after \(after.joined(separator: ", "))")
                    + (isNumbered ? ", as the gaps in the layers' numbers suggest" : ""))
        }
        if table.facts == nil {
            if hints.strides == nil { sentences.append("stride 1") }
            if hints.paddings == nil {
                sentences.append(
                    "padding \(Set(paddings).count == 1 ? "\(paddings[0])" : paddings.map(String.init).joined(separator: ", "))")
            }
        }
        if !isInputKnown { sentences.append("images of \(NetworkError.shape(Array(input.dropFirst())))") }
        return sentences
    }

    // MARK: Evidence

    private static func arrangement(_ chain: [Convolution], head: String, _ table: ParameterTable) throws -> Arrangement {
        if let pools = try perConvolution(table.hints.pools, chain, "pool") { return Arrangement(pools: [pools], takesAnySize: true) }
        if let levels = PoolNumbering.levels(chain, head: head) { return Arrangement(pools: levels, isNumbered: true, takesAnySize: true) }
        let each = chain.map { _ in 1 }, none = chain.map { _ in 0 }
        if let facts = table.facts {
            // What the modules hold, `forward` may call anywhere: only where one place is left is it decided.
            if facts.pool == nil, facts.adaptivePool != nil { return Arrangement(pools: [none]) }
            if facts.adaptivePool != nil {
                throw NetworkError.undecided(
                    recognised: "\(chain.count) convolutions with a pool were recognised", open: "where forward pools is not in the file",
                    hint: "--hint pool=1,0,… with a number for each convolution")
            }
        } else if chain.contains(where: { $0.kernel.contains { $0 > 5 } }), table.hints.strides == nil {
            throw undecided(chain, head: head, positions: nil)
        }
        if let numbered = PoolNumbering.gaps(chain, head: head) {
            return numbered.allSatisfy { $0.dropLast().allSatisfy { $0 == 0 } } && numbered.count > 1
                ? try guessed(chain, head, table, none) : Arrangement(pools: numbered, isNumbered: true)
        }
        // LeNet (LeCun et al. 1998): two 5×5 convolutions, a pool after each.
        if chain.count == 2, chain.allSatisfy({ $0.kernel == [5, 5] }) { return Arrangement(pools: [each]) }
        return try guessed(chain, head, table, none)
    }

    /// No evidence of pools: refused, unless the strides are known and no pool is among the modules.
    private static func guessed(
        _ chain: [Convolution], _ head: String, _ table: ParameterTable, _ none: [Int]
    ) throws -> Arrangement {
        if let facts = table.facts {
            // Functional pools stay assumed: after every convolution, after every second, after the last, or none.
            if facts.pool == nil, chain.contains(where: { $0.strides.contains { $0 > 1 } }) {
                return Arrangement(pools: [none], takesAnySize: true)
            }
            var (last, second) = (none, none)
            last[chain.count - 1] = 1
            for index in stride(from: 1, to: chain.count, by: 2) { second[index] = 1 }
            return Arrangement(pools: [chain.map { _ in 1 }, last, second, none])
        }
        throw undecided(chain, head: head, positions: nil)
    }

    private static func undecided(_ chain: [Convolution], head: String, positions: Int?) -> NetworkError {
        let ones = chain.map { _ in "1" }.joined(separator: ",")
        return .undecided(
            recognised: "\(chain.count) convolution\(chain.count == 1 ? "" : "s") and the linear layer \(head) after them were recognised",
            open: "strides, padding and pools are not in names and shapes"
                + (positions.map { ", and no usual ones bring an image of a usual size to the \($0) positions that \(head) reads" } ?? ""),
            hint: "--hint pool=\(ones) --hint stride=\(ones) --hint padding=\(ones), a number for each convolution, or --hint input=")
    }

    /// A hint's numbers, one for each convolution.
    private static func perConvolution(_ numbers: [Int]?, _ chain: [Convolution], _ key: String) throws -> [Int]? {
        guard let numbers, numbers.count != chain.count else { return numbers }
        throw NetworkError.hint(
            text: "\(key)=\(numbers.map(String.init).joined(separator: ","))",
            reason: "it should have \(chain.count) numbers, one for each convolution: \(chain.map(\.prefix).joined(separator: ", "))")
    }

    /// The sides of images that people train on, those more usual for a number of channels first.
    private static func usualSides(channels: Int) -> [Int] { channels == 1 ? [28, 8] : [32, 64, 96, 224] }

    /// Krizhevsky 2014, as torchvision has it.
    private static func isAlexNet(_ chain: [Convolution], positions: Int) -> Bool {
        positions == 36 && chain.map(\.kernel) == [[11, 11], [5, 5], [3, 3], [3, 3], [3, 3]]
            && chain.map(\.prefix) == [0, 3, 6, 8, 10].map { "features.\($0)" }
    }

    /// Paddings in the order of preference: 3×3 kernels keep the size, 5×5 kernels do not, as in LeNet; LeNet pads 28×28 images to 32×32.
    private static func paddings(_ chain: [Convolution]) -> [[Int]] {
        let same = chain.map { $0.kernel[0] / 2 }, none = chain.map { _ in 0 }
        let first = chain.indices.map { $0 == 0 ? chain[0].kernel[0] / 2 : 0 }
        return chain[0].kernel == [3, 3] ? [same, none] : [none, first, same]
    }

    /// Height and width before the head; nil where an image is too small.
    private static func final(
        _ size: [Int], _ chain: [Convolution], _ strides: [Int], _ paddings: [Int], _ pools: [Int], _ pool: Pooling
    ) -> [Int]? {
        var size = size
        for (index, convolution) in chain.enumerated() {
            guard let next = convolution.output(size, stride: strides[index], padding: paddings[index]) else { return nil }
            size = next
            for _ in 0..<pools[index] {
                guard let height = try? pool.outputLength(size[0], axis: 0, layer: ""),
                    let width = try? pool.outputLength(size[1], axis: 1, layer: "")
                else { return nil }
                size = [height, width]
            }
        }
        return size
    }

    /// The positions that an adaptive pool makes of an image.
    private static func size(_ adaptive: any Layer, _ image: [Int]) -> Int {
        let wanted = (adaptive as? AdaptiveAveragePooling)?.size ?? (adaptive as? AdaptiveMaximumPooling)?.size ?? image
        return zip(wanted, image).map { $0 == 0 ? $1 : $0 }.reduce(1, *)
    }
}

extension PoolingPlan {
    /// A convolution of the chain, with what is known of it.
    struct Convolution {
        let prefix: String
        let kernel: [Int]
        let isNormalised: Bool
        /// From the file's modules: the convolution, and left, right, top and bottom of the padding before it.
        private let known: (layer: Networks.Convolution, border: [Int])?

        init(_ prefix: String, isNormalised: Bool, _ table: ParameterTable) throws {
            self.prefix = prefix
            kernel = [table.width(prefix, 2), table.width(prefix, 3)]
            self.isNormalised = isNormalised
            known = table.facts?.convolution(prefix)
        }

        var strides: [Int] { known?.layer.stride ?? [1, 1] }

        /// The output's size; known options override assumed ones.
        func output(_ size: [Int], stride: Int, padding: Int) -> [Int]? {
            var output: [Int] = []
            for axis in 0..<2 {
                let border =
                    known.map { $0.border[axis == 0 ? 2 : 0] + $0.border[axis == 0 ? 3 : 1] + 2 * $0.layer.padding[axis] } ?? 2 * padding
                let span = (known?.layer.dilation[axis] ?? 1) * (kernel[axis] - 1) + 1, room = size[axis] + border - span
                guard room >= 0 else { return nil }
                output.append(room / (known?.layer.stride[axis] ?? stride) + 1)
            }
            return output
        }
    }
}

/// Pools inferred from the numbers in layers' names.
private enum PoolNumbering {
    /// The pools that the gaps in the layers' numbers leave room for; nil when the layers are not numbered. Where the head is numbered with them, the last gap
    /// counts as well; otherwise there may be a pool before it, none, or several.
    static func gaps(_ chain: [PoolingPlan.Convolution], head: String) -> [[Int]]? {
        let places = chain.compactMap { SequencePlace($0.prefix) }
        guard let last = places.last, places.count == chain.count, Set(places.map(\.stem)).count == 1 else { return nil }
        var pools: [Int] = []
        for (index, convolution) in chain.dropLast().enumerated() {
            // Convolution, normalisation and nonlinearity take a number each; what is left is a pool.
            pools.append(places[index + 1].index - places[index].index > (convolution.isNormalised ? 3 : 2) ? 1 : 0)
        }
        if let place = SequencePlace(head), place.stem == last.stem {
            // A flatten stands between.
            return [pools + [place.index - last.index > (chain[chain.count - 1].isNormalised ? 4 : 3) ? 1 : 0]]
        }
        return [1, 0, 2, 3].map { pools + [$0] }
    }

    /// Sequences of levels (`feature_levels.1.2`), each a nonlinearity, perhaps a pool, and a convolution; or each perhaps a pool, a
    /// convolution and a nonlinearity.
    static func levels(_ chain: [PoolingPlan.Convolution], head: String) -> [[Int]]? {
        let places = chain.compactMap { SequencePlace($0.prefix) }, stems = places.compactMap { SequencePlace($0.stem) }
        guard places.count == chain.count, stems.map(\.index) == Array(0..<chain.count), Set(stems.map(\.stem)).count == 1,
            let headIndex = SequencePlace(head)?.index
        else { return nil }
        let inside = places.dropFirst().map(\.index)
        let nonlinearityFirst = inside.map { $0 >= 2 ? 1 : 0 } + [headIndex >= 3 ? 1 : 0]
        let nonlinearityLast = inside.map { $0 >= 1 ? 1 : 0 } + [headIndex >= 2 ? 1 : 0]
        return inside.contains { $0 >= 2 } || headIndex >= 3 ? [nonlinearityFirst] : [nonlinearityLast, nonlinearityFirst]
    }
}
