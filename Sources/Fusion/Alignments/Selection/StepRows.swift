import Datasets
import Networks

/// Which rows the layers of a step are fitted on: how many inputs, and which positions of each.
struct StepRows: Sendable {
    let target: String
    /// Positions of an input.
    let positions: Int
    /// Inputs that are looked at.
    let images: Int
    /// Positions of each that are looked at.
    let each: Int
    /// The rows that there would have been, where products of all would take too long; nil where none was left out for that.
    let available: Int?
    /// Whether fewer inputs are looked at because the fused network's values of more do not fit into memory.
    let isMemoryLimited: Bool
    private let seed: UInt64

    /// Inputs that are looked at, where there are as many, however few of their positions are needed; and where memory keeps the values of no more.
    private static let images = 500, fewestImages = 48
    /// Multiply-adds of a step's inner products up to which all rows are taken. Beyond, positions of one image are so nearly the same row that a sixth of
    /// the rows will do, or twice the columns.
    private static let free = 10_000_000_000.0
    private static let part = 6, rowsOfColumn = 2.0
    /// Rows of a column at most where all steps' targets would not fit into memory.
    private static let mostRowsOfColumn = 16.0

    /// - Parameters:
    ///   - network: the fused network, or the reference that it will be as wide as.
    ///   - rows: how many are asked for.
    ///   - growth: how much wider the fused network will be.
    ///   - kept: inputs whose values the fused network keeps at this step and behind it. More are looked at only where each of them is one row.
    ///   - isTight: whether rows are left out of every step that has positions, not only of those whose products take long.
    init(
        _ step: FitStep, of network: Network, inputs: ExpandedInputs, rows: Int, growth: Double = 1, kept: Int = .max, isTight: Bool = false
    ) {
        let weights = step.units.compactMap { network.parameters[$0.weight] }, outputs = max(1, weights.first?.shape.first ?? 1)
        let columns = Double(weights.reduce(0) { $0 + $1.shape.dropFirst().reduce(1, *) }) * max(1, growth)
        let shape = network.trace.layers.first { $0.id == step.units.first?.node.id }?.outputShape ?? []
        target = step.target
        seed = inputs.seed
        positions = max(1, shape.reduce(1, *) / outputs)
        let all = min(Double(rows), Double(positions) * Double(inputs.count))
        let isLimited = positions > 1 && (isTight || all * columns * columns > Self.free)
        let part = isTight ? min(rows / Self.part, Int(Self.mostRowsOfColumn * columns)) : rows / Self.part
        let taken = isLimited ? min(rows, max(part, Int(Self.rowsOfColumn * columns))) : rows
        let wanted = max(Self.images, (taken + positions - 1) / positions)
        images = min(inputs.count, positions > 1 ? min(wanted, max(kept, Self.fewestImages)) : wanted)
        each = min(positions, max(1, (taken + images - 1) / images))
        isMemoryLimited = images < min(inputs.count, wanted)
        available = Double(taken) < all || Double(images) * Double(each) < all ? Int(all) : nil
    }

    /// The rows of all inputs that are looked at: of every batch that begins before the last of them.
    func count(of inputs: ExpandedInputs) -> Int {
        (0..<inputs.batches).map(inputs.range).filter { $0.lowerBound < images }.reduce(0) { $0 + $1.count * each }
    }

    /// The batches that are looked at, in runs whose rows are summed up at once: as many as make ``GramSum/part`` rows.
    func parts(of inputs: ExpandedInputs) -> [Range<Int>] {
        var parts: [Range<Int>] = [], first = 0, rows = 0
        let count = (0..<inputs.batches).prefix { inputs.range(of: $0).lowerBound < images }.count
        for batch in 0..<count {
            rows += inputs.range(of: batch).count * each
            guard rows >= GramSum.part || batch == count - 1 else { continue }
            parts.append(first..<batch + 1)
            (first, rows) = (batch + 1, 0)
        }
        return parts
    }

    /// The positions that are looked at in one batch of inputs, ascending; nil for all.
    func chosen(_ batch: Int) -> [Int]? {
        guard each < positions else { return nil }
        var random = SeededGenerator(seed: seed, purpose: "rows \(target) \(batch)")
        return Array(random.permutation(positions).prefix(each)).sorted()
    }
}
