import Networks
import Synchronization
import Tensors
import Transport

/// Costs between neurons by their answers to the same samples.
///
/// Samples stream through parent and reference batch by batch; of each group only its cost matrix is kept, whatever the number of
/// samples. A cost that was computed once is kept for the life of this object, so that changing a solver's hyperparameters does
/// not run the networks again.
public final class ActivationCosts: Sendable {
    let parents: ParentSet
    let settings: OTFusion.Settings
    let inputs: any InputSource
    private let batch: Int

    private struct Key: Hashable {
        let group: Int
        let parent: Int
    }

    private let known = Mutex<[Key: Matrix]>([:])

    public init(parents: ParentSet, settings: OTFusion.Settings, inputs: any InputSource, batch: Int = 100) {
        self.parents = parents
        self.settings = settings
        self.inputs = inputs
        self.batch = batch
    }

    /// The cost between a parent's neurons of a group and the reference's.
    func cost(of group: NeuronGroup, parent: Int, control: FusionControl) throws(FusionError) -> Matrix {
        if let cost = known.withLock({ $0[Key(group: group.id, parent: parent)] }) { return cost }
        try compute([group], control: control)
        guard let cost = known.withLock({ $0[Key(group: group.id, parent: parent)] }) else { throw .noSamples(method: OTFusion.method.title) }
        return cost
    }

    /// Computes the costs of several groups for every parent in one pass over the samples.
    func compute(_ groups: [NeuronGroup], control: FusionControl) throws(FusionError) {
        let missing = groups.filter { group in
            (0..<parents.count).contains { parent in
                parent != parents.reference && known.withLock { $0[Key(group: group.id, parent: parent)] } == nil
            }
        }
        guard !missing.isEmpty else { return }
        let count = min(settings.samples, inputs.count)
        guard count > 0 else { throw .noSamples(method: OTFusion.method.title) }
        let readers = parents.networks.map { ActivationReader(network: $0, settings: settings) }
        let statistics = try settings.scaling.needsStatistics ? statistics(of: missing, count: count, readers: readers, control: control) : [:]

        var accumulators: [Key: CostAccumulator] = [:]
        for group in missing {
            for parent in 0..<parents.count where parent != parents.reference {
                accumulators[Key(group: group.id, parent: parent)] = CostAccumulator(
                    settings.transportMetric, rows: neurons(group, parent), columns: neurons(group, parents.reference))
            }
        }
        try forEachBatch(count, control: control) { (x) throws(FusionError) in
            var reference: [Int: PointSet] = [:]
            let order = [parents.reference] + (0..<parents.count).filter { $0 != parents.reference }
            for parent in order {
                let taps = try readers[parent].values(of: missing.map(\.id), for: x)
                for group in missing {
                    guard var tap = taps[group.id] else { continue }
                    if let statistic = statistics[Key(group: group.id, parent: parent)] { tap = try statistic.applied(to: tap) }
                    let points = try ActivationReader.points(tap, group: group.name, parent: parent)
                    if parent == parents.reference {
                        reference[group.id] = points
                    } else if let target = reference[group.id] {
                        do throws(TransportError) { try accumulators[Key(group: group.id, parent: parent)]?.add(points, target) } catch {
                            throw FusionError.transport(group: group.name, parent: parent, error)
                        }
                    }
                }
            }
        }
        let costs = accumulators.mapValues { $0.cost() }
        known.withLock { $0.merge(costs) { _, new in new } }
    }

    private func neurons(_ group: NeuronGroup, _ parent: Int) -> Int {
        parents.networks[parent].groups.all.first { $0.id == group.id }?.neurons ?? 0
    }

    private func forEachBatch(_ count: Int, control: FusionControl, _ body: (Tensor) throws(FusionError) -> Void) throws(FusionError) {
        for start in stride(from: 0, to: count, by: batch) {
            try control.check()
            let x: Tensor
            do { x = try inputs.inputs(start..<min(start + batch, count)) } catch let error as TensorError { throw .tensor(error) } catch {
                throw .unreadableSamples(reason: "\(error)")
            }
            try body(x)
            control.progress?(.activations(done: min(start + batch, count), of: count))
        }
    }

