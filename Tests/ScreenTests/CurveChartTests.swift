import Foundation
import Testing

@testable import Screen

@Suite("curves that do not lie")
struct CurveChartTests {
    @Test("a moving average begins at the first value: what has not been seen has no weight")
    func bias() {
        let series = CurveChart.Series(
            name: "loss", points: (1...50).map { .init(x: Double($0), y: 3) }, role: .chartTrain, smoothing: 0.98)
        #expect(series.smoothed.allSatisfy { abs($0.y - 3) < 1e-12 })
    }

    @Test("smoothing counts steps, not points: means of ten steps forget as much as ten steps do")
    func steps() {
        let fine = CurveChart.Series(
            name: "loss", points: (1...100).map { .init(x: Double($0), y: $0 <= 50 ? 1 : 0) }, role: .chartTrain, smoothing: 0.9)
        let coarse = CurveChart.Series(
            name: "loss", points: (1...10).map { .init(x: Double($0 * 10), y: $0 <= 5 ? 1 : 0) }, role: .chartTrain, smoothing: 0.9)
        for (step, place) in [(60, 5), (80, 7), (100, 9)] {
            #expect(abs(fine.smoothed[step - 1].y - coarse.smoothed[place].y) < 0.02)
        }
    }

    @Test("a value that is not a number leaves a gap and does not spread")
    func gap() {
        let series = CurveChart.Series(
            name: "loss", points: [.init(x: 1, y: 2), .init(x: 2, y: .nan), .init(x: 3, y: 2)], role: .chartTrain, smoothing: 0.9)
        #expect(series.smoothed[1].y.isNaN && abs(series.smoothed[2].y - 2) < 1e-12)
    }

    /// The rows of a drawing in which a sign stands.
    private func rows(of sign: Character, in cells: Cells) -> [Int] {
        (0..<cells.size.rows).filter { row in (8..<cells.size.columns).contains { cells[row, $0].character == sign } }
    }

    @Test("a validation stands where it was measured, whatever the smoothing of the steps around it, with a mark for each epoch")
    func validation() {
        let steps = (1...400).map { CurveChart.Point(x: Double($0), y: 1) }
        let measured = [100, 200, 300, 400].map { CurveChart.Point(x: Double($0), y: $0 == 400 ? 0 : 1) }
        var cells = Cells(Size(columns: 70, rows: 20))
        CurveChart(series: [
            .init(name: "training", points: steps, role: .chartTrain, smoothing: 0.98),
            .init(name: "validation", points: measured, role: .chartValidation, isMarked: true),
        ]).draw(onto: &cells, in: cells.bounds, appearance: Appearance())
        // At the top three times, and at the very foot of the plot once.
        #expect(rows(of: "•", in: cells) == [0, 17])
    }

    @Test("where there are more epochs than room their marks would hide the line, and are left out")
    func crowd() {
        var cells = Cells(Size(columns: 40, rows: 12))
        CurveChart(series: [
            .init(
                name: "validation", points: (1...400).map { .init(x: Double($0), y: Double($0)) }, role: .chartValidation, isMarked: true)
        ]).draw(onto: &cells, in: cells.bounds, appearance: Appearance())
        #expect(rows(of: "•", in: cells).isEmpty)
    }

    @Test("a long run costs no more dots than there are columns, and a spike stays in the spread")
    func long() {
        func inked(_ spike: Bool) -> [Bool] {
            var cells = Cells(Size(columns: 60, rows: 14))
            CurveChart(series: [
                .init(
                    name: "loss",
                    points: (0..<100_000).map {
                        .init(x: Double($0), y: $0 % 2 == 0 ? 1 : 1.01, low: 0, high: spike && $0 == 50_000 ? 10 : 1.2)
                    }, role: .chartTrain, smoothing: 0.9),
                .init(name: "scale", points: [.init(x: 0, y: 10), .init(x: 99_999, y: 10)], role: .chartGrid),
            ]).draw(onto: &cells, in: cells.bounds, appearance: Appearance())
            return (2..<9).map { row in (20..<45).contains { cells[row, $0].character != " " } }
        }
        #expect(!inked(false).contains(true) && inked(true).allSatisfy { $0 })
    }

    @Test("values to compare with are drawn across and named at the right")
    func levels() {
        var cells = Cells(Size(columns: 70, rows: 12))
        var chart = CurveChart(series: [
            .init(name: "accuracy", points: [.init(x: 0, y: 0.5), .init(x: 10, y: 0.9)], role: .chartTrain)
        ])
        chart.levels = [.init(name: "A●", value: 1, role: .parentA)]
        chart.draw(onto: &cells, in: cells.bounds, appearance: Appearance())
        #expect(cells.text(row: 0).contains("A●"))
        #expect((10..<60).count { cells[0, $0].character != " " } > 20)
    }
}
