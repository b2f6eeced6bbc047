/// Measures the neurons of one layer.
struct NeuronsJob: Job {
    static let lane = JobLane.neurons
    static let title = "measuring neurons"
    static let replaced: [any Job.Type] = [NeuronsJob.self]

    var request: NeuronRequest
    var key: NeuronsState.Key { NeuronsState.Key(group: request.group, score: request.score) }

    func run(on engine: any Engine, _ control: JobControl) throws -> NeuronSnapshot { try engine.neurons(request, control: control) }

    func receive(_ snapshot: NeuronSnapshot, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        guard request.recipe.parents == model.recipe.parents else { return [] }
        model.neurons.snapshots[key] = snapshot
        model.takeSelectionFromMap()
        if model.screen == .neurons { model.inform(model.neuronSentence) }
        return []
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.neurons.problems[key] = reason
        return []
    }
}
