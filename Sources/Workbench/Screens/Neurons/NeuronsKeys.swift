import Fusion
import Screen

extension Model {
    /// Asks for the neurons of the selected layer where they are not known yet under this recipe's parents.
    mutating func lookAtNeurons() -> [Effect] {
        guard screen == .neurons, opened.value != nil, let key = neuronKey, neurons.pictures[key] == nil, neurons.problems[key] == nil
        else { return [] }
        let request = NeuronRequest(recipe: recipe, group: key.group, score: key.score)
        let isAsked = jobs.running.values.contains {
            if case .neurons(let other) = $0.job { other.group == key.group && other.score == key.score } else { false }
        }
        return isAsked ? [] : [jobs.start(.neurons(request))]
    }

    mutating func receiveNeurons(_ picture: NeuronSnapshot) -> [Effect] {
        neurons.pictures[NeuronState.Key(group: picture.group, score: picture.score)] = picture
        takeSelectionFromMap()
        if screen == .neurons { status = Status(level: .info, text: neuronSentence) }
        return []
    }

    /// What is known of neurons is of other parents or of an earlier fusion.
    mutating func forgetNeurons() {
        neurons.pictures = [:]
        neurons.problems = [:]
    }

    /// The neuron under the map's cursor is the neuron looked at: one selection for all screens.
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

    /// The map's cursor follows the neuron looked at.
    private mutating func giveSelectionToMap() {
        guard let owner = neuronOwner, let couplings = planned?.picture.couplings else { return }
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

    mutating func performOnNeurons(_ action: Action, now: Double) -> [Effect] {
        switch action {
        case .nextScore, .previousScore:
            let all = Importance.Kind.allCases.filter { $0 != .uniform }
            let index = all.firstIndex(of: neurons.score) ?? 0
            neurons.score = all[(index + (action == .nextScore ? 1 : all.count - 1)) % all.count]
            status = Status(level: .info, text: "Importance: \(Formatting.score(neurons.score))")
            return lookAtNeurons()
        case .order:
            neurons.order = neurons.order.next
            status = Status(level: .info, text: "Order of the strips: \(neurons.order.rawValue)")
            return []
        case .nextLook, .previousLook:
            neurons.showsTable.toggle()
            return []
        default: break
        }
        guard let picture = neuronSnapshot, let owner = neuronOwner else {
            status = Status(
                level: neuronProblem == nil ? .info : .error,
                text: neuronProblem
                    ?? (opened.value == nil ? "No neurons yet: open parents on screen 1" : "The neurons are being looked at …"))
            return []
        }
        let order = neuronOrder(of: owner)
        let place = order.firstIndex(of: neurons.neuron) ?? 0
        let line = neurons.showsTable ? 1 : stripGeometry(of: neurons.owner)?.stride ?? 1
        let page = neurons.showsTable ? max(1, inside(.strips).rows - 2) : line * 2
        func go(_ to: Int) -> Int { order.isEmpty ? 0 : order[max(0, min(order.count - 1, to))] }
        switch action {
        case .left: neurons.neuron = go(place - 1)
        case .right: neurons.neuron = go(place + 1)
        case .up where place - line < 0 && neurons.owner > 0 && !neurons.showsTable: return step(owner: -1, in: picture)
        case .down where place + line >= order.count && neurons.owner + 1 < picture.owners.count && !neurons.showsTable:
            return step(owner: 1, in: picture)
        case .up: neurons.neuron = go(place - line)
        case .down: neurons.neuron = go(place + line)
        case .blockLeft: neurons.neuron = go(place - 8)
        case .blockRight: neurons.neuron = go(place + 8)
        case .blockUp, .pageUp: neurons.neuron = go(place - page)
        case .blockDown, .pageDown: neurons.neuron = go(place + page)
        case .first, .rowStart: neurons.neuron = go(0)
        case .last, .rowEnd: neurons.neuron = go(order.count - 1)
        case .nextParent: return step(owner: neurons.owner + 1 < picture.owners.count ? 1 : -neurons.owner, in: picture)
        case .nextMetric, .previousMetric:
            changeClass(action == .nextMetric ? 1 : -1, owner)
            return []
        case .nextOrphan, .previousOrphan:
            moveToDead(action == .nextOrphan ? 1 : -1, owner, order, place)
            return []
        case .open:
            giveSelectionToMap()
            screen = .align
            status = Status(level: .info, text: announcement)
            return replan()
        case .announce: break
        default: return []
        }
        giveSelectionToMap()
        status = Status(level: .info, text: neuronSentence)
        return []
    }

    /// Goes to another strip, to the neuron that corresponds to the one looked at.
    private mutating func step(owner steps: Int, in picture: NeuronSnapshot) -> [Effect] {
        let next = max(0, min(picture.owners.count - 1, neurons.owner + steps))
        let partner = counterpart(of: neurons.neuron, from: picture.owners[neurons.owner].role, to: picture.owners[next].role)
        neurons.owner = next
        neurons.neuron = partner ?? neuronOrder(of: picture.owners[next]).first ?? 0
        clampNeuron()
        giveSelectionToMap()
        status = Status(level: .info, text: neuronSentence)
        return []
    }

    /// The neuron of another network that shares most with this one, over the fused neuron both go to.
    private func counterpart(of neuron: Int, from: NeuronOwner.Role, to: NeuronOwner.Role) -> Int? {
        guard let couplings = planned?.picture.couplings else { return nil }
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
            status = Status(
                level: .info,
                text: "Importance by \(neurons.score.rawValue) looks at no samples, so classes have no parts in it; i chooses another")
            return
        }
        // Before the first class and after the last stand all classes together.
        let count = owner.byClass.count, here = neurons.label.map { $0 + 1 } ?? 0
        let next = ((here + step) % (count + 1) + count + 1) % (count + 1)
        neurons.label = next == 0 ? nil : next - 1
        status = Status(
            level: .info, text: neurons.label.map { "Importance for class \(className($0))" } ?? "Importance for all classes together")
    }

