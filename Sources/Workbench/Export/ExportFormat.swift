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
    var layerFileName: String {
        (group?.name ?? "layer").map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? String($0) : "-" }.joined()
    }
    var planFileName: String { "plan-\(layerFileName)-\(coupling.map { letter($0.parent) } ?? "A").csv" }

    /// What the screen shows, in a format; nil where there is nothing.
    func exported(_ format: ExportFormat) -> String? {
        guard format == .txt else { return screen.room.export(format, self) }
        var clear = self
        clear.overlay = nil
        return ScreenText.dump(view(clear), styles: false)
    }

    func exportedPlan(_ format: ExportFormat) -> String? { coupling.map { format == .csv ? Self.csv($0) : svg($0) } }

    /// `row,column,mass` for each entry with mass.
    private static func csv(_ coupling: CouplingSnapshot) -> String {
        var lines = ["row,column,mass"]
        for row in 0..<coupling.plan.rows {
            for (column, mass) in coupling.plan.row(row).enumerated() where mass != 0 { lines.append("\(row),\(column),\(mass)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `run,series,step,value` for each point that is kept.
    static func curvesCSV(_ runs: [String: [String: CurveHistory]]) -> String {
        var lines = ["run,series,step,value"]
        for (run, curves) in runs.sorted(by: { $0.key < $1.key }) {
            for (name, curve) in curves.sorted(by: { $0.key < $1.key }) {
                for bucket in curve.buckets where bucket.count > 0 { lines.append("\(run),\(name),\(Int(bucket.step)),\(bucket.mean)") }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func runsCSV(_ rows: [RunRow]) -> String {
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
    var neuronsCSV: String {
        guard let snapshot = neuronSnapshot else { return "" }
        var lines = [
            "network,neuron,importance,fan-in,dead" + (snapshot.owners.first?.byClass.indices.map { ",class-\($0)" }.joined() ?? "")
        ]
        for owner in snapshot.owners {
            for neuron in owner.scores.indices {
                let fanIn = owner.sheet.fanIn.indices.contains(neuron) ? "\(owner.sheet.fanIn[neuron])" : ""
                let dead = owner.activity == nil ? "" : owner.isDead(neuron) ? "1" : "0"
                let parts = owner.byClass.map { ",\($0[neuron])" }.joined()
                lines.append(
                    "\(owner.role == .fused ? "fused" : letter(owner.role)),\(neuron),\(owner.scores[neuron]),\(fanIn),\(dead)\(parts)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
