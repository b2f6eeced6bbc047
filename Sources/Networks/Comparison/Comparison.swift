/// Two networks side by side, layer by layer: what differs first, and which ways of fusing them are left.
package struct Comparison: Sendable, Equatable {
    /// What one network has at a place of the graph.
    package struct Side: Sendable, Equatable {
        package let id: String
        /// The kind with its options, and the parameters' shapes: "conv2d padding 1 · weight 8×3×3×3".
        package let description: String
        /// Whether the layer computes neurons by weights of its own; their number is the network's depth.
        package let hasWeights: Bool
    }

    /// How far two layers at the same place disagree.
    package enum Difference: Int, Sendable, Comparable {
        case none
        /// A parameter that one of them lacks, where its absence means certain numbers: no bias is a bias of zeros.
        case neutral
        /// Hidden widths only.
        case widths
        /// Options: the same parameters are used in another way.
        case options
        /// The number of classes, the input, kernels, or which parameters there are.
        case parameters
        /// Another kind of layer, other connections, or a layer that only one network has.
        case structure

        package static func < (first: Difference, second: Difference) -> Bool { first.rawValue < second.rawValue }
    }

    package struct Row: Sendable, Equatable {
        /// What the first network has, and what the second has; nil where there is no such layer.
        package let expected: Side?
        package let found: Side?
        package let difference: Difference
        /// The difference in a sentence; empty where there is none.
        package let reason: String
    }

    /// Whether one approach can fuse the two, and why, or why not.
    package struct Verdict: Sendable, Equatable {
        package let approach: Approach
        package let isPossible: Bool
        package let reason: String
    }

    package let rows: [Row]
    /// What is not a matter of one layer: the input's shape, the number of classes.
    package let remarks: [String]
    package let verdicts: [Verdict]

    /// A layer's kind in words.
    package static func inWords(_ kind: String) -> String { LayerEntry.inWords(kind) }

    /// The place of the first difference.
    package var firstDifference: Int? { rows.firstIndex { $0.difference != .none } }
    package var areAlike: Bool { firstDifference == nil && remarks.isEmpty }
    package var possible: [Approach] { verdicts.filter(\.isPossible).map(\.approach) }

    package init(_ expected: Network, _ found: Network) {
        let (first, second) = (expected.layerEntries, found.layerEntries)
        let pairs = LayerAlignment(first, second).pairs
        // Where one network has more layers, every later connection reaches a different way back.
        let comparesConnections = pairs.allSatisfy { $0.0 != nil && $0.1 != nil }
        rows = pairs.map { pair in
            let (one, other) = (pair.0.map { first[$0] }, pair.1.map { second[$0] })
            let (difference, reason) = Self.difference(one, other, comparesConnections: comparesConnections)
            return Row(expected: one?.side, found: other?.side, difference: difference, reason: reason)
        }
        remarks = Self.remarks(expected, found)
        let obstacle = Self.obstacle(expected, found, rows: rows)
        let widthsDiffer = rows.contains { $0.difference == .widths }
        let warning =
            rows.first { $0.difference == .options }.map { "; but \($0.reason)" } ?? rows.first { $0.difference == .neutral }.map {
                "; \($0.reason)"
            } ?? ""
        verdicts = Approach.allCases.map { approach in
            if let obstacle { return Verdict(approach: approach, isPossible: false, reason: obstacle) }
            if widthsDiffer {
                return Verdict(approach: approach, isPossible: approach.widths == .mayDiffer, reason: approach.onDifferentWidths + warning)
            }
            return Verdict(approach: approach, isPossible: true, reason: "the shapes agree" + warning)
        }
    }

    private static func difference(_ one: LayerEntry?, _ other: LayerEntry?, comparesConnections: Bool) -> (Difference, String) {
        guard let one, let other else {
            return (
                .structure,
                one.map { "only the first has \($0.id) (\($0.kind))" } ?? other.map { "only the second has \($0.id) (\($0.kind))" } ?? ""
            )
        }
        if one.kind != other.kind {
            return (
                .structure,
                "\(one.id) is \(LayerEntry.inWords(one.kind)) in the first, \(other.id) is \(LayerEntry.inWords(other.kind)) in the second"
            )
        }
        if comparesConnections, one.sources != other.sources {
            return (.structure, "\(one.id) in the first and \(other.id) in the second have different inputs")
        }
        func lacking(_ a: LayerEntry, _ b: LayerEntry) -> [LayerEntry.Parameter] {
            a.parameters.filter { own in !b.parameters.contains { $0.name == own.name } }
        }
        let (onlyFirst, onlySecond) = (lacking(one, other), lacking(other, one))
        if (onlyFirst + onlySecond).contains(where: { $0.neutral == nil }) {
            let (mine, theirs) = (one.parameters.map(\.name), other.parameters.map(\.name))
            let only = { (a: [String], b: [String]) in a.filter { !b.contains($0) }.joined(separator: " and ") }
            let (left, right) = (only(mine, theirs), only(theirs, mine))
            let owner =
                left.isEmpty
                ? "only the second has \(right)" : "only the first has \(left)" + (right.isEmpty ? "" : ", only the second \(right)")
            return (.parameters, "\(one.id): \(owner)")
        }
        let pairs = one.parameters.compactMap { own in other.parameters.first { $0.name == own.name }.map { (own, $0) } }
        for (a, b) in pairs where a.shape != b.shape {
            let shapes =
                "\(one.id)\(a.name.isEmpty ? "" : "." + a.name) is \(NetworkError.shape(a.shape)) in the first, \(NetworkError.shape(b.shape)) in the second"
            let fixed = a.fixedLengths != b.fixedLengths
            return (fixed ? .parameters : .widths, shapes + (fixed ? "" : " (widths)"))
        }
        if one.options != other.options {
            return (
                .options,
                "\(one.id) has \(one.options.isEmpty ? "default options" : one.options) in the first, \(other.options.isEmpty ? "default options" : other.options) in the second"
            )
        }
        if let tie = Set(one.ties.keys).union(other.ties.keys).sorted().first(where: { one.ties[$0] != other.ties[$0] }) {
            let owner = one.ties[tie] == nil ? "the second" : "the first"
            return (
                .options,
                "\(one.id).\(tie) is tied to an earlier layer only in \(owner), or to another one in the other network: it is not tied in the fused network"
            )
        }
        let given = (onlyFirst.map { ($0, "second") } + onlySecond.map { ($0, "first") }).filter { $0.0.name != "num_batches_tracked" }
        if !given.isEmpty {
            let words = given.map { "the \($0.1) has no \($0.0.name), which is a \($0.0.name) of \($0.0.neutral == 0 ? "zeros" : "ones")" }
            return (.neutral, "\(one.id): \(words.joined(separator: "; "))")
        }
        return (.none, "")
    }

    private static func remarks(_ expected: Network, _ found: Network) -> [String] {
        var remarks: [String] = []
        let (one, other) = (expected.architecture.inputText, found.architecture.inputText)
        if one != other {
            remarks.append("the first takes inputs of \(one), the second of \(other)")
        }
        let (classes, others) = (expected.trace.outputWidth, found.trace.outputWidth)
        if classes != others { remarks.append("the first has \(classes) classes, the second \(others)") }
        return remarks
    }

    /// What no approach can get over.
    private static func obstacle(_ expected: Network, _ found: Network, rows: [Row]) -> String? {
        if let row = rows.first(where: { $0.difference == .structure }) {
            let one = rows.count { $0.expected?.hasWeights ?? false }, other = rows.count { $0.found?.hasWeights ?? false }
            if one != other {
                let lone = rows.first { ($0.expected == nil || $0.found == nil) && ($0.expected ?? $0.found)?.hasWeights == true } ?? row
                return
                    "depth differs: the first has \(one) weight layers, the second \(other): neurons are matched layer by layer, and \(lone.reason). "
                    + "Distil one into the architecture of the other first"
            }
            return "the graphs differ: \(row.reason). Neurons are matched layer by layer, so both networks need the same graph"
        }
        let (one, other) = (expected.architecture.inputText, found.architecture.inputText)
        if one != other {
            return
                "input shapes differ (\(one) and \(other)): the networks were trained on different data"
        }
        let (classes, others) = (expected.trace.outputWidth, found.trace.outputWidth)
        if classes != others {
            return "the numbers of classes differ (\(classes) and \(others)): classes are not matched. "
                + "Add a row of zeros to the smaller output layer for each missing class, in the same order, and fuse again"
        }
        if let row = rows.first(where: { $0.difference == .parameters }) {
            return row.reason
        }
        return nil
    }
}

