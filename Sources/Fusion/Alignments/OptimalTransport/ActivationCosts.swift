import Networks
import Synchronization
import Tensors
import Transport

/// Costs between neurons by their answers to the same samples.
///
/// Samples stream through parent and reference batch by batch; of each group only its cost matrix is kept, whatever the number of
/// samples. A cost that was computed once is kept for the life of this object, so that changing a solver's hyperparameters does
/// not run the networks again.
package final class ActivationCosts: Sendable {
    let parents: ParentSet
    let choices: GroupSettings
    let inputs: any InputSource
    private let batch: Int
    private let known = Mutex<[NeuronPairing: Matrix]>([:])

    package convenience init(parents: ParentSet, settings: Settings, inputs: any InputSource, batch: Int = 100) throws {
        try self.init(parents: parents, choices: GroupSettings(settings), inputs: inputs, batch: batch)
    }

    init(parents: ParentSet, choices: GroupSettings, inputs: any InputSource, batch: Int = 100) {
        self.parents = parents
        self.choices = choices
        self.inputs = inputs
        self.batch = batch
    }

    /// The cost between a parent's neurons of a group and the reference's.
    func cost(of group: NeuronGroup, parent: Int, control: FusionControl) throws -> Matrix {
        try cost(pairing(group, parent), control: control)
    }

    /// The cost between any two sets of neurons.
    func cost(_ pairing: NeuronPairing, control: FusionControl) throws -> Matrix {
        if let cost = known.withLock({ $0[pairing] }) { return cost }
        try compute([pairing], control: control)
        guard let cost = known.withLock({ $0[pairing] }) else { throw FusionError.noSamples(method: OTFusion.method.title) }
        return cost
    }

    /// Computes the costs of several groups for every parent in one pass over the samples.
    func compute(_ groups: [NeuronGroup], control: FusionControl) throws {
        let others = (0..<parents.count).filter { $0 != parents.reference }
        try compute(groups.flatMap { group in others.map { pairing(group, $0) } }, control: control)
    }

    private func pairing(_ group: NeuronGroup, _ parent: Int) -> NeuronPairing {
        NeuronPairing(
            source: GroupNeurons(parent: parent, group: group.id), target: GroupNeurons(parent: parents.reference, group: group.id))
    }

    /// Computes the costs of several pairings in one pass over the samples; several processes divide the pairings.
    func compute(_ pairings: [NeuronPairing], control: FusionControl) throws {
        let missing = pairings.filter { pairing in known.withLock { $0[pairing] } == nil }
        guard !missing.isEmpty else { return }
        guard let processes = control.processes else {
            let costs = try computed(missing, control: control)
            return known.withLock { $0.merge(costs) { _, new in new } }
        }
        let all = Array(Set(missing)).sorted { $0.numbers.lexicographicallyPrecedes($1.numbers) }
        let own = control.ownParts(costs: try all.map { try Double(group(of: $0.source).neurons) * Double(group(of: $0.target).neurons) })
        var tensors: [Tensor] = []
        let costs = try computed(all.enumerated().filter { own.contains($0.offset) }.map(\.element), control: control)
        for (place, pairing) in all.enumerated() {
            guard let cost = costs[pairing] else { continue }
            tensors += [try Tensor([place]), try Tensor(cost.values, shape: [cost.rows, cost.columns])]
        }
        for found in try processes.gathered(tensors) {
            var rest = found[...]
            while !rest.isEmpty {
                let place = Int(try rest.next().item()), cost = try rest.next()
                let matrix = try Matrix(rows: cost.shape[0], columns: cost.shape[1], values: cost.array())
                known.withLock { $0[all[place]] = matrix }
            }
        }
    }

    private func computed(_ missing: [NeuronPairing], control: FusionControl) throws -> [NeuronPairing: Matrix] {
        guard !missing.isEmpty else { return [:] }
        let count = min(choices.base[OTFusion.samples], inputs.count)
        guard count > 0 else { throw FusionError.noSamples(method: OTFusion.method.title) }
        let wanted = Set(missing.flatMap { [$0.source, $0.target] })
        var readers: [Int: ActivationReader] = [:]
        for parent in Set(wanted.map(\.parent)).sorted() {
            readers[parent] = ActivationReader(
                network: parents.networks[parent], groups: Set(wanted.filter { $0.parent == parent }.map(\.group)), choices: choices)
        }
        let statistics = try statistics(of: wanted, count: count, readers: readers, control: control)

        var accumulators: [NeuronPairing: CostAccumulator] = [:]
        for pairing in missing {
            let source = try group(of: pairing.source), target = try group(of: pairing.target)
            accumulators[pairing] = CostAccumulator(choices[target][OTFusion.metric], rows: source.neurons, columns: target.neurons)
        }
        try forEachBatch(count, control: control) { (x) in
            var points: [GroupNeurons: [PointSet]] = [:]
            for (parent, reader) in readers.sorted(by: { $0.key < $1.key }) {
                for (id, taps) in try reader.values(for: x) {
                    let neurons = GroupNeurons(parent: parent, group: id)
                    guard wanted.contains(neurons) else { continue }
                    let name = try group(of: neurons).name
                    for (place, tap) in taps.enumerated() {
                        let scaled = try statistics[neurons]?[place].applied(to: tap) ?? tap
                        points[neurons, default: []].append(try ActivationReader.points(scaled, group: name, parent: parent))
                    }
                }
            }
            for pairing in missing {
                guard let rows = points[pairing.source], let columns = points[pairing.target] else { continue }
                for (source, target) in zip(rows, columns) {
                    try transport(try group(of: pairing.source).name, parent: pairing.source.parent) {
                        try accumulators[pairing]?.add(source, target)
                    }
                }
            }
        }
        return accumulators.mapValues { $0.cost() }
    }

    private func group(of neurons: GroupNeurons) throws -> NeuronGroup {
        let groups = parents.networks[neurons.parent].groups
        guard let group = groups[neurons.group] else {
            throw FusionError.network(.noSuchGroup(name: "\(neurons.group)", groups: groups.all.map(\.name)))
        }
        return group
    }

    private func forEachBatch(_ count: Int, control: FusionControl, _ body: (Tensor) throws -> Void) throws {
        try SampleBatches(inputs, atMost: count, size: batch, method: OTFusion.method.title).forEach(control) { x, _ in try body(x) }
    }

    /// Mean and deviation of every feature over the samples, for groups that are centred or standardised.
    private func statistics(
        of wanted: Set<GroupNeurons>, count: Int, readers: [Int: ActivationReader], control: FusionControl
    ) throws -> [GroupNeurons: [FeatureStatistics]] {
        var scalings: [GroupNeurons: OTFusion.Scaling] = [:]
        for neurons in wanted {
            let scaling = choices[try group(of: neurons)][OTFusion.scaling]
            if scaling.needsStatistics { scalings[neurons] = scaling }
        }
        guard !scalings.isEmpty else { return [:] }
        var statistics: [GroupNeurons: [FeatureStatistics]] = [:]
        try forEachBatch(count, control: control) { (x) in
            for (parent, reader) in readers {
                for (id, taps) in try reader.values(for: x) {
                    let neurons = GroupNeurons(parent: parent, group: id)
                    guard let scaling = scalings[neurons] else { continue }
                    var places = statistics[neurons] ?? taps.map { _ in FeatureStatistics(divides: scaling == .standardise) }
                    for (place, tap) in taps.enumerated() { try places[place].add(tap) }
                    statistics[neurons] = places
                }
            }
        }
        return statistics
    }
}

extension OTFusion.Scaling {
    var needsStatistics: Bool { self == .centre || self == .standardise }
}
