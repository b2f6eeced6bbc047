/// What takes time in a fusion, counted by kind before it begins, and the memory that it needs beyond the parents.
package struct WorkCount: Sendable, Equatable {
    /// Multiply-adds of networks on inputs.
    package var passes = 0.0
    /// Multiply-adds of large products in single and in double precision.
    package var single = 0.0, double = 0.0
    /// Numbers of f64 that are read or written once, by maps and sums of single entries.
    package var moved = 0.0
    /// Bytes that are kept all along, and the most that one step adds to them.
    package var kept = 0.0, step = 0.0

    /// A factorisation runs at this part of the speed of a product; so does the solution by its factor.
    private static let factorSpeed = 0.4, solutionSpeed = 0.6
    /// Multiply-adds of a product in the time of one n³ of an eigendecomposition.
    private static let eigen = 7.0

    package var bytes: Double { kept + step }

    static func + (a: WorkCount, b: WorkCount) -> WorkCount {
        WorkCount(
            passes: a.passes + b.passes, single: a.single + b.single, double: a.double + b.double, moved: a.moved + b.moved,
            kept: a.kept + b.kept, step: max(a.step, b.step))
    }

    static func += (a: inout WorkCount, b: WorkCount) { a = a + b }

    /// So many times the work, in the same memory.
    func times(_ count: Double) -> WorkCount {
        WorkCount(passes: passes * count, single: single * count, double: double * count, moved: moved * count, kept: kept, step: step)
    }

    /// The Cholesky factorisation of a matrix of this size, and the solution of so many right sides.
    static func solution(_ size: Double, sides: Double) -> WorkCount {
        WorkCount(double: size * size * size / 3 / factorSpeed + size * size * sides / solutionSpeed, step: 24 * size * size)
    }

    static func eigen(_ size: Double) -> WorkCount { WorkCount(double: eigen * size * size * size, step: 24 * size * size) }
}

/// Work that is counted before it begins.
protocol CountedWork: Sendable {
    func work() throws -> WorkCount
}
