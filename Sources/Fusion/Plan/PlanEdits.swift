import Transport

/// User constraints on a plan: pinned and forbidden pairs of neurons, settings of single groups, numbers of neurons.
///
/// ```swift
/// var edits = PlanEdits()
/// edits["fc1"].pinned.insert(.init(parent: 0, from: 3, to: 7))
/// edits["fc2"].values["solver"] = .choice("sinkhorn")
/// ```
public struct PlanEdits: Sendable, Hashable {
    /// A parent's neuron and a fused one, both counted from 0.
    package struct Pairing: Sendable, Hashable, Comparable {
        /// The parent's place in the recipe, from 0.
        package let parent: Int
        package let from: Int
        package let to: Int

        package init(parent: Int, from: Int, to: Int) {
            self.parent = parent
            self.from = from
            self.to = to
        }

        package static func < (one: Pairing, other: Pairing) -> Bool {
            (one.parent, one.from, one.to) < (other.parent, other.from, other.to)
        }
    }

    /// The edits of one neuron group.
    package struct Group: Sendable, Hashable {
        /// These carry all the mass that both ends allow.
        package var pinned: Set<Pairing> = []
        /// These carry none.
        package var forbidden: Set<Pairing> = []
        /// Hyperparameters that differ from the recipe's, by key.
        package var values: [String: HyperparameterValue] = [:]
        /// The number of fused neurons.
        package var neurons: Int?

        package init() {}

        package var isEmpty: Bool { pinned.isEmpty && forbidden.isEmpty && values.isEmpty && neurons == nil }
    }

    private var all: [String: Group] = [:]

    public init() {}

    /// The edits of a group, by its name.
    package subscript(group: String) -> Group {
        get { all[group] ?? Group() }
        set { all[group] = newValue.isEmpty ? nil : newValue }
    }

    /// Names of the groups that have edits, in alphabetical order.
    package var groups: [String] { all.keys.sorted() }
    package var isEmpty: Bool { all.isEmpty }

    static let pinKey = "pin", forbidKey = "forbid"
    /// Under which a layer is given its own number of neurons.
    package static let neuronsKey = "neurons"

    /// The edits as `--set` takes them, one by one.
    package var assignments: [String] {
        groups.flatMap { name in
            let edits = self[name]
            return edits.values.sorted { $0.key < $1.key }.map { "\(name)/\($0.key)=\($0.value)" }
                + (edits.neurons.map { ["\(name)/\(Self.neuronsKey)=\($0)"] } ?? [])
                + edits.pinned.sorted().map { "\(name)/\(Self.pinKey)=\($0.description)" }
                + edits.forbidden.sorted().map { "\(name)/\(Self.forbidKey)=\($0.description)" }
        }
    }

    /// What a solver must keep to for one parent.
    func constraints(group: String, parent: Int) -> PlanConstraints {
        let edits = self[group]
        func pairs(_ pairings: Set<Pairing>) -> Set<Pair> {
            Set(pairings.filter { $0.parent == parent }.map { Pair(source: $0.from, target: $0.to) })
        }
        return PlanConstraints(pinned: pairs(edits.pinned), forbidden: pairs(edits.forbidden))
    }
}

extension PlanEdits.Pairing {
    /// "A:3:7": neuron 3 of parent A and fused neuron 7.
    init(_ text: some StringProtocol) throws(RecipeError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmed }
        guard parts.count == 3, case .number(let parent)? = NamedParent(parts[0]), let from = Int(parts[1]), let to = Int(parts[2]),
            from >= 0, to >= 0
        else {
            throw .pairing(text: String(text))
        }
        self.init(parent: parent, from: from, to: to)
    }

    /// As recipes and the command line write it.
    package var description: String { "\(FusionError.letter(parent)):\(from):\(to)" }
}

extension PlanConstraints {
    /// The same for the transposed problem.
    var transposed: PlanConstraints {
        func exchanged(_ pairs: Set<Pair>) -> Set<Pair> { Set(pairs.map { Pair(source: $0.target, target: $0.source) }) }
        return PlanConstraints(pinned: exchanged(pinned), forbidden: exchanged(forbidden))
    }
}
