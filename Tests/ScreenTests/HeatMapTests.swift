import Testing

@testable import Screen

/// Numbers that look random and are the same everywhere (Knuth's multiplicative generator).
struct Noise {
    var state: UInt64
    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / Float(1 << 24)
    }
}

func noise(rows: Int, columns: Int, seed: UInt64 = 7) -> ValueGrid {
    var source = Noise(state: seed)
    return ValueGrid(rows: rows, columns: columns, values: (0..<rows * columns).map { _ in source.next() }) ?? .empty
}

@Suite("pooling")
struct PoolingTests {
    @Test(
        "sum pooling conserves mass, also where the sizes do not divide",
        arguments: [(513, 500, 19, 53), (512, 512, 12, 78), (7, 5, 7, 5), (10, 3, 4, 3), (1, 1, 9, 9), (100, 1, 7, 1)])
    func conservation(rows: Int, columns: Int, gridRows: Int, gridColumns: Int) {
        let matrix = noise(rows: rows, columns: columns)
        let pooled = PooledGrid(
            matrix, rowOrder: [], columnOrder: [], window: GridWindow(matrix), rows: gridRows, columns: gridColumns, pooling: .sum)
        let total = matrix.values.reduce(0.0) { $0 + Double($1) }
        // Sums of up to 262,144 doubles: a few units in the last place each.
        #expect(abs(pooled.values.reduce(0, +) - total) <= 1e-9 * total)
    }

    @Test("each cell holds exactly its share of a constant matrix")
    func shares() {
        let matrix = ValueGrid(rows: 5, columns: 3, values: Array(repeating: 1, count: 15)) ?? .empty
        let pooled = PooledGrid(matrix, rowOrder: [], columnOrder: [], window: GridWindow(matrix), rows: 2, columns: 2, pooling: .sum)
        for value in pooled.values { #expect(abs(value - 3.75) < 1e-12) }
        let mean = PooledGrid(matrix, rowOrder: [], columnOrder: [], window: GridWindow(matrix), rows: 2, columns: 2, pooling: .mean)
        for value in mean.values { #expect(abs(value - 1) < 1e-12) }
    }

    @Test("max pooling keeps a single spike, and negative values too")
    func spikes() {
        var values = [Float](repeating: -2, count: 100 * 100)
        values[37 * 100 + 81] = 5
        let matrix = ValueGrid(rows: 100, columns: 100, values: values) ?? .empty
        let pooled = PooledGrid(matrix, rowOrder: [], columnOrder: [], window: GridWindow(matrix), rows: 10, columns: 10, pooling: .max)
        #expect(pooled[3, 8] == 5)
        #expect(pooled.values.filter { $0 == -2 }.count == 99)
    }

    @Test("one entry that is not a number spoils its own cell only and is counted")
    func notANumber() {
        var values = [Float](repeating: 1, count: 16)
        values[5] = .nan
        values[10] = .infinity
        let matrix = ValueGrid(rows: 4, columns: 4, values: values) ?? .empty
        let pooled = PooledGrid(matrix, rowOrder: [], columnOrder: [], window: GridWindow(matrix), rows: 2, columns: 2, pooling: .sum)
        #expect(pooled.values.map(\.isNaN) == [true, false, false, true])
        #expect(pooled.notFinite == 2)
    }

    @Test("orders that are no permutations are met with the natural one")
    func badOrders() {
        let matrix = noise(rows: 4, columns: 4)
        let window = GridWindow(matrix)
        let natural = PooledGrid(matrix, rowOrder: [], columnOrder: [], window: window, rows: 4, columns: 4, pooling: .sum)
        for order in [[0, 0, 1, 2], [9, 1, 2, 3], [-1, 0, 1, 2]] {
            #expect(
                PooledGrid(matrix, rowOrder: order, columnOrder: order, window: window, rows: 4, columns: 4, pooling: .sum) == natural)
        }
        let outside = GridWindow(row: 3, column: 2, rows: 99, columns: -4)
        #expect(PooledGrid(matrix, rowOrder: [], columnOrder: [], window: outside, rows: 4, columns: 4, pooling: .sum).values.isEmpty)
    }
}

@Suite("heat map")
struct HeatMapTests {
    @Test("zeros are background on every scale, the largest value is the last step", arguments: MapScale.allCases)
    func scales(scale: MapScale) {
        let ordered = scale.ordered([0, 1, 2, 4])
        #expect(scale.level(0, limit: 4, ordered: ordered, steps: 32) == nil)
        #expect(scale.level(.nan, limit: 4, ordered: ordered, steps: 32) == nil)
        #expect(scale.level(4, limit: 4, ordered: ordered, steps: 32) == 31)
        let steps = [1.0, 2, 4].compactMap { scale.level($0, limit: 4, ordered: ordered, steps: 32) }
        #expect(steps == steps.sorted() && Set(steps).count == 3)
    }

