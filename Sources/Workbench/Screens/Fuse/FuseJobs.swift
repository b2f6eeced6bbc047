import Fusion
import Screen

/// Fuses all layers and evaluates the result.
struct FuseJob: Job {
    static let lane = JobLane.fusion
    static let title = "fusing"

    var recipe: Recipe

    func run(on engine: any Engine, _ control: JobControl) throws -> FusionResult { try engine.fuse(recipe, control: control) }

    func receive(_ result: FusionResult, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.neurons.forget()
        model.show(CurrentNetwork(kind: .fused, run: result.run), result)
        model.fuse.took[result.recipe.method.id] = result.fuseSeconds
        if !result.trials.isEmpty { model.fuse.trials = result.trials }
        model.say(.ok, model.fusedSentence(result), now: now)
        model.say(.command, result.recipe.command(), now: now)
        for note in result.notes {
            model.log.append(LogEntry(level: note.hasPrefix("warning:") ? .warn : .info, text: note, time: now))
        }
        return model.loadNeurons() + (model.screen == .compare ? model.loadRuns() : [])
    }

    func receiveCancellation(_ model: inout Model, now: Double) {
        model.say(.warn, "Fusion cancelled, nothing kept; F starts it again", now: now)
    }
}

/// Measures the loss along the segment between two parents.
struct BarrierJob: Job {
    static let lane = JobLane.barrier
    static let title = "measuring the loss barrier"
    static let replaced: [any Job.Type] = [BarrierJob.self]

    var recipe: Recipe

    func run(on engine: any Engine, _ control: JobControl) throws -> BarrierSnapshot { try engine.barrier(recipe, control: control) }

    func receive(_ barrier: BarrierSnapshot, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.fuse.barrier = barrier
        let heights = barrier.curves.map { "\($0.name) \(HeatMap.number($0.lossBarrier))" }.joined(separator: ", ")
        model.say(.ok, "Loss barrier: \(heights)", now: now)
        return []
    }
}
