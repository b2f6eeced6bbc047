import Fusion

/// One edit of the plan, as a line of the list.
struct EditLine: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case pinned(PlanEdits.Pairing)
        case forbidden(PlanEdits.Pairing)
        /// A hyperparameter by its key, different for this layer.
        case value(String, HyperparameterValue)
        case neurons(Int)
    }

    var group: String
    var kind: Kind

    /// The pair of neurons that it is about.
    var pairing: PlanEdits.Pairing? {
        switch kind {
        case .pinned(let pairing), .forbidden(let pairing): pairing
        case .value, .neurons: nil
        }
    }
}

extension PlanEdits {
    /// Every edit, layer by layer: pairs first.
    var lines: [EditLine] {
        groups.flatMap { name -> [EditLine] in
            let edits = self[name]
            let kinds: [EditLine.Kind] =
                edits.pinned.sorted().map { .pinned($0) } + edits.forbidden.sorted().map { .forbidden($0) }
                + edits.values.sorted { $0.key < $1.key }.map { .value($0.key, $0.value) } + (edits.neurons.map { [.neurons($0)] } ?? [])
            return kinds.map { EditLine(group: name, kind: $0) }
        }
    }

    mutating func remove(_ line: EditLine) {
        switch line.kind {
        case .pinned(let pairing): self[line.group].pinned.remove(pairing)
        case .forbidden(let pairing): self[line.group].forbidden.remove(pairing)
        case .value(let key, _): self[line.group].values[key] = nil
        case .neurons: self[line.group].neurons = nil
        }
    }
}

extension Recipe {
    /// Sets a hyperparameter for all layers, or for one alone; what is the same as in all layers is no edit.
    mutating func set(_ hyperparameter: AnyHyperparameter, _ value: HyperparameterValue, for group: String?) throws {
        guard let group else { return try settings.set(hyperparameter.key, value) }
        let checked = try hyperparameter.check(value)
        edits[group].values[hyperparameter.key] = checked == settings[hyperparameter.key] ? nil : checked
    }

    /// The settings that count for a layer.
    func settings(of group: String) -> Settings {
        var own = settings
        // An edit was checked against the same table when it was made; one that is refused now keeps the recipe's value.
        for (key, value) in edits[group].values { try? own.set(key, value) }
        return own
    }
}
