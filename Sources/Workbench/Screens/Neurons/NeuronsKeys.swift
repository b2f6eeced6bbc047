import Formatting
import Fusion
import Screen

extension Model {
    /// Measures the neurons of the selected layer where that has not been done for these parents.
    mutating func loadNeurons() -> [Effect] {
        guard screen == .neurons, opened.value != nil, let key = neuronKey, neurons.snapshots[key] == nil, neurons.problems[key] == nil
        else { return [] }
        let request = NeuronRequest(recipe: recipe, group: key.group, score: key.score)
        return jobs.all(NeuronsJob.self).contains { $0.key == key } ? [] : [jobs.start(NeuronsJob(request: request))]
    }

    /// Selects the neuron under the map's cursor: one selection for all screens.
    mutating func takeSelectionFromMap() {
        guard let owners = neuronSnapshot?.owners, let entry = cursorEntry, let coupling else {
            clampNeuron()
            return
        }
        switch owners.indices.contains(neurons.owner) ? owners[neurons.owner].role : .parent(0) {
        case .fused: neurons.neuron = entry.column
        case .parent(let parent) where parent == coupling.parent: neurons.neuron = entry.row
        case .parent:
            if let owner = owners.firstIndex(where: { $0.role == .parent(coupling.parent) }) {
                neurons.owner = owner
                neurons.neuron = entry.row
            }
        }
        clampNeuron()
    }

    /// Moves the map's cursor to the selected neuron.
    private mutating func giveSelectionToMap() {
        guard let owner = neuronOwner, let couplings = planned?.snapshot.couplings else { return }
        switch owner.role {
        case .parent(let parent):
            guard couplings.contains(where: { $0.parent == parent }) else { return }
            if align.parent != parent { align.origins = [] }
            align.parent = parent
            let best = coupling?.analysis.best
            place(
                row: neurons.neuron,
                column: best.flatMap { $0.indices.contains(neurons.neuron) ? $0[neurons.neuron]?.column : nil } ?? cursorEntry?.column ?? 0)
        case .fused:
            guard let coupling else { return }
            let giver = coupling.analysis.givers(of: neurons.neuron, in: coupling.plan, count: 1).first
            place(row: giver?.row ?? cursorEntry?.row ?? 0, column: neurons.neuron)
        }
    }

    mutating func clampNeuron() {
        let owners = neuronSnapshot?.owners ?? []
        neurons.owner = max(0, min(owners.count - 1, neurons.owner))
        neurons.neuron = max(0, min((neuronOwner?.count ?? 1) - 1, neurons.neuron))
        if let label = neurons.label, let classes = neuronOwner?.byClass.count, classes > 0 { neurons.label = min(label, classes - 1) }
    }

    mutating func performOnNeurons(_ action: Action) -> [Effect] {
        switch action {
        case .nextImportance, .previousImportance:
            let all = Importance.Kind.allCases.filter { $0 != .uniform }
            neurons.score = all.moved(from: all.firstIndex(of: neurons.score) ?? 0, by: action == .nextImportance ? 1 : -1)
            inform("Importance: \(Labels.importance(neurons.score))")
            return loadNeurons()
        case .orderStrips:
            neurons.order = neurons.order.next
            inform("Order: \(neurons.order.rawValue)")
            return []
        case .nextNeuronView:
            neurons.view = neurons.view.next
            inform("View: \(neurons.view.rawValue)")
            return []
        default: break
        }
        guard let snapshot = neuronSnapshot, let owner = neuronOwner else {
            if let neuronProblem { refuse(neuronProblem) } else { inform(NeuronsScreen().guidance(self)) }
            return []
        }
        let order = neuronOrder(of: owner), place = order.firstIndex(of: neurons.neuron) ?? 0
        let line = neurons.showsTable ? 1 : stripGeometry(of: neurons.owner)?.stride ?? 1
        let page = neurons.showsTable ? max(1, inside(.strips).rows - 2) : line * 2
        func go(_ to: Int) -> Int { order.isEmpty ? 0 : order[max(0, min(order.count - 1, to))] }
        switch action {
        case .left: neurons.neuron = go(place - 1)
        case .right: neurons.neuron = go(place + 1)
        case .up where place - line < 0 && neurons.owner > 0 && !neurons.showsTable: step(owner: -1, in: snapshot)
        case .down where place + line >= order.count && neurons.owner + 1 < snapshot.owners.count && !neurons.showsTable:
            step(owner: 1, in: snapshot)
        case .up: neurons.neuron = go(place - line)
        case .down: neurons.neuron = go(place + line)
        case .blockLeft: neurons.neuron = go(place - 8)
        case .blockRight: neurons.neuron = go(place + 8)
        case .blockUp, .pageUp: neurons.neuron = go(place - page)
        case .blockDown, .pageDown: neurons.neuron = go(place + page)
        case .first, .rowStart: neurons.neuron = go(0)
        case .last, .rowEnd: neurons.neuron = go(order.count - 1)
        case .nextNetwork: step(owner: neurons.owner + 1 < snapshot.owners.count ? 1 : -neurons.owner, in: snapshot)
        case .nextClass, .previousClass:
            changeClass(action == .nextClass ? 1 : -1, owner)
            return []
        case .nextDead, .previousDead:
            moveToDead(action == .nextDead ? 1 : -1, owner, order, place)
            return []
        case .enter:
            giveSelectionToMap()
            return show(.align) + replan()
        case .describe: break
        default: return []
        }
        giveSelectionToMap()
        inform(neuronSentence)
        return []
    }

