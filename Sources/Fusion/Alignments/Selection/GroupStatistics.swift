import Datasets
import Networks
import Tensors

/// How the neurons of every hidden group of all parents vary together where they are read: one Gram matrix for each group, all gathered in
/// one pass over the inputs.
struct GroupStatistics {
    let parents: ParentSet
    /// By group id.
    let readPoints: [Int: [ActivationSite]]
    private var grams: [Int: Tensor] = [:]
    private var sums: [Int: Tensor] = [:]
    private var rows: [Int: Int] = [:]

    /// About so many positions of images are looked at for each group; every one has all its neurons.
    static let positions = 12_000
    /// Images that are looked at where a group has more than one position.
    private static let images = 1000

    /// - Parameter extra: columns that the groups have in all, which no fewer rows may answer for.
    init(parents: ParentSet, inputs: ExpandedInputs, control: FusionControl) throws {
        self.parents = parents
        readPoints = ActivationSite.all(of: parents)
        let nodes = Set(readPoints.values.joined().map(\.node))
        let isSpread = parents.referenceNetwork.trace.layers.contains { nodes.contains($0.id) && $0.outputShape.count > 1 }
        let wanted = isSpread ? min(inputs.count, Self.images) : inputs.count
        var batch = 0
        try inputs.forEach(first: wanted, control) { (x, range) in
            var values: [[String: Tensor]] = []
            for parent in parents.networks.indices { values.append(try parents.values(of: nodes, in: parent, x)) }
            var random = SeededGenerator(seed: inputs.seed, purpose: "positions \(batch)")
            let share = max(1, Self.positions * range.count / max(1, wanted))
            for (group, points) in readPoints.sorted(by: { $0.key < $1.key }) {
                for point in points { try add(point, values, to: group, atMost: share, &random) }
            }
            batch += 1
            control.progress?(.activations(done: range.upperBound, of: wanted))
        }
    }

    /// Whether a group's neurons are made of several columns.
    private func keepsEntries(_ group: Int) -> Bool { parents.groups[group]?.isHeadGroup == true }

    /// Columns of one neuron.
    func block(_ group: Int) -> Int { keepsEntries(group) ? readPoints[group]?.first?.block ?? 1 : 1 }

    private mutating func add(
        _ point: ActivationSite, _ values: [[String: Tensor]], to group: Int, atMost limit: Int, _ random: inout SeededGenerator
    ) throws {
        var columns: [Tensor] = []
        for (parent, found) in values.enumerated() {
            guard let value = found[point.node] else { throw FusionError.network(.graph(reason: "nothing has computed “\(point.node)”")) }
            let rows = try point.rows(value, of: parent, in: parents, keepsEntries: keepsEntries(group))
            guard try rows.allFinite() else {
                throw FusionError.nonFiniteActivations(group: parents.groups[group]?.name ?? point.node, parent: parent)
            }
            columns.append(rows)
        }
        let count = columns[0].shape[0]
        var places: [Int]?
        if count > limit { places = (0..<limit).map { _ in random.integer(below: count) } }
        var all = try Tensor.concatenated(columns, axis: 1)
        if let places { all = try all.gathered(axis: 0, Tensor(places)) }
        let wide = try all.converted(to: .float64)
        let gram = try wide.transposed(0, 1).matmul(wide), sum = try wide.sum(axes: [0])
        grams[group] = try grams[group].map { try $0 + gram } ?? gram
        sums[group] = try sums[group].map { try $0 + sum } ?? sum
        rows[group, default: 0] += wide.shape[0]
    }

    /// The Gram matrix of a group's columns, centred, each scaled by the norm of the weights that read it; nil for a group that none reads.
    func gram(_ group: Int) throws -> Tensor? {
        guard let gram = grams[group], let sum = sums[group], let rows = rows[group], rows > 0 else { return nil }
        var scales: [Double] = []
        for parent in parents.networks.indices {
            var own: [Double] = []
            for point in readPoints[group] ?? [] {
                let norms = try point.squaredNorms(of: parent, in: parents, keepsEntries: keepsEntries(group))
                own = own.isEmpty ? norms : zip(own, norms).map(+)
            }
            scales += own.map { $0.squareRoot() }
        }
        let all = scales
        let count = sum.count
        let centred = try gram - sum.reshaped([count, 1]).matmul(sum.reshaped([1, count])) / Double(rows)
        return try centred * Tensor(all) * Tensor(all, shape: [count, 1])
    }
}
