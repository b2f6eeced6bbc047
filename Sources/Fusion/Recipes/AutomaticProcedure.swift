import Dispatch
import Hyperparameters
import Networks
import Tensors

/// Tries recipes, halves them, and carries on with the best.
///
/// All are measured by their divergence from the teacher on samples that none was fitted on. Labels are not looked at: a parent may have been trained on them.
struct AutomaticProcedure: FusionProcedure {
    let parents: ParentSet
    private let context: FusionContext
    private let source: any InputSource
    private let division: SampleDivision
    private let budget: Double
    private let takesImages: Bool

    private static let rounds = 3

    init(_ context: FusionContext, source: any InputSource) throws {
        self.context = context
        self.source = source
        parents = try ParentSet(context.networks, reference: 0)
        let settings = context.settings
        guard let division = SampleDivision(source, samples: settings[Automatic.samples], work: 0, share: settings[Automatic.held]) else {
            throw FusionError.unsuitable(
                reason:
                    "the automatic choice needs samples for fusing and others for evaluation, but \(source.name) has \(source.count): use at least 2, preferably 400"
            )
        }
        self.division = division
        budget = settings[Automatic.time]
        do { takesImages = try division.held.inputs(0..<1).rank == 4 && !source.isOfTokens } catch {
            throw FusionError.unreadableSamples(reason: "\(error)")
        }
    }

    /// The plan of the likeliest recipe: which will be chosen is not known before they were tried.
    func plan(only group: String?, control: FusionControl) throws -> FusionPlan {
        try fuser(candidates[0], samples: division.fitted).plan(only: group, control: control)
    }

    private var candidates: [Automatic.Candidate] { Automatic.candidates(takesImages: takesImages) }

    private func fuser(_ candidate: Automatic.Candidate, samples: SomeSamples) throws -> Fuser {
        try Fuser(
            parents: context.networks, recipe: recipe(candidate, samples: samples.count), inputs: samples, classShares: context.classShares)
    }

    private func recipe(_ candidate: Automatic.Candidate, samples: Int) throws -> Recipe {
        var recipe = Recipe(method: candidate.method, seed: context.seed)
        for assignment in candidate.assignments { try recipe.settings.set(assignment) }
        for hyperparameter in [Interpolation.samples, Refinement.samples] where recipe.settings.has(hyperparameter) {
            try recipe.settings.set(hyperparameter, samples)
        }
        // Controls are candidates of their own.
        if candidate.method.hyperparameter(Controls.rule.key) != nil { try recipe.settings.set(Controls.rule, .none) }
        return recipe
    }

    /// A candidate that was carried out.
    private struct Tried {
        let candidate: Automatic.Candidate
        /// Its place among the candidates, the likeliest first.
        let place: Int
        var trial: AutomaticTrial
        let outcome: FusionOutcome
        let score: HeldOutScore
    }

    func fuse(control: FusionControl) throws -> FusionOutcome {
        let quiet = FusionControl(isCancelled: control.isCancelled), fitted = division.fitted
        let whole = try ExpandedInputs(
            fitted, samples: fitted.count, count: fitted.count, augmentation: .none, seed: context.seed, method: "the automatic choice")
        let measure = try HeldOutMeasure(
            ClassPriorWeighting(.known).teacher(of: parents, known: context.classShares, on: whole, control: quiet), on: division.held,
            seed: context.seed)
        var spent = 0.0, skipped = 0, place = 0, trials: [AutomaticTrial] = [], last: [Tried] = []
        func carryOut(_ candidate: Automatic.Candidate, round: Int, isForced: Bool = false) throws -> Tried? {
            let samples = max(1, fitted.count >> (Self.rounds - round)), cost = expected(candidate, samples: samples)
            guard isForced || spent + cost <= budget else { skipped += 1; return nil }
            spent += cost
            place += 1
            try control.check()
            let (trial, tried) = try tried(candidate, place, round: round, samples: samples, measure, control: quiet)
            trials.append(trial)
            control.progress?(.diagnostics(trial))
            if round == Self.rounds, let tried { last.append(tried) }
            return tried
        }
        // The likeliest recipe and the controls on all samples first: they need no halving, and are what others have to beat.
        for (index, candidate) in ([candidates[0]] + Automatic.controls(parents: parents.count)).enumerated() {
            _ = try carryOut(candidate, round: Self.rounds, isForced: index == 0 || candidate.isFree)
        }
        let bestParent = last.dropFirst().filter { $0.candidate.parent != nil && $0.candidate.isFree }
            .min { $0.score.divergence < $1.score.divergence }
        var left = Array(candidates.dropFirst().filter { !$0.isLate })
        for round in 1...Self.rounds {
            let begun = try left.compactMap { try carryOut($0, round: round) }.sorted { $0.score.divergence < $1.score.divergence }
            left = begun.prefix((begun.count + 1) / 2).map(\.candidate)
        }
        let late = try candidates.filter(\.isLate).compactMap { try carryOut($0, round: Self.rounds) }
        if let parent = bestParent?.candidate.parent {
            let like = late.min { $0.score.divergence < $1.score.divergence }?.candidate
            _ = try carryOut(Automatic.distilled(parent: parent, of: parents.count, like: like), round: Self.rounds)
        }
        guard let best = Self.best(of: last) else {
            throw FusionError.unsuitable(
                reason:
                    "every recipe failed: \(trials.compactMap { trial in trial.failure.map { "\(trial.title): \($0)" } }.joined(separator: "; "))"
            )
        }
        var outcome = best.outcome
        // What was held out belongs to the recipe's samples: the best recipe sees them in the end.
        if division.isShortened {
            let all = SomeSamples(source: source, range: 0..<min(source.count, context.settings[Automatic.samples]))
            outcome = try fuser(best.candidate, samples: all).fuse(control: quiet)
        }
        outcome.trials = trials.map { trial in
            var own = trial
            own.isSelected = trial == best.trial
            return own
        }
        outcome.notes.insert(contentsOf: try notes(best, last, trials: trials.count, skipped: skipped, measure), at: 0)
        return outcome
    }

