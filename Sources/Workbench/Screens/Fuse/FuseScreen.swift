import Formatting
import Fusion
import Screen

/// Screen 4: the recipe, its live preview and the result.
struct FuseScreen: WorkbenchScreen {
    let title = "Fuse"
    let panels: [Panel] = [.form, .layers, .trials, .notes]
    let quietPanels: [Panel] = [.numbers, .preview, .results]

    func place(_ area: Rectangle, _ mode: Layout.Mode) -> [Panel: Rectangle] {
        guard mode != .regular else {
            let (top, bottom) = area.split(top: 13)
            let (layers, form) = top.split(left: 25)
            let (preview, results) = bottom.split(right: 37)
            // The notes take the place of the preview while they have the focus.
            return [.layers: layers, .form: form, .preview: preview, .results: results]
        }
        let (main, side) = area.split(right: mode == .large ? 52 : 44)
        let (top, preview) = main.split(top: area.rows * 3 / 5)
        let (layers, form) = top.split(left: mode == .large ? 36 : 28)
        let (numbers, below) = side.split(top: 9), (results, notes) = below.split(top: min(18, below.rows - 5))
        return [.layers: layers, .form: form, .preview: preview, .numbers: numbers, .results: results, .notes: notes]
    }

    func draw(_ panel: Panel, of model: Model, in area: Rectangle, onto cells: inout Cells) {
        switch panel {
        case .layers: model.drawParentsAndLayers(in: area, onto: &cells)
        case .form: model.drawRecipe(in: area, onto: &cells)
        case .numbers: model.drawLayerChange(in: area, onto: &cells)
        case .preview: model.drawPreview(in: area, onto: &cells)
        case .results: model.drawResults(in: area, onto: &cells)
        case .trials: model.drawTrials(in: area, onto: &cells)
        case .notes: model.drawNotes(in: area, onto: &cells)
        default: break
        }
    }

    func perform(_ action: Action, on model: inout Model, now: Double) -> [Effect] {
        switch action {
        case .nextTrialView: return model.nextTrialView()
        case .showNotes:
            model.showNotes()
            return []
        // The preview has the order of the plan on screen 2.
        case .orderMap: return model.performOnMap(action)
        default: break
        }
        switch model.panel {
        case .layers: return model.performOnLayers(action)
        case .trials: return model.performOnTrials(action, now: now)
        case .notes: return model.performOnNotes(action)
        default: return model.perform(action, in: .recipe, now: now)
        }
    }

    func guidance(_ model: Model) -> String { "←→ change a value, Enter edits it as text, F fuses" }

    func choices(_ model: Model) -> [LineItem] { model.items(of: .recipe) + model.trialItems }

    func reading(_ model: Model) -> [String] {
        var lines = [model.recipeWords + "."]
        if let words = model.forecastWords { lines.append(words.prefix(1).uppercased() + words.dropFirst() + ".") }
        guard let result = model.fuse.result else { return lines }
        let notes = result.orderedNotes.map { ($0.isWarning ? "Warning: " : "") + $0.text }
        let measured = result.rows.contains { $0.value != nil }
        lines.append(
            (result.loadedFrom.map { "Result, loaded from \($0)" } ?? "Result, fused in \(Format.duration(result.fuseSeconds))")
                + (measured ? ":" : "; not evaluated."))
        guard measured else { return lines + notes }
        lines += result.rows.map { "\(Text.printable($0.name)): \($0.value ?? "not evaluated")." }
        return lines + notes
    }

    func isSame(_ a: Place, _ b: Place) -> Bool { a.group == b.group }
    func describe(_ place: Place) -> [String] { [place.group].compactMap(\.self) }
}
