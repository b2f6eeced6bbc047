import Dispatch
import Networks

/// Chooses the neurons that live on: merges grafts, scores their groups and cuts them, in the order that a scheme asks for.
struct NeuronSelection {
    let parents: ParentSet
    /// The settings of each group.
    let groupSettings: GroupSettings
    /// Where neurons are ranked by importance; nil where by the energy of their weights.
    let importance: GroupScores?
    let control: FusionControl
    /// Hidden groups in the order in which they are cut.
    private let groups: [NeuronGroup]
    /// By group id.
    private(set) var cuts: [Int: [SelectionDiagnostics.Cut]] = [:]
    private(set) var seconds: [Int: Double] = [:]
    private var step = 0
    /// Whether the next cut is the last, which gives single groups the widths that were asked for.
    private var isLastCut = false
    private var settings: Settings { groupSettings.base }

    init(parents: ParentSet, settings: GroupSettings, importance: GroupScores?, control: FusionControl) {
        self.parents = parents
        groupSettings = settings
        self.importance = importance
        self.control = control
        groups = parents.referenceNetwork.groupsInPublishedOrder
    }

    mutating func run() throws -> Graft {
        if settings[Transplantation.order] != .mergePrune,
            let name = groupSettings.edits.groups.first(where: { groupSettings.edits[$0].neurons != nil })
        {
            throw FusionError.unsuitable(
                reason:
                    "\(name): a single group's number of neurons can be set with order=merge-prune; the other orders divide it among the parents"
            )
        }
        let whole = (0..<parents.count).map { Graft.whole($0, of: parents) }
        switch settings[Transplantation.order] {
        case .mergePrune:
            switch settings[Transplantation.scheme] {
            case .joint: return try cutMerged(whole, isLast: true)
            case .iterative:
                var graft = whole[0]
                for (index, next) in whole.enumerated().dropFirst() {
                    graft = try cutMerged([graft, next], isLast: index == whole.count - 1)
                }
                return graft
            case .hierarchical: return try hierarchical(whole[...], isLast: true)
            }
        case .pruneMerge, .transfer: return try pruneThenMerge(whole)
        }
    }

    // MARK: Schemes

    /// Four or more are halved, and the halves fused first; two or three are fused at once.
    private mutating func hierarchical(_ grafts: ArraySlice<Graft>, isLast: Bool) throws -> Graft {
        guard grafts.count >= 4 else { return grafts.count == 1 ? grafts[grafts.startIndex] : try cutMerged(Array(grafts), isLast: isLast) }
        let middle = grafts.startIndex + grafts.count / 2
        let first = try hierarchical(grafts[..<middle], isLast: false), second = try hierarchical(grafts[middle...], isLast: false)
        return try cutMerged([first, second], isLast: isLast)
    }

    /// Grafts laid side by side, then cut. The size asked for is that of the last cut; those before it go back to a parent's size.
    private mutating func cutMerged(_ grafts: [Graft], isLast: Bool) throws -> Graft {
        let merged = Graft.merged(grafts, shares: outputShares(grafts))
        isLastCut = isLast
        let even = Removal.share(1 - 1 / Double(grafts.count))
        let removal: Removal =
            switch settings[Transplantation.size] {
            case .published: even
            case .parent: .widths(parentWidths)
            case .ratio: isLast ? .share(settings[Transplantation.ratio]) : even
            case .budget: isLast ? .budget : even
            }
        return try cut([merged], [removal], weights: [1])[0]
    }

    /// Each parent is cut by itself, then they are laid side by side. A parent with no share is left out.
    private mutating func pruneThenMerge(_ whole: [Graft]) throws -> Graft {
        let count = whole.count, rate = settings[Transplantation.transferRate]
        let weights = (0..<count).map {
            settings[Transplantation.order] == .pruneMerge
                ? 1 / Double(count) : $0 == parents.reference ? 1 - rate : rate / Double(count - 1)
        }
        let taking = whole.indices.filter { weights[$0] > 0 }
        let exact = settings[Transplantation.size] == .parent ? sharedParentWidths(taking, weights) : [:]
        let removals = taking.map { index -> Removal in
            switch settings[Transplantation.size] {
            case .published:
                .share(
                    settings[Transplantation.order] == .pruneMerge
                        ? 1 - 1 / Double(count) : index == parents.reference ? rate : 1 - rate / Double(count - 1))
            case .ratio:
                .share(
                    settings[Transplantation.order] == .pruneMerge
                        ? settings[Transplantation.ratio]
                        : max(0, 1 - (1 - settings[Transplantation.ratio]) * Double(count) * weights[index]))
            case .parent: .widths(exact[index] ?? [:])
            case .budget: .budget
            }
        }
        let grafts = try cut(taking.map { whole[$0] }, removals, weights: taking.map { weights[$0] * Double(count) })
        return Graft.merged(grafts, shares: outputShares(grafts))
    }

    // MARK: Sizes

    private enum Removal {
        /// ⌊n (1 − share)⌋ stay, computed in double precision as published.
        case share(Double)
        case widths([Int: Int])
        /// As many as the budget of the settings allows.
        case budget
    }

