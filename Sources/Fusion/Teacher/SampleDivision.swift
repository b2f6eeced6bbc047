import Tensors

/// The samples of a recipe in two parts: what networks are fitted on, and what they are compared on, which none of them has seen.
///
/// A source that has enough beyond what the recipe asks for gives the second part from there; of others a quarter is held out.
struct SampleDivision: Sendable {
    let fitted: SomeSamples
    let held: SomeSamples
    /// Whether the first part lacks samples that the recipe asked for.
    let isShortened: Bool

    /// Samples that networks are compared on at most, and what is taken where a source has at least so many to spare.
    static let most = 400, enough = 100
    private static let share = 0.25
    /// Up to so many samples the best network is fitted once more, on all of them: if there are very few, or a pass of all inputs is short.
    static let few = 200, veryFew = 40, free = 24e9

    private let work: Double

    /// - Parameters:
    ///   - samples: how many the recipe asks for.
    ///   - work: multiply-adds of all parents on the inputs that are made of the samples.
    /// - Returns: nil where the source has fewer than two samples.
    init?(_ source: any InputSource, samples: Int, work: Double, share: Double = Self.share) {
        self.work = work
        let asked = min(samples, source.count), spare = source.count - asked
        if asked > 0, spare >= Self.enough {
            fitted = SomeSamples(source: source, range: 0..<asked)
            held = SomeSamples(source: source, range: asked..<asked + min(spare, Self.most))
            isShortened = false
            return
        }
        guard asked >= 2 else { return nil }
        let out = min(asked - 1, Self.most, max(1, Int((Double(asked) * share).rounded())))
        fitted = SomeSamples(source: source, range: 0..<asked - out)
        held = SomeSamples(source: source, range: asked - out..<source.count)
        isShortened = true
    }

    /// Whether the best network is fitted once more on what was held out as well.
    var isRefitted: Bool {
        let all = fitted.count + held.count
        return isShortened && all < Self.few && (all <= Self.veryFew || work <= Self.free)
    }

    /// What was done, in a sentence; nil where nothing was held out that would have been used.
    var note: String? {
        guard isShortened else { return nil }
        let division = "\(fitted.count) samples to fit on, \(held.count) held out to compare on"
        return isRefitted ? "\(division); then the best network was fitted on all \(fitted.count + held.count)" : division
    }
}

/// A run of a source's samples.
struct SomeSamples: InputSource {
    let source: any InputSource
    let range: Range<Int>

    var name: String { source.name }
    var count: Int { range.count }
    var isOfTokens: Bool { source.isOfTokens }
    var inputLengths: [Int] { source.inputLengths }

    func inputs(_ wanted: Range<Int>) throws -> Tensor {
        try source.inputs(range.lowerBound + wanted.lowerBound..<range.lowerBound + wanted.upperBound)
    }

    func labels(_ wanted: Range<Int>) throws -> [Int]? {
        try source.labels(range.lowerBound + wanted.lowerBound..<range.lowerBound + wanted.upperBound)
    }
}