    mutating func clickStrip(of owner: Int, at position: Position) -> [Effect] {
        guard let place = stripGeometry(of: owner)?.position(at: position) else { return [] }
        neurons.owner = owner
        return clickNeuron(place)
    }

    mutating func clickNeuron(_ place: Int) -> [Effect] {
        guard let owner = neuronOwner else { return [] }
        let order = neuronOrder(of: owner)
        if order.indices.contains(place) { neurons.neuron = order[place] }
        return performOnNeurons(.describe)
    }

    /// Moves to the matching neuron in another strip.
    private mutating func step(owner steps: Int, in snapshot: NeuronSnapshot) {
        let next = max(0, min(snapshot.owners.count - 1, neurons.owner + steps))
        let partner = counterpart(of: neurons.neuron, from: snapshot.owners[neurons.owner].role, to: snapshot.owners[next].role)
        neurons.owner = next
        neurons.neuron = partner ?? neuronOrder(of: snapshot.owners[next]).first ?? 0
        clampNeuron()
    }

    /// The neuron of another network that shares most with this one, over the fused neuron both go to.
    private func counterpart(of neuron: Int, from: NeuronOwner.Role, to: NeuronOwner.Role) -> Int? {
        guard let couplings = planned?.snapshot.couplings else { return nil }
        func coupling(_ parent: Int) -> CouplingSnapshot? { couplings.first { $0.parent == parent } }
        let fused: Int? =
            switch from {
            case .fused: neuron
            case .parent(let parent): coupling(parent).flatMap { $0.best.indices.contains(neuron) ? $0.best[neuron]?.column : nil }
            }
        guard let fused else { return nil }
        switch to {
        case .fused: return fused
        case .parent(let parent): return coupling(parent).flatMap { $0.analysis.givers(of: fused, in: $0.plan, count: 1).first?.row }
        }
    }

    private mutating func changeClass(_ step: Int, _ owner: NeuronOwner) {
        guard !owner.byClass.isEmpty else {
            inform("\(Labels.importance(neurons.score)) uses no samples, so it has no per-class values; i selects another measure")
            return
        }
        // Before the first class and after the last stand all classes together.
        let count = owner.byClass.count, here = neurons.label.map { $0 + 1 } ?? 0
        let next = ((here + step) % (count + 1) + count + 1) % (count + 1)
        neurons.label = next == 0 ? nil : next - 1
        inform(neurons.label.map { "Importance on class \(className($0))" } ?? "Importance on all classes")
    }

    private mutating func moveToDead(_ step: Int, _ owner: NeuronOwner, _ order: [Int], _ place: Int) {
        guard let activity = owner.activity else {
            inform("Dead neurons are unknown without data")
            return
        }
        guard !order.isEmpty, activity.dead.contains(true) else {
            confirm("No dead neurons in \(ownerWords(owner.role)) on \(activity.samples) samples")
            return
        }
        for distance in 1...order.count {
            let neuron = order[((place + step * distance) % order.count + order.count) % order.count]
            if owner.isDead(neuron) {
                neurons.neuron = neuron
                break
            }
        }
        giveSelectionToMap()
        warn(neuronSentence)
    }

    func className(_ label: Int) -> String {
        let names = neuronSnapshot?.classNames ?? []
        return names.indices.contains(label) && names[label] != "\(label)" ? "\(label) \(names[label])" : "\(label)"
    }

    func ownerWords(_ role: NeuronOwner.Role) -> String {
        if case .parent(let parent) = role { "parent \(letter(parent))" } else { "the fused network" }
    }
    func ownerRole(_ role: NeuronOwner.Role) -> Role { if case .parent(let parent) = role { .parent(parent) } else { .fused } }

    /// What a neuron maps to where the method selects neurons.
    private func selectionWords(_ coupling: CouplingSnapshot, _ match: Match) -> String {
        coupling.analysis.best[match.row] != nil
            ? "selected as \(Letters.fused)\(match.column)"
            : "dropped, best substitute \(Letters.fused)\(match.column) (R² \(Format.percent(match.share, digits: 0)))"
    }

    /// The selected neuron in one sentence.
    var neuronSentence: String {
        guard let owner = neuronOwner else { return "" }
        let scores = scores(of: owner), neuron = neurons.neuron
        guard scores.indices.contains(neuron) else { return "" }
        let rank = (ranking(of: owner).firstIndex(of: neuron) ?? 0) + 1
        var words = "\(letter(owner.role))\(neuron), rank \(rank) of \(scores.count), importance \(HeatMap.number(scores[neuron]))"
        if owner.isDead(neuron) { words += ", dead on \(owner.activity?.samples ?? 0) samples" }
        if case .parent(let parent) = owner.role, let coupling = planned?.snapshot.couplings.first(where: { $0.parent == parent }),
            coupling.best.indices.contains(neuron)
        {
            let match = coupling.best
            if planned?.snapshot.selection != nil, !coupling.isIdentity {
                return words + ", " + (match[neuron].map { selectionWords(coupling, $0) } ?? "dropped, no substitute")
            }
            words +=
                match[neuron].map { ", matched to \(Letters.fused)\($0.column) (\(Format.percent($0.share, digits: 0)))" } ?? ", unmatched"
        }
        return words
    }
}
