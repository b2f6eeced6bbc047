import Formatting
import Screen

/// Screen 5: fine-tuning and its curves.
struct TrainScreen: WorkbenchScreen {
    let title = "Train"
    let panels: [Panel] = [.chart, .settings]
    let quietPanels: [Panel] = [.progress]

    func place(_ area: Rectangle, _ mode: Layout.Mode) -> [Panel: Rectangle] {
        let (main, side) = area.split(right: mode == .large ? 48 : mode == .wide ? 40 : 30)
        let (progress, settings) = side.split(top: mode == .regular ? 11 : 14)
        return [.chart: main, .progress: progress, .settings: settings]
    }

    func draw(_ panel: Panel, of model: Model, in area: Rectangle, onto cells: inout Cells) {
        switch panel {
        case .chart: model.drawChart(in: area, onto: &cells)
        case .progress: model.drawTrainingProgress(in: area, onto: &cells)
        case .settings: model.drawTrainingSettings(in: area, onto: &cells)
        default: break
        }
    }

    func perform(_ action: Action, on model: inout Model, now: Double) -> [Effect] { model.performOnTrain(action, now: now) }

    func guidance(_ model: Model) -> String {
        model.train.live == nil && model.train.shown == nil
            ? "t fine-tunes the fused network; Tab moves to the hyperparameters" : model.cursorSentence
    }

    func choices(_ model: Model) -> [LineItem] { model.items(of: .tuning) }

    func reading(_ model: Model) -> [String] {
        guard let live = model.train.live else { return [guidance(model) + "."] }
        var lines: [String] = []
        if let step = live.step {
            lines.append("Epoch \(step.epoch) of \(step.epochs), step \(step.step) of \(step.steps), loss \(HeatMap.number(step.loss)).")
        }
        if let last = live.lastValidation {
            lines.append("Validation \(last.value)" + (live.bestValidation.map { ", best \($0.value)." } ?? "."))
        }
        if let text = live.result.flatMap({ $0.accuracy.map { Format.percent($0) } ?? $0.measured }) {
            lines.append("After fine-tuning: \(text).")
        }
        return lines
    }

    func exportName(_ model: Model) -> String { "curves.csv" }

    func export(_ format: ExportFormat, _ model: Model) -> String? {
        model.shownCurves.isEmpty
            ? nil
            : format == .csv
                ? Model.curvesCSV([model.train.shown ?? "now": model.shownCurves]) : model.curvesSVG(model.chartSeries)
    }
}
