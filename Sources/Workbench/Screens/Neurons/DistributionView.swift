import Formatting
import Runs
import Screen

// The neurons of a layer as distributions.

extension Model {
    /// Importance against rank, one line for each network, above histograms of the norms of incoming weights.
    func drawDistributions(_ snapshot: NeuronSnapshot, in area: Rectangle, onto cells: inout Cells) {
        let histograms = min(snapshot.owners.count + 1, max(0, area.rows - 8))
        let (chart, below) = area.split(bottom: histograms)
        let series = snapshot.owners.enumerated().map { index, owner in
            let order = ranking(of: owner), values = scores(of: owner)
            return CurveChart.Series(
                name: letter(owner.role),
                points: order.enumerated().map { place, neuron in
                    CurveChart.Point(x: 100 * Double(place) / Double(max(1, order.count - 1)), y: values[neuron])
                }, role: ownerRole(owner.role), pattern: index * 2 % 5)
        }
        var curves = CurveChart(series: series)
        curves.xTitle = "% of the neurons, the most important first"
        curves.draw(onto: &cells, in: chart, appearance: appearance)
        drawNorms(snapshot, in: below, onto: &cells)
    }

    /// A line of bars for each network over common bins.
    private func drawNorms(_ snapshot: NeuronSnapshot, in area: Rectangle, onto cells: inout Cells) {
        let all = snapshot.owners.flatMap(\.sheet.fanIn).filter(\.isFinite)
        guard area.rows >= 2, let low = all.min(), let high = all.max() else { return }
        let bins = max(8, min(48, area.columns - 24))
        cells.write(
            [Span("norm of incoming weights ", .dim), Span("\(HeatMap.number(low)) … \(HeatMap.number(high))", .dim)], in: area, line: 0)
        for (index, owner) in snapshot.owners.enumerated() where index + 1 < area.rows {
            var counts = [Double](repeating: 0, count: bins)
            for value in owner.sheet.fanIn where value.isFinite {
                let place = high > low ? Int((value - low) / (high - low) * Double(bins)) : 0
                counts[min(bins - 1, max(0, place))] += 1
            }
            let values = owner.sheet.fanIn.filter(\.isFinite).sorted()
            cells.write(
                [
                    Span(Text.fit("\(letter(owner.role))\(ownerSign(owner.role))", to: 4), ownerRole(owner.role)),
                    Span(Bars.sparkline(counts, columns: bins), ownerRole(owner.role)),
                    Span(values.isEmpty ? "" : "  median \(HeatMap.number(values[values.count / 2]))", .dim),
                ], in: area, line: index + 1)
        }
    }

    /// Each parent's neurons as points: their importance against that of the neuron they are matched with, in the fused network or else in the reference.
    func drawMatchedScatter(_ snapshot: NeuronSnapshot, in area: Rectangle, onto cells: inout Cells) {
        let couplings = planned?.snapshot.couplings ?? []
        let target =
            snapshot.owners.first { if case .fused = $0.role { true } else { false } }
            ?? snapshot.owners.first { owner in
                if case .parent(let parent) = owner.role {
                    couplings.contains { $0.parent == parent && $0.isIdentity }
                } else {
                    false
                }
            }
        guard let target else {
            _ = write(
                "No matches yet: screen 2 shows the plan of this layer, and F fuses. v shows the table.", in: area, from: 0, style: .dim,
                onto: &cells)
            return
        }
        let values = scores(of: target)
        var points: [ScatterChart.Point] = [], chosen: Int?
        for owner in snapshot.owners where owner.role != target.role {
            guard case .parent(let parent) = owner.role, let coupling = couplings.first(where: { $0.parent == parent }) else { continue }
            let own = scores(of: owner)
            for (neuron, best) in coupling.best.enumerated() {
                guard let best, own.indices.contains(neuron), values.indices.contains(best.column) else { continue }
                if neuronOwner?.role == owner.role, neurons.neuron == neuron { chosen = points.count }
                points.append(
                    ScatterChart.Point(
                        x: own[neuron], y: values[best.column], name: "", sign: Character(Letters.sign(parent)), role: Role.parent(parent)))
            }
        }
        let (plot, foot) = area.split(bottom: area.rows >= 8 ? 1 : 0)
        ScatterChart(points: points, selected: chosen, xTitle: "importance in its parent").draw(
            onto: &cells, in: plot, appearance: appearance)
        let name = letter(target.role)
        cells.write("\(points.count) matches; up: importance of the matched neuron of \(name)", in: foot, style: .dim)
    }
}
