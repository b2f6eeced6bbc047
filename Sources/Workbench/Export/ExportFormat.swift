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
        default: return coupling.map { format == .csv ? Self.csv($0) : svg($0) }
        }
    }

    /// `row,column,mass` for each entry with mass.
    private static func csv(_ coupling: CouplingPicture) -> String {
        var lines = ["row,column,mass"]
        for row in 0..<coupling.plan.rows {
            for (column, mass) in coupling.plan.row(row).enumerated() where mass != 0 { lines.append("\(row),\(column),\(mass)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One line for each neuron of every network.
    private var neuronsCSV: String {
        guard let picture = neuronPicture else { return "" }
        var lines = ["network,neuron,importance,fan-in,dead" + (picture.owners.first?.byClass.indices.map { ",class-\($0)" }.joined() ?? "")]
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