    /// The closest to the teacher; among those whose distance is not surely greater, beyond two standard errors, the likeliest.
    private static func best(of tried: [Tried]) -> Tried? {
        guard let closest = tried.min(by: { $0.score.divergence < $1.score.divergence }), closest.score.divergence.isFinite else {
            return nil
        }
        return tried.sorted { $0.place < $1.place }.first { !closest.score.isSurelyBelow($0.score) }
    }

    private func notes(
        _ best: Tried, _ tried: [Tried], trials: Int, skipped: Int, _ measure: HeldOutMeasure
    ) throws -> [String] {
        let next = tried.filter { $0.place != best.place }.min { $0.score.divergence < $1.score.divergence }
        let second = next.map { "; \($0.trial.title) has \(Self.figures($0.score, measure))" } ?? ""
        let samples = division.isShortened ? " and then fused on all samples" : ""
        var notes = [
            "selected: \(best.trial.title), of \(trials) trials on \(division.held.count) held-out samples\(samples), with \(Self.figures(best.score, measure))\(second); to run it alone: \(try again(best.candidate))"
        ]
        if let next, next.score.divergence < best.score.divergence {
            notes.append("\(next.trial.title) is not better beyond two standard errors, so the recipe that is first in the list was taken")
        }
        if skipped > 0 {
            notes.append(
                "an expected time of \(HyperparameterValue.real(budget)) s was too short for \(skipped) more trials")
        }
        return notes
    }

    private static func figures(_ score: HeldOutScore, _ measure: HeldOutMeasure) -> String {
        let share =
            measure.teacher.rule == .outputs ? "R² \(percent(score.agreement))" : "agreement with the teacher \(percent(score.agreement))"
        return "\(measure.title) \(HyperparameterValue.real((score.divergence * 1e4).rounded() / 1e4)), \(share)"
    }

    /// The seconds that a recipe takes on an ordinary processor, from the sizes of the networks and the number of samples alone. What is tried must not
    /// depend on the clock: the same recipe and seed give the same bits on a slow machine and on a busy one.
    private func expected(_ candidate: Automatic.Candidate, samples: Int) -> Double {
        let layers = parents.networks.map(\.trace.layers.count).max() ?? 0
        let operations = parents.networks.reduce(0.0) { $0 + Double($1.trace.multiplyAdds) }
        return candidate.effort * (0.02 * Double(layers) + Double(samples) * operations / 1e9)
    }

    private func again(_ candidate: Automatic.Candidate) throws -> String {
        let recipe = try recipe(candidate, samples: min(source.count, context.settings[Automatic.samples]))
        return "--method \(recipe.method.id)" + recipe.settings.differences.map { " --set \($0.key)=\($0.value)" }.joined()
    }

    private func tried(
        _ candidate: Automatic.Candidate, _ place: Int, round: Int, samples: Int, _ measure: HeldOutMeasure, control: FusionControl
    ) throws -> (trial: AutomaticTrial, tried: Tried?) {
        let start = DispatchTime.now().uptimeNanoseconds
        func trial(_ outcome: FusionOutcome?, _ score: HeldOutScore?, failure: String?) -> AutomaticTrial {
            AutomaticTrial(
                method: candidate.method.id, assignments: candidate.assignments.map(\.description), round: round, samples: samples,
                seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9, parameters: outcome?.network.parameterCount ?? 0,
                score: score?.agreement ?? 0, divergence: score?.divergence ?? 0, failure: failure)
        }
        do {
            // The progress of a trial's own layers would drown that of the trials.
            let outcome = try fuser(candidate, samples: SomeSamples(source: division.fitted, range: 0..<samples)).fuse(control: control)
            let score = try measure.score(outcome.network, control: control)
            guard score.divergence.isFinite else { return (trial(outcome, nil, failure: "the network's outputs are not finite"), nil) }
            let done = trial(outcome, score, failure: nil)
            return (done, Tried(candidate: candidate, place: place, trial: done, outcome: outcome, score: score))
        } catch {
            let error = FusionError(error)
            if case .cancelled = error { throw error }
            return (trial(nil, nil, failure: error.description), nil)
        }
    }
}
