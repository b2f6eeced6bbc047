import Screen

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
        let chosen = Self.mode(size)
        guard chosen != .tooSmall else {
            (mode, title, status, hints, banner, panels) = (.tooSmall, .empty, .empty, .empty, .empty, [:])
            return
        }
        mode = chosen
        let (top, below) = Rectangle(size).split(top: 1)
        let (upper, foot) = below.split(bottom: 1)
        let (body, line) = upper.split(bottom: 1)
        (title, hints, status) = (top, foot, line)
        let (tour, rest) = body.split(top: hasBanner ? 1 : 0)
        banner = tour
        let (area, log) = mode == .large && !isMaximised ? rest.split(bottom: 6) : (rest, .empty)
        var found: [Panel: Rectangle]
        if mode == .single || (isMaximised && focus != nil) {
            found = [focus ?? .empty: area]
        } else {
            found = screen.room.place(area, mode)
            // Trials take the place of the preview: no recipe is chosen yet.
            if hasTrials, let place = found.removeValue(forKey: .preview) { found[.trials] = place }
            // On a small screen the notes stand there while they are read.
            if focus == .notes, found[.notes] == nil {
                let place = found.removeValue(forKey: .preview) ?? found.removeValue(forKey: .trials)
                found[.notes] = place
            }
        }
        if !log.isEmpty { found[.log] = log }
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
}

extension Model {
    private var hasTrials: Bool { screen == .fuse && showsTrials }

    var layout: Layout {
        Layout(size, screen: screen, focus: panel, isMaximised: isMaximised, hasBanner: tourLine != nil, hasTrials: hasTrials)
    }

    /// The panel that has the focus.
    var panel: Panel? {
        let panels = reachablePanels
        return focus[screen].flatMap { panels.contains($0) ? $0 : nil } ?? panels.first
    }

    /// The panels that Tab goes through: those in view, or all where only one is seen at a time.
    var reachablePanels: [Panel] {
        let room = screen.room
        guard Layout.mode(size) != .single, !isMaximised else {
            return (room.panels + room.quietPanels).filter { ($0 != .trials || showsTrials) && ($0 != .notes || !notes.isEmpty) }
        }
        let shown = Layout(size, screen: screen, focus: nil, hasTrials: hasTrials).panels
        return room.panels.filter { shown[$0] != nil || ($0 == .notes && !notes.isEmpty) }
    }

    /// The area inside a panel's frame.
    func inside(_ panel: Panel) -> Rectangle { layout.panels[panel]?.inset() ?? .empty }
}
