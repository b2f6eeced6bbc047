import Formatting
import Fusion
import Screen

extension Model {
    /// Whether the automatic choice runs, or ran last.
    var showsTrials: Bool {
        guard recipe.method == Automatic.method else { return false }
        return !fuse.trials.isEmpty || fusion != nil
    }

    /// The trial that the automatic choice would keep now: a trial on more samples is preferred, unless it is worse.
    var bestTrial: Int? {
        fuse.trials.indices.reduce(nil) { best, index in
            guard fuse.trials[index].failure == nil else { return best }
            guard let best else { return index }
            return fuse.trials[index].isBeaten(by: fuse.trials[best]) ? best : index
        }
    }

    /// The trial under the cursor: the newest while they come in, until a key selects one.
    var trialCursor: Int {
        max(0, min(fuse.trials.count - 1, fuse.selectedTrial ?? (fusion == nil ? bestTrial ?? 0 : fuse.trials.count - 1)))
    }

    /// Selects the automatic choice, with the cursor on its time budget.
    mutating func chooseAutomatically() -> [Effect] {
        let before = recipe
        if recipe.method != Automatic.method {
            var next = recipe
            next.method = Automatic.method
            history.record(next, "method \(recipe.method.id) → \(Automatic.method.id)")
        }
        fuse.isForGroup = false
        focus[.fuse] = .form
        fuse.form.selected = fields(of: .recipe).firstIndex { $0.key == Automatic.time.key } ?? 0
        if recipe.data == nil {
            warn("The automatic choice evaluates recipes on held-out samples: set the data first")
        } else {
            inform("F tries recipes for \(Format.remaining(automaticBudget)) and keeps the best; ←→ change the budget")
        }
        return follow(before)
    }

    /// The time budget of the automatic choice, seconds.
    var automaticBudget: Double { recipe.settings[Automatic.time] }

    mutating func nextTrialView() -> [Effect] {
        guard showsTrials else {
            inform("No trials: A selects the automatic choice, F starts it")
            return []
        }
        fuse.trialView = fuse.trialView.next
        inform(fuse.trialView == .table ? "Trials in order" : "Accuracy against \(fuse.trialView.rawValue), with the Pareto front")
        return []
    }

    mutating func performOnTrials(_ action: Action, now: Double) -> [Effect] {
        guard !fuse.trials.isEmpty else {
            if action == .back { focus[.fuse] = .form }
            return []
        }
        let here = trialCursor
        switch action {
        case .left, .right:
            guard let cost = trialCost else { break }
            fuse.selectedTrial = Self.neighbour(of: here, by: action == .right ? 1 : -1, in: fuse.trials.map(cost)) ?? here
        case .enter: return loadTrial(now: now)
        case .back:
            focus[.fuse] = .form
            inform(screen.room.guidance(self))
            return []
        default:
            guard let next = action.moved(here, count: fuse.trials.count, page: inside(.trials).rows - 2) else { return [] }
            fuse.selectedTrial = next
        }
        fuse.selectedTrial = trialCursor
        inform(trialSentence)
        return []
    }

    mutating func clickTrial(_ index: Int) -> [Effect] {
        fuse.selectedTrial = max(0, min(fuse.trials.count - 1, index))
        inform(trialSentence)
        return []
    }

    /// The horizontal axis of the shown view; nil for the table.
    var trialCost: ((AutomaticTrial) -> Double)? {
        switch fuse.trialView {
        case .table: nil
        case .size: { $0.failure == nil ? Double($0.parameters) : .nan }
        case .time: { $0.failure == nil ? $0.seconds : .nan }
        }
    }

    /// The index of the next value to a side, in the order of values; what is not a number is passed over.
    static func neighbour(of index: Int, by step: Int, in values: [Double]) -> Int? {
        let order = values.indices.filter { values[$0].isFinite }.sorted { (values[$0], $0) < (values[$1], $1) }
        guard let place = order.firstIndex(of: index) else { return order.first }
        return order.indices.contains(place + step) ? order[place + step] : nil
    }

    /// Loads the recipe of the trial under the cursor into the form.
    private mutating func loadTrial(now: Double) -> [Effect] {
        let trial = fuse.trials[trialCursor], before = recipe
        do {
            let next = try trial.recipe(like: recipe)
            history.record(next, "recipe → \(trial.title)")
            focus[.fuse] = .form
            fuse.form.selected = 0
            say(.ok, "Recipe set to \(trial.title); F fuses it, u returns to the automatic choice", now: now)
            return follow(before)
        } catch {
            say(.error, "This trial's recipe cannot be loaded: \(error)", now: now)
            return []
        }
    }

    /// The trial under the cursor in one sentence.
    var trialSentence: String {
        guard fuse.trials.indices.contains(trialCursor) else { return "No trials yet" }
        let trial = fuse.trials[trialCursor]
        if let failure = trial.failure { return "\(trial.title) failed: \(failure)" }
        let rank =
            trialCursor == bestTrial
            ? (fusion == nil ? ", selected" : ", best so far") : fuse.trials.front.contains(trial) ? ", Pareto-optimal" : ""
        return
            "\(trial.title): \(Format.percent(trial.score)) on held-out samples, \(Format.grouped(trial.parameters)) parameters, \(Format.duration(trial.seconds)), fused on \(trial.samples) samples\(rank) · Enter loads it"
    }
}