    private var parentWidths: [Int: Int] {
        Dictionary(uniqueKeysWithValues: parents.groups.selectable.map { ($0.id, $0.neurons) })
    }

    /// The reference's widths, dealt out to the parents by weight: whole parts first, then the largest remainders.
    private func sharedParentWidths(_ taking: [Int], _ weights: [Double]) -> [Int: [Int: Int]] {
        var dealt: [Int: [Int: Int]] = [:]
        for group in groups {
            let own = taking.map { index in parents.networks[index].groups[group.id]?.neurons ?? 0 }
            let shares = zip(taking, own).map { weights[$0] * Double($1) }
            let total = shares.reduce(0, +)
            let quotas = shares.map { total > 0 ? Double(group.neurons) * $0 / total : 0 }
            var widths = zip(quotas, own).map { min(Int($0), $1) }
            let byRemainder = quotas.indices.sorted {
                (quotas[$1] - quotas[$1].rounded(.down), $0) < (quotas[$0] - quotas[$0].rounded(.down), $1)
            }
            while widths.reduce(0, +) < group.neurons, zip(widths, own).contains(where: { $0 < $1 }) {
                for index in byRemainder where widths[index] < own[index] && widths.reduce(0, +) < group.neurons { widths[index] += 1 }
            }
            for (index, width) in zip(taking, widths) { dealt[index, default: [:]][group.id] = width }
        }
        return dealt
    }

    /// Widths by group id. `ranking` is there when neurons are ranked across groups.
    private func widths(_ graft: Graft, _ share: Double, _ ranking: GlobalRanking?) throws -> [Int: Int] {
        if let ranking { return ranking.widths(keeping: Int(Double(ranking.neurons) * (1 - share))) }
        var widths: [Int: Int] = [:]
        for group in groups {
            let neurons = graft.width(group.id), kept = Int(Double(neurons) * (1 - share))
            if kept == 0, neurons > 1, settings[Transplantation.emptied] == .refuse {
                throw FusionError.emptied(group: group.name, neurons: neurons, share: share)
            }
            widths[group.id] = kept == 0 ? neurons : kept
        }
        return widths
    }

    /// The largest widths, all in proportion, with which the cut grafts together stay within the budget.
    private func budgeted(_ grafts: [Graft], weights: [Double], _ rankings: [GlobalRanking?]) throws -> [[Int: Int]] {
        let model = try NetworkCost(of: parents.referenceNetwork)
        let measure: (NetworkCost) -> Int = { settings[Transplantation.budgetOf] == .parameters ? $0.parameters : $0.multiplyAdds }
        let limit = Int(settings[Transplantation.budget] * Double(measure(model)))
        func widths(_ fraction: Double) -> [[Int: Int]] {
            grafts.indices.map { index in
                let share = min(1, fraction * weights[index])
                if let ranking = rankings[index] { return ranking.widths(keeping: Int(Double(ranking.neurons) * share)) }
                return Dictionary(
                    uniqueKeysWithValues: groups.map { group in
                        (group.id, min(max(1, Int(Double(grafts[index].width(group.id)) * share)), grafts[index].width(group.id)))
                    })
            }
        }
        func cost(_ fraction: Double) throws -> Int {
            let total = widths(fraction).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
            return measure(try NetworkCost(of: parents.referenceNetwork, widths: total))
        }
        let least = try cost(0)
        guard least <= limit else {
            throw FusionError.recipe(
                .value(
                    key: Transplantation.budget.key, value: "\(settings[Transplantation.budget])",
                    allowed: "at least \(Double(least) / Double(max(1, measure(model))))"))
        }
        // Prune-merge and transfer divide one child among the parents, so the common fraction goes beyond 1 where a weight is below 1.
        var low = 0.0, high = weights.map { $0 > 0 ? 1 / $0 : 1 }.max() ?? 1
        if try cost(high) <= limit { return widths(high) }
        // Forty halvings are finer than one neuron in a group of any size that fits into memory.
        for _ in 0..<40 {
            try control.check()
            let middle = (low + high) / 2
            if try cost(middle) <= limit { low = middle } else { high = middle }
        }
        return widths(low)
    }

    // MARK: Cuts

    private mutating func cut(_ grafts: [Graft], _ removals: [Removal], weights: [Double]) throws -> [Graft] {
        var scores: [[Int: [Double]]?] = [], rankings: [GlobalRanking?] = []
        for (graft, removal) in zip(grafts, removals) {
            // Nothing goes, so nothing is weighed.
            if case .share(0) = removal {
                scores.append(nil)
                rankings.append(nil)
                continue
            }
            let isNeeded = settings[Transplantation.scope] == .global || settings[Transplantation.timing] == .snapshot
            scores.append(isNeeded ? try snapshot(graft) : nil)
            rankings.append(
                settings[Transplantation.scope] == .global
                    ? GlobalRanking(
                        groups: groups.map(\.id), scores: scores[scores.count - 1] ?? [:], alike: parents.referenceNetwork.groupsOfOneWidth)
                    : nil)
        }
        let isBudgeted = removals.contains { if case .budget = $0 { true } else { false } }
        let allowed = isBudgeted ? try budgeted(grafts, weights: weights, rankings) : []
        var result: [Graft] = []
        for index in grafts.indices {
            let widths =
                switch removals[index] {
                case .share(let share): try widths(grafts[index], share, rankings[index])
                case .widths(let exact): rankings[index].map { $0.widths(keeping: exact.values.reduce(0, +)) } ?? exact
                case .budget: allowed[index]
                }
            result.append(try cut(grafts[index], to: widths, scores: scores[index]))
        }
        return result
    }

