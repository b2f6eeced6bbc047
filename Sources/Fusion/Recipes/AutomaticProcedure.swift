import Dispatch
import Networks
import Tensors

/// Tries recipes, halves them, and carries on with the best.
struct AutomaticProcedure: FusionProcedure {
    let parents: ParentSet
    private let context: FusionContext
    private let fitting: SomeSamples
    private let held: SomeSamples
    private let budget: Double
    private let takesImages: Bool
    private let hasLabels: Bool

    private static let rounds = 3

    init(_ context: FusionContext, source: any InputSource) throws {
        self.context = context
        parents = try ParentSet(context.networks, reference: 0)
        let settings = context.settings, count = min(settings[Automatic.samples], source.count)
        guard count >= 2 else {
            throw FusionError.unsuitable(
                reason:
                    "the automatic choice needs samples for fusing and others for evaluation, but \(source.name) has \(source.count): use at least 2, preferably 400"
            )
        }
        let out = min(count - 1, max(1, Int((Double(count) * settings[Automatic.held]).rounded())))
        fitting = SomeSamples(source: source, range: 0..<count - out)
        held = SomeSamples(source: source, range: count - out..<count)
        budget = settings[Automatic.time]
        do {
            takesImages = try held.inputs(0..<1).rank == 4
            hasLabels = try held.labels(0..<1) != nil
        } catch { throw FusionError.unreadableSamples(reason: "\(error)") }
    }

    /// The plan of the likeliest recipe: which will be chosen is not known before they were tried.
    func plan(only group: String?, control: FusionControl) throws -> FusionPlan {
        try fuser(candidates[0], samples: fitting.count).plan(only: group, control: control)
    }

    private var candidates: [Automatic.Candidate] { Automatic.candidates(takesImages: takesImages) }

    private func fuser(_ candidate: Automatic.Candidate, samples: Int) throws -> Fuser {
        try Fuser(
            parents: context.networks, recipe: recipe(candidate, samples: samples),
            inputs: SomeSamples(source: fitting, range: 0..<samples),
            classShares: context.classShares)
    }

    private func recipe(_ candidate: Automatic.Candidate, samples: Int) throws -> Recipe {
        var recipe = Recipe(method: candidate.method, seed: context.seed)
        for assignment in candidate.assignments { try recipe.settings.set(assignment) }
        for hyperparameter in [Interpolation.samples, Refinement.samples] where recipe.settings.has(hyperparameter) {
            try recipe.settings.set(hyperparameter, samples)
        }
        return recipe
    }

    func fuse(control: FusionControl) throws -> FusionOutcome {
        let whole = try ExpandedInputs(
            fitting, samples: fitting.count, count: fitting.count, augmentation: .none, seed: context.seed, method: "the automatic choice")
        let teacher = try ClassPriorWeighting(.known).teacher(
            of: parents, known: context.classShares, on: whole, control: FusionControl(isCancelled: control.isCancelled))
        var spent = 0.0
        var trials: [AutomaticTrial] = [], best: (trial: AutomaticTrial, outcome: FusionOutcome, candidate: Automatic.Candidate)?
        var left = candidates.filter { !$0.isLate }, skipped = 0
        for round in 1...Self.rounds {
            let samples = max(1, fitting.count >> (Self.rounds - round))
            var done: [(trial: AutomaticTrial, candidate: Automatic.Candidate)] = []
            let begun = left + (round == Self.rounds ? candidates.filter(\.isLate) : [])
            for candidate in begun {
                let cost = expected(candidate, samples: samples)
                guard trials.isEmpty || spent + cost <= budget else { skipped += 1; continue }
                spent += cost
                try control.check()
                let (trial, outcome) = try tried(candidate, round: round, samples: samples, teacher, control: control)
                trials.append(trial)
                control.progress?(.diagnostics(trial))
                done.append((trial, candidate))
                guard let outcome else { continue }
                // What was fused on more samples is preferred, unless it is worse.
                if best.map({ !trial.isBeaten(by: $0.trial) }) ?? true { best = (trial, outcome, candidate) }
            }
            done.removeAll { $0.trial.failure != nil }
            done.sort { $1.trial.isBeaten(by: $0.trial) }
            left = done.prefix((done.count + 1) / 2).map(\.candidate)
        }
        guard let best else {
            throw FusionError.unsuitable(
                reason:
                    "every recipe failed: \(trials.compactMap { trial in trial.failure.map { "\(trial.title): \($0)" } }.joined(separator: "; "))"
            )
        }
        var outcome = best.outcome
        outcome.trials = trials
        func measured(_ score: Double) -> String {
            teacher.rule == .outputs
                ? "on which it explains \(percent(score)) of the variance of the parents' mean output (R²)"
                : "with \(hasLabels ? "accuracy" : "agreement with the teacher") \(percent(score))"
        }
        outcome.notes.insert(
            "selected: \(best.trial.title), the best of \(trials.count) trials on \(held.count) held-out samples, \(measured(best.trial.score))\(second(trials, best.trial)); to run it alone: \(try again(best.candidate, samples: best.trial.samples))",
            at: 0)
        if skipped > 0 {
            outcome.notes.insert(
                "an expected time of \(HyperparameterValue.real(budget)) s was too short for \(skipped) more trials\(trials.count == 1 ? ": only the most promising recipe was tried" : "")",
                at: 1)
        }
        return outcome
    }

