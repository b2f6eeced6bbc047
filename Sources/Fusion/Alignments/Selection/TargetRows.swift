import Networks
import Tensors

/// What the parents give where layers are to be fitted to them: at the positions that are looked at, from one pass of the inputs through the parents.
///
/// Steps whose rows do not fit into the memory budget are left out; the parents are asked again for them.
struct TargetRows {
    private let steps: [StepRows]
    /// By target, then batch, then parent: [rows, neurons].
    private var values: [String: [Int: [Tensor]]] = [:]

    /// Bytes that are kept at most; where targets of all rows would take half of them, rows are left out.
    private static let memory = 1 << 30, loose = 512 << 20

    init(_ steps: [StepRows], parents: ParentSet, budget: Int = TargetRows.memory) {
        self.steps = Self.fitting(steps, parents: parents, budget: budget).steps
    }

    /// Whether targets of these steps take more memory than they are worth.
    static func isTooMuch(_ steps: [StepRows], parents: ParentSet) -> Bool {
        fitting(steps, parents: parents, budget: .max).bytes > loose
    }

    /// The bytes that targets of some steps take.
    static func bytes(_ steps: [StepRows], parents: ParentSet) -> Int { fitting(steps, parents: parents, budget: memory).bytes }

    /// The steps whose targets fit into memory, and what they take.
    private static func fitting(_ steps: [StepRows], parents: ParentSet, budget: Int) -> (steps: [StepRows], bytes: Int) {
        var room = budget, kept: [StepRows] = []
        for step in steps {
            let neurons = parents.networks.indices.reduce(0) { sum, index in
                let network = parents.networks[index], id = parents.node(step.target, in: index)
                return sum + (network.trace.layers.first { $0.id == id }?.outputShape.reduce(1, *) ?? 0) / step.positions
            }
            let bytes = parents.referenceNetwork.dtype.byteCount * neurons * step.images * step.each
            guard bytes <= room else { continue }
            room -= bytes
            kept.append(step)
        }
        return (kept, budget - room)
    }

    /// Inputs that some step looks at.
    var images: Int { steps.map(\.images).max() ?? 0 }

    /// The nodes whose values are needed for inputs from this one on, as the reference calls them.
    func nodes(from input: Int) -> Set<String> { Set(steps.filter { input < $0.images }.map(\.target)) }

    /// The rows out of a parent's values on a batch whose first input is `input`, in the order in which ``add(_:batch:from:)`` takes them.
    func rows(of found: [String: Tensor], parent: Int, batch: Int, from input: Int) throws -> [Tensor] {
        try steps.filter { input < $0.images }.map { step in
            try PositionRows.finite(found[step.target], at: step.chosen(batch), of: step.target, parent: parent)
        }
    }

    /// Takes a parent's rows, parents in their order.
    mutating func add(_ tensors: inout ArraySlice<Tensor>, batch: Int, from input: Int) throws {
        for step in steps where input < step.images { values[step.target, default: [:]][batch, default: []].append(try tensors.next()) }
    }

    /// Hands over a batch's rows, which are kept no longer; nil where they were not gathered.
    mutating func taken(_ target: String, batch: Int) -> [Tensor]? { values[target]?.removeValue(forKey: batch) }
}

extension PositionRows {
    /// A parent's rows in memory of their own, checked.
    static func finite(_ value: Tensor?, at chosen: [Int]?, of node: String, parent: Int) throws -> Tensor {
        guard let value else { throw FusionError.network(.graph(reason: "nothing has computed “\(node)”")) }
        let rows = try of(value, at: chosen).copied()
        guard try rows.allFinite() else { throw FusionError.nonFiniteActivations(group: node, parent: parent) }
        return rows
    }
}
