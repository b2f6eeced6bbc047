import Formatting
import Fusion
import Provenance
import Reports
import Runs
import Screen

extension Model {
    /// Reads the table of runs again.
    mutating func loadRuns() -> [Effect] {
        if case .nothing = compare.rows { compare.rows = .waiting }
        return [jobs.start(RunsJob())]
    }

    /// What the store holds has changed, by this program or another one.
    mutating func storeChanged() -> [Effect] {
        guard screen == .compare || train.shown != nil else { return [] }
        var effects = loadRuns()
        // A run that goes on in another terminal grows; what has ended stays as it is.
        for id in Set(compare.drawn + [train.shown].compactMap(\.self))
        where (compare.rows.value ?? []).first(where: { $0.id == id })?.status == "running" {
            effects.append(jobs.start(RunDetailJob(run: id)))
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
        compare.clamp()
        if isFirst, screen == .compare { inform(runSentence) }
        return loadShownRuns()
    }

    /// Reads the runs that are drawn and not known yet.
    mutating func loadShownRuns() -> [Effect] {
        let wanted = (compare.drawn + [train.shown].compactMap(\.self)).filter { compare.details[$0] == nil }
        let requested = Set(jobs.all(RunDetailJob.self).map(\.run))
        return wanted.filter { !requested.contains($0) }.map { jobs.start(RunDetailJob(run: $0)) } + loadClasses()
    }

    mutating func performOnCompare(_ action: Action, now: Double) -> [Effect] {
        switch action {
        case .sortRuns:
            compare.order = compare.order.next
            compare.selected = 0
            inform("Sorted by \(compare.order.rawValue)")
            return loadShownRuns()
        case .reverseRuns:
            compare.isReversed.toggle()
            return loadShownRuns()
        case .markRun: return mark()
        case .nextRunView:
            compare.view = compare.view.next
            switch compare.view {
            case .curves: inform("Metric: \(compare.metric)")
            case .size, .time: inform("Accuracy against \(compare.view.rawValue) with the Pareto front; ←→ select a run")
            case .classes: inform("Accuracy of each class in the parents and the network of the run, the largest loss first")
            case .confusion: inform("What each class is taken for, by the parents and the network of the run")
            }
            return loadShownRuns()
        case .left, .right:
            guard [.size, .time].contains(compare.view) else {
                inform("v shows accuracy against size and time, where ←→ select a run")
                return []
            }
            let sorted = compare.sorted, costs = frontRuns.map(\.cost)
            guard let here = frontRuns.firstIndex(where: { $0.run.id == compare.run?.id }),
                let next = Self.neighbour(of: here, by: action == .right ? 1 : -1, in: costs),
                let place = sorted.firstIndex(where: { $0.id == frontRuns[next].run.id })
            else { break }
            compare.selected = place
        case .nextMetric, .previousMetric:
            let curves = Dictionary(compare.drawn.flatMap { Array(compare.details[$0]?.curves ?? [:]) }, uniquingKeysWith: { a, _ in a })
            compare.metric = Self.metric(after: compare.metric, by: action == .nextMetric ? 1 : -1, in: curves)
            inform("Metric: \(compare.metric)")
            return []
        case .scaleCurves:
            train.isLogarithmic.toggle()
            return []
        case .enter:
            guard let run = compare.run else { return [] }
            train.shown = run.id
            return show(.train) + loadShownRuns()
        case .useRecipe: return useRecipe(now: now)
        case .resumeRun: return resumeRun(now: now)
        case .deleteRun:
            guard let run = compare.run else { return [] }
            overlay = .confirm(.delete(run.id))
            return []
        case .filterRuns:
            ask(.filterRuns, compare.filter)
            return []
        case .tagRun:
            if let run = compare.run { ask(.tag(run.id), run.title ?? "") }
            return []
        case .back:
            if compare.filter.isEmpty { compare.marked = [] } else { setFilter("") }
            inform(runSentence)
            return []
        default:
            guard let next = action.moved(compare.selected, count: compare.sorted.count, page: inside(.runs).rows - 2) else { return [] }
            compare.selected = next
        }
        compare.clamp()
        inform(runSentence)
        return loadShownRuns()
    }

    /// Filters the table; the selection stays on its run where that is still there.
    mutating func setFilter(_ text: String) {
        let id = compare.run?.id
        compare.filter = text
        compare.selected = compare.sorted.firstIndex { $0.id == id } ?? 0
        compare.clamp()
    }

    private mutating func mark() -> [Effect] {
        guard let run = compare.run else { return [] }
        if let place = compare.marked.firstIndex(of: run.id) {
            compare.marked.remove(at: place)
        } else {
            guard compare.marked.count < CompareState.most else {
                warn("At most four runs are compared; space unmarks one")
                return []
            }
            compare.marked.append(run.id)
        }
        inform(compare.marked.isEmpty ? runSentence : "Marked: \(compare.marked.joined(separator: ", "))")
        return loadShownRuns()
    }

    /// Loads the recipe of the selected run into the form.
    private mutating func useRecipe(now: Double) -> [Effect] {
        guard let run = compare.run else { return [] }
        do {
            // A fine-tuning has settings of its own, and the recipe of the fusion that it continues.
            let tuning = run.kind == "finetune" ? try? FineTuningRecipe(toml: run.recipe, path: run.id) : nil
            let origin = tuning == nil ? run : CompareState.lineage(of: run, in: compare.rows.value ?? []).last ?? run
            guard origin.kind != "finetune" || tuning == nil else {
                warn("No fusion recipe: \(run.id) does not continue a fusion of this store")
                return []
            }
            let recipe = try Recipe(toml: origin.recipe, path: origin.id)
            if let tuning { train.history.record(tuning.settings, "hyperparameters of \(run.id)") }
            guard !recipe.parents.isEmpty else {
                warn("No fusion recipe: \(run.id) has no parents")
                return []
            }
            if recipe.parents == self.recipe.parents, opened.value != nil {
                history.record(recipe, "recipe of \(run.id)")
                say(
                    .info,
                    tuning == nil
                        ? "Recipe of \(run.id) loaded; F fuses it again"
                        : "Recipe of \(origin.id) loaded, and the hyperparameters of \(run.id) on screen 5; F fuses again", now: now)
                return show(.fuse) + replan()
            }
            (named, own) = (recipe.parents, recipe)
            screen = .fuse
            say(.info, "Opening the parents of \(run.id)", now: now)
            return [open(recipe)]
        } catch {
            say(.error, "The recipe of \(run.id) cannot be loaded: \(error)", now: now)
            return []
        }
    }

    /// The selected run in one sentence.
    var runSentence: String {
        compare.run.map(sentence) ?? "No runs yet: F on screen 4 starts the first"
    }

    func sentence(of run: RunRow) -> String {
        var words = "\(run.id), \(run.kind) (\(run.method)), \(run.status)"
        if let accuracy = run.accuracy { words += ", \(Format.percent(accuracy))" }
        if let silence = stalledFor(run) { words += ", no progress for \(StallDetector.words(silence))" }
        if let reason = run.reason { words += ": \(reason)" }
        return words
    }

    /// The lines of two recipes that differ: key, the first's value, the second's.
    static func recipeDifferences(_ first: String, _ second: String) -> [(key: String, first: String, second: String)] {
        RunComparison.differences(ofRecipes: [first, second]).map {
            ($0.key, $0.values.first.flatMap(\.self) ?? "–", $0.values.last.flatMap(\.self) ?? "–")
        }
    }

    // MARK: Mouse

    /// A second click marks the run.
    mutating func clickRun(_ index: Int, now: Double) -> [Effect] {
        let again = compare.selected == index
        compare.selected = index
        compare.clamp()
        inform(runSentence)
        return again ? mark() : loadShownRuns()
    }

    mutating func clickPoint(_ index: Int) -> [Effect] {
        let runs = frontRuns
        guard runs.indices.contains(index), let place = compare.sorted.firstIndex(where: { $0.id == runs[index].run.id }) else { return [] }
        compare.selected = place
        inform(runSentence)
        return loadShownRuns()
    }
}
