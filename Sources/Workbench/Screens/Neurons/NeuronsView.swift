import Formatting
import Runs
import Screen

extension Model {
    /// Where the strips of the owners stand: a head, the strip, the curve of its sorted values.
    struct StripPlace {
        var head: Rectangle
        var strip: Rectangle
        var curve: Rectangle
    }

    /// The strip takes the lines it needs, the curve of its values what is left.
    func stripPlaces(_ owners: [NeuronOwner]) -> [StripPlace] {
        let inside = inside(.strips), count = owners.count
        guard count > 0, inside.rows >= count else { return [] }
        let each = inside.rows / count
        let indent = min(2, inside.columns)
        return (0..<count).map { index in
            let area = Rectangle(row: inside.row + index * each, column: inside.column, rows: each, columns: inside.columns)
            let (head, lower) = area.split(top: 1)
            let body = Rectangle(
                row: lower.row, column: lower.column + indent, rows: lower.rows, columns: max(0, lower.columns - indent - 1))
            let needed = (owners[index].count + max(1, body.columns) - 1) / max(1, body.columns)
            let least = body.rows >= 8 ? 3 : body.rows >= 3 ? 1 : 0
            let (strip, rest) = body.split(top: max(1, min(needed, body.rows - least - (body.rows >= 6 ? 1 : 0))))
            return StripPlace(head: head, strip: strip, curve: rest.split(bottom: body.rows >= 6 && index + 1 < count ? 1 : 0).rest)
        }
    }

    /// How the neurons of an owner lie on the screen; drawing, moving and clicking agree because all ask here.
    func stripGeometry(of owner: Int) -> Strip.Geometry? {
        guard let owners = neuronSnapshot?.owners, owners.indices.contains(owner) else { return nil }
        let places = stripPlaces(owners)
        guard places.indices.contains(owner) else { return nil }
        return Strip.Geometry(count: owners[owner].count, in: places[owner].strip, appearance: appearance)
    }

    func drawStrips(in area: Rectangle, onto cells: inout Cells) {
        var title = [
            Span("Neurons \(group?.name ?? "")", .title),
            Span(
                " · \(Labels.importance(neurons.score)) · \(neurons.view == .strips ? "" : "\(neurons.view.rawValue), ")\(neurons.order.rawValue)",
                .dim),
        ]
        if let label = neurons.label, neuronOwner?.byClass.isEmpty == false { title.append(Span(" · class \(className(label))", .info)) }
        let inside = cells.box(
            area, title: title, note: neuronSnapshot.map { [Span(Format.duration($0.seconds), .dim)] } ?? [],
            focused: hasFocus(.strips),
            appearance: appearance)
        guard let snapshot = neuronSnapshot, !snapshot.owners.isEmpty else {
            drawNoNeurons(in: inside, onto: &cells)
            return
        }
        switch neurons.view {
        case .strips: break
        case .distributions: return drawDistributions(snapshot, in: inside, onto: &cells)
        case .matches: return drawMatchedScatter(snapshot, in: inside, onto: &cells)
        case .table: return drawNeuronTable(in: inside, onto: &cells)
        }
        let limit = snapshot.owners.flatMap { scores(of: $0) }.filter(\.isFinite).max()
        for (index, place) in stripPlaces(snapshot.owners).enumerated() {
            draw(snapshot.owners[index], index: index, at: place, limit: limit, onto: &cells)
        }
    }

    private func drawNoNeurons(in area: Rectangle, onto cells: inout Cells) {
        let words: String
        if let problem = neuronProblem {
            words = "\(appearance.error) \(problem)"
        } else if case .failed(let reason) = opened {
            words = "\(appearance.error) \(reason)"
        } else if opened.value == nil {
            words = "No neurons yet. Press 1 and open a sample set with Enter, or start with amalgam A.pt B.pt."
        } else {
            words = "Measuring the neurons of \(group?.name ?? "this layer") …"
        }
        _ = write(
            words, in: area.inset(vertical: 1, horizontal: 2), from: 0, style: neuronProblem == nil ? .text : Style(.error), onto: &cells)
    }

    private func draw(_ owner: NeuronOwner, index: Int, at place: StripPlace, limit: Double?, onto cells: inout Cells) {
        let role = ownerRole(owner.role), order = neuronOrder(of: owner), values = scores(of: owner)
        let isSelected = neuronOwner?.role == owner.role
        var head = [
            Span(isSelected ? "▸" : " ", .hotkey), Span("\(letter(owner.role))\(ownerSign(owner.role)) ", Style(role).adding(.bold)),
            Span("\(owner.count)", .dim),
        ]
        if let dead = owner.activity?.dead.count(where: { $0 }), dead > 0 { head.append(Span("  \(dead) dead", .warn)) }
        if case .fused = owner.role, neuronSnapshot?.fusedRecipe != recipe { head.append(Span("  earlier recipe", .warn)) }
        if let limit, let most = values.filter(\.isFinite).max() {
            head.append(Span("  max \(HeatMap.number(most))" + (most < limit ? " (all: \(HeatMap.number(limit)))" : ""), .dim))
        }
        cells.write(head, in: place.head)
        let strip = Strip(
            values: order.map { values.indices.contains($0) ? values[$0] : .nan },
            dead: owner.activity.map { activity in order.map { activity.dead.indices.contains($0) && activity.dead[$0] } } ?? [],
            limit: limit, selected: isSelected ? order.firstIndex(of: neurons.neuron) : nil, role: role)
        strip.draw(onto: &cells, in: place.strip, appearance: appearance, target: MouseTarget.strip(index))
        drawCurve(strip.values, limit: limit, in: place.curve, role: role, onto: &cells)
    }