    /// Cuts every group to its width, the weakest neurons first, equal scores in the order of their numbers.
    private mutating func cut(_ graft: Graft, to widths: [Int: Int], scores: [Int: [Double]]?) throws -> Graft {
        var graft = graft
        for (turn, group) in groups.enumerated() {
            try control.check()
            control.progress?(.planning(group: group.name, index: turn, of: groups.count))
            let start = DispatchTime.now().uptimeNanoseconds
            let neurons = graft.width(group.id)
            let asked = isLastCut ? groupSettings.edits[group.name].neurons : nil
            if let asked, asked > neurons {
                throw FusionError.tooWide(group: group.name, neurons: asked, limit: neurons, by: "that of all parents side by side")
            }
            let width = min(asked ?? widths[group.id] ?? neurons, neurons)
            guard width < neurons else { continue }
            let values = if let known = scores?[group.id] { known } else { try self.scores(group.id, graft) }
            let candidates = graft.members.flatMap { member in (member.kept[group.id] ?? []).map { (member.parent, $0) } }
            let pinned = Set(
                groupSettings.edits[group.name].pinned.compactMap { pin in candidates.firstIndex { $0 == (pin.parent, pin.from) } })
            let weakestFirst = values.indices.sorted {
                pinned.contains($0) == pinned.contains($1) ? (values[$0], $0) < (values[$1], $1) : pinned.contains($1)
            }
            let kept = weakestFirst.dropFirst(neurons - width).sorted()
            cuts[group.id, default: []].append(
                SelectionDiagnostics.Cut(
                    step: step, turn: turn, parents: graft.members.map(\.parent), scores: values, kept: kept))
            graft.keep(kept, of: group.id)
            seconds[group.id, default: 0] += Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        }
        step += 1
        return graft
    }

    private func snapshot(_ graft: Graft) throws -> [Int: [Double]] {
        var all: [Int: [Double]] = [:]
        for group in groups {
            try control.check()
            all[group.id] = try scores(group.id, graft)
        }
        return all
    }

    /// The energy that ranks a group's neurons.
    private func energy(of group: Int) -> WeightEnergy {
        let settings = parents.groups[group].map { groupSettings[$0] } ?? settings
        return WeightEnergy(
            power: settings[Transplantation.power], sides: settings[Transplantation.sides], reduction: settings[Transplantation.reduction])
    }

    private func scores(_ group: Int, _ graft: Graft) throws -> [Double] {
        var scores: [Double] = []
        for member in graft.members {
            // Inside attention there is no layer whose output an importance could be read at.
            guard let importance, parents.isMeasurable(group),
                parents.groups[group].map({ groupSettings[$0][Transplantation.score] == .importance }) ?? true
            else {
                scores += try energy(of: group).scores(of: group, in: member, parents: parents)
                continue
            }
            let all = try importance.scores(of: group, parent: member.parent, control: control)
            scores += (member.kept[group] ?? Array(all.indices)).map { all.indices.contains($0) ? all[$0] : 0 }
        }
        return scores
    }

    // MARK: Shares of the logits

    /// The factor of each graft's logits in the merged ones.
    private func outputShares(_ grafts: [Graft]) -> [Double] {
        let members = grafts.map { Double($0.members.count) }
        switch settings[Transplantation.outputScale] {
        case .none: return grafts.map { _ in 1 }
        case .equal: return members.map { $0 / members.reduce(0, +) }
        case .widthShare:
            let widths = grafts.map { graft in
                Double(graft.members.reduce(0) { $0 + parents.networks[$1.parent].outputFanIn(kept: $1.kept) })
            }
            let total = widths.reduce(0, +)
            return total > 0 ? widths.map { $0 / total } : members.map { $0 / members.reduce(0, +) }
        }
    }
}

extension Network {
    /// How many kept columns the layer has that gives the logits; 0 when it reads the input itself.
    fileprivate func outputFanIn(kept: [Int: [Int]]) -> Int {
        guard let classes = groups.classes,
            let head = parameterNames.last(where: { name in
                (parameters[name]?.rank ?? 0) >= 2
                    && groups.selectableLayouts(of: name)[0]?.parts.contains { $0.group == classes.id } == true
            })
        else { return 0 }
        return groups.selectableLayouts(of: head)[1]?.parts.reduce(0) { $0 + (kept[$1.group]?.count ?? 0) * $1.block } ?? 0
    }
}
