import Foundation
import Testing

@testable import Screen

@Suite("maps of wide layers")
struct PooledGridTests {
    /// Numbers that look random and are the same in every run.
    private struct Noise {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        mutating func order(_ count: Int) -> [Int] {
            var order = Array(0..<count)
            for index in order.indices.dropLast() { order.swapAt(index, index + next(count - index)) }
            return order
        }
    }

    /// Each entry handed to the cells it overlaps, one at a time.
    private func plain(
        _ matrix: ValueGrid, _ rowOrder: [Int], _ columnOrder: [Int], _ window: GridWindow, rows: Int, columns: Int, _ pooling: CellPooling
    )
        -> [Double]
    {
        var cells = [Double](repeating: pooling == .max ? -.infinity : 0, count: rows * columns), covered = cells.map { _ in 0.0 }
        for row in 0..<window.rows {
            for column in 0..<window.columns {
                let value = Double(matrix[rowOrder[window.row + row], columnOrder[window.column + column]])
                for y in 0..<rows {
                    let high =
                        min(Double(row + 1) * Double(rows) / Double(window.rows), Double(y + 1))
                        - max(Double(row) * Double(rows) / Double(window.rows), Double(y))
                    guard high > 1e-12 else { continue }
                    for x in 0..<columns {
                        let wide =
                            min(Double(column + 1) * Double(columns) / Double(window.columns), Double(x + 1))
                            - max(Double(column) * Double(columns) / Double(window.columns), Double(x))
                        guard wide > 1e-12 else { continue }
                        let part = high * Double(window.rows) / Double(rows) * wide * Double(window.columns) / Double(columns)
                        covered[y * columns + x] += part
                        if pooling == .max {
                            cells[y * columns + x] = max(cells[y * columns + x], value)
                        } else {
                            cells[y * columns + x] += value * part
                        }
                    }
                }
            }
        }
        if pooling == .mean { for index in cells.indices { cells[index] /= covered[index] } }
        return cells
    }

    @Test(
        "a pooled map is what adding up entry by entry gives, in any order, window and size, with few entries or many",
        arguments: CellPooling.allCases, [true, false])
    func pooling(pooling: CellPooling, isSparse: Bool) throws {
        var noise = Noise(state: isSparse ? 3 : 4)
        let (rows, columns) = (131, 151)
        let matrix = try #require(
            ValueGrid(
                rows: rows, columns: columns,
                values: (0..<rows * columns).map { _ in isSparse && noise.next(20) > 0 ? 0 : Float(noise.next(1000)) / 1000 }))
        #expect((matrix.support != nil) == isSparse)
        for (window, cells) in [
            (GridWindow(matrix), (40, 37)), (GridWindow(row: 7, column: 50, rows: 60, columns: 90), (60, 13)),
            (GridWindow(row: 0, column: 0, rows: 5, columns: 5), (5, 5)),
        ] {
            let rowOrder = noise.order(rows), columnOrder = noise.order(columns)
            let found = PooledGrid(
                matrix, rowOrder: rowOrder, columnOrder: columnOrder, window: window, rows: cells.0, columns: cells.1, pooling: pooling)
            let expected = plain(matrix, rowOrder, columnOrder, window, rows: cells.0, columns: cells.1, pooling)
            #expect(zip(found.values, expected).allSatisfy { abs($0 - $1) < 1e-9 * max(1, abs($1)) })
        }
    }

    @Test("an entry that is not a number marks its cell, with few entries or many")
    func notANumber() throws {
        for isSparse in [true, false] {
            var values = [Float](repeating: isSparse ? 0 : 1, count: 128 * 128)
            values[5 * 128 + 7] = .nan
            let matrix = try #require(ValueGrid(rows: 128, columns: 128, values: values))
            let order = Array(0..<128)
            for pooling in CellPooling.allCases {
                let found = PooledGrid(
                    matrix, rowOrder: order, columnOrder: order, window: GridWindow(matrix), rows: 16, columns: 16, pooling: pooling)
                #expect(found.notFinite == 1 && found[0, 0].isNaN && found.values.count(where: \.isNaN) == 1)
            }
        }
    }

    @Test("a pooled map is kept by matrix, order, window and size, and another matrix of the same shape is another map")
    func kept() throws {
        let first = try #require(ValueGrid(rows: 8, columns: 8, values: (0..<64).map(Float.init)))
        let second = try #require(ValueGrid(rows: 8, columns: 8, values: (0..<64).map { Float(64 - $0) }))
        let order = Array(0..<8), turned = Array(order.reversed())
        func grid(_ matrix: ValueGrid, _ columns: [Int], _ size: Int = 4) -> PooledGrid {
            PooledGrids.grid(
                matrix, rowOrder: order, columnOrder: columns, window: GridWindow(matrix), rows: size, columns: size, pooling: .sum)
        }
        let known = grid(first, order)
        #expect(grid(first, order) == known && grid(first, turned) != known && grid(second, order) != known)
        #expect(grid(first, order, 2).rows == 2)
        #expect(grid(second, order).values.reduce(0, +) == second.values.reduce(0) { $0 + Double($1) })
    }

    @Test(
        "rows that are read in fours give the sums that each gives alone, bit for bit, with entries that are no numbers counted",
        arguments: 1...9)
    func fours(rows: Int) throws {
        let columns = 23
        var values = (0..<rows * columns).map { Float(($0 * 7919) % 1009) / 313 - 1 }
        if rows > 2 { values[columns + 5] = .nan }
        if rows > 5 { values[4 * columns + 22] = .infinity }
        let matrix = try #require(ValueGrid(rows: rows, columns: columns, values: values))
        let order = (0..<columns).map { ($0 * 7 + 3) % columns }, rowOrder = Array((0..<rows).reversed())
        for cells in [1, 4, 7, 23] {
            let all = PooledGrid(
                matrix, rowOrder: rowOrder, columnOrder: order, window: GridWindow(matrix), rows: rows, columns: cells, pooling: .sum,
                usesSupport: false)
            var bad = 0
            for row in 0..<rows {
                // A window of one row is never read in fours.
                let one = PooledGrid(
                    matrix, rowOrder: rowOrder, columnOrder: order, window: GridWindow(row: row, column: 0, rows: 1, columns: columns),
                    rows: 1,
                    columns: cells, pooling: .sum, usesSupport: false)
                bad += one.notFinite
                for cell in 0..<cells {
                    let (together, alone) = (all[row, cell], one[0, cell])
                    #expect(together == alone || (together.isNaN && alone.isNaN), "\(cells) cells, row \(row), cell \(cell)")
                }
            }
            #expect(all.notFinite == bad)
        }
    }
}
