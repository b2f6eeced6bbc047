import Tensors

/// The order in which the samples of each epoch come.
///
/// One generator draws all epochs' orders one after another; an epoch far ahead is reached by drawing those before it, so that a
/// resumed training needs nothing but the number of its epoch.
struct SampleOrder {
    private let count: Int
    private let seed: UInt64?
    private var generator: Generator?
    private var drawn = 0
    private var current: (epoch: Int, indices: [Int])?

    /// - Parameter seed: nil for the data's own order.
    init(count: Int, seed: UInt64?) throws {
        self.count = count
        self.seed = seed
    }

    /// - Parameter epoch: from 0.
    mutating func epoch(_ epoch: Int) throws -> [Int] {
        guard let seed else { return Array(0..<count) }
        if let current, current.epoch == epoch { return current.indices }
        if generator == nil || drawn > epoch {
            generator = try Generator(seed: seed)
            drawn = 0
        }
        var indices: [Int] = []
        if let generator {
            while drawn <= epoch {
                let order = try Tensor.permutation(count, generator: generator)
                if drawn == epoch { indices = try order.array(of: Int.self) }
                drawn += 1
            }
        }
        current = (epoch, indices)
        return indices
    }
}

/// A seed for the random draws of one step, such as dropout: a step needs nothing from those before it.
enum StepSeed {
    static func seed(_ seed: UInt64, step: Int) -> UInt64 {
        // The finaliser of SplitMix64 (Steele, Lea & Flood 2014), so that neighbouring steps share nothing.
        var value = seed &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(truncatingIfNeeded: step) &+ 1)
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
