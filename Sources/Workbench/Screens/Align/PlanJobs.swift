import Fusion
import Screen
import Transport

/// Plans one layer.
struct PlanJob: Job {
    static let lane = JobLane.plan
    static let title = "planning"
    static let replaced: [any Job.Type] = [PlanJob.self, ForecastJob.self]

    var recipe: Recipe
    var group: String

    func run(on engine: any Engine, _ control: JobControl) throws -> GroupSnapshot {
        try engine.plan(recipe, group: group, control: control)
    }

    func receive(_ snapshot: GroupSnapshot, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.receivePlan(snapshot, recipe: recipe)
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.planProblems[group] = PlanProblem(recipe: recipe, reason: reason)
        return model.replan()
    }
}

/// Computes the spectral order of a coupling.
struct SpectralOrderJob: Job {
    static let lane = JobLane.order
    static let title = "ordering neurons"
    static let replaced: [any Job.Type] = [SpectralOrderJob.self]

    var group: String
    var parent: Int
    var plan: ValueGrid

    func run(on engine: any Engine, _ control: JobControl) throws -> PlanOrder { .spectral(TransportPlan(plan)) }

    func receive(_ order: PlanOrder, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.receiveOrder(order, group: group, parent: parent, plan: plan)
        return []
    }
}