    @Test(
        "the geometry stays inside its area and finds every entry again",
        arguments: [
            (512, 512, 80, 20), (10, 10, 78, 21), (1, 1, 30, 10), (3, 700, 50, 12), (64, 64, 20, 5), (513, 500, 3, 2), (5, 5, 1, 1),
        ])
    func geometry(rows: Int, columns: Int, width: Int, height: Int) {
        for appearance in [
            Appearance(glyphs: .block, depth: .indexed), Appearance(glyphs: .braille), Appearance(glyphs: .ascii, depth: .mono),
        ] {
            let area = Rectangle(row: 2, column: 3, rows: height, columns: width)
            let geometry = HeatMapGeometry(
                area: area, window: GridWindow(row: 0, column: 0, rows: rows, columns: columns), appearance: appearance)
            #expect(
                area.contains(geometry.map) && area.contains(geometry.legend) && area.contains(geometry.rowBar)
                    && area.contains(geometry.columnRuler))
            for row in 0..<geometry.gridRows {
                let span = geometry.entries(gridRow: row, gridColumn: 0).rows
                #expect(!span.isEmpty && span.upperBound <= rows)
                #expect(geometry.gridCell(row: span.lowerBound, column: 0)?.row == row)
                #expect(geometry.map.contains(geometry.position(gridRow: row, gridColumn: 0)))
            }
        }
    }

    @Test("half blocks: upper and lower pixel of a 2×1 matrix in one colour each")
    func halfBlocks() {
        let matrix = ValueGrid(rows: 2, columns: 1, values: [1, 0]) ?? .empty
        var cells = Cells(Size(columns: 1, rows: 1))
        HeatMap(matrix: matrix).draw(onto: &cells, in: cells.bounds, appearance: Appearance(), decorated: false)
        #expect(cells[0, 0].character == "▀")
        #expect(cells[0, 0].style.foreground == .sequential(31))
        #expect(cells[0, 0].style.background == .role(.text))
    }

    @Test("a drawn map: ramp, rulers, legend, cross-hair")
    func drawn() {
        let matrix = ValueGrid(rows: 4, columns: 4, values: (0..<16).map { $0 % 5 == 0 ? 0.25 : 0 }) ?? .empty
        var cells = Cells(Size(columns: 60, rows: 12))
        let map = HeatMap(
            matrix: matrix, cursor: (1, 2), rowMarks: [1, 0.5, 0.25, 0], columnMarks: [0, 0.25, 0.5, 1], rowPrefix: "A", columnPrefix: "B",
            unit: "mass")
        map.draw(onto: &cells, in: cells.bounds, appearance: Appearance(glyphs: .ascii, depth: .mono))
        #expect(cells.text.contains("@@@@"))
        #expect(cells.text.contains("┼"))
        #expect(cells.text.contains("linear · sum 1:1 · mass"))
        #expect(cells.text.contains("A1") && cells.text.contains("B2"))
        #expect(cells.cursor != nil)
    }

    @Test("nothing, one entry, all zeros and not-a-number are drawn and explained")
    func odd() {
        for glyphs in GlyphSet.allCases {
            let appearance = Appearance(glyphs: glyphs, depth: .indexed)
            for matrix in [
                ValueGrid.empty, ValueGrid(rows: 1, columns: 1, values: [0]), ValueGrid(rows: 1, columns: 3, values: [.nan, 1, 0]),
                ValueGrid(rows: 0, columns: 4, values: []),
            ].compactMap(\.self) {
                for size in [Size(columns: 0, rows: 0), Size(columns: 1, rows: 1), Size(columns: 50, rows: 10)] {
                    var cells = Cells(size)
                    HeatMap(matrix: matrix, cursor: (0, 0)).draw(onto: &cells, in: cells.bounds, appearance: appearance)
                    if size.rows == 10, matrix.columns == 3 { #expect(cells.text.contains("1 not a number")) }
                    if size.rows == 10, matrix.rows == 0 { #expect(cells.text.contains("nothing to draw")) }
                }
            }
        }
    }

    @Test("pooling 512×512 fits into a frame")
    func work() {
        // No time is asserted; the pass must simply be one pass, so the count of its work is what the values say.
        let matrix = noise(rows: 512, columns: 512)
        let pooled = PooledGrid(
            matrix, rowOrder: Array((0..<512).reversed()), columnOrder: [], window: GridWindow(matrix), rows: 40, columns: 78,
            pooling: .sum)
        #expect(pooled.rows == 40 && pooled.columns == 78)
        let top = matrix.row(511).reduce(0) { $0 + Double($1) }
        #expect(pooled.values.prefix(78).reduce(0, +) > top)
    }
}