    /// Mean and deviation of every feature over the samples, for centring and standardising.
    private func statistics(of groups: [NeuronGroup], count: Int, readers: [ActivationReader], control: FusionControl) throws(FusionError) -> [Key: FeatureStatistics] {
        var statistics: [Key: FeatureStatistics] = [:]
        try forEachBatch(count, control: control) { (x) throws(FusionError) in
            for parent in 0..<parents.count {
                for (group, tap) in try readers[parent].values(of: groups.map(\.id), for: x) {
                    let key = Key(group: group, parent: parent)
                    if statistics[key] == nil { statistics[key] = FeatureStatistics(divides: settings.scaling == .standardise) }
                    try statistics[key]?.add(tap)
                }
            }
        }
        return statistics
    }
}

/// Reads a network's neuron groups on a batch of inputs.
struct ActivationReader {
    let network: Network
    let settings: OTFusion.Settings

    /// For each group its activations, [batch, neurons, positions].
    func values(of groups: [Int], for x: Tensor) throws(FusionError) -> [Int: Tensor] {
        let wanted = network.groups.all.filter { groups.contains($0.id) }
        let taps = Set(wanted.compactMap(\.tap))
        let outputs: [String: Tensor]
        do { outputs = try withoutRecording { try network.forward(x, taps: taps).taps } } catch let error as NetworkError { throw .network(error) } catch {
            throw .tensor(error as? TensorError ?? .unexpectedResult(name: "forward"))
        }
        var values: [Int: Tensor] = [:]
        for group in wanted {
            guard let tap = group.tap, var output = outputs[tap] else { continue }
            if settings.stage == .after, group.role != .classes, let id = group.activation,
               let layer = network.architecture.nodes.first(where: { $0.id == id })?.layer as? Activation {
                output = try networks { () throws(NetworkError) in try layer.apply(to: output) }
            }
            let shaped = try tensors { () throws(TensorError) in
                let flat = try output.reshaped([output.shape[0], group.neurons, -1])
                // Each sample's whole layer to unit norm, as published.
                return settings.scaling == .normalise ? try flat / (flat.norm(axes: [1, 2], keepingAxes: true) + 1e-9) : flat
            }
            values[group.id] = shaped
        }
        return values
    }

    /// Neurons as points whose features are samples and positions.
    static func points(_ values: Tensor, group: String, parent: Int) throws(FusionError) -> PointSet {
        let features = values.shape[0] * values.shape[2]
        let numbers = try tensors { () throws(TensorError) in
            try values.transposed(0, 1).reshaped([values.shape[1], features]).array(of: Float.self)
        }
        do { return try PointSet(count: values.shape[1], features: features, values: numbers) } catch {
            throw .nonFiniteActivations(group: group, parent: parent)
        }
    }
}

/// Running mean and unbiased deviation of every feature over the samples.
struct FeatureStatistics {
    let divides: Bool
    private var count = 0
    private var sum: Tensor?
    private var squares: Tensor?

    init(divides: Bool) { self.divides = divides }

    mutating func add(_ values: Tensor) throws(FusionError) {
        count += values.shape[0]
        let (sums, products) = try tensors { () throws(TensorError) in
            let wide = try values.converted(to: .float64)
            return (try wide.sum(axes: [0], keepingAxes: true), try wide.squared().sum(axes: [0], keepingAxes: true))
        }
        let (earlierSum, earlierSquares) = (sum, squares)
        sum = try tensors { () throws(TensorError) in if let earlierSum { try earlierSum + sums } else { sums } }
        squares = try tensors { () throws(TensorError) in if let earlierSquares { try earlierSquares + products } else { products } }
    }

    func applied(to values: Tensor) throws(FusionError) -> Tensor {
        guard let sum, let squares else { return values }
        return try tensors { () throws(TensorError) in
            let mean = try sum / Double(count)
            let centred = try values.converted(to: .float64) - mean
            guard divides else { return try centred.converted(to: .float32) }
            let variance = try ((squares - mean.squared() * Double(count)) / Double(max(1, count - 1))).clamped(from: 0, to: .infinity)
            return try (centred / (variance.squareRoot() + 1e-9)).converted(to: .float32)
        }
    }
}

extension OTFusion.Scaling {
    var needsStatistics: Bool { self == .centre || self == .standardise }
}
