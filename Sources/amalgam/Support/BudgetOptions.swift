import ArgumentParser
import Formatting
import Fusion
import Runs

/// What a fusion may take, and what it will.
struct BudgetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Time the fusion may take on this machine: halves rows and inputs until the forecast fits (reconstruct).",
            valueName: "seconds"))
    var budgetTime: Double?

    @Option(
        help: ArgumentHelp("Memory it may take beyond the open parents: the same by memory (reconstruct).", valueName: "megabytes"))
    var budgetMemory: Double?

    @Flag(help: "Prints what the fusion will take, and stops.")
    var forecast = false

    var isForecastOnly: Bool { forecast }
    /// Whether the recipe may be changed.
    var isLimited: Bool { budgetTime != nil || budgetMemory != nil }

    func validate() throws {
        for (value, name) in [(budgetTime, "--budget-time"), (budgetMemory, "--budget-memory")] {
            guard let value else { continue }
            guard value > 0, value <= 1e9 else { throw ValidationError("\(name) should be above 0 and at most 1e9") }
        }
    }

    /// From so many seconds on a forecast is worth a line.
    private static let long = 5.0

    /// The run with what the budget allows, and the notes that this brings.
    func applied(to run: inout FusionRun) throws -> [String] {
        let budget = FusionBudget(seconds: budgetTime, bytes: budgetMemory.map { Int($0 * 1e6) })
        guard budget != FusionBudget() else {
            // Unasked, what is wrong with the parents is left to the fusion, which says it after its warnings.
            let found = forecast ? try run.forecast(always: true) : try? run.forecast(always: false)
            guard let found else { return forecast ? ["no forecast: the work of this recipe is not counted beforehand"] : [] }
            return forecast || found.seconds >= Self.long ? [Self.words(found)] : []
        }
        let (found, note) = try run.fit(within: budget)
        return [note, Self.words(found)].compactMap(\.self)
    }

    private static func words(_ forecast: Forecast) -> String {
        "forecast: the fusion takes about \(Format.duration(forecast.seconds)) and \(Format.bytes(forecast.bytes)) beyond the parents (counted, not measured: a fusion of two ResNet-50 took 1.8 times as long)"
    }
}
