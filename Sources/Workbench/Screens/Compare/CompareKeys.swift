import Fusion
import Runs
import Screen

extension Model {
    /// Reads the table of runs anew where a screen shows it.
    mutating func loadRuns() -> [Effect] {
        if case .nothing = compare.rows { compare.rows = .waiting }
        return [jobs.start(.runs)]
    }

    /// What the store holds has changed, by this program or another one.
    mutating func storeChanged() -> [Effect] {
        guard screen == .compare || train.shown != nil else { return [] }
        var effects = loadRuns()
        // A run that goes on in another terminal grows; what has ended stays as it is.
        for id in Set(compare.drawn + [train.shown].compactMap(\.self))
        where (compare.rows.value ?? []).first(where: { $0.id == id })?.status == "running" {
            effects.append(jobs.start(.account(id)))
        }
        return effects
    }

    mutating func receiveRuns(_ rows: [RunRow]) -> [Effect] {
        let id = compare.run?.id
        let isFirst = compare.rows.value == nil
        compare.rows = .ready(rows)
        compare.marked.removeAll { id in !rows.contains { $0.id == id } }
        // The selection stays on its run while others come in above it.
        if let id, !isFirst, let place = compare.sorted.firstIndex(where: { $0.id == id }) { compare.selected = place }
        clampRuns()
        if isFirst, screen == .compare { status = Status(level: .info, text: runSentence) }
        return lookAtRuns()
    }

    mutating func clampRuns() { compare.selected = max(0, min((compare.rows.value ?? []).count - 1, compare.selected)) }

    /// Asks for what is drawn and not known yet.
    mutating func lookAtRuns() -> [Effect] {
        let wanted = (compare.drawn + [train.shown].compactMap(\.self)).filter { compare.details[$0] == nil }
        let asked = Set(jobs.running.values.compactMap { if case .account(let id) = $0.job { id } else { nil } })
        return wanted.filter { !asked.contains($0) }.map { jobs.start(.account($0)) }
    }

    mutating func performOnCompare(_ action: Action, now: Double) -> [Effect] {
        let page = max(1, inside(.runs).rows - 2)
        switch action {
        case .up: compare.selected -= 1
        case .down: compare.selected += 1
        case .pageUp: compare.selected -= page
        case .pageDown: compare.selected += page
        case .first: compare.selected = 0
        case .last: compare.selected = .max / 2
        case .order:
            let all = CompareState.Order.allCases
            compare.order = all[((all.firstIndex(of: compare.order) ?? 0) + 1) % all.count]
            compare.selected = 0
            status = Status(level: .info, text: "Runs by \(compare.order.rawValue)")
            return lookAtRuns()
        case .reverse:
            compare.isReversed.toggle()
            return lookAtRuns()
        case .freeze: return mark()
        case .nextLook:
            compare.look = compare.look.next
            status = Status(
                level: .info,
                text: compare.look == .curves
                    ? "Curves of \(compare.metric)" : "Accuracy against \(compare.look.rawValue): ←→ next run, the line: nothing beats it")
            return lookAtRuns()
        case .left, .right:
            guard compare.look != .curves else {
                status = Status(level: .info, text: "v shows accuracy against size and time, where ←→ go from run to run")
                return []
            }
            let sorted = compare.sorted, costs = frontRuns.map(\.cost)
            guard let here = frontRuns.firstIndex(where: { $0.run.id == compare.run?.id }),
                let next = Self.neighbour(of: here, by: action == .right ? 1 : -1, in: costs),
                let place = sorted.firstIndex(where: { $0.id == frontRuns[next].run.id })
            else { break }
            compare.selected = place
        case .nextMetric, .previousMetric:
            let all = Self.metrics(
                Dictionary(compare.drawn.flatMap { Array(compare.details[$0]?.curves ?? [:]) }, uniquingKeysWith: { a, _ in a }))
            guard !all.isEmpty else { return [] }
            let index = all.firstIndex(of: compare.metric) ?? 0
            compare.metric = all[(index + (action == .nextMetric ? 1 : all.count - 1)) % all.count]
            status = Status(level: .info, text: "Curves of \(compare.metric)")
            return []
        case .scale:
            train.isLogarithmic.toggle()
            return []
        case .open:
            guard let run = compare.run else { return [] }
            train.shown = run.id
            return show(.train) + lookAtRuns()
        case .useRecipe: return useRecipe(now: now)
        case .delete:
            guard let run = compare.run else { return [] }
            overlay = .confirm(Confirmation(question: "Delete \(run.id) and what was kept of it?", deed: .delete(run.id)))
            return []
        case .back:
            compare.marked = []
            status = Status(level: .info, text: guidance)
            return []
        default: return []
        }
        clampRuns()
        status = Status(level: .info, text: runSentence)
        return lookAtRuns()
    }

