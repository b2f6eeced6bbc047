import Datasets
import Hyperparameters
import Networks
import Tensors

/// How the neurons of every hidden group of all parents vary together where they are read: rows of all parents' neurons for each group, gathered in one
/// pass over the inputs, and their Gram matrix.
struct GroupStatistics {
    let parents: ParentSet
    /// By group id.
    let readPoints: [Int: [ActivationSite]]
    /// The nodes whose values are looked at, as the reference calls them.
    let nodes: Set<String>
    /// Inputs that are looked at.
    let wanted: Int
    private let seed: UInt64
    private let precision: Reconstruction.Precision
    /// Chosen neurons, as a multiple of the reference's; nil where a budget decides.
    private let growth: Double?
    private var rows: [Int: GroupRows] = [:]
    /// The groups whose matrices this process computes; nil for all.
    private var own: Set<Int>?

    /// About so many positions of images are looked at for each group; every one has all its neurons.
    static let positions = 12_000
    /// From so many columns on a third of them will do, or two for three columns; never fewer than columns are chosen.
    private static let wide = 400
    /// Images that are looked at where a group has more than one position.
    private static let images = 1000

    init(parents: ParentSet, inputs: ExpandedInputs, settings: Settings) {
        self.parents = parents
        precision = settings[Reconstruction.precision]
        growth = settings[Reconstruction.size] == .width ? settings[Reconstruction.width] : nil
        readPoints = ActivationSite.all(of: parents)
        let nodes = Set(readPoints.values.joined().map(\.node))
        self.nodes = nodes
        let isSpread = parents.referenceNetwork.trace.layers.contains { nodes.contains($0.id) && $0.outputShape.count > 1 }
        wanted = isSpread ? min(inputs.count, Self.images) : inputs.count
        seed = inputs.seed
    }

    /// Leaves the matrices of some groups to other processes.
    func divided(_ control: FusionControl) -> GroupStatistics {
        guard control.processes != nil, !control.keepsCosts else { return self }
        let groups = parents.groups.selectable.map(\.id)
        let costs = groups.map {
            Double(columns($0)) * Double(columns($0)) * Double((readPoints[$0]?.count ?? 0) * positions($0) + columns($0))
        }
        let parts = control.ownParts(costs: costs)
        var divided = self
        divided.own = Set(parts.map { groups[$0] })
        return divided
    }

    /// Whether this process has the matrix of a group.
    func has(_ group: Int) -> Bool { own?.contains(group) ?? true }

    /// Whether a group's neurons are made of several columns.
    private func keepsEntries(_ group: Int) -> Bool { parents.groups[group]?.isHeadGroup == true }

    /// Columns of one neuron.
    func block(_ group: Int) -> Int { keepsEntries(group) ? readPoints[group]?.first?.block ?? 1 : 1 }

    /// Columns of all parents' neurons.
    private func columns(_ group: Int) -> Int { parents.networks.reduce(0) { $0 + ($1.groups[group]?.neurons ?? 0) * block(group) } }

    /// Whether a group's neurons are compared in single precision.
    func isSingle(_ group: Int) -> Bool { precision.isSingle(columns: columns(group)) }

    /// Positions that are looked at for a group: fewer of many columns, whose products take longest.
    private func positions(_ group: Int) -> Int {
        let columns = columns(group)
        guard columns >= Self.wide else { return Self.positions }
        let chosen = growth.map { Int(($0 * Double((parents.groups[group]?.neurons ?? 0) * block(group))).rounded(.up)) } ?? columns
        return min(Self.positions, max(Self.positions / 3, 2 * columns / 3, min(columns, chosen)))
    }

    /// The work of all groups' Gram matrices, and of choosing `growth` times the reference's neurons.
    func work(growth: Double) -> WorkCount {
        let shapes = Dictionary(
            parents.referenceNetwork.trace.layers.map { ($0.id, $0.outputShape) }, uniquingKeysWith: { one, _ in one })
        var work = WorkCount()
        for (group, sites) in readPoints {
            let columns = Double(columns(group)), limit = Double(positions(group))
            let rows = sites.reduce(0.0) { sum, site in
                let each = shapes[site.node].map { max(1, $0.reduce(1, *) / max(1, $0.first ?? 1)) } ?? 1
                return sum + min(limit, Double(wanted * each))
            }
            let taken = min(columns, growth * Double((parents.groups[group]?.neurons ?? 0) * block(group)))
            var own = GramSum.work(rows: rows, columns: columns, isSingle: isSingle(group))
            own += PivotedFactor.work(columns: columns, pivots: taken, isSingle: isSingle(group))
            own.kept = min(4 * rows * columns, 8 * columns * columns + 4 * Double(GramSum.part) * columns)
            work += own
        }
        return work
    }

