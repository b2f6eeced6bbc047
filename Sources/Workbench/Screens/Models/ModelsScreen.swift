import Formatting
import Provenance
import Screen

/// The list of sample sets.
struct ModelsState: Equatable, Sendable {
    var selectedSet = 0
}

/// Screen 1: sample sets and files, the parents and their layers.
struct ModelsScreen: WorkbenchScreen {
    let title = "Models"
    let panels: [Panel] = [.sets, .layers]
    let quietPanels: [Panel] = [.parents, .story]

    func place(_ area: Rectangle, _ mode: Layout.Mode) -> [Panel: Rectangle] {
        let isWide = mode != .regular
        let (left, right) = area.split(left: isWide ? area.columns * 3 / 10 : 31)
        let (sets, parents) = left.split(top: isWide ? area.rows / 2 : 9)
        let (story, layers) = right.split(top: 7)
        guard isWide else { return [.sets: sets, .parents: parents, .story: story, .layers: layers] }
        let (table, preview) = layers.split(top: layers.rows * 2 / 5)
        return [.sets: sets, .parents: parents, .story: story, .layers: table, .preview: preview]
    }

    func draw(_ panel: Panel, of model: Model, in area: Rectangle, onto cells: inout Cells) {
        switch panel {
        case .sets: model.drawSets(in: area, onto: &cells)
        case .parents: model.drawParents(in: area, onto: &cells)
        case .story: model.drawDescription(in: area, onto: &cells)
        case .layers: model.drawLayers(in: area, onto: &cells)
        case .preview: model.drawPreview(in: area, onto: &cells)
        default: break
        }
    }

    func perform(_ action: Action, on model: inout Model, now: Double) -> [Effect] {
        model.panel == .layers ? model.performOnLayers(action) : model.performOnSets(action)
    }

    func guidance(_ model: Model) -> String {
        model.opened.value == nil ? "Enter opens the selected sample set" : "2 shows the plan · 4 shows the recipe · F fuses"
    }

    func choices(_ model: Model) -> [LineItem] {
        model.setRows.enumerated().map { index, row in
            let kind = if case .own = row { "" } else { "sample set: " }
            return LineItem(label: kind + row.title) { model, _ in model.askToOpen(index) }
        }
            + model.layerItems
    }

    func reading(_ model: Model) -> [String] {
        switch model.opened {
        case .nothing: return ["No parents are open."]
        case .waiting: return ["Opening the parents."]
        case .failed(let reason): return ["The parents cannot be opened: \(reason)."]
        case .ready(let opened):
            let parents = opened.parents.enumerated().map { index, parent in
                "Parent \(Letters.letter(index)), \(Text.printable(parent.name)): \(parent.architecture.isEmpty ? parent.widths.map(String.init).joined(separator: "-") : parent.architecture), \(Format.grouped(parent.parameters)) parameters"
                    + (parent.accuracy.map { ", accuracy \(Format.percent($0))" } ?? "") + "."
            }
            return parents + [opened.mismatch.map { "Not compatible: \($0)." } ?? "The parents are compatible."]
        }
    }
}
