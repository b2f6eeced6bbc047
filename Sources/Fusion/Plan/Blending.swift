/// The weights of the parents, and the reference.
public enum Blending {
    public static let reference = Hyperparameter(
        "reference", "reference parent", default: NamedParent.last, paper: "Singh & Jaggi 2020, Algorithm 1",
        help: "The parent whose neuron order and widths the fused network keeps.")

    public static let blend = Hyperparameter(
        "blend", "blend", 0...1, scale: .linear, default: 0.5, paper: "Singh & Jaggi 2020, section 5.1",
        help: "Weight of the reference parent relative to each other parent: 0 ignores it, 0.5 weights all equally, 1 ignores the others.")

    public static let weightList = Hyperparameter(
        "weights", "parent weights", each: 0...1e6, paper: "Amalgam",
        help: "One weight per parent, in order, instead of the blend; only the ratios matter.")

    /// Keys of what weights the parents.
    static let weightKeys: Set<String> = [blend.key, weightList.key]

    /// The weight of each of `count` parents; they sum to 1. With two parents the reference's weight is the blend itself.
    public static func weights(_ settings: Settings, parents count: Int) throws -> [Double] {
        let reference = try referenceIndex(settings, parents: count)
        let listed = settings[weightList]
        if !listed.isEmpty { return try normalised(listed, parents: count, key: weightList.key) }
        guard count > 1 else { return [1] }
        let odds = settings[blend]
        let total = odds + (1 - odds) * Double(count - 1)
        return (0..<count).map { ($0 == reference ? odds : 1 - odds) / total }
    }

    /// Weights that sum to one, in the ratios given.
    static func normalised(_ listed: [Double], parents count: Int, key: String) throws -> [Double] {
        let sum = listed.reduce(0, +)
        guard listed.count == count, sum > 0, sum.isFinite, listed.allSatisfy({ $0 >= 0 }) else {
            throw RecipeError.value(
                key: key, value: HyperparameterValue.numbers(listed).description,
                allowed: "\(count) numbers, one for each parent, none below 0 and not all 0")
        }
        return listed.map { $0 / sum }
    }

    public static func referenceIndex(_ settings: Settings, parents count: Int) throws -> Int {
        let named = settings[reference]
        guard let index = named.index(of: count) else {
            throw RecipeError.value(
                key: reference.key, value: named.word, allowed: "last, first, A … \(FusionError.letter(max(0, count - 1)))")
        }
        return index
    }
}