    /// The seconds that a recipe takes on an ordinary processor, from the sizes of the networks and the number of samples alone. What is tried must not
    /// depend on the clock: the same recipe and seed give the same bits on a slow machine and on a busy one.
    private func expected(_ candidate: Automatic.Candidate, samples: Int) -> Double {
        let layers = parents.networks.map(\.trace.layers.count).max() ?? 0
        let operations = parents.networks.reduce(0.0) { $0 + Double($1.trace.multiplyAdds) }
        return candidate.effort * (0.02 * Double(layers) + Double(samples) * operations / 1e9)
    }

    private func title(_ candidate: Automatic.Candidate) -> String {
        ([candidate.method.id] + candidate.assignments.map(\.description)).joined(separator: " ")
    }

    private func second(_ trials: [AutomaticTrial], _ best: AutomaticTrial) -> String {
        let others = trials.filter { $0.title != best.title && $0.failure == nil }
        guard let next = others.min(by: { $1.isBeaten(by: $0) }) else { return "" }
        return ", ahead of \(next.title) with \(percent(next.score))"
    }

    private func again(_ candidate: Automatic.Candidate, samples: Int) throws -> String {
        let recipe = try recipe(candidate, samples: samples)
        return "--method \(recipe.method.id)" + recipe.settings.differences.map { " --set \($0.key)=\($0.value)" }.joined()
    }

    private func tried(
        _ candidate: Automatic.Candidate, round: Int, samples: Int, _ teacher: Teacher, control: FusionControl
    ) throws -> (AutomaticTrial, FusionOutcome?) {
        let start = DispatchTime.now().uptimeNanoseconds
        func trial(_ outcome: FusionOutcome?, score: Double, divergence: Double, failure: String?) -> AutomaticTrial {
            AutomaticTrial(
                method: candidate.method.id, assignments: candidate.assignments.map(\.description), round: round, samples: samples,
                seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9, parameters: outcome?.network.parameterCount ?? 0,
                score: score,
                divergence: divergence, failure: failure)
        }
        do {
            // The progress of a trial's own layers would drown that of the trials.
            let outcome = try fuser(candidate, samples: samples).fuse(control: FusionControl(isCancelled: control.isCancelled))
            let (score, divergence) = try measured(outcome.network, teacher, control)
            return (trial(outcome, score: score, divergence: divergence, failure: nil), outcome)
        } catch {
            let error = FusionError(error)
            if case .cancelled = error { throw error }
            return (trial(nil, score: 0, divergence: 0, failure: error.description), nil)
        }
    }

    /// The share of the variance of the parents' mean output that a network explains on the held-out samples, and its mean squared distance from it.
    private func explained(
        _ network: Network, _ teacher: Teacher, _ control: FusionControl
    ) throws -> (score: Double, divergence: Double) {
        var errors = 0.0, moments = OutputMoments()
        try SampleBatches(held, atMost: held.count, size: 200, method: "the automatic choice").forEach(
            FusionControl(isCancelled: control.isCancelled)
        ) { (x, _) in
            let outputs = try network.logits(x, [:]), answers = try teacher.logits(x)
            let joint = try teacher.weighted(answers)
            try moments.add(joint)
            errors += try (outputs.converted(to: .float64).reshaped(joint.shape) - joint).squared().sum().item()
        }
        guard errors.isFinite else { throw FusionError.unsuitable(reason: "the fused network's outputs are not finite") }
        return (moments.explained(leaving: errors), errors / Double(held.count))
    }

    /// The accuracy on the held-out samples, and the mean divergence from the teacher.
    private func measured(
        _ network: Network, _ teacher: Teacher, _ control: FusionControl
    ) throws -> (score: Double, divergence: Double) {
        if teacher.rule == .outputs { return try explained(network, teacher, control) }
        let batches = try SampleBatches(held, atMost: held.count, size: 200, method: "the automatic choice")
        var right = 0.0, divergence = 0.0
        try batches.forEach(FusionControl(isCancelled: control.isCancelled)) { (x, range) in
            let logits = try network.logits(x, [:]), answers = try teacher.logits(x)
            let labels = hasLabels ? try batches.labels(range, classes: network.trace.outputWidth, for: "the automatic choice") : nil
            let joint = try teacher.probabilities(answers, temperature: 1)
            let wanted = if let labels { try Tensor(labels) } else { try joint.largestIndex(axis: 1) }
            let logs = try logits.converted(to: .float64).logSoftmax(axis: 1)
            let (hits, distance) = (
                try logits.largestIndex(axis: 1).equals(wanted).sum().item(),
                try (joint * (joint.clamped(from: 1e-12, to: 1).logarithm() - logs)).sum().item()
            )
            right += hits
            divergence += distance
        }
        let count = Double(held.count)
        guard divergence.isFinite else { throw FusionError.unsuitable(reason: "the fused network's outputs are not finite") }
        return (right / count, divergence / count)
    }
}
