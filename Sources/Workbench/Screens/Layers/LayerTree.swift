import Fusion
import Screen

/// The order in which layers are listed.
enum LayerOrder: String, CaseIterable, Sendable {
    case network = "network order"
    case residual = "largest residual"
    case match = "weakest match"
    case width, name
}

/// A line of the list of layers.
enum LayerRow: Equatable, Sendable {
    /// Layers of one module, such as a block of a transformer; they are listed below it where the selected layer is among them.
    case block(String, layers: [Int], isOpen: Bool)
    /// A layer and its name, without that of the block under which it stands.
    case layer(Int, title: String, isInBlock: Bool)

    /// The layer that a click selects.
    var layer: Int {
        switch self {
        case .block(_, let layers, _): layers.first ?? 0
        case .layer(let index, _, _): index
        }
    }
}

/// The list of layers as a tree by module paths.
enum LayerTree {
    /// So many layers are listed one below the other; more are folded by block.
    static let most = 16

    /// The module that repeats: the path up to its first part that is a number, or a name and a number. `encoder.layers.3.mlp.0` is of
    /// `encoder.layers.3`, `layers.encoder_layer_3.mlp` of `layers.encoder_layer_3`; nil where there is none.
    static func block(of name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        func isNumbered(_ part: Substring) -> Bool {
            let digits = part.reversed().prefix { $0.isNumber }.count
            guard digits > 0 else { return false }
            return digits == part.count || part.dropLast(digits).last == "_"
        }
        guard let place = parts.firstIndex(where: isNumbered), place > 0 else { return nil }
        return parts[...place].joined(separator: ".")
    }

    /// - Parameters:
    ///   - names: of the layers, in the order of the network.
    ///   - selected: the layer whose block is open.
    static func rows(_ names: [String], selected: Int) -> [LayerRow] {
        guard names.count > most else { return names.indices.map { .layer($0, title: names[$0], isInBlock: false) } }
        var members: [String: [Int]] = [:], order: [String?] = [], single: [Int] = []
        for (index, name) in names.enumerated() {
            guard let block = block(of: name) else {
                order.append(nil)
                single.append(index)
                continue
            }
            if members[block] == nil { order.append(block) }
            members[block, default: []].append(index)
        }
        var rows: [LayerRow] = [], rest = single[...]
        // What all blocks share before their own name says nothing.
        let shared = sharedModule(members.filter { $0.value.count > 1 }.map(\.key))
        for entry in order {
            guard let block = entry, let layers = members[block] else {
                if let index = rest.popFirst() { rows.append(.layer(index, title: names[index], isInBlock: false)) }
                continue
            }
            guard layers.count > 1 else {
                rows.append(.layer(layers[0], title: names[layers[0]], isInBlock: false))
                continue
            }
            let isOpen = layers.contains(selected)
            rows.append(.block(String(block.dropFirst(shared)), layers: layers, isOpen: isOpen))
            if isOpen { rows += layers.map { .layer($0, title: title(names[$0], in: block), isInBlock: true) } }
        }
        return rows
    }

    /// How many characters of the modules above all blocks are the same, the dot included.
    private static func sharedModule(_ blocks: [String]) -> Int {
        let parents = blocks.map { block in
            block.split(separator: ".", omittingEmptySubsequences: false).dropLast(2).map { $0 + "." }.joined()
        }
        guard let first = parents.first, parents.allSatisfy({ $0 == first }) else { return 0 }
        return first.count
    }

    /// What follows the name of its block.
    static func title(_ name: String, in block: String) -> String {
        let rest = name.dropFirst(block.count)
        return rest.hasPrefix(".") ? String(rest.dropFirst()) : rest.isEmpty ? name : String(rest)
    }
}

extension Model {
    /// The lines of the list of layers: folded by block in the order of the network, flat in any other.
    var layerRows: [LayerRow] {
        let names = groups.map(\.name)
        guard layerOrder == .network else { return sortedLayers.map { .layer($0, title: names[$0], isInBlock: false) } }
        return LayerTree.rows(names, selected: selectedGroup)
    }

    /// The line of the selected layer.
    var selectedLayerRow: Int? {
        layerRows.firstIndex { if case .layer(selectedGroup, _, _) = $0 { true } else { false } }
    }

    /// Layers as the keys go through them.
    private var sortedLayers: [Int] {
        let all = Array(groups.indices)
        func by(_ value: (GroupSummary) -> Double?) -> [Int] {
            all.sorted { (-(value(groups[$0]) ?? -.infinity), $0) < (-(value(groups[$1]) ?? -.infinity), $1) }
        }
        switch layerOrder {
        case .network:
            return LayerTree.rows(groups.map(\.name), selected: selectedGroup).flatMap { row -> [Int] in
                switch row {
                case .block(_, let layers, let isOpen): isOpen ? [] : layers
                case .layer(let index, _, _): [index]
                }
            }
        case .residual: return by(residual)
        case .match: return by { matchShare($0).map { -$0 } }
        case .width: return by { $0.neurons.max().map(Double.init) }
        case .name: return all.sorted { (groups[$0].name, $0) < (groups[$1].name, $1) }
        }
    }

