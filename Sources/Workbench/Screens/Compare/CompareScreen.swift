import Screen

/// Screen 6: the runs of the store.
struct CompareScreen: WorkbenchScreen {
    let title = "Compare"
    let panels: [Panel] = [.runs, .detail]
    let quietPanels: [Panel] = [.curves]

    func place(_ area: Rectangle, _ mode: Layout.Mode) -> [Panel: Rectangle] {
        let isWide = mode != .regular
        let (table, below) = area.split(top: isWide ? area.rows / 2 : 10)
        let (curves, detail) = below.split(right: isWide ? area.columns * 2 / 5 : 34)
        return [.runs: table, .curves: curves, .detail: detail]
    }

    func draw(_ panel: Panel, of model: Model, in area: Rectangle, onto cells: inout Cells) {
        switch panel {
        case .runs: model.drawRuns(in: area, onto: &cells)
        case .detail: model.drawRunDetail(in: area, onto: &cells)
        case .curves: model.drawRunCurves(in: area, onto: &cells)
        default: break
        }
    }

    func perform(_ action: Action, on model: inout Model, now: Double) -> [Effect] { model.performOnCompare(action, now: now) }
    func load(_ model: inout Model) -> [Effect] { model.loadRuns() }
    func guidance(_ model: Model) -> String { model.runSentence }

    func choices(_ model: Model) -> [LineItem] {
        model.compare.sorted.enumerated().map { index, run in
            LineItem(label: model.sentence(of: run)) { model, _ in
                model.compare.selected = index
                model.inform("Selected: \(model.runSentence)")
                return model.loadShownRuns()
            }
        }
    }

    func reading(_ model: Model) -> [String] { model.compare.rows.value?.isEmpty == false ? [] : [guidance(model)] }

    func exportName(_ model: Model) -> String { "runs.csv" }

    func export(_ format: ExportFormat, _ model: Model) -> String? {
        guard let rows = model.compare.rows.value, !rows.isEmpty else { return nil }
        return format == .csv ? Model.runsCSV(model.compare.sorted) : model.curvesSVG(model.compareSeries)
    }

    func isSame(_ a: Place, _ b: Place) -> Bool { a.run == b.run }
    func describe(_ place: Place) -> [String] { [place.run].compactMap(\.self) }
}