    /// The values as bars from left to right, each column the largest it stands for; two lines have sixteen heights.
    private func drawCurve(_ values: [Double], limit: Double?, in area: Rectangle, role: Role, onto cells: inout Cells) {
        guard let limit, limit > 0, !area.isEmpty, !values.isEmpty else { return }
        let columns = min(area.columns, values.count)
        for column in 0..<columns {
            let slice = values[
                (column * values.count / columns)..<max(column * values.count / columns + 1, (column + 1) * values.count / columns)]
            let height = max(0, (slice.filter(\.isFinite).max() ?? 0) / limit) * Double(area.rows)
            for row in 0..<area.rows {
                let part = height - Double(area.rows - 1 - row)
                if part > 0 { cells.set(Bars.vertical(part), row: area.row + row, column: area.column + column, style: Style(role)) }
            }
        }
    }

    func ownerSign(_ role: NeuronOwner.Role) -> String {
        if case .parent(let parent) = role { Letters.sign(parent) } else { "" }
    }

    private func drawNeuronTable(in area: Rectangle, onto cells: inout Cells) {
        guard let owner = neuronOwner else { return }
        let order = neuronOrder(of: owner), values = scores(of: owner)
        let ranks = Dictionary(uniqueKeysWithValues: ranking(of: owner).enumerated().map { ($1, $0 + 1) })
        func row(_ place: Int) -> [Span] {
            let neuron = order[place]
            return [
                Span("\(letter(owner.role))\(neuron)", Style(ownerRole(owner.role))), Span("\(ranks[neuron] ?? 0)", .dim),
                Span(HeatMap.number(values[neuron])),
                Span(owner.sheet.fanIn.indices.contains(neuron) ? HeatMap.number(owner.sheet.fanIn[neuron]) : "–", .dim),
                owner.isDead(neuron) ? Span("dead", .warn) : Span(""),
                Span(partnerWords(of: neuron, owner.role), .dim),
            ]
        }
        let columns: [Table.Column] = [
            .init("neuron", .fixed(7)), .init("rank", .fixed(5), .right), .init("importance", .fixed(10), .right),
            .init("‖w‖ in", .fixed(8), .right), .init("", .fixed(5)),
            .init("maps to", .flexible(least: 8, most: 20)),
        ]
        Table(
            columns: columns, count: order.count, selected: order.firstIndex(of: neurons.neuron), isFocused: hasFocus(.strips),
            target: MouseTarget.neuron, row: row
        ).draw(onto: &cells, in: area)
    }

    /// Where a neuron goes, or comes from.
    func partnerWords(of neuron: Int, _ role: NeuronOwner.Role) -> String {
        guard let couplings = planned?.snapshot.couplings else { return "" }
        switch role {
        case .parent(let parent):
            guard let coupling = couplings.first(where: { $0.parent == parent }), coupling.best.indices.contains(neuron) else { return "" }
            let best = coupling.best
            if planned?.snapshot.selection != nil, !coupling.isIdentity {
                return best[neuron].map {
                    coupling.analysis.best[neuron] != nil
                        ? "\(Letters.fused)\($0.column) selected"
                        : "dropped; \(Letters.fused)\($0.column) \(Format.percent($0.share, digits: 0))"
                } ?? "none"
            }
            return best[neuron].map { "\(Letters.fused)\($0.column) \(HeatMap.number($0.share))" } ?? "none"
        case .fused:
            return couplings.compactMap { coupling in
                coupling.analysis.givers(of: neuron, in: coupling.plan, count: 1).first.map {
                    "\(letter(coupling.parent))\($0.row) \(HeatMap.number($0.share))"
                }
            }.joined(separator: "  ")
        }
    }

    func draw(rows: Int, columns: Int, _ values: [Float], isSigned: Bool, in area: Rectangle, onto cells: inout Cells) {
        guard let matrix = ValueGrid(rows: rows, columns: columns, values: values), !area.isEmpty else { return }
        var map = HeatMap(matrix: matrix, pooling: .mean)
        map.isSigned = isSigned
        var plain = appearance
        // Dots would show only what is above a threshold; a snapshot needs its shades.
        if plain.glyphs == .braille { plain.glyphs = .block }
        map.draw(onto: &cells, in: area, appearance: plain, decorated: false)
    }
}
