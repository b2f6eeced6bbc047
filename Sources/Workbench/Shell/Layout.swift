import Screen
import Transport

/// Where everything stands: a pure function of the size, the screen and the focused panel.
struct Layout: Equatable, Sendable {
    enum Mode: Equatable, Sendable { case tooSmall, single, regular, wide, large }

    static let least = Size(columns: 60, rows: 18)

    let mode: Mode
    let title: Rectangle
    let status: Rectangle
    let hints: Rectangle
    /// A line under the title for the tour; empty without one.
    let banner: Rectangle
    let panels: [Panel: Rectangle]

    init(_ size: Size, screen: ScreenID, focus: Panel?, isMaximised: Bool = false, hasBanner: Bool = false, hasTrials: Bool = false) {
        let whole = Rectangle(size)
        let chosen = Self.mode(size)
        guard chosen != .tooSmall else {
            (mode, title, status, hints, banner, panels) = (.tooSmall, .empty, .empty, .empty, .empty, [:])
            return
        }
        mode = chosen
        let (top, below) = whole.split(top: 1)
        let (upper, foot) = below.split(bottom: 1)
        let (body, line) = upper.split(bottom: 1)
        (title, hints, status) = (top, foot, line)
        let (tour, rest) = body.split(top: hasBanner ? 1 : 0)
        banner = tour
        var area = rest
        var found: [Panel: Rectangle] = [:]
        if mode == .large, !isMaximised {
            let (rest, log) = area.split(bottom: 6)
            area = rest
            found[.log] = log
        }
        if mode == .single || (isMaximised && focus != nil) {
            found[focus ?? .empty] = area
        } else {
            Self.place(screen, area, mode, into: &found)
            // What is tried takes the place of a plan that is not chosen yet.
            if hasTrials, let place = found.removeValue(forKey: .preview) { found[.trials] = place }
        }
        panels = found
    }

    static func mode(_ size: Size) -> Mode {
        switch (size.columns, size.rows) {
        case (160..., 40...): .large
        case (120..., 28...): .wide
        case (80..., 24...): .regular
        case (least.columns..., least.rows...): .single
        default: .tooSmall
        }
    }

    private static func place(_ screen: ScreenID, _ area: Rectangle, _ mode: Mode, into panels: inout [Panel: Rectangle]) {
        let isWide = mode != .regular
        switch screen {
        case .models:
            let (left, right) = area.split(left: isWide ? area.columns * 3 / 10 : 31)
            let (sets, parents) = left.split(top: isWide ? area.rows / 2 : 9)
            let (story, groups) = right.split(top: 7)
            panels.merge([.sets: sets, .parents: parents, .story: story, .groups: groups]) { $1 }
            if isWide {
                let (table, preview) = groups.split(top: groups.rows * 2 / 5)
                panels.merge([.groups: table, .preview: preview]) { $1 }
            }
        case .align:
            let (map, side) = area.split(right: mode == .large ? 46 : isWide ? 38 : 26)
            panels[.map] = map
            let (readout, rest) = side.split(top: isWide ? 12 : 11)
            panels[.readout] = readout
            if isWide {
                let (numbers, matches) = rest.split(top: 13)
                panels.merge([.numbers: numbers, .matches: matches]) { $1 }
            } else {
                panels[.numbers] = rest
            }
        case .fuse:
            if isWide {
                let (main, side) = area.split(right: mode == .large ? 52 : 44)
                let (top, preview) = main.split(top: area.rows * 3 / 5)
                let (groups, form) = top.split(left: mode == .large ? 36 : 28)
                let (numbers, results) = side.split(top: 12)
                panels.merge([.groups: groups, .form: form, .preview: preview, .numbers: numbers, .results: results]) { $1 }
            } else {
                let (top, bottom) = area.split(top: 13)
                let (groups, form) = top.split(left: 25)
                let (preview, results) = bottom.split(right: 37)
                panels.merge([.groups: groups, .form: form, .preview: preview, .results: results]) { $1 }
            }
        case .neurons:
            let (strips, neuron) = area.split(right: mode == .large ? 56 : isWide ? 42 : 30)
            panels.merge([.strips: strips, .neuron: neuron]) { $1 }
        case .train:
            let (main, side) = area.split(right: mode == .large ? 48 : isWide ? 40 : 30)
            let (progress, settings) = side.split(top: isWide ? 14 : 11)
            panels.merge([.chart: main, .progress: progress, .settings: settings]) { $1 }
        case .compare:
            if isWide {
                let (table, below) = area.split(top: area.rows / 2)
                let (curves, detail) = below.split(right: area.columns * 2 / 5)
                panels.merge([.runs: table, .curves: curves, .detail: detail]) { $1 }
            } else {
                let (table, below) = area.split(top: 10)
                let (curves, detail) = below.split(right: 34)
                panels.merge([.runs: table, .curves: curves, .detail: detail]) { $1 }
            }
        }
    }
}

extension Model {
    var layout: Layout {
        Layout(
            size, screen: screen, focus: panel, isMaximised: isMaximised, hasBanner: tourLine != nil,
            hasTrials: screen == .fuse && showsTrials)
    }

    /// The panels that Tab goes through: those that can be seen, or all where only one is seen at a time.
    var reachablePanels: [Panel] {
        guard Layout.mode(size) != .single, !isMaximised else {
            return (screen.panels + screen.quietPanels).filter { $0 != .trials || showsTrials }
        }
        let shown = Layout(size, screen: screen, focus: nil, hasTrials: screen == .fuse && showsTrials).panels
        return screen.panels.filter { shown[$0] != nil }
    }

    /// The area inside a panel's frame.
    func inside(_ panel: Panel) -> Rectangle { layout.panels[panel]?.inset() ?? .empty }

    func parentLetter(_ index: Int) -> String { FusionLetters.letter(index) }
}
