import Hyperparameters
import Networks
import Synchronization

/// A method set up for the parents, and the steps that follow it.
struct Work: Sendable {
    let procedure: any FusionProcedure
    let refinement: RefinementStep
    let notes: [String]
    /// What is to be said of parents with a common start.
    let siblings: KeptNotes

    private static let given = "the plan was given, so its network is returned"

    /// What the method takes; nil where that is not counted.
    func count(held: Int) throws -> WorkCount? {
        guard let pipeline = procedure as? FusionPipeline, let counted = pipeline.combination as? any CountedWork, !refinement.isOn else {
            return nil
        }
        let work = try counted.work()
        guard held > 0, let most = (pipeline.combination as? ReconstructionCombination)?.inputs.comparable else { return work }
        return work + HeldOutMeasure.work(held: held, most: most, parents: procedure.parents)
    }

    /// What the method makes.
    func raw(_ control: FusionControl) throws -> FusionOutcome { try procedure.fuse(control: control) }

    func fuse(_ control: FusionControl) throws -> FusionOutcome { try finished(refinement.applied(to: raw(control), control: control)) }

    func fuse(along plan: FusionPlan, by pipeline: FusionPipeline, _ control: FusionControl) throws -> FusionOutcome {
        try finished(refinement.applied(to: pipeline.fuse(along: plan, control: control), control: control))
    }

    /// What the method made, refined, beside the controls: the closest to the teacher is returned.
    ///
    /// - Parameter isFixed: whether the plan is the user's, whose network is returned.
    func compared(
        _ outcome: FusionOutcome, on division: SampleDivision, _ recipe: Recipe, isFixed: Bool = false, _ control: FusionControl
    ) throws -> (outcome: FusionOutcome, choice: ControlStep.Choice) {
        let isFixed = isFixed || !recipe.edits.isEmpty, step = ControlStep(refinement: refinement, division: division, seed: recipe.seed)
        var (compared, choice) = try step.applied(to: outcome, isFixed: isFixed, control: control)
        let notes = [division.note].compactMap(\.self) + (compared.controls?.notes(fixed: isFixed ? Self.given : nil) ?? [])
        compared.notes.insert(contentsOf: notes, at: 0)
        return (try finished(compared), choice)
    }

    /// What came out best in a comparison, made again from all samples; with the comparison as it was.
    func again(
        _ choice: ControlStep.Choice, after trial: FusionOutcome, on division: SampleDivision, _ recipe: Recipe, _ control: FusionControl
    ) throws -> FusionOutcome {
        let step = ControlStep(refinement: refinement, division: division, seed: recipe.seed)
        var (outcome, _) = try step.applied(to: raw(control), isFixed: !recipe.edits.isEmpty, choice: choice, control: control)
        guard let trial = trial.controls, let made = outcome.controls else { return try finished(outcome) }
        outcome.controls = trial.with(made)
        let notes = [division.note].compactMap(\.self) + trial.notes(fixed: recipe.edits.isEmpty ? nil : Self.given)
        outcome.notes.insert(contentsOf: notes, at: 0)
        return try finished(outcome)
    }

    /// The outcome with the controls beside it.
    func beside(_ outcome: FusionOutcome, on division: SampleDivision?, seed: UInt64, _ control: FusionControl) throws -> FusionOutcome {
        let refined = outcome.network
        var step = ControlStep(refinement: refinement, division: division, seed: seed)
        step.refines = false
        var compared = try step.applied(to: outcome, isFixed: true, control: control).outcome
        compared.network = refined
        if division != nil { compared.notes += compared.controls?.notes(fixed: "controls=best returns it") ?? [] }
        compared.diagnostics[DistillationContext.self] = nil
        return compared
    }

    private func finished(_ outcome: FusionOutcome) throws -> FusionOutcome {
        var finished = outcome
        let notes = notes + (try siblings.all())
        finished.diagnostics[DistillationContext.self] = nil
        // The automatic choice keeps that of the recipe that it chose.
        finished.reference = finished.reference ?? procedure.parents.reference
        // The automatic choice has those of the recipe that it chose.
        finished.notes.insert(contentsOf: notes.filter { !finished.notes.contains($0) }, at: 0)
        if let fallback = finished.network.task.fallback { finished.notes.insert(fallback, at: 0) }
        return finished
    }
}

/// Notes that take long to find, found once, when they are first wanted.
final class KeptNotes: Sendable {
    private let find: @Sendable () throws -> [String]
    private let found = Mutex<[String]?>(nil)

    init(_ find: @escaping @Sendable () throws -> [String]) { self.find = find }

    func all() throws -> [String] {
        if let known = found.withLock({ $0 }) { return known }
        let notes = try find()
        found.withLock { $0 = notes }
        return notes
    }
}

extension Settings {
    /// How many samples a recipe asks for.
    var samples: Int { self[has(Interpolation.samples) ? Interpolation.samples : Refinement.samples] }
}
