import Fusion
import Screen

extension Model {
    /// What the automatic choice tries, line by line, and where there is room its accuracy against its cost.
    func drawTrials(in area: Rectangle, onto cells: inout Cells) {
        let trials = fuse.trials, look = fuse.trialLook
        let title = [Span(look == .table ? "Automatic choice" : "Accuracy by \(look.rawValue)", .title)]
        let note = [Span(trials.isEmpty ? "at most \(budgetWords)" : "\(trials.count) tried · v view", .dim)]
        let inside = cells.box(area, title: title, note: note, focused: hasKeyboard(.trials), appearance: appearance)
        guard !trials.isEmpty else {
            _ = write(
                "The first recipe is being carried out; each that was measured stands here.", in: inside, from: 0, style: .dim, onto: &cells
            )
            return
        }
        let (body, foot) = inside.rows >= 5 ? inside.split(bottom: 1) : (inside, .empty)
        if inside.columns >= 96 {
            let (table, picture) = body.split(left: body.columns / 2)
            drawTrialTable(in: table, onto: &cells)
            drawTrialPicture(look == .table ? .size : look, in: picture, onto: &cells)
        } else if look == .table {
            drawTrialTable(in: body, onto: &cells)
        } else {
            drawTrialPicture(look, in: body, onto: &cells)
        }
        guard !foot.isEmpty, let best = bestTrial else { return }
        let words = (fusion == nil ? "chosen: " : "best so far: ") + "\(trials[best].title), \(Formatting.percent(trials[best].score))"
        cells.write([Span("\(FusionLetters.fused) ", .fused), Span(words, .fused)], in: foot)
    }

    private func drawTrialTable(in area: Rectangle, onto cells: inout Cells) {
        let best = bestTrial, front = fuse.trials.front
        let rows = fuse.trials.enumerated().map { index, trial -> [Span] in
            let isBest = index == best, isOnFront = front.contains(trial)
            let sign =
                trial.failure != nil
                ? Span(appearance.error, .error) : isBest ? Span(FusionLetters.fused, .fused) : Span(isOnFront ? "·" : "", .chartBest)
            return [
                sign, Span("\(trial.round)", .dim), Span(trial.title, isBest ? Style(.fused) : trial.failure == nil ? .text : .dim),
                Span(
                    trial.failure == nil ? Formatting.percent(trial.score) : "failed", trial.failure == nil ? Style(.title) : Style(.error)),
                Span(Formatting.seconds(trial.seconds), .dim),
                Span(trial.failure == nil ? Formatting.grouped(trial.parameters) : "", .dim), Span("\(trial.samples)", .dim),
            ]
        }
        let columns: [Table.Column] = [
            .init("", .fixed(1)), .init("r", .fixed(1)), .init("recipe", .flexible(least: 14)), .init("right", .fixed(8), .right),
            .init("time", .fixed(7), .right), .init("numbers", .fixed(9), .right),
            .init("samples", .fixed(7), .right),
        ]
        Table(columns: columns, rows: rows, selected: trialCursor, isFocused: hasKeyboard(.trials), targetName: "trial").draw(
            onto: &cells, in: area)
    }

    private func drawTrialPicture(_ look: TrialLook, in area: Rectangle, onto cells: inout Cells) {
        let costs = fuse.trials.map { $0.failure != nil ? .nan : look == .time ? $0.seconds : Double($0.parameters) }
        let front = Set(ParetoFront.indices(zip(costs, fuse.trials).map { ($0, $1.score) }))
        let best = bestTrial
        let points = fuse.trials.indices.map { index in
            ScatterChart.Point(
                x: costs[index], y: fuse.trials[index].score, name: fuse.trials[index].title,
                sign: index == best ? "◆" : front.contains(index) ? "●" : "·",
                role: index == best ? .fused : front.contains(index) ? .chartBest : .chartTrain, isOnFront: front.contains(index))
        }
        ScatterChart(
            points: points, selected: trialCursor, xTitle: look == .time ? "seconds" : "numbers",
            xText: look == .time ? HeatMap.number : Formatting.count, yText: Formatting.shortPercent, targetName: "trial"
        ).draw(onto: &cells, in: area, appearance: appearance)
    }
}