    /// How much of a row's mass its strongest match has, on average; nil where the layer is not planned, or nothing is matched in it.
    func matchShare(_ group: GroupSummary) -> Double? {
        let real = plans[group.name]?.snapshot.couplings.filter { !$0.isIdentity } ?? []
        return real.isEmpty ? nil : real.map(\.analysis.meanBestShare).reduce(0, +) / Double(real.count)
    }

    /// What a plan leaves unexplained: the reconstruction error of selected neurons, else the mass outside the strongest matches.
    func residual(_ group: GroupSummary) -> Double? {
        plans[group.name]?.snapshot.selection?.reconstructionError ?? matchShare(group).map { 1 - $0 }
    }

    // MARK: Keys

    /// The list of layers, on the screens that show it.
    mutating func performOnLayers(_ action: Action) -> [Effect] {
        switch action {
        case .up, .down: return stepLayer(action == .up ? -1 : 1)
        case .enter:
            guard canFuse, !groups.isEmpty else {
                inform("No plan yet: open parents first")
                return []
            }
            return show(.align) + replan()
        case .back:
            focus[screen] = screen.room.panels.first
            return []
        default:
            let order = sortedLayers, place = order.firstIndex(of: selectedGroup) ?? 0
            let next = action.moved(place, count: order.count, page: inside(.layers).rows - 2)
            return next.flatMap { order.indices.contains($0) ? selectGroup(order[$0]) : nil } ?? []
        }
    }

    private mutating func stepLayer(_ step: Int) -> [Effect] {
        let order = sortedLayers
        guard let place = order.firstIndex(of: selectedGroup) else { return selectGroup(selectedGroup + step) }
        guard order.indices.contains(place + step) else { return selectGroup(step < 0 ? -1 : groups.count) }
        return selectGroup(order[place + step])
    }

    /// To the first layer of the next block, or of the one before.
    mutating func stepBlock(_ step: Int) -> [Effect] {
        guard !groups.isEmpty else {
            inform("No layers yet: open parents on screen 1")
            return []
        }
        let names = groups.map(\.name), here = LayerTree.block(of: names[selectedGroup])
        var first: [Int] = [], last: String??
        for (index, name) in names.enumerated() {
            let block = LayerTree.block(of: name)
            if last == nil || block == nil || last != .some(block) { first.append(index) }
            last = .some(block)
        }
        let start = first.last { $0 <= selectedGroup } ?? 0
        let target =
            step > 0 ? first.first { $0 > selectedGroup } : start < selectedGroup && here != nil ? start : first.last { $0 < start }
        guard let target else {
            inform(step > 0 ? "This is the last block" : "This is the first block")
            return []
        }
        return selectGroup(target)
    }

    mutating func sortLayers() {
        layerOrder = layerOrder.next
        inform("Layers by \(layerOrder.rawValue)")
    }

    // MARK: Search

    /// Layers whose name holds the text: those that are called so, then those whose last part begins so, then the rest.
    func layerMatches(_ query: String) -> [Int] {
        let wanted = query.lowercased().trimmingPlainSpaces
        guard !wanted.isEmpty else { return Array(groups.indices) }
        func rank(_ name: String) -> Int? {
            let name = name.lowercased()
            if name == wanted { return 0 }
            if name.split(separator: ".").last?.hasPrefix(wanted) == true { return 1 }
            return name.contains(wanted) ? 2 : nil
        }
        return groups.indices.compactMap { index in rank(groups[index].name).map { ($0, index) } }.sorted { $0 < $1 }.map(\.1)
    }

    mutating func findLayer() {
        guard !groups.isEmpty else { return inform("No layers yet: open parents on screen 1") }
        overlay = .layers(query: TextField(), selected: 0)
    }

    mutating func chooseLayer(_ query: String, _ selected: Int) -> [Effect] {
        let found = layerMatches(query)
        guard found.indices.contains(selected) else { return [] }
        overlay = nil
        jumps.isFar = true
        return found[selected] == selectedGroup ? [] : selectGroup(found[selected])
    }

    func drawLayerSearch(_ query: TextField, selected: Int, onto cells: inout Cells) {
        cells.clearTargets()
        let found = layerMatches(query.text)
        let area = cells.bounds.centred(rows: min(size.rows - 4, max(8, found.count + 4)), columns: min(84, size.columns - 6))
        let inside = cells.box(
            area, title: [Span("Find a layer", .title)], note: [Span("\(found.count) of \(groups.count)", .dim)], focused: true,
            appearance: appearance
        ).inset(vertical: 0, horizontal: 1)
        let (line, rest) = inside.split(top: 1)
        let body = rest.split(top: 1).rest
        if found.isEmpty { cells.write("no layer of such a name", in: body, style: .dim) }
        Table(
            columns: [
                .init("", .flexible(least: 16), cutsMiddle: true), .init("", .fixed(11), .right), .init("", .fixed(9), .right),
            ], count: found.count, selected: selected, isFocused: true, target: MouseTarget.line
        ) { place in
            let group = groups[found[place]]
            return [
                Span(Text.printable(group.name)),
                Span(
                    Set(group.neurons).count <= 1 ? "\(group.neurons.first ?? 0)" : group.neurons.map(String.init).joined(separator: "·"),
                    .dim),
                matchedSpan(group),
            ]
        }.draw(onto: &cells, in: body)
        drawHintsOfDialog(onto: &cells)
        query.draw(onto: &cells, in: line, placeholder: "part of a layer's name")
    }
}
