/// Dual potentials of rows and columns, in the unit of the cost.
package struct Potentials: Sendable, Hashable, Codable {
    package var source: [Double]
    package var target: [Double]

    package init(source: [Double], target: [Double]) {
        self.source = source
        self.target = target
    }
}
