import Archives
import Fusion
import Networks
import Synchronization
import Tensors
import Testing

/// The gradient variant of neuron interpolation: groups and targets exactly, fitted networks as a distribution over seeds.
struct GradientCase {
    let golden: GoldenCase
    private let options: JSON

    init(_ golden: GoldenCase) throws {
        self.golden = golden
        guard let options = golden.json["options"] else { throw golden.notUnderstood("a case without options") }
        self.options = options
    }

    func run() throws {
        let setting = try NeuronCase(golden)
        let expected = try golden.archive("expected.safetensors")
        let recipe = try recipe()
        let shares = options["head_class_weight_matrix"]?.array?.compactMap(\.numbers)
        let fits = try fits(setting.levels.count)
        let runs = golden.json["runs"]?.array ?? []
        var accuracies: [Double] = [], losses: [Double] = []
        let test = try setting.testSet()
        // Three seeds, as the case asks for at least.
        for seed in 1...3 {
            let context = FusionContext(
                networks: setting.parents, settings: recipe.settings, seed: UInt64(seed), inputs: setting.samples, classShares: shares)
            let procedure = try GradientFusion.procedure(context, levels: setting.levels, fits: fits)
            let last = Mutex<[String: Double]>([:])
            let outcome = try procedure.fuse(
                control: FusionControl(progress: { progress in
                    if case .fitting(let level, _, _, _, let validation) = progress { last.withLock { $0[level] = validation } }
                }))
            if seed == 1 { try comparePlan(outcome.plan, setting, expected) }
            if let test {
                accuracies.append(try test.accuracyPercent(outcome.network) / 100)
                losses.append(try outcome.network(test.images).crossEntropy(Tensor(test.labels)).item())
            }
            for (index, level) in setting.levels.enumerated() {
                let stated = runs.compactMap { $0["curves"]?["level\(index)"]?["val"]?.numbers?.last }
                guard !stated.isEmpty, let ours = last.withLock({ $0[level] }) else { continue }
                let mean = stated.reduce(0, +) / Double(stated.count)
                #expect(abs(ours - mean) <= 0.25 * mean, "held-out loss of \(level), seed \(seed): \(ours), stated \(mean)")
            }
        }
        guard let scalars = golden.json["expected_scalars"], let accuracy = scalars["accuracy_mean"]?.number,
            let deviation = scalars["accuracy_std"]?.number, let loss = scalars["loss_mean"]?.number, !accuracies.isEmpty
        else { return }
        let mean = accuracies.reduce(0, +) / Double(accuracies.count), meanLoss = losses.reduce(0, +) / Double(losses.count)
        #expect(abs(mean - accuracy) <= max(4 * deviation, 0.015), "mean accuracy \(mean), stated \(accuracy)")
        #expect(abs(meanLoss - loss) <= 0.1 * loss, "mean test loss \(meanLoss), stated \(loss)")
    }

    private func recipe() throws -> Recipe {
        var recipe = Recipe(method: GradientFusion.method)
        func set(_ key: String, _ value: String) throws { try recipe.apply(assignment: "\(key)=\(value)") }
        // The published programs repair nothing afterwards.
        try set("repair", "none")
        func flag(_ option: String) throws -> Bool {
            guard let value = options[option]?.bool else { throw golden.notUnderstood("\(option) that is neither true nor false") }
            return value
        }
        guard let importance = options["importance"]?.string else { throw golden.notUnderstood("a case without importance") }
        if try flag("use_scheduler") { throw golden.notUnderstood("a schedule of the learning rate") }
        try set("importance", importance)
        try set("importance-target", "label")
        try set("normalise-importance", "\(flag("normalise_importance"))")
        try set("samples", "1000000")
        try set("seeding", flag("init_kmeans_with_2nd_acts") ? "second-parent" : "first-parent")
        try set("normalise-rows", "\(flag("normalize_acts_for_kmeans"))")
        try set("weighted-loss", "\(flag("use_weighted_loss"))")
        try set("head", flag("head_class_weights") ? "published-shares" : "mean")
        return recipe
    }

    private func fits(_ levels: Int) throws -> [LevelFit] {
        guard let optimisers = options["optimizer_per_level"]?.array?.compactMap(\.string), let rates = options["lr_per_level"]?.numbers,
            let decays = options["weight_decay_per_level"]?.numbers, let epochs = options["epochs_per_level"]?.numbers,
            [optimisers.count, rates.count, decays.count, epochs.count].allSatisfy({ $0 == levels })
        else { throw golden.notUnderstood("settings of \(levels) levels") }
        return try (0..<levels).map { level in
            var fit = LevelFit()
            guard let optimiser = LevelFit.Optimiser(rawValue: optimisers[level]) else {
                throw golden.notUnderstood("the optimiser \(optimisers[level])")
            }
            fit.optimiser = optimiser
            fit.learningRate = rates[level]
            fit.weightDecay = decays[level]
            fit.epochs = Int(epochs[level])
            fit.batch = Int(options["train_batch_size"]?.number ?? 32)
            fit.patience = Int(options["max_patience_epochs"]?.number ?? 15)
            fit.restoresBest = false
            fit.perturbation = options["weight_perturbation_per_level"]?.numbers?[level] ?? 0
            return fit
        }
    }

    /// Assignments, and the targets that the couplings make of the parents' outputs.
    private func comparePlan(_ plan: FusionPlan, _ setting: NeuronCase, _ expected: Archive) throws {
        for (index, level) in setting.levels.enumerated() {
            let isHead = index == setting.levels.count - 1
            guard let planned = isHead ? plan.groups.last : plan.groups.first(where: { $0.group.producers.contains(level) }) else {
                throw golden.notUnderstood("a level that ends at \(level)")
            }
            if let assignment = try expected["assignment.level\(index)"]?.integers() {
                #expect(
                    planned.couplings.flatMap { coupling in coupling.plan.entries.map(\.column) } == assignment, "assignment of \(level)")
            }
            guard let stored = expected[isHead ? "target.head" : "target.level\(index).rows"] else { continue }
            var sum: Tensor?
            for coupling in planned.couplings {
                guard case .mixture(let map) = coupling.map else { throw golden.notUnderstood("a coupling without mixture") }
                let output = try setting.parents[coupling.parent].forward(setting.samples.values, taps: [level]).taps[level]
                // Rows in the order (sample, column, row of the image), as the case says.
                var rows = try #require(output).converted(to: .float64)
                if rows.rank == 4 { rows = try rows.permuted([0, 3, 2, 1]).reshaped([-1, rows.shape[1]]) }
                let part = try rows.matmul(map)
                sum = try sum.map { try $0 + part } ?? part
            }
            var target = try #require(sum)
            if isHead {
                if options["head_class_weights"]?.bool == true { target = try target / Double(setting.parents.count) }
            } else {
                let stride = Int(golden.json["validation"]?["level\(index)"]?["row_stride"]?.number ?? 1)
                target = try target.gathered(axis: 0, Tensor((0..<stored.shape[0]).map { $0 * stride }))
            }
            let difference = try relativeDifference(target.array(of: Double.self), stored)
            #expect(difference <= 1e-3, "target of \(level) differs by \(difference)")
        }
    }
}