    /// The rows of one batch of inputs that are looked at, for the sites of every group in order; the same of every parent.
    struct Batch {
        let inputs: Range<Int>
        fileprivate var random: SeededGenerator
        /// By group, then site: the places of the rows, nil for all; drawn at the first parent.
        fileprivate var places: [Int: [[Int]?]] = [:]
        /// By group, then site, then parent: [rows, columns].
        fileprivate var found: [Int: [[Tensor]]] = [:]
    }

    func batch(_ index: Int, of inputs: Range<Int>) -> Batch {
        Batch(inputs: inputs, random: SeededGenerator(seed: seed, purpose: "positions \(index)"))
    }

    /// Picks a parent's rows out of its values by node, parents in their order.
    func pick(_ values: [String: Tensor], of parent: Int, _ batch: inout Batch) throws {
        for (group, sites) in readPoints.sorted(by: { $0.key < $1.key }) {
            let limit = max(1, positions(group) * batch.inputs.count / max(1, wanted))
            for (index, site) in sites.enumerated() {
                guard let value = values[site.node] else {
                    throw FusionError.network(.graph(reason: "nothing has computed “\(site.node)”"))
                }
                var rows = try site.rows(value, of: parent, in: parents, keepsEntries: keepsEntries(group))
                let count = rows.shape[0]
                var places = batch.places[group] ?? []
                if places.count == index {
                    places.append(count > limit ? (0..<limit).map { _ in batch.random.integer(below: count) } : nil)
                    batch.places[group] = places
                    batch.found[group, default: []].append([])
                }
                rows = if let own = places[index] { try rows.gathered(axis: 0, Tensor(own)) } else { try rows.copied() }
                guard try rows.allFinite() else {
                    throw FusionError.nonFiniteActivations(group: parents.groups[group]?.name ?? site.node, parent: parent)
                }
                batch.found[group]?[index].append(rows)
            }
        }
    }

    /// The rows of a batch that every parent has been picked from, in the order in which ``add(_:)`` takes them.
    func rows(of batch: Batch) throws -> [Tensor] {
        var all: [Tensor] = []
        for (_, sites) in batch.found.sorted(by: { $0.key < $1.key }) {
            for parts in sites { all.append(try Tensor.concatenated(parts, axis: 1)) }
        }
        return all
    }

    /// Takes the rows of a batch.
    mutating func add(_ tensors: inout ArraySlice<Tensor>) throws {
        for (group, sites) in readPoints.sorted(by: { $0.key < $1.key }) {
            for _ in sites {
                let all = try tensors.next()
                guard has(group) else { continue }
                let isSingle = isSingle(group)
                try rows[group, default: GroupRows(columns: all.shape[1], isSingle: isSingle)].add(all)
            }
        }
    }

    /// The Gram matrix of a group's columns, centred, each scaled by the norm of the weights that read it; nil for a group that none reads.
    func gram(_ group: Int) throws -> Tensor? {
        guard let centred = try rows[group]?.gram() else { return nil }
        var scales: [Double] = []
        for parent in parents.networks.indices {
            var own: [Double] = []
            for point in readPoints[group] ?? [] {
                let norms = try point.squaredNorms(of: parent, in: parents, keepsEntries: keepsEntries(group))
                own = own.isEmpty ? norms : zip(own, norms).map(+)
            }
            scales += own.map { $0.squareRoot() }
        }
        return try centred * Tensor(scales) * Tensor(scales, shape: [scales.count, 1])
    }
}

/// Rows of one group, held until they take more memory than their Gram matrix: so only one group's matrix is in memory at a time.
private struct GroupRows {
    let columns: Int
    let isSingle: Bool
    private var held: [Tensor] = []
    private var heldRows = 0
    private var earlier: GramSum?

    init(columns: Int, isSingle: Bool) { (self.columns, self.isSingle) = (columns, isSingle) }

    mutating func add(_ rows: Tensor) throws {
        held.append(rows)
        heldRows += rows.shape[0]
        guard heldRows >= max(GramSum.part, 2 * columns) else { return }
        var sum = try earlier ?? GramSum(columns: columns)
        try pour(into: &sum)
        (earlier, held, heldRows) = (sum, [], 0)
    }

    /// In f64, unless the group is so large that it would take too long: pivots are compared far below single precision.
    private func pour(into sum: inout GramSum) throws {
        var parts: [Tensor] = [], count = 0
        for (index, rows) in held.enumerated() {
            parts.append(rows)
            count += rows.shape[0]
            guard count >= GramSum.part || index == held.count - 1 else { continue }
            try sum.add(Tensor.concatenated(parts).converted(to: isSingle ? .float32 : .float64))
            (parts, count) = ([], 0)
        }
    }

    /// The centred Gram matrix of the rows so far.
    func gram() throws -> Tensor? {
        guard heldRows > 0 || earlier != nil else { return nil }
        var sum = try earlier?.copied() ?? GramSum(columns: columns)
        try pour(into: &sum)
        return try sum.finished(isCentred: true)
    }
}
