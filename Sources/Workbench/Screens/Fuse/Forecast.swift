import Formatting
import Fusion

/// The estimated cost of a fusion.
struct Forecast: Equatable, Sendable {
    /// In seconds, and in words.
    var seconds: Double
    var time: String
    /// In addition to what the program uses already.
    var bytes: Int

    var words: String { "\(time), \(Format.bytes(bytes)) of memory" }
}

extension Model {
    /// The time from the last fusion by this method, else from planning; the memory from the networks and the widest layer.
    ///
    /// Nil while neither is known.
    var forecast: Forecast? {
        guard let opened = opened.value, canFuse else { return nil }
        let parameters = opened.parents.map(\.parameters).reduce(0, +) + (opened.parents.last?.parameters ?? 0)
        let widest = groups.map { group in (group.neurons.max() ?? 0) * (group.neurons.last ?? 0) }.max() ?? 0
        // Four bytes a parameter, and for the widest layer costs, plan and kernel in double precision.
        let bytes = parameters * 4 + widest * 24
        if recipe.method == Automatic.method {
            let budget = automaticBudget + measureSeconds
            return Forecast(seconds: budget, time: "up to \(Format.remaining(budget))", bytes: bytes)
        }
        if let took = fuse.took[recipe.method.id] {
            let seconds = took + measureSeconds
            return Forecast(seconds: seconds, time: "about \(Format.duration(seconds)), as last time", bytes: bytes)
        }
        let fresh = groups.compactMap { group in plans[group.name].flatMap { $0.recipe == recipe ? $0.snapshot.seconds : nil } }
        guard fresh.count == groups.count, !fresh.isEmpty else { return nil }
        let seconds = fresh.reduce(0, +) + measureSeconds
        return Forecast(seconds: seconds, time: "about \(Format.duration(seconds))", bytes: bytes)
    }
}
