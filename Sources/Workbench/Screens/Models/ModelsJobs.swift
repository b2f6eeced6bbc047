import Fusion

/// Looks for the sample sets.
struct SamplesJob: Job {
    static let lane = JobLane.models
    static let title = "looking for samples"

    func run(on engine: any Engine, _ control: JobControl) throws -> [SampleSetSummary] { try engine.samples() }

    func receive(_ sets: [SampleSetSummary], _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.samples = .ready(sets)
        model.clampSelections()
        guard model.named.isEmpty else {
            // The list stands on what is open, which may be a sample set.
            if let row = model.setRows.firstIndex(where: { $0.recipe.parents == model.recipe.parents }) { model.models.selectedSet = row }
            return []
        }
        guard !sets.isEmpty else {
            model.say(.warn, "No sample models found: run amalgam samples build, or pass checkpoints: amalgam A.pt B.pt", now: now)
            return []
        }
        return model.openSet(model.models.selectedSet)
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.samples = .failed(reason)
        return []
    }
}

/// Opens the parents of a recipe.
struct OpenJob: Job {
    static let lane = JobLane.models
    static let title = "opening checkpoints"
    static let replaced: [any Job.Type] = [OpenJob.self, MeasureJob.self]

    var paths: [String]

    func run(on engine: any Engine, _ control: JobControl) throws -> OpenedParents { try engine.open(paths, control: control) }

    func receive(_ parents: OpenedParents, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.receiveOpened(parents, now: now)
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.opened = .failed(reason)
        model.fuse.forgetResults()
        model.current = nil
        model.showAwaited()
        return []
    }
}

/// Measures the accuracy of each parent.
struct MeasureJob: Job {
    static let lane = JobLane.models
    static let title = "evaluating parents"
    static let replaced: [any Job.Type] = [MeasureJob.self]

    var recipe: Recipe

    func run(on engine: any Engine, _ control: JobControl) throws -> [Double] { try engine.measure(recipe, control: control) }

    func receive(_ accuracies: [Double], _ model: inout Model, began: Double, now: Double) -> [Effect] {
        guard case .ready(var parents) = model.opened else { return [] }
        for (index, accuracy) in accuracies.enumerated() where parents.parents.indices.contains(index) {
            parents.parents[index].accuracy = accuracy
        }
        model.opened = .ready(parents)
        model.measureSeconds = max(0, now - began)
        return []
    }
}
