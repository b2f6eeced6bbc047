/// Collects what is known of neurons while a graph is followed: which labels are the same neuron, where they stand, and which go together.
///
/// Labels that are tied become one neuron (a disjoint-set forest whose roots are the smallest labels, so that groups keep the order in which the
/// network makes them). What distinguishes neurons is where they occur: the runs that layers made, the axes of parameters, the sets over which
/// something is normalised or summed up. ``LabelPartition`` makes groups of it.
struct LabelStore {
    /// Consecutive labels that a layer made at once.
    struct Run {
        let name: String
        let first: Int
        let count: Int
        /// Whether they are the elements of a parameter, rather than an axis.
        var isElementwise = false
    }

    /// Labels whose neurons come in as many equal shares, which may be permuted as wholes: the heads of an attention.
    struct HeadGroup {
        let name: String
        /// The node where the shares' values can be read.
        let tap: String?
        /// Sequences of equal length; the shares at one place of every sequence go together.
        let sequences: [[NeuronLabels]]
    }

    /// A name for the neurons that some labels stood for when it was given.
    struct Naming {
        let name: String
        let roots: [Int]
    }

    /// Labels are places in this list; label 0 is what keeps its place.
    private var parents: [Int32] = [0]
    private var isFixedRoot: [Bool] = [true]
    private(set) var runs: [Run] = []
    private(set) var sets: [[Int]] = []
    private(set) var axes: [String: [Int: NeuronLabels]] = [:]
    private(set) var headGroups: [HeadGroup] = []
    private(set) var namings: [Naming] = []
    /// How many elements of parameters have labels of their own.
    private(set) var elementCount = 0
    /// Parameters whose elements have labels of their own, with their shapes.
    private(set) var elements: [String: (shape: [Int], labels: NeuronLabels)] = [:]
    /// What fixed neurons that could have moved: the node's name and the reason, by the smallest label fixed.
    private(set) var reasons: [String] = []

    /// What following the graph may still cost.
    var budget: LabelBudget

    init(budget: LabelBudget) { self.budget = budget }

    /// The number of labels given.
    var count: Int { parents.count }

    mutating func make(name: String, neurons: Int, isElementwise: Bool = false) -> NeuronLabels {
        let first = parents.count
        runs.append(Run(name: name, first: first, count: neurons, isElementwise: isElementwise))
        parents.append(contentsOf: (first..<first + neurons).map(Int32.init))
        isFixedRoot.append(contentsOf: repeatElement(false, count: neurons))
        return NeuronLabels(Array(first..<first + neurons))
    }

    /// The smallest label that is tied to one.
    mutating func root(_ label: Int) -> Int {
        var place = label
        while parents[place] != place {
            parents[place] = parents[Int(parents[place])]
            place = Int(parents[place])
        }
        return place
    }

    /// Whether a label is of a neuron that may still move.
    mutating func isFree(_ label: Int) -> Bool { label > 0 && !isFixedRoot[root(label)] }

    /// Says that two labels are one neuron. A constant says nothing; what keeps its place keeps the other in place.
    mutating func tie(_ first: Int, _ second: Int) {
        guard first >= 0, second >= 0, first != second else { return }
        if first == 0 || second == 0 { return fix(max(first, second)) }
        let (one, other) = (root(first), root(second))
        guard one != other else { return }
        let (kept, lost) = one < other ? (one, other) : (other, one)
        parents[lost] = Int32(kept)
        if isFixedRoot[lost] { isFixedRoot[kept] = true }
    }

    /// Says that two axes index the same neurons, as the two sides of an addition do.
    mutating func tie(_ first: NeuronLabels, _ second: NeuronLabels, layer: String) throws {
        guard first.length == second.length else {
            throw NetworkError.input(layer: layer, expected: "inputs of the same width", found: "\(first.length) and \(second.length)")
        }
        for (one, other) in zip(first.entries, second.entries) where one != other { tie(one, other) }
    }

    /// Says that a neuron keeps its place.
    mutating func fix(_ label: Int) { if label > 0 { isFixedRoot[root(label)] = true } }

    mutating func fix(_ labels: NeuronLabels) { for label in labels.entries { fix(label) } }

    /// Says that an axis of a parameter runs along `labels`. Where another layer has said so of the same parameter, both index the same neurons.
    /// Entries that are no neuron get labels of their own, which keep their place.
    mutating func attach(_ parameter: String, axis: Int, _ labels: NeuronLabels, name: String, layer: String) throws {
        if let before = axes[parameter]?[axis] { return try tie(before, labels, layer: layer) }
        var labels = labels
        let unlabelled = labels.entries.indices.filter { labels.entries[$0] <= 0 }
        if !unlabelled.isEmpty {
            let own = make(name: name, neurons: unlabelled.count)
            fix(own)
            for (place, label) in zip(unlabelled, own.entries) { labels.entries[place] = label }
        }
        axes[parameter, default: [:]][axis] = labels
    }

    /// The labels of a parameter's elements, for one that is used as a value.
    mutating func elements(of parameter: String, shape: [Int]) -> NeuronLabels {
        if let known = elements[parameter] { return known.labels }
        let labels = make(name: parameter, neurons: shape.reduce(1, *), isElementwise: true)
        elements[parameter] = (shape, labels)
        elementCount += labels.length
        return labels
    }

    /// Says that some neurons are summed up, normalised or compared with each other: they permute among themselves only.
    mutating func noteSet(_ labels: [Int]) { sets.append(labels) }

    mutating func noteHeads(name: String, tap: String?, _ sequences: [[NeuronLabels]]) {
        headGroups.append(HeadGroup(name: name, tap: tap, sequences: sequences))
    }

    /// Gives neurons a name, where a layer knows better than "qkv[0..<64]".
    mutating func rename(_ labels: NeuronLabels, to name: String) {
        namings.append(Naming(name: name, roots: labels.entries.map { $0 > 0 ? root($0) : $0 }))
    }

    /// Notes what kept neurons in place.
    mutating func noteReason(_ reason: String) { reasons.append(reason) }

    /// Parameters whose elements were used one by one index neurons by an axis where their labels depend on nothing but the place along it;
    /// where they depend on several axes, the neurons keep their places.
    mutating func settleElements() throws {
        for (name, element) in elements.sorted(by: { $0.key < $1.key }) {
            let roots = element.labels.entries.map { root($0) }
            let varying = ValueLabels(shape: element.shape, dense: roots)
            if varying.varyingAxes.isEmpty || varying.varyingAxes.count > 1 {
                for label in roots { fix(label) }
                // What another layer says of the same parameter's axes holds no longer.
                for labels in (axes[name] ?? [:]).values { fix(labels) }
            } else if let axis = varying.varyingAxes.first {
                try attach(name, axis: axis, NeuronLabels(varying.entries), name: name, layer: name)
                for (other, labels) in axes[name] ?? [:] where other != axis { fix(labels) }
            }
        }
    }
}
