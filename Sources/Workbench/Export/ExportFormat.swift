import Screen

/// How a screen's contents are written; the suffix of the file chooses.
enum ExportFormat: String, CaseIterable {
    /// Numbers, as the command line writes them.
    case csv
    /// A drawing for papers.
    case svg
    /// The screen as text.
    case txt

    init?(path: String) {
        guard let dot = path.lastIndex(of: "."), path.index(after: dot) < path.endIndex, dot > path.startIndex else { return nil }
        self.init(rawValue: path[path.index(after: dot)...].lowercased())
    }
}

extension Model {
    /// A name for what is exported from here.
    var exportName: String {
        let layer = (group?.name ?? "layer").map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : "-" }
        switch screen {
        case .neurons: return "neurons-\(String(layer))-\(neurons.score.rawValue).csv"
        case .train: return "curves.csv"
        case .compare: return "runs.csv"
        default: return "plan-\(String(layer))-\(coupling.map { parentLetter($0.parent) } ?? "A").csv"
        }
    }

    /// What the screen shows, as text of a format; nil where there is nothing.
    func export(_ format: ExportFormat) -> String? {
        if format == .txt {
            var clear = self
            clear.overlay = nil
            return ScreenText.dump(view(clear), styles: false)
        }
        switch screen {
        case .neurons: return neuronOwner == nil ? nil : format == .csv ? neuronsCSV : neuronsSVG
        case .train:
            return shownCurves.isEmpty ? nil : format == .csv ? Self.curvesCSV([train.shown ?? "now": shownCurves]) : curvesSVG(chartSeries)
        case .compare:
            guard let rows = compare.rows.value, !rows.isEmpty else { return nil }
            return format == .csv ? Self.runsCSV(compare.sorted) : curvesSVG(compareSeries)
        default: return coupling.map { format == .csv ? Self.csv($0) : svg($0) }
        }
    }

    /// `row,column,mass` for each entry with mass.
    private static func csv(_ coupling: CouplingSnapshot) -> String {
        var lines = ["row,column,mass"]
        for row in 0..<coupling.plan.rows {
            for (column, mass) in coupling.plan.row(row).enumerated() where mass != 0 { lines.append("\(row),\(column),\(mass)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `run,series,step,value` for each point that is kept.
    private static func curvesCSV(_ runs: [String: [String: CurveHistory]]) -> String {
        var lines = ["run,series,step,value"]
        for (run, curves) in runs.sorted(by: { $0.key < $1.key }) {
            for (name, curve) in curves.sorted(by: { $0.key < $1.key }) {
                for bucket in curve.buckets where bucket.count > 0 { lines.append("\(run),\(name),\(Int(bucket.step)),\(bucket.mean)") }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func runsCSV(_ rows: [RunRow]) -> String {
        func quoted(_ text: String) -> String {
            text.contains(where: { ",\"\n".contains($0) }) ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
        }
        let lines = rows.map { run in
            [
                run.id, run.kind, run.status, run.method, run.accuracy.map { "\($0)" } ?? "", run.loss.map { "\($0)" } ?? "",
                "\(run.seconds)", run.title ?? "", run.command,
            ]
            .map(quoted).joined(separator: ",")
        }
        return (["run,kind,status,method,accuracy,loss,seconds,title,command"] + lines).joined(separator: "\n") + "\n"
    }

    /// One line for each neuron of every network.
    private var neuronsCSV: String {
        guard let picture = neuronSnapshot else { return "" }
        var lines = [
            "network,neuron,importance,fan-in,dead" + (picture.owners.first?.byClass.indices.map { ",class-\($0)" }.joined() ?? "")
        ]
        for owner in picture.owners {
            for neuron in owner.scores.indices {
                let fanIn = owner.sheet.fanIn.indices.contains(neuron) ? "\(owner.sheet.fanIn[neuron])" : ""
                let dead = owner.activity == nil ? "" : owner.isDead(neuron) ? "1" : "0"
                let parts = owner.byClass.map { ",\($0[neuron])" }.joined()
                lines.append("\(ownerLetter(owner.role)),\(neuron),\(owner.scores[neuron]),\(fanIn),\(dead)\(parts)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
