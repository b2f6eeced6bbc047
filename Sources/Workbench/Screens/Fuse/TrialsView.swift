import Formatting
import Fusion
import Screen

extension Model {
    /// The trials of the automatic choice, and where there is room their accuracy against cost.
    func drawTrials(in area: Rectangle, onto cells: inout Cells) {
        let trials = fuse.trials, view = fuse.trialView
        let title = [Span(view == .table ? "Automatic choice" : "Accuracy vs \(view.rawValue)", .title)]
        let note = [Span(trials.isEmpty ? "up to \(Format.remaining(automaticBudget))" : "\(trials.count) trials · v view", .dim)]
        let inside = cells.box(area, title: title, note: note, focused: hasFocus(.trials), appearance: appearance)
        guard !trials.isEmpty else {
            _ = write(
                "Running the first trial; finished trials are listed here.", in: inside, from: 0, style: .dim, onto: &cells
            )
            return
        }
        let (body, foot) = inside.rows >= 5 ? inside.split(bottom: 1) : (inside, .empty)
        if inside.columns >= 96 {
            let (table, picture) = body.split(left: body.columns / 2)
            drawTrialTable(in: table, onto: &cells)
            drawTrialPicture(view == .table ? .size : view, in: picture, onto: &cells)
        } else if view == .table {
            drawTrialTable(in: body, onto: &cells)
        } else {
            drawTrialPicture(view, in: body, onto: &cells)
        }
        guard !foot.isEmpty, let best = bestTrial else { return }
        let words = (fusion == nil ? "selected: " : "best so far: ") + "\(trials[best].title), \(Format.percent(trials[best].score))"
        cells.write([Span("\(Letters.fused) ", .fused), Span(words, .fused)], in: foot)
    }

    private func drawTrialTable(in area: Rectangle, onto cells: inout Cells) {
        let best = bestTrial, front = fuse.trials.front
        let rows = fuse.trials.enumerated().map { index, trial -> [Span] in
            let isBest = index == best, isOnFront = front.contains(trial)
            let sign =
                trial.failure != nil
                ? Span(appearance.error, .error) : isBest ? Span(Letters.fused, .fused) : Span(isOnFront ? "·" : "", .chartBest)
            return [
                sign, Span("\(trial.round)", .dim), Span(trial.title, isBest ? Style(.fused) : trial.failure == nil ? .text : .dim),
                Span(
                    trial.failure == nil ? Format.percent(trial.score) : "failed", trial.failure == nil ? Style(.title) : Style(.error)),
                Span(Format.duration(trial.seconds), .dim),
                Span(trial.failure == nil ? Format.grouped(trial.parameters) : "", .dim), Span("\(trial.samples)", .dim),
            ]
        }
        let columns: [Table.Column] = [
            .init("", .fixed(1)), .init("r", .fixed(1)), .init("recipe", .flexible(least: 14)), .init("accuracy", .fixed(8), .right),
            .init("time", .fixed(7), .right), .init("params", .fixed(9), .right),
            .init("samples", .fixed(7), .right),
        ]
        Table(columns: columns, rows: rows, selected: trialCursor, isFocused: hasFocus(.trials), target: MouseTarget.trial).draw(
            onto: &cells, in: area)
    }

    private func drawTrialPicture(_ view: TrialView, in area: Rectangle, onto cells: inout Cells) {
        let costs = fuse.trials.map { $0.failure != nil ? .nan : view == .time ? $0.seconds : Double($0.parameters) }
        let front = Set(ParetoFront.indices(zip(costs, fuse.trials).map { ($0, $1.score) }))
        let best = bestTrial
        let points = fuse.trials.indices.map { index in
            ScatterChart.Point(
                x: costs[index], y: fuse.trials[index].score, name: fuse.trials[index].title,
                sign: index == best ? "◆" : front.contains(index) ? "●" : "·",
                role: index == best ? .fused : front.contains(index) ? .chartBest : .chartTrain, isOnFront: front.contains(index))
        }
        ScatterChart(
            points: points, selected: trialCursor, xTitle: view == .time ? "seconds" : "parameters",
            xText: { view == .time ? HeatMap.number($0) : Format.compact($0) }, yText: Labels.axisPercent, target: MouseTarget.trial
        ).draw(onto: &cells, in: area, appearance: appearance)
    }
}
