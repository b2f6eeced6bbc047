/// A dense matrix of `Double`, row-major.
///
/// The plain buffer that costs and plans of this target are made of: a value, sendable, without any algebra of its own.
public struct Matrix: Sendable, Hashable, Codable {
    public let rows: Int
    public let columns: Int
    /// Entry (i, j) is `values[i * columns + j]`.
    public var values: [Double]

    /// A matrix of one value.
    ///
    /// - Precondition: neither size is negative.
    public init(rows: Int, columns: Int, repeating value: Double = 0) {
        precondition(rows >= 0 && columns >= 0, "a matrix has no negative size")
        self.rows = rows
        self.columns = columns
        values = [Double](repeating: value, count: rows * columns)
    }

    /// A matrix over values that are already row-major.
    ///
    /// - Throws: `TransportError.wrongCount` where `values` does not hold `rows * columns` numbers.
    public init(rows: Int, columns: Int, values: [Double]) throws(TransportError) {
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        guard rows >= 0, columns >= 0, !overflow, count == values.count else {
            throw .wrongCount(of: "matrix values", expected: overflow ? Int.max : count, found: values.count)
        }
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// A matrix whose entries are computed one by one.
    public init(rows: Int, columns: Int, entry: (_ row: Int, _ column: Int) -> Double) {
        self.init(rows: rows, columns: columns)
        for i in 0..<rows {
            for j in 0..<columns { values[i * columns + j] = entry(i, j) }
        }
    }

    /// Entry (i, j).
    ///
    /// - Precondition: both indices lie inside the matrix.
    public subscript(row: Int, column: Int) -> Double {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "index outside the matrix")
            return values[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "index outside the matrix")
            values[row * columns + column] = newValue
        }
    }

    /// One row, without copying.
    public func row(_ index: Int) -> ArraySlice<Double> { values[index * columns..<(index + 1) * columns] }

    /// Rows and columns exchanged.
    public var transposed: Matrix {
        var result = Matrix(rows: columns, columns: rows)
        let tile = 32
        values.withUnsafeBufferPointer { from in
            result.values.withUnsafeMutableBufferPointer { to in
                for top in stride(from: 0, to: rows, by: tile) {
                    for left in stride(from: 0, to: columns, by: tile) {
                        for i in top..<min(top + tile, rows) {
                            for j in left..<min(left + tile, columns) { to[j * rows + i] = from[i * columns + j] }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Sum of every row; compensated, so that marginal errors near 1e-16 are distinguishable from zero.
    public var rowSums: [Double] {
        (0..<rows).map { i in row(i).reduce(into: CompensatedSum()) { $0.add($1) }.value }
    }

    /// Sum of every column, compensated.
    public var columnSums: [Double] {
        var sums = [CompensatedSum](repeating: CompensatedSum(), count: columns)
        for i in 0..<rows {
            for j in 0..<columns { sums[j].add(values[i * columns + j]) }
        }
        return sums.map(\.value)
    }

    /// The largest |entry|; zero of none.
    package var largestMagnitude: Double {
        values.withUnsafeBufferPointer { values in
            var most = 0.0
            for value in values where abs(value) > most { most = abs(value) }
            return most
        }
    }

    /// The part of the matrix with the given rows and columns, in the given order.
    func selecting(rows: [Int], columns: [Int]) -> Matrix {
        if rows.count == self.rows, columns.count == self.columns,
            rows == Array(0..<self.rows), columns == Array(0..<self.columns)
        {
            return self
        }
        var result = Matrix(rows: rows.count, columns: columns.count)
        var position = 0
        for i in rows {
            for j in columns {
                result.values[position] = values[i * self.columns + j]
                position += 1
            }
        }
        return result
    }
}
