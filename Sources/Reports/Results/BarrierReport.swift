import Formatting
import Networks
import Training

/// Curves of loss and accuracy along a segment.
package struct BarrierReport: Sendable, Encodable {
    package struct Curve: Sendable, Encodable {
        package let name: String
        package let barrier: Barrier

        package init(name: String, barrier: Barrier) { (self.name, self.barrier) = (name, barrier) }

        private enum Keys: String, CodingKey { case name, points, lossBarrier, accuracyBarrier }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(name, forKey: .name)
            try container.encode(barrier.points, forKey: .points)
            try container.encode(barrier.lossBarrier, forKey: .lossBarrier)
            try container.encode(barrier.accuracyBarrier, forKey: .accuracyBarrier)
        }
    }

    package let first: String
    package let second: String
    package let data: String
    package let curves: [Curve]
    /// What `accuracy` in the curves is.
    package let figure: Figure
    package let notes: [String]

    package init(first: String, second: String, data: String, curves: [Curve], figure: Figure, notes: [String]) {
        self.first = first
        self.second = second
        self.data = data
        self.curves = curves
        self.figure = figure
        self.notes = notes
    }

    /// The curves as lines of text: one column of accuracy and loss for each, then the barriers.
    package var lines: [String] {
        var table = PlainTable(
            [("position", .right)] + curves.flatMap { [("\(figure.name), \($0.name)", PlainTable.Alignment.right), ("loss", .right)] })
        for index in curves.first?.barrier.points.indices ?? 0..<0 {
            let points = curves.map { $0.barrier.points[index] }
            table.add(
                [Format.decimal(points[0].place, 3)] + points.flatMap { [figure.text($0.accuracy), Format.decimal($0.loss)] })
        }
        var barriers = PlainTable([("barrier", .left), ("loss", .right), (figure.name, .right)])
        for curve in curves {
            barriers.add([
                curve.name, Format.decimal(curve.barrier.lossBarrier),
                figure.text(figure.isHigherBetter ? curve.barrier.accuracyBarrier : curve.barrier.lossBarrier),
            ])
        }
        return table.lines + ["from \(first) (0) to \(second) (1), evaluation data: \(data)", ""] + barriers.lines
            + notes.map { "note: \($0)" }
    }
}
