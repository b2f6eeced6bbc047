import Runs
import Screen

extension Model {
    // MARK: One neuron

    func drawNeuron(in area: Rectangle, onto cells: inout Cells) {
        guard let owner = neuronOwner, let snapshot = neuronSnapshot, owner.scores.indices.contains(neurons.neuron) else {
            cells.box(area, title: [Span("Neuron", .title)], appearance: appearance)
            return
        }
        let role = ownerRole(owner.role), neuron = neurons.neuron
        let inside = cells.box(
            area, title: [Span("\(letter(owner.role))\(ownerSign(owner.role))\(neuron)", Style(role).adding(.bold))],
            appearance: appearance)
        var line = 0
        func row(_ label: String, _ value: [Span]) {
            pair(label, value, in: inside, line: line, width: 11, onto: &cells)
            line += 1
        }
        let rank = (ranking(of: owner).firstIndex(of: neuron) ?? 0) + 1
        row("importance", [Span(HeatMap.number(scores(of: owner)[neuron]), Style(.title)), Span("  \(rank) of \(owner.count)", .dim)])
        if owner.sheet.fanIn.indices.contains(neuron) { row("‖w‖ in", [Span(HeatMap.number(owner.sheet.fanIn[neuron]))]) }
        let partners = partnerWords(of: neuron, owner.role)
        if !partners.isEmpty { row(owner.role == .fused ? "comes from" : "maps to", [Span(partners)]) }
        if let activity = owner.activity {
            row(
                "dead",
                [
                    owner.isDead(neuron)
                        ? Span("\(appearance.warn) yes, on \(activity.samples) samples", .warn) : Span("\(appearance.ok) no", .ok)
                ])
        }
        if !owner.byClass.isEmpty { drawClassParts(owner, neuron, in: inside, line: &line, onto: &cells) }
        if let note = snapshot.note { line = write(note, in: inside, from: line, style: .dim, onto: &cells) }
        let rest = inside.split(top: line + (inside.rows > 20 ? 1 : 0)).rest
        drawPictures(owner, neuron, snapshot, in: rest, onto: &cells)
    }

    /// The parts of the classes as one line of bars with the class that matters most named.
    func drawClassParts(_ owner: NeuronOwner, _ neuron: Int, in area: Rectangle, line: inout Int, onto cells: inout Cells) {
        let parts = owner.byClass.map { $0[neuron] }
        guard let most = parts.indices.max(by: { parts[$0] < parts[$1] }) else { return }
        pair(
            "classes",
            [
                Span(Bars.sparkline(parts, columns: min(parts.count, max(4, area.columns - 22))), Style(.chartTrain)),
                Span("  max: class \(className(most))", .dim),
            ], in: area, line: line, width: 11, onto: &cells)
        line += 1
    }

    /// What the neuron sees, and the samples that move it most.
    func drawPictures(_ owner: NeuronOwner, _ neuron: Int, _ snapshot: NeuronSnapshot, in area: Rectangle, onto cells: inout Cells) {
        var below = area
        if let weights = owner.sheet.weights, weights.values.indices.contains(neuron), area.rows >= 5 {
            let hasSamples = owner.activity != nil
            let (head, rest) = area.split(top: 1)
            cells.write(
                [
                    Span("incoming weights ", .dim), Span("−", Style(foreground: .diverging(2), background: .role(.text))), Span("/", .dim),
                    Span("+", Style(foreground: .diverging(ColourMap.levels - 3), background: .role(.text))),
                    Span(" \(weights.rows)×\(weights.columns)", .dim),
                ], in: head)
            let room = hasSamples ? max(3, min(rest.rows - 5, rest.rows * 3 / 5)) : rest.rows
            let place = HeatMap.place(rows: weights.rows, columns: weights.columns, in: rest.split(top: room).top, appearance: appearance)
            draw(rows: weights.rows, columns: weights.columns, weights.values[neuron], isSigned: true, in: place, onto: &cells)
            below = Rectangle(row: place.bottom, column: area.column, rows: area.bottom - place.bottom, columns: area.columns)
        }
        guard let activity = owner.activity, activity.top.indices.contains(neuron), below.rows >= 4 else { return }
        let (head, rest) = below.split(top: 1)
        guard !owner.isDead(neuron) else {
            cells.write("no sample activates it", in: head, style: .dim)
            return
        }
        cells.write("top-activating samples", in: head, style: .dim)
        drawSamples(activity.top[neuron], snapshot, in: rest, onto: &cells)
    }

    /// Small images side by side, each over its class and the activation.
    func drawSamples(_ top: [NeuronActivity.Top], _ snapshot: NeuronSnapshot, in area: Rectangle, onto cells: inout Cells) {
        guard let first = top.first, snapshot.samples.indices.contains(first.sample) else { return }
        let image = snapshot.samples[first.sample]
        let lines = area.rows >= 20 ? 2 : 1
        let rows = max(2, min(area.rows / lines - 1, (image.rows + 1) / 2)),
            width = max(5, min(image.columns, rows * 2 * image.columns / max(1, image.rows)))
        let perLine = max(1, (area.columns + 1) / (width + 1))
        for (index, one) in top.prefix(perLine * lines).enumerated() where snapshot.samples.indices.contains(one.sample) {
            let sample = snapshot.samples[one.sample]
            let corner = Rectangle(
                row: area.row + index / perLine * (rows + 1), column: area.column + index % perLine * (width + 1), rows: rows,
                columns: min(width, area.right - area.column - index % perLine * (width + 1)))
            guard corner.bottom < area.bottom + 1, corner.columns > 2 else { continue }
            let place = HeatMap.place(rows: sample.rows, columns: sample.columns, in: corner, appearance: appearance)
            draw(rows: sample.rows, columns: sample.columns, sample.values, isSigned: false, in: place, onto: &cells)
            let words = [sample.label.map { "\($0)" }, HeatMap.number(Double(one.value))].compactMap(\.self)
            let text = Text.width(words.joined(separator: " ")) <= corner.columns ? words.joined(separator: " ") : words[0]
            if place.bottom < area.bottom { cells.put(text, row: place.bottom, column: place.column, style: .dim, limit: corner.columns) }
        }
    }
}
