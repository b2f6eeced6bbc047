import Formatting
import Fusion
import Screen

/// Screen 2: the coupling of one layer.
struct AlignScreen: WorkbenchScreen {
    let title = "Align"
    let panels: [Panel] = [.map, .matches]
    let quietPanels: [Panel] = [.readout, .numbers]

    func place(_ area: Rectangle, _ mode: Layout.Mode) -> [Panel: Rectangle] {
        let isWide = mode != .regular
        let (map, side) = area.split(right: mode == .large ? 46 : isWide ? 38 : 26)
        let (readout, rest) = side.split(top: isWide ? 12 : 11)
        guard isWide else { return [.map: map, .readout: readout, .numbers: rest] }
        let (numbers, matches) = rest.split(top: 13)
        return [.map: map, .readout: readout, .numbers: numbers, .matches: matches]
    }

    func draw(_ panel: Panel, of model: Model, in area: Rectangle, onto cells: inout Cells) {
        switch panel {
        case .map: model.drawMap(in: area, onto: &cells)
        case .readout: model.drawReadout(in: area, onto: &cells)
        case .numbers: model.drawStatistics(in: area, onto: &cells)
        case .matches: model.drawMatches(in: area, onto: &cells)
        default: break
        }
    }

    func perform(_ action: Action, on model: inout Model, now: Double) -> [Effect] {
        model.panel == .matches && model.layout.panels[.matches] != nil && Action.listActions.contains(action)
            ? model.performOnMatches(action) : model.performOnMap(action)
    }

    func guidance(_ model: Model) -> String { model.planned == nil ? model.noPlanReason : model.pairSentence }

    func choices(_ model: Model) -> [LineItem] {
        guard let coupling = model.coupling else { return model.layerItems }
        let letter = model.letter(coupling.parent)
        return model.layerItems
            + coupling.analysis.matches.prefix(10).map { match in
                LineItem(label: "match \(letter)\(match.row) to fused \(match.column), \(Format.percent(match.share)) of its row") {
                    model, _ in
                    model.place(row: match.row, column: match.column)
                    model.inform(model.pairSentence)
                    return []
                }
            }
    }

    func reading(_ model: Model) -> [String] {
        guard let coupling = model.coupling, let group = model.group else { return [model.planProblem ?? guidance(model)] }
        let analysis = coupling.analysis, letter = model.letter(coupling.parent)
        var lines = [
            "Plan of layer \(group.name): \(coupling.plan.rows) neurons of \(letter), \(coupling.plan.columns) fused neurons."
        ]
        if let selection = model.selection {
            let counts = selection.selected.indices.map { "\(selection.count(of: $0)) neurons of \(model.letter($0))" }
            lines.append(
                "It selects \(counts.joined(separator: ", "))"
                    + (selection.reconstructionError.map { "; reconstruction error \(Format.percent($0)) of the variance." } ?? "."))
        } else {
            lines.append(
                "Effective matches per neuron \(HeatMap.number(analysis.effectiveMatches)); confident matches \(Format.percent(analysis.clearShare)); \(analysis.orphanRows.count) unmatched neurons."
            )
        }
        lines.append(model.pairSentence + ".")
        if !model.recipe.edits.isEmpty {
            lines.append("Edits: \(model.recipe.edits.lines.map { model.words($0) }.joined(separator: "; ")).")
        }
        return lines
    }

    func isSame(_ a: Place, _ b: Place) -> Bool {
        a.group == b.group && a.parent == b.parent && a.row == b.row && a.column == b.column
    }

    func describe(_ place: Place) -> [String] {
        let pair = place.row.flatMap { row in place.column.map { "\(Letters.letter(place.parent))\(row) → \(Letters.fused)\($0)" } }
        return [place.group, pair].compactMap(\.self)
    }
}
