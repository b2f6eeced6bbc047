/// A style for the terminal: two colour numbers (−1 is the terminal's own) and attributes.
package struct Paint: Hashable, Sendable {
    package var foreground: Int32
    package var background: Int32
    package var attributes: Attributes
}

/// A theme at a colour depth: turns styles into terminal attributes.
package struct Painter: Sendable {
    package let theme: Theme
    package let depth: ColourDepth
    private var cache: [Style: Paint] = [:]

    package init(theme: Theme, depth: ColourDepth) {
        self.theme = theme
        self.depth = theme.isMono ? .mono : depth
    }

    package mutating func paint(_ style: Style) -> Paint {
        if let known = cache[style] { return known }
        let result = resolve(style)
        cache[style] = result
        return result
    }

    private func resolve(_ style: Style) -> Paint {
        let (foreground, boldened) = colour(style.foreground, isForeground: true)
        let (background, _) = colour(style.background, isForeground: false)
        var attributes = style.attributes
        if case .role(let role) = style.foreground { attributes.formUnion(theme.attributes(role, monochrome: depth == .mono)) }
        if depth == .mono, case .role(let role) = style.background {
            attributes.formUnion(theme.attributes(role, monochrome: true).intersection(.reverse))
        }
        if boldened { attributes.insert(.bold) }
        return Paint(foreground: foreground, background: background, attributes: attributes)
    }

    /// The colour number, and whether eight colours need bold to come near it.
    private func colour(_ ink: Ink, isForeground: Bool) -> (Int32, Bool) {
        switch (ink, depth) {
        case (_, .mono): return (-1, false)
        case (.role(let role), _): return roleColour(role, isForeground: isForeground)
        case (.sequential(let level), .direct): return (direct(theme.sequential.rgb(level)), false)
        case (.sequential(let level), .indexed): return (Int32(theme.sequential.index256(level)), false)
        case (.sequential(let level), _): return eightOrSixteen(theme.sequential.index16(level))
        case (.diverging(let level), .direct): return (direct(theme.diverging.rgb(level)), false)
        case (.diverging(let level), .indexed): return (Int32(TerminalPalette.nearest256(theme.diverging.rgb(level))), false)
        case (.diverging(let level), _): return eightOrSixteen(TerminalPalette.nearest16(theme.diverging.rgb(level)))
        }
    }

    private func roleColour(_ role: Role, isForeground: Bool) -> (Int32, Bool) {
        let wanted = isForeground ? theme.foreground(role) : theme.background(role)
        let fallback: Colour? =
            switch depth {
            case .direct, .mono: nil
            case .indexed: isForeground ? theme.foreground256(role) : theme.background256(role)
            case .sixteen, .eight: isForeground ? theme.foreground16(role) : theme.background16(role)
            }
        switch (fallback ?? wanted, depth) {
        case (.terminal, _): return (-1, false)
        case (.ansi(let index), .eight), (.ansi(let index), .sixteen): return eightOrSixteen(index)
        case (.ansi(let index), .direct) where index >= 8: return (direct(TerminalPalette.colour(index)), false)
        case (.ansi(let index), _), (.indexed(let index), .indexed): return (Int32(index), false)
        case (.indexed(let index), .direct): return (direct(TerminalPalette.colour(index)), false)
        case (.indexed(let index), _): return eightOrSixteen(TerminalPalette.nearest16(TerminalPalette.colour(index)))
        case (.rgb(let value), .direct): return (direct(value), false)
        case (.rgb(let value), .indexed): return (Int32(TerminalPalette.nearest256(value)), false)
        case (.rgb(let value), _):
            // A dark theme on few colours keeps the user's own ground: the nearest of sixteen would be plain black.
            if !isForeground, wanted == theme.background(.text), !theme.isLight { return (-1, false) }
            return eightOrSixteen(TerminalPalette.nearest16(value))
        }
    }

    private func eightOrSixteen(_ index: UInt8) -> (Int32, Bool) {
        guard depth == .eight, index >= 8 else { return (Int32(index), false) }
        // Bright black in eight colours would be black on black.
        return index == 8 ? (7, false) : (Int32(index - 8), true)
    }

    /// Numbers 0…7 mean the eight ANSI colours in direct mode, so the darkest blues are lifted past them.
    private func direct(_ colour: RGB) -> Int32 { Int32(max(colour.hex, 8)) }
}
