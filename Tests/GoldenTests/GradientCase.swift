import Archives
import Fusion
import Networks
import Synchronization
import Tensors

/// The gradient variant of neuron interpolation: groups and targets exactly, fitted networks as a distribution over seeds.
struct GradientCase {
    let golden: GoldenCase
    private let expectations: Expectations
    private let options: JSON

    /// Single seeds of the reference; its mean, deviation and validation curves are what can be expected.
    static let descriptive: Set<String> = [
        "accuracy_max", "accuracy_min", "accuracy_std", "fused_full", "fused_on_fusion_samples", "loss_std", "seed", "train", "wall_s",
        "weight_change_per_level",
    ]

    init(_ golden: GoldenCase, _ expectations: Expectations) throws {
        self.golden = golden
        self.expectations = expectations
        options = try golden.requireOptions([
            "epochs_per_level", "head_class_weight_matrix", "head_class_weights", "importance", "init_kmeans_with_2nd_acts",
            "lr_per_level", "max_patience_epochs", "method", "normalise_importance", "normalize_acts_for_kmeans", "num_kmeans_runs",
            "optimizer_per_level", "train_batch_size", "use_scheduler", "use_weighted_loss", "weight_decay_per_level",
            "weight_perturbation_per_level",
        ])
    }

    func run() throws {
        let setting = try NeuronCase(golden)
        guard !setting.levels.isEmpty else { throw golden.notUnderstood("a case without levels") }
        let recipe = try recipe()
        let shares = try options["head_class_weight_matrix"].map { stated in
            guard let rows = stated.array?.map(\.numbers), rows.count == setting.parents.count else {
                throw golden.notUnderstood("the class weights of the head")
            }
            return try rows.map { row in
                guard let row else { throw golden.notUnderstood("the class weights of the head") }
                return row
            }
        }
        let fits = try fits(setting.levels.count)
        var outcomes: [FusionOutcome] = [], losses: [[String: Double]] = []
        // Three seeds, as the case asks for at least.
        for seed in 1...3 {
            let context = FusionContext(
                networks: setting.parents, settings: recipe.settings, seed: UInt64(seed), inputs: setting.samples, classShares: shares)
            let last = Mutex<[String: Double]>([:])
            outcomes.append(
                try GradientFusion.procedure(context, levels: setting.levels, fits: fits).fuse(
                    control: FusionControl(progress: { progress in
                        if case .fitting(let level, _, _, _, let validation) = progress { last.withLock { $0[level] = validation } }
                    })))
            losses.append(last.withLock { $0 })
        }
        try compareScores(setting)
        try comparePlan(outcomes[0].plan, setting)
        for (index, level) in setting.levels.enumerated() { try compareLosses(losses.map { $0[level] }, index, level) }
        guard let stated = golden.json["expected_scalars"] else { return }
        guard let test = try setting.testSet() else { return expectations.cannot("the data set's files are not at hand") }
        try setting.compareParents(test, expectations)
        let figures = try outcomes.map { try test.figures($0.network) }
        try expectations.number(
            stated["accuracy_mean"], mean(figures.map(\.accuracy)), within: max(4 * (stated["accuracy_std"]?.number ?? 0), 0.015),
            "mean accuracy")
        try expectations.number(
            stated["loss_mean"], mean(figures.map(\.crossEntropy)), within: 0.1 * (stated["loss_mean"]?.number ?? 0), "mean test loss")
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    // MARK: Options

    private func recipe() throws -> Recipe {
        var recipe = try GoldenRecipe(GradientFusion.method)
        func flag(_ option: String) throws -> Bool {
            guard let value = options[option]?.bool else { throw golden.notUnderstood("\(option) that is neither true nor false") }
            return value
        }
        guard let importance = options["importance"]?.string, Importance.Kind(rawValue: importance) != nil else {
            throw golden.notUnderstood("the importance \(options["importance"]?.string ?? "(none)")")
        }
        if try flag("use_scheduler") { throw golden.notUnderstood("a schedule of the learning rate") }
        if let runs = options["num_kmeans_runs"]?.number, runs != 1 { throw golden.notUnderstood("\(runs) runs of k-means") }
        try recipe.set("importance", importance)
        try recipe.set("importance-target", "label")
        try recipe.set("normalise-importance", flag("normalise_importance"))
        try recipe.set("samples", "1000000")
        try recipe.set("seeding", flag("init_kmeans_with_2nd_acts") ? "second-parent" : "first-parent")
        try recipe.set("normalise-rows", flag("normalize_acts_for_kmeans"))
        try recipe.set("weighted-loss", flag("use_weighted_loss"))
        try recipe.set("head", flag("head_class_weights") ? "published-shares" : "mean")
        return recipe.recipe
    }

    private func fits(_ levels: Int) throws -> [LevelFit] {
        func perLevel<Value>(_ option: String, _ values: [Value]?) throws -> [Value] {
            guard let values, values.count == levels else { throw golden.notUnderstood("\(option) of \(levels) levels") }
            return values
        }
        let optimisers = try perLevel("optimizer_per_level", options["optimizer_per_level"]?.strings)
        let rates = try perLevel("lr_per_level", options["lr_per_level"]?.numbers)
        let decays = try perLevel("weight_decay_per_level", options["weight_decay_per_level"]?.numbers)
        let epochs = try perLevel("epochs_per_level", options["epochs_per_level"]?.wholes)
        let perturbation =
            options["weight_perturbation_per_level"] == nil
            ? Array(repeating: 0, count: levels)
            : try perLevel("weight_perturbation_per_level", options["weight_perturbation_per_level"]?.numbers)
        return try (0..<levels).map { level in
            var fit = LevelFit()
            fit.batch = options["train_batch_size"]?.whole ?? 32
            guard let optimiser = LevelFit.Optimiser(rawValue: optimisers[level]) else {
                throw golden.notUnderstood("the optimiser \(optimisers[level])")
            }
            guard epochs[level] >= 0, fit.batch > 0 else {
                throw golden.notUnderstood("\(epochs[level]) epochs in batches of \(fit.batch)")
            }
            fit.optimiser = optimiser
            fit.learningRate = rates[level]
            fit.weightDecay = decays[level]
            fit.epochs = epochs[level]
            fit.patience = options["max_patience_epochs"]?.whole ?? 15
            fit.restoresBest = false
            fit.perturbation = perturbation[level]
            return fit
        }
    }

    // MARK: Comparisons

    private func compareScores(_ setting: NeuronCase) throws {
        guard let kind = options["importance"]?.string.flatMap(Importance.Kind.init) else { throw golden.notUnderstood("the importance") }
        for (parent, network) in setting.parents.enumerated() {
            let scores = try Importance(kind).scores(of: network, at: setting.levels, inputs: setting.samples)
            for (index, level) in setting.levels.enumerated() {
                var ours = scores[level] ?? []
                let sum = ours.reduce(0, +)
                if options["normalise_importance"]?.bool == true { ours = ours.map { $0 / sum } }
                try expectations.tensor(
                    "score.parent\(parent).level\(index)", ours, within: 1e-3, relative: true, "scores of parent \(parent) at \(level)")
            }
        }
    }

    /// Assignments, and the targets that the couplings make of the parents' outputs.
    private func comparePlan(_ plan: FusionPlan, _ setting: NeuronCase) throws {
        for (index, level) in setting.levels.enumerated() {
            let isHead = index == setting.levels.count - 1
            let planned = isHead ? plan.groups.last : plan.group(at: level, of: setting.parents[0])
            guard let planned else { throw golden.notUnderstood("a level that ends at \(level)") }
            if let assignment = try expectations.stored("assignment.level\(index)")?.integers() {
                expectations.check(
                    tensor: "assignment.level\(index)", planned.assignment == assignment, "the assignment of \(level) is another")
            }
            let name = isHead ? "target.head" : "target.level\(index).rows"
            guard let stored = expectations.stored(name) else { continue }
            var target = try target(planned, level, setting)
            if isHead {
                if options["head_class_weights"]?.bool == true { target = try target / Double(setting.parents.count) }
            } else {
                let stride = golden.json["validation"]?["level\(index)"]?["row_stride"]?.whole ?? 1
                let rows = stored.shape.first ?? 0
                guard stride > 0, rows > 0, (rows - 1) * stride < target.shape[0] else { throw golden.notUnderstood("the rows of \(name)") }
                target = try target.gathered(axis: 0, Tensor((0..<rows).map { $0 * stride }))
            }
            try expectations.tensor(name, target.doubles, within: 1e-3, relative: true, "target of \(level)")
        }
    }

    /// The parents' outputs of a level mixed along the couplings, in rows of (sample, column, row of the image), as the cases say.
    private func target(_ planned: GroupPlan, _ level: String, _ setting: NeuronCase) throws -> Tensor {
        var sum: Tensor?
        for coupling in planned.couplings where setting.parents.indices.contains(coupling.parent) {
            guard case .mixture(let map) = coupling.map,
                let output = try setting.parents[coupling.parent].forward(setting.samples.values, taps: [level]).taps[level]
            else { throw golden.notUnderstood("a level \(level) whose neurons are not mixed") }
            var rows = try output.converted(to: .float64)
            switch rows.rank {
            case 4: rows = try rows.permuted([0, 3, 2, 1]).reshaped([-1, rows.shape[1]])
            case 3: rows = try rows.permuted([0, 2, 1]).reshaped([-1, rows.shape[1]])
            default: break
            }
            guard rows.rank == 2, rows.shape[1] == map.shape[0] else { throw golden.notUnderstood("outputs of \(level)") }
            let part = try rows.matmul(map)
            sum = try sum.map { try $0 + part } ?? part
        }
        guard let sum else { throw golden.notUnderstood("a level \(level) without parents") }
        return sum
    }

    /// The validation loss at a level's end, against the mean of the reference's seeds.
    private func compareLosses(_ ours: [Double?], _ index: Int, _ level: String) throws {
        let curves = (golden.json["runs"]?.array ?? []).compactMap { $0["curves"]?["level\(index)"]?["val"] }
        guard !curves.isEmpty else { return }
        let mean = try mean(
            curves.map { curve in
                guard let last = curve.numbers?.last else { throw golden.notUnderstood("the curve \(curve.path)") }
                return last
            })
        let worst = ours.map { $0.map { abs($0 - mean) } ?? .infinity }.max() ?? .infinity
        for curve in curves {
            expectations.check(curve, worst <= 0.25 * mean, "validation loss of \(level) is off \(mean) by \(worst)")
        }
    }
}