    private mutating func mark() -> [Effect] {
        guard let run = compare.run else { return [] }
        if let place = compare.marked.firstIndex(of: run.id) {
            compare.marked.remove(at: place)
        } else {
            guard compare.marked.count < CompareState.most else {
                status = Status(level: .warn, text: "Four runs can be told apart; space takes a mark away")
                return []
            }
            compare.marked.append(run.id)
        }
        status = Status(level: .info, text: compare.marked.isEmpty ? runSentence : "Marked: \(compare.marked.joined(separator: ", "))")
        return lookAtRuns()
    }

    /// Takes the recipe of the selected run: to be looked at, changed and fused again.
    private mutating func useRecipe(now: Double) -> [Effect] {
        guard let run = compare.run else { return [] }
        do {
            // A fine-tuning has settings of its own, and the recipe of the fusion that it continues.
            let tuning = run.kind == "finetune" ? try? FineTuningRecipe(toml: run.recipe, path: run.id) : nil
            let origin = tuning == nil ? run : CompareState.lineage(of: run, in: compare.rows.value ?? []).last ?? run
            guard origin.kind != "finetune" || tuning == nil else {
                status = Status(level: .warn, text: "\(run.id) continues no fusion of this store, so there is no recipe of one to take")
                return []
            }
            let recipe = try Recipe(toml: origin.recipe, path: origin.id)
            if let tuning { train.history.record(tuning.settings, "the settings of \(run.id)") }
            guard !recipe.parents.isEmpty else {
                status = Status(level: .warn, text: "\(run.id) was not made from parents, so there is no recipe of a fusion to take")
                return []
            }
            if recipe.parents == self.recipe.parents, opened.value != nil {
                history.record(recipe, "the recipe of \(run.id)")
                say(
                    .info,
                    tuning == nil
                        ? "The recipe of \(run.id); F fuses it again"
                        : "The recipe of \(origin.id) and, on screen 5, the settings of \(run.id); F fuses again", now: now)
                return show(.fuse) + replan()
            }
            named = recipe.parents
            screen = .fuse
            say(.info, "Opening the parents of \(run.id)", now: now)
            return [open(recipe)]
        } catch {
            say(.error, "The recipe of \(run.id) cannot be used: \(error)", now: now)
            return []
        }
    }

    /// The selected run in one sentence.
    var runSentence: String {
        compare.run.map(sentence) ?? "No runs yet: F on screen 4 makes the first"
    }

    func sentence(of run: RunRow) -> String {
        var words = "\(run.id), \(run.kind) by \(run.method), \(run.status)"
        if let accuracy = run.accuracy { words += ", \(Formatting.percent(accuracy))" }
        if let silence = silence(of: run) { words += ", silent for \(StallDetector.words(silence))" }
        if let reason = run.reason { words += ": \(reason)" }
        return words
    }

    /// The lines of two recipes that differ: key, the first's value, the second's.
    static func recipeDifferences(_ first: String, _ second: String) -> [(key: String, first: String, second: String)] {
        RunComparison.differences(ofRecipes: [first, second]).map {
            ($0.key, $0.values.first.flatMap(\.self) ?? "–", $0.values.last.flatMap(\.self) ?? "–")
        }
    }
}
