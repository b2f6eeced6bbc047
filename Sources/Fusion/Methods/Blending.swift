/// How much each parent counts, and which one keeps its order: shared by every method that averages.
public enum Blending {
    public static let reference = Hyperparameter(
        "reference", "reference parent", .parent, default: .choice("last"), paper: "Singh & Jaggi 2020, Algorithm 1",
        help: "The parent whose neuron order and widths the fused network keeps.")

    public static let blend = Hyperparameter(
        "blend", "blend", .real(0...1, scale: .linear), default: .real(0.5), paper: "Singh & Jaggi 2020, section 5.1",
        help: "Odds of the reference parent against each other one: 0 leaves it out, 0.5 weighs all alike, 1 takes it alone.")

    public static let weightList = Hyperparameter(
        "weights", "parents' weights", .numbers(0...1e6), default: .numbers([]), paper: "Amalgam",
        help: "How much each parent counts, in their order, in the place of the blend; only their ratios matter.")

    /// The weight of each of `count` parents; they sum to 1. With two parents the reference's weight is the blend itself.
    public static func weights(_ settings: Settings, parents count: Int) throws(FusionError) -> [Double] {
        let reference = try referenceIndex(settings, parents: count)
        let listed = settings.numbers(weightList.key)
        if !listed.isEmpty { return try normalised(listed, parents: count, key: weightList.key) }
        guard count > 1 else { return [1] }
        let odds = settings.number(blend.key)
        let total = odds + (1 - odds) * Double(count - 1)
        return (0..<count).map { ($0 == reference ? odds : 1 - odds) / total }
    }

    /// Weights that sum to one, in the ratios given.
    static func normalised(_ listed: [Double], parents count: Int, key: String) throws(FusionError) -> [Double] {
        let sum = listed.reduce(0, +)
        guard listed.count == count, sum > 0, sum.isFinite, listed.allSatisfy({ $0 >= 0 }) else {
            throw .recipe(
                .value(
                    key: key, value: HyperparameterValue.numbers(listed).description,
                    allowed: "\(count) numbers, one for each parent, none below 0 and not all 0"))
        }
        return listed.map { $0 / sum }
    }

    public static func referenceIndex(_ settings: Settings, parents count: Int) throws(FusionError) -> Int {
        let word = settings.word(reference.key)
        guard let index = NamedParent(word)?.index(of: count) else {
            throw .recipe(.value(key: reference.key, value: word, allowed: "last, first, A … \(FusionError.letter(max(0, count - 1)))"))
        }
        return index
    }
}
