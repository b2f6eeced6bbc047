import Hyperparameters
import Networks

/// What follows a method: its network is refined as the recipe says, compared with what one can have without fusing, and the best of all is returned.
///
/// All are compared by the divergence from the teacher on held-out samples, which nothing was fitted on. A network that has more parameters than the
/// fused one is shown, but never returned.
struct ControlStep: Sendable {
    let refinement: RefinementStep
    let division: SampleDivision?
    let seed: UInt64
    /// Whether the recipe's refinement is carried out; not where the outcome had it already.
    var refines = true

    private var parents: ParentSet { refinement.parents }
    private var settings: Settings { refinement.settings }

    /// Divergences that differ by less are equal; the fused network is preferred among equals.
    private static let margin = 1e-5
    /// The part of a distillation's updates that a start or an augmentation is tried for, and the best starts that are tried.
    private static let trial = 5, starts = 2

    /// Which network was the best of a comparison.
    struct Choice: Sendable {
        var base: Candidate.Base
        var isRefined: Bool
        var augmentation: ExpandedInputs.Augmentation?
    }

    /// - Parameters:
    ///   - isFixed: whether the fused network is returned whatever was measured: its plan is the user's.
    ///   - choice: what an earlier comparison came to, which is made again without one.
    func applied(
        to outcome: FusionOutcome, isFixed: Bool, choice: Choice? = nil, control: FusionControl
    ) throws -> (outcome: FusionOutcome, choice: Choice) {
        let context = try refinement.context(of: outcome, control: control)
        // Whatever fits less than all layers belongs to the fused network alone.
        let base = distils || !refines ? outcome : try refinement.applied(to: outcome, control: control)
        let held = choice == nil ? division?.held : nil
        let measure = try held.map { try HeldOutMeasure(context.teacher, on: $0, seed: seed, most: context.inputs.comparable) }
        let made = try ControlNetworks(
            parents: parents, teacher: context.teacher, inputs: context.inputs,
            temperature: settings.has(Reconstruction.temperature) ? settings[Reconstruction.temperature] : Reconstruction.targetTemperature,
            divergence: fitsDivergence ? HeadDivergence() : nil, features: context.features
        ).made(control: control)
        var run = Run(
            candidates: [Candidate(base: .fused, network: base.network)] + made.candidates, measure: measure, control: control)
        try run.scoreAll()
        var outcome = base, augmentation = choice?.augmentation
        if distils {
            let settled = try augmentation ?? chosenAugmentation(run, context)
            augmentation = settled
            let inputs = DistillationContext(
                teacher: context.teacher, inputs: context.inputs.augmenting(by: settled), features: context.features)
            outcome = try distilled(outcome, &run, inputs, isFixed: isFixed, choice: choice)
            if settings[ExpandedInputs.augmentation] == .automatic, context.inputs.isOfImages, choice == nil {
                outcome.notes.append(
                    "distilled with augmentation=\(settled.word): the least divergence on held-out samples after \(trialUpdates) steps")
            }
        }
        var returned = isFixed ? 0 : run.bestIndex(margin: Self.margin)
        if let choice { returned = run.candidates.firstIndex { $0.base == choice.base && $0.isRefined == choice.isRefined } ?? 0 }
        if isFixed, distils { returned = run.candidates.firstIndex { $0.base == .fused && $0.isRefined } ?? 0 }
        let comparison = ControlComparison(
            candidates: run.candidates, returned: returned, heldOut: measure.map { ($0.inputs.source.name, $0.inputs.samples) },
            measure: measure?.title ?? "", missing: made.missing)
        let best = comparison.best
        outcome.network = best.network
        if let parent = best.parent { outcome.reference = parent }
        outcome.controls = comparison
        return (outcome, Choice(base: best.base, isRefined: best.isRefined, augmentation: augmentation))
    }

    /// Output layers of controls are fitted as the fused network's is.
    private var fitsDivergence: Bool {
        settings.has(Reconstruction.head) ? settings[Reconstruction.head] == .divergence : settings[Refinement.rule] != .head
    }
    private var distils: Bool { refines && refinement.distils }
    private var trialUpdates: Int { max(1, settings[Refinement.updates] / Self.trial) }

    /// The augmentation of the recipe, or the one of the least held-out divergence after a short distillation of the fused network.
    private func chosenAugmentation(_ run: Run, _ context: DistillationContext) throws -> ExpandedInputs.Augmentation {
        let asked = settings[ExpandedInputs.augmentation]
        guard asked == .automatic else { return asked }
        guard context.inputs.isOfImages, run.measure != nil, let start = run.starts(1).first else { return .none }
        var best = (augmentation: ExpandedInputs.Augmentation.none, divergence: Double.infinity)
        for augmentation in [ExpandedInputs.Augmentation.affine, .mirrored, .none] {
            let tried = DistillationContext(teacher: context.teacher, inputs: context.inputs.augmenting(by: augmentation))
            guard
                let network = try refinement.distillation(tried).tried(start.network, updates: trialUpdates, control: run.control),
                let divergence = try run.measure?.score(network, control: run.control).divergence
            else { continue }
            if divergence < best.divergence { best = (augmentation, divergence) }
        }
        return best.augmentation
    }

