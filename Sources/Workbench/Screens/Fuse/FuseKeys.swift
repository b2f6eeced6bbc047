import Store
import Formatting
import Fusion
import Screen

extension Model {
    mutating func startFusion(now: Double) -> [Effect] {
        guard fusion == nil else {
            inform("A fusion is running; x cancels it")
            return []
        }
        guard tuning == nil else {
            inform("Fine-tuning is running; x stops it and keeps the best weights")
            return []
        }
        guard canFuse else {
            warn(opened.value?.mismatch.map { "Incompatible parents: \($0)" } ?? "Nothing to fuse yet: open parents on screen 1")
            return []
        }
        screen = .fuse
        let isAutomatic = recipe.method == Automatic.method
        if isAutomatic {
            fuse.trials = []
            fuse.selectedTrial = nil
        }
        if layout.mode == .single { focus[.fuse] = isAutomatic ? .trials : .results }
        say(.info, "Fusing \(recipe.parents.count) parents: \(recipeWords)", now: now)
        return [jobs.start(FuseJob(recipe: recipe), now: now)]
    }

    mutating func measureBarrier() -> [Effect] {
        guard canFuse, recipe.parents.count == 2 else {
            warn(
                canFuse
                    ? "A loss barrier needs two parents; there are \(recipe.parents.count)"
                    : "No loss barrier yet: open two parents on screen 1")
            return []
        }
        guard recipe.evaluation != nil else {
            warn("Set the evaluation data first")
            return []
        }
        inform("Measuring the loss barrier …")
        return [jobs.start(BarrierJob(recipe: recipe))]
    }

    func fusedSentence(_ result: FusionResult) -> String {
        let duration = Format.duration(result.fuseSeconds)
        func value(_ role: EvaluationRole) -> String? { result.rows.first { $0.role == role }?.value }
        if let best = bestTrial, !result.trials.isEmpty {
            return "Selected in \(duration): \(result.trials[best].title)" + (value(.fused).map { ", \($0)" } ?? "") + " · ! shows why"
        }
        let parents = result.rows.filter { $0.role == .parent }.enumerated().compactMap { index, row in
            row.value.map { "\(Letters.letter(index)) \($0)" }
        }
        let parts =
            [value(.fused).map { "\(result.returned ?? "fused") \($0)" }] + parents
            + [value(.ensemble).map { "ensemble \($0)" }, value(.average).map { "plain average \($0)" }]
        let values = parts.compactMap(\.self)
        return "Fused in \(duration)" + (values.isEmpty ? "; not evaluated: no data" : ": " + values.joined(separator: " · "))
    }

    /// A second click takes the next value.
    mutating func clickField(_ index: Int, now: Double) -> [Effect] {
        guard !isTyping else { return [] }
        let again = fuse.form.selected == index
        fuse.form.selected = index
        clampForms()
        if again { return perform(.right, in: .recipe, now: now) }
        inform(fieldHelp(.recipe))
        return []
    }
}
