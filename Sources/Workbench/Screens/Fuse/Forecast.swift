import Formatting
import Fusion

/// What the engine says a recipe will take.
struct KnownForecast: Equatable, Sendable {
    var recipe: Recipe
    /// Nil where the work is not counted beforehand.
    var found: ForecastSnapshot?
}

/// Asks the engine what a recipe will take: once for a recipe, after the shown layer was planned.
struct ForecastJob: Job {
    static let lane = JobLane.plan
    static let title = "forecasting"
    static let replaced: [any Job.Type] = [ForecastJob.self]

    var recipe: Recipe

    func run(on engine: any Engine, _ control: JobControl) throws -> ForecastSnapshot? { try engine.forecast(recipe, control: control) }

    func receive(_ found: ForecastSnapshot?, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.fuse.forecast = KnownForecast(recipe: recipe, found: found)
        return model.replan()
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.fuse.forecast = KnownForecast(recipe: recipe)
        return model.replan()
    }
}

extension Model {
    /// Whether this recipe has no forecast yet; the automatic choice has a budget in its place.
    var needsForecast: Bool { canFuse && fusion == nil && recipe.method != Automatic.method && fuse.forecast?.recipe != recipe }

    /// What the fusion will take, where that is known.
    private var counted: ForecastSnapshot? { fuse.forecast.flatMap { $0.recipe == recipe ? $0.found : nil } }

    /// What the fusion will take, in words; nil while it is not known.
    var forecastWords: String? {
        guard canFuse else { return nil }
        if recipe.method == Automatic.method { return "up to \(Format.remaining(automaticBudget)), the time budget" }
        guard fuse.forecast?.recipe == recipe else { return nil }
        if let counted { return "forecast: \(Self.words(counted))" }
        let last = fuse.took[recipe.method.id].map { "; \(recipe.method.title) took \(Format.duration($0)) last time" } ?? ""
        return "no forecast: the work of this recipe is not counted beforehand" + last
    }

    /// The same for the middle of a sentence, where there is a figure.
    var forecastTime: String? {
        if recipe.method == Automatic.method { return "up to \(Format.remaining(automaticBudget))" }
        return counted.map { "about \(Self.time($0))" }
    }

    private static func words(_ found: ForecastSnapshot) -> String {
        "about \(time(found)) and \(Format.bytes(found.bytes)) beyond the parents"
    }

    /// No more digits than a forecast has.
    private static func time(_ found: ForecastSnapshot) -> String {
        found.seconds < 10 ? Format.duration(found.seconds) : Format.remaining(found.seconds)
    }
}
