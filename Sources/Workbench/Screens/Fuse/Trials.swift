import Fusion
import Screen

extension Model {
    /// Whether the automatic choice is what is being done, or was done last.
    var showsTrials: Bool {
        guard recipe.method == Automatic.method else { return false }
        return !fuse.trials.isEmpty || fusion != nil
    }

    /// The trial that the automatic choice would keep now: what was fused on more samples is preferred, unless it is worse.
    var bestTrial: Int? {
        fuse.trials.indices.reduce(nil) { best, index in
            guard fuse.trials[index].failure == nil else { return best }
            guard let best else { return index }
            return fuse.trials[index].isBeaten(by: fuse.trials[best]) ? best : index
        }
    }

    /// The trial under the cursor: the newest while they come in, until a key chooses one.
    var trialCursor: Int {
        max(0, min(fuse.trials.count - 1, fuse.selectedTrial ?? (fusion == nil ? bestTrial ?? 0 : fuse.trials.count - 1)))
    }

    mutating func receive(_ trial: AutomaticTrial) { fuse.trials.append(trial) }

    /// Chooses the method that tries recipes, and stands on the time it may take.
    mutating func chooseAutomatically() -> [Effect] {
        let before = recipe
        if recipe.method != Automatic.method {
            var next = recipe
            next.method = Automatic.method
            history.record(next, "method \(Automatic.method.title)")
        }
        fuse.isForGroup = false
        focus[.fuse] = .form
        fuse.field = formFields.firstIndex(of: .hyperparameter(Automatic.time.erased)) ?? 0
        status =
            recipe.data == nil
            ? Status(level: .warn, text: "The automatic choice measures recipes on samples: name them in the field “data” first")
            : Status(level: .info, text: "F tries recipes for \(budgetWords) and keeps the best; ←→ change the time")
        return follow(before)
    }

    /// The time that trying may take.
    var budgetWords: String { "\(recipe.settings[Automatic.time.key] ?? Automatic.time.erased.fallback) s" }

    mutating func nextTrialLook() -> [Effect] {
        guard showsTrials else {
            status = Status(level: .info, text: "Nothing has been tried: A chooses the automatic choice, F starts it")
            return []
        }
        fuse.trialLook = fuse.trialLook.next
        status = Status(
            level: .info,
            text: fuse.trialLook == .table
                ? "What was tried, in order" : "Accuracy against \(fuse.trialLook.rawValue); the line joins what nothing beats in both")
        return []
    }

    mutating func performOnTrials(_ action: Action, now: Double) -> [Effect] {
        guard !fuse.trials.isEmpty else {
            if action == .back { focus[.fuse] = .form }
            return []
        }
        let page = max(1, inside(.trials).rows - 2)
        let here = trialCursor
        switch action {
        case .up: fuse.selectedTrial = here - 1
        case .down: fuse.selectedTrial = here + 1
        case .pageUp: fuse.selectedTrial = here - page
        case .pageDown: fuse.selectedTrial = here + page
        case .first: fuse.selectedTrial = 0
        case .last: fuse.selectedTrial = fuse.trials.count - 1
        case .left, .right:
            guard let cost = trialCost else { break }
            fuse.selectedTrial = Self.neighbour(of: here, by: action == .right ? 1 : -1, in: fuse.trials.map(cost)) ?? here
        case .open: return takeTrial(now: now)
        case .back:
            focus[.fuse] = .form
            status = Status(level: .info, text: guidance)
            return []
        default: return []
        }
        fuse.selectedTrial = trialCursor
        status = Status(level: .info, text: trialSentence)
        return []
    }

    /// What the shown picture lays along its horizontal axis; nil for the table.
    var trialCost: ((AutomaticTrial) -> Double)? {
        switch fuse.trialLook {
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

    /// Takes the recipe of the trial under the cursor: to be looked at, changed and fused by itself.
    private mutating func takeTrial(now: Double) -> [Effect] {
        let trial = fuse.trials[trialCursor], before = recipe
        do {
            let next = try trial.recipe(like: recipe)
            history.record(next, "the recipe \(trial.title)")
            focus[.fuse] = .form
            fuse.field = 0
            say(.ok, "The recipe is now \(trial.title); F fuses it, u returns to the automatic choice", now: now)
            return follow(before)
        } catch {
            say(.error, "This trial's recipe cannot be used: \(error)", now: now)
            return []
        }
    }

    /// The trial under the cursor in one sentence.
    var trialSentence: String {
        guard fuse.trials.indices.contains(trialCursor) else { return "Nothing has been tried yet" }
        let trial = fuse.trials[trialCursor]
        if let failure = trial.failure { return "\(trial.title) could not be carried out: \(failure)" }
        let place =
            trialCursor == bestTrial
            ? (fusion == nil ? ", chosen" : ", the best so far")
            : fuse.trials.front.contains(trial) ? ", beaten by none in accuracy, size and time at once" : ""
        return
            "\(trial.title): \(Formatting.percent(trial.score)) of the held-out samples, \(Formatting.grouped(trial.parameters)) parameters, \(Formatting.seconds(trial.seconds)), fused on \(trial.samples) samples\(place) · Enter takes it"
    }
}
