/// Dual potentials of rows and columns, in the unit of the cost.
public struct Potentials: Sendable, Hashable, Codable {
    public var source: [Double]
    public var target: [Double]

    public init(source: [Double], target: [Double]) {
        self.source = source
        self.target = target
    }
}