    /// The outcome with the best start distilled, and beside it the best parent distilled as long.
    private func distilled(
        _ outcome: FusionOutcome, _ run: inout Run, _ context: DistillationContext, isFixed: Bool, choice: Choice?
    ) throws -> FusionOutcome {
        let distillation = refinement.distillation(context)
        if let choice {
            guard choice.isRefined, let start = run.candidates.first(where: { $0.base == choice.base && !$0.isRefined }) else {
                return outcome
            }
            return try refine(start, in: outcome, &run, context)
        }
        guard let start = try isFixed ? run.candidates.first : start(run, distillation) else { return outcome }
        let outcome = try refine(start, in: outcome, &run, context)
        guard run.measure != nil, !isFixed, let parent = run.bestParent, parent.base != start.base else { return outcome }
        let control = try refinement.refined(parent.network, context, judge: run.judge, control: run.control)
        try run.add(Candidate(base: parent.base, network: control.network, isRefined: true))
        return outcome
    }

    private func refine(
        _ start: Candidate, in outcome: FusionOutcome, _ run: inout Run, _ context: DistillationContext
    ) throws -> FusionOutcome {
        let refined = try refinement.refined(start.network, context, judge: run.judge, control: run.control)
        try run.add(Candidate(base: start.base, network: refined.network, isRefined: true))
        var outcome = outcome
        if start.base != .fused {
            outcome.network = start.network
            outcome.notes.append("the distillation starts from \(start.name), which is closer to the teacher than the fused network")
        }
        return try refinement.noting(refined, in: outcome, context, control: run.control)
    }

    /// The best of the closest candidates after a short distillation.
    private func start(_ run: Run, _ distillation: Distillation) throws -> Candidate? {
        let starts = run.starts(Self.starts)
        guard starts.count > 1, let measure = run.measure else { return starts.first ?? run.candidates.first }
        var best: (start: Candidate, divergence: Double)?
        for start in starts {
            guard let network = try distillation.tried(start.network, updates: trialUpdates, control: run.control) else { continue }
            let divergence = try measure.score(network, control: run.control).divergence
            if best.map({ divergence < $0.divergence }) ?? true { best = (start, divergence) }
        }
        return best?.start ?? starts.first
    }
}

extension ControlStep {
    /// The candidates of one comparison.
    private struct Run {
        var candidates: [Candidate]
        /// Nil where there are no samples to compare on.
        let measure: HeldOutMeasure?
        let control: FusionControl

        /// The divergence of a network; nil where there are no samples to measure it on.
        var judge: ((Network) throws -> Double)? {
            guard let measure else { return nil }
            return { [control] network in try measure.score(network, control: control).divergence }
        }

        /// Parameters that a returned network may have.
        private var most: Int { candidates.first?.network.parameterCount ?? 0 }

        mutating func scoreAll() throws {
            guard let measure else { return }
            try measure.prepare(control: control)
            for index in candidates.indices { candidates[index].score = try measure.score(candidates[index], control: control) }
        }

        mutating func add(_ candidate: Candidate) throws {
            var candidate = candidate
            candidate.score = try measure?.score(candidate, control: control)
            candidates.append(candidate)
        }

        private func divergence(_ candidate: Candidate) -> Double { candidate.score?.divergence ?? .infinity }

        private var eligible: [Candidate] { candidates.filter { $0.network.parameterCount <= most } }

        /// The candidates that are closest to the teacher, the closest first; the fused network where nothing was measured.
        func starts(_ count: Int) -> [Candidate] {
            guard measure != nil else { return Array(candidates.prefix(1)) }
            return Array(eligible.sorted { divergence($0) < divergence($1) }.prefix(count))
        }

        /// The parent that is closest to the teacher, as it stands or with its output layer fitted: its features are what a distillation goes on from.
        var bestParent: Candidate? {
            func closest(_ parent: Int) -> Double {
                eligible.filter { !$0.isRefined && ($0.base == .parent(parent) || $0.base == .head(parent)) }.map(divergence).min()
                    ?? .infinity
            }
            let parents = eligible.compactMap { candidate -> (candidate: Candidate, divergence: Double)? in
                guard case .parent(let index) = candidate.base, !candidate.isRefined else { return nil }
                return (candidate, closest(index))
            }
            return parents.min { $0.divergence < $1.divergence }?.candidate
        }

        /// The candidate that is returned: a control only where it is closer to the teacher than all that was fused.
        func bestIndex(margin: Double) -> Int {
            guard measure != nil else { return candidates.lastIndex(where: \.isRefined) ?? 0 }
            func best(_ isIn: (Candidate) -> Bool) -> Int? {
                candidates.indices.filter { isIn(candidates[$0]) && candidates[$0].network.parameterCount <= most }
                    .min { divergence(candidates[$0]) < divergence(candidates[$1]) }
            }
            let fused = best { $0.base == .fused } ?? 0
            guard let control = best({ $0.base != .fused }), divergence(candidates[control]) < divergence(candidates[fused]) - margin else {
                return fused
            }
            return control
        }
    }
}