    private mutating func moveToDead(_ step: Int, _ owner: NeuronOwner, _ order: [Int], _ place: Int) {
        guard let activity = owner.activity else {
            status = Status(level: .info, text: "Whether neurons are dead is not known without data")
            return
        }
        guard !order.isEmpty, activity.dead.contains(true) else {
            status = Status(level: .ok, text: "No neuron of \(ownerWords(owner.role)) is dead on \(activity.samples) samples")
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
        status = Status(level: .warn, text: neuronSentence)
    }

    func className(_ label: Int) -> String {
        let names = neuronSnapshot?.classNames ?? []
        return names.indices.contains(label) && names[label] != "\(label)" ? "\(label) \(names[label])" : "\(label)"
    }

    func ownerLetter(_ role: NeuronOwner.Role) -> String { if case .parent(let parent) = role { parentLetter(parent) } else { "F" } }
    func ownerWords(_ role: NeuronOwner.Role) -> String {
        if case .parent(let parent) = role { "parent \(parentLetter(parent))" } else { "the fused network" }
    }
    func ownerRole(_ role: NeuronOwner.Role) -> Role { if case .parent(let parent) = role { .parent(parent) } else { .fused } }

    /// Where a neuron goes that is kept, or that another stands for.
    func keptWords(_ coupling: CouplingSnapshot, _ match: Match) -> String {
        coupling.analysis.best[match.row] != nil
            ? "kept as F\(match.column)" : "not kept, F\(match.column) gives back \(Formatting.wholePercent(match.share))"
    }

    /// The neuron looked at in one sentence.
    var neuronSentence: String {
        guard let owner = neuronOwner else { return "" }
        let scores = scores(of: owner), neuron = neurons.neuron
        guard scores.indices.contains(neuron) else { return "" }
        let rank = (ranking(of: owner).firstIndex(of: neuron) ?? 0) + 1
        var words = "\(ownerLetter(owner.role))\(neuron), rank \(rank) of \(scores.count), importance \(HeatMap.number(scores[neuron]))"
        if owner.isDead(neuron) { words += ", dead on \(owner.activity?.samples ?? 0) samples" }
        if case .parent(let parent) = owner.role, let coupling = planned?.picture.couplings.first(where: { $0.parent == parent }),
            coupling.best.indices.contains(neuron)
        {
            let match = coupling.best
            if planned?.picture.kept != nil, !coupling.isIdentity {
                return words + ", " + (match[neuron].map { keptWords(coupling, $0) } ?? "not kept, given back by none")
            }
            words += match[neuron].map { ", matched to F\($0.column) (\(Int(($0.share * 100).rounded())) %)" } ?? ", matched to none"
        }
        return words
    }
}
