import Foundation
import Screen
import Testing
import Transport

@testable import Workbench

@Suite("the plan")
struct AlignTests {
    private func analysis(_ matrix: ValueGrid, _ source: [Double], _ target: [Double]? = nil) throws -> CouplingAnalysis {
        try CouplingAnalysis(
            TransportPlan(matrix), source: source, target: target ?? Array(repeating: 1 / Double(matrix.columns), count: matrix.columns),
            notFinite: matrix.values.count { !$0.isFinite })
    }

    @Test("matched order puts a permuted identity on the diagonal; raw order does not")
    func diagonal() throws {
        let plan = FakeEngine.plan(rows: 64, columns: 64, softness: 0)
        func onDiagonal(_ wanted: MapOrder) throws -> Double {
            let order = try wanted.order(TransportPlan(plan), scores: Array(repeating: 1, count: 64))
            return (0..<64).reduce(0) { $0 + Double(plan[order.rows[$1], order.columns[$1]]) }
        }
        #expect(try onDiagonal(.matched) > 0.999)
        #expect(try onDiagonal(.raw) < 0.1)
    }

    @Test("every order is a permutation, also of odd plans", arguments: MapOrder.allCases)
    func permutations(order: MapOrder) throws {
        let plans = [
            FakeEngine.plan(rows: 20, columns: 33, softness: 0.1), FakeEngine.plan(rows: 1, columns: 1, softness: 0),
            ValueGrid(rows: 3, columns: 4, values: Array(repeating: 0, count: 12)),
            ValueGrid(rows: 2, columns: 2, values: [.nan, 1, .infinity, 0]), ValueGrid(rows: 0, columns: 5, values: []),
        ].compactMap(\.self)
        for plan in plans {
            let found = try order.order(TransportPlan(plan), scores: Array(repeating: .nan, count: plan.rows))
            #expect(found.rows.sorted() == Array(0..<plan.rows))
            #expect(found.columns.sorted() == Array(0..<plan.columns))
        }
    }

    @Test("by importance the best neurons stand first on both sides")
    func importance() throws {
        let plan = FakeEngine.plan(rows: 12, columns: 12, softness: 0)
        let scores = (0..<12).map { Double(($0 * 5) % 12) }
        let order = try MapOrder.importance.order(TransportPlan(plan), scores: scores)
        #expect(order.rows.map { scores[$0] } == Array(stride(from: 11.0, through: 0, by: -1)))
        // A permutation carries a row's importance to its column, so the same order makes a diagonal.
        #expect((0..<12).allSatisfy { plan[order.rows[$0], order.columns[$0]] > 0 })
    }

    @Test("effective matches: 1 for a permutation, n for a uniform plan; orphans, merges and splits are counted")
    func numbers() throws {
        let permutation = try analysis(FakeEngine.plan(rows: 16, columns: 16, softness: 0), Array(repeating: 1.0 / 16, count: 16))
        #expect(abs(permutation.effectiveMatches - 1) < 1e-12)
        #expect(permutation.orphanRows.isEmpty && permutation.orphanColumns.isEmpty)
        #expect(abs(permutation.total - 1) < 1e-6)
        #expect(permutation.strengthHistogram == [0, 0, 0, 0, 0, 0, 0, 0, 0, 16])
        let uniform = try analysis(
            ValueGrid(rows: 8, columns: 8, values: Array(repeating: 1 / 64, count: 64)) ?? .empty, Array(repeating: 0.125, count: 8))
        // The entropy is a sum of eight equal terms in double precision.
        #expect(abs(uniform.effectiveMatches - 8) < 1e-9)
        #expect(uniform.orphanRows.count == 8)
        let merged = try analysis(ValueGrid(rows: 2, columns: 2, values: [0.5, 0, 0.5, 0]) ?? .empty, [0.5, 0.5])
        #expect(merged.merges == 1 && merged.orphanColumns == [1])
        let lost = try analysis(ValueGrid(rows: 2, columns: 2, values: [0.5, 0, 0, 0.1]) ?? .empty, [0.5, 0.5])
        #expect(lost.orphanRows == [1])
        let broken = try analysis(ValueGrid(rows: 1, columns: 2, values: [.nan, 1]) ?? .empty, [1])
        #expect(broken.notFinite == 1)
    }

    @Test("the strongest partners and givers come first, with their share of the row")
    func partners() throws {
        let matrix = ValueGrid(rows: 2, columns: 3, values: [0.1, 0.3, 0.1, 0.5, 0, 0]) ?? .empty
        let found = try analysis(matrix, [0.5, 0.5], [0.6, 0.3, 0.1])
        #expect(found.partners(of: 0, in: matrix, count: 2).map(\.column) == [1, 0])
        #expect(abs(found.partners(of: 0, in: matrix, count: 1)[0].share - 0.6) < 1e-6)
        #expect(found.givers(of: 0, in: matrix, count: 5).map(\.row) == [1, 0])
        #expect(found.partners(of: 7, in: matrix, count: 2).isEmpty)
    }