/// What two networks are compared by at one place of the graph.
struct LayerEntry {
    struct Parameter: Equatable {
        let name: String
        let shape: [Int]
        let isWeight: Bool
        let neutral: Double?
        /// The lengths of the axes that index no neurons of a hidden group: kernels, positions, classes, input channels.
        let fixedLengths: [Int?]
    }

    let id: String
    let kind: String
    let options: String
    /// Where the inputs come from, as distances backwards.
    let sources: [Int]
    let parameters: [Parameter]
    /// Parameters that an earlier layer has too, with the distance to the first that has it.
    let ties: [String: Int]

    /// A kind in words; for normalisations with the state that distinguishes them.
    static func inWords(_ kind: String) -> String {
        switch kind {
        case BatchNormalization.kind: "a batch norm with running statistics"
        case GroupNormalization.kind: "a group norm, which has no running statistics,"
        case LayerNormalization.kind: "a layer norm, which has no running statistics,"
        default: kind
        }
    }

    var side: Comparison.Side {
        // A counter has no shape worth a word, a token no name besides the layer's.
        let shapes = parameters.filter { !$0.shape.isEmpty }.map { ($0.name.isEmpty ? "" : $0.name + " ") + NetworkError.shape($0.shape) }
        return Comparison.Side(
            id: id, description: ([options.isEmpty ? kind : "\(kind) \(options)"] + shapes).joined(separator: " · "),
            hasWeights: parameters.contains(where: \.isWeight))
    }
}

extension Network {
    var layerEntries: [LayerEntry] {
        let places = Dictionary(architecture.nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let hidden = Set(groups.hidden.map(\.id)), uses = firstUses
        return zip(architecture.nodes, trace.layers).enumerated().map { index, pair in
            let (node, layer) = pair
            let parameters = layer.parameters.map { parameter in
                LayerEntry.Parameter(
                    name: parameter.name, shape: parameter.shape, isWeight: parameter.outputAxis != nil,
                    neutral: node.layer.parameters.first { $0.name == parameter.name }?.neutral,
                    fixedLengths: parameter.shape.enumerated().map { axis, length in
                        let layout = groups.layouts[parameter.fullName]?[axis]
                        return layout.map { $0.parts.contains { hidden.contains($0.group) } } == true ? nil : length
                    })
            }
            return LayerEntry(
                id: node.id, kind: layer.kind, options: node.layer.options.map { "\($0.name) \($0.value.inWords)" }.joined(separator: ", "),
                sources: node.sources.map { index - (places[$0] ?? -1) }, parameters: parameters,
                ties: Dictionary(
                    uniqueKeysWithValues: layer.parameters.compactMap { parameter in
                        let use = Architecture.Use(node: index, parameter: parameter.name)
                        return uses[use].flatMap { $0 == use ? nil : (parameter.name, index - $0.node) }
                    }))
        }
    }
}