    @Test("s, r and o go round; the title and the legend say where they are")
    func cycles() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("2")
        for order in ["importance", "spectral", "raw", "matched"] {
            try bench.play("s")
            #expect(bench.row(1).contains(order))
        }
        for scale in ["log", "rank", "linear"] {
            try bench.play("r")
            #expect(bench.row(1).contains(scale))
        }
        for pooling in ["max", "mean", "sum"] {
            try bench.play("o")
            #expect(bench.row(1).contains(pooling))
        }
    }

    @Test("changing the order keeps the cursor on the same pair")
    func keepsPair() throws {
        let bench = try bench()
        try bench.play("2 j j j l l")
        let before = try #require(bench.model.cursorEntry)
        try bench.play("s")
        let after = try #require(bench.model.cursorEntry)
        #expect(before == after)
    }

    @Test("zooming in and out returns to the same view, and the cursor stays inside at every zoom")
    func zoom() throws {
        let bench = try bench()
        try bench.play("2 J L")
        let before = bench.model.align
        try bench.play("+ + + - - -")
        #expect(bench.model.align == before)
        for _ in 0..<8 {
            try bench.play("+ G $ j l")
            let coupling = try #require(bench.model.coupling)
            #expect((0..<coupling.plan.rows).contains(bench.model.align.row))
            #expect((0..<coupling.plan.columns).contains(bench.model.align.column))
        }
        try bench.play("esc esc esc esc esc esc esc esc")
        #expect(bench.model.align.origins.isEmpty && bench.model.exit == nil)
    }

    @Test("a cell's cursor takes its strongest pair, and right then left returns to the same cell")
    func strongest() throws {
        let bench = try bench()
        try bench.play("2 g 0 l l")
        let geometry = try #require(bench.model.mapGeometry)
        let there = geometry.gridCell(row: bench.model.align.row, column: bench.model.align.column)
        try bench.play("l h")
        let back = geometry.gridCell(row: bench.model.align.row, column: bench.model.align.column)
        #expect(there?.row == back?.row && there?.column == back?.column)
    }

    @Test("a click sets the cursor, the wheel zooms, a click on a tab shows its screen")
    func mouse() throws {
        let bench = try bench()
        try bench.play("2")
        let geometry = try #require(bench.model.mapGeometry)
        try bench.play("click:\(geometry.map.row + 5),\(geometry.map.column + 10)")
        let cell = try #require(geometry.gridCell(row: bench.model.align.row, column: bench.model.align.column))
        #expect(
            geometry.position(gridRow: cell.row, gridColumn: cell.column)
                == Position(row: geometry.map.row + 5, column: geometry.map.column + 10))
        try bench.play("wheelup:\(geometry.map.row + 5),\(geometry.map.column + 10)")
        #expect(bench.model.align.origins.count == 1)
        let tab = try #require(bench.cells.targets.first { $0.target as? MouseTarget == .screen(.fuse) })
        try bench.play("click:\(tab.area.row),\(tab.area.column)")
        #expect(bench.model.screen == .fuse)
    }

    @Test("a locked scale stays from layer to layer")
    func lock() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("2 R")
        let limit = bench.model.align.lockedLimit
        try bench.play(">")
        #expect(limit != nil && bench.model.align.lockedLimit == limit)
        #expect(bench.row(1).contains("scale locked"))
    }

    @Test("n goes from orphan to orphan and round")
    func orphans() throws {
        let bench = try bench()
        try bench.play("4")
        bench.select("solver")
        try bench.play("right 2 n")
        let first = try #require(bench.model.cursorEntry).row
        #expect(bench.model.coupling?.analysis.orphanRows.contains(first) == true)
        try bench.play("n N")
        #expect(bench.model.cursorEntry?.row == first)
    }

    @Test("the match list moves the map's cursor")
    func matches() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("2 tab down down enter")
        let match = try #require(bench.model.coupling).analysis.matches[2]
        #expect(bench.model.cursorEntry?.row == match.row && bench.model.cursorEntry?.column == match.column)
    }

    @Test("the read-out says the pair's mass and its part of the row")
    func readout() throws {
        let bench = try bench()
        try bench.play("2 a")
        let entry = try #require(bench.model.cursorEntry), coupling = try #require(bench.model.coupling)
        #expect(bench.statusLine.contains("A\(entry.row) → ◆\(entry.column)"))
        #expect(bench.statusLine.contains(HeatMap.number(Double(coupling.plan[entry.row, entry.column]))))
        #expect(bench.text.contains("total mass  1.0000"))
    }
}
