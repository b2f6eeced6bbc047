/// How many colours the screen may use.
package enum ColourDepth: Int, CaseIterable, Comparable, Sendable {
    case mono = 0, eight = 8, sixteen = 16, indexed = 256, direct = 16_777_216

    package static func < (a: ColourDepth, b: ColourDepth) -> Bool { a.rawValue < b.rawValue }

    /// The spelling of `--color`.
    package var name: String {
        switch self {
        case .mono: "mono"
        case .eight: "8"
        case .sixteen: "16"
        case .indexed: "256"
        case .direct: "16m"
        }
    }

    package init?(name: String) {
        guard let depth = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = depth
    }

    /// What is known when the depth is chosen.
    package struct Circumstances: Sendable {
        /// `--color`, when given.
        package var wanted: ColourDepth?
        package var environment: [String: String]
        package var themeIsMono: Bool
        /// `max_colors` of the terminal's description.
        package var terminalColours: Int
        /// Whether a description for direct colour can be loaded for this terminal.
        package var directAvailable: Bool

        package init(wanted: ColourDepth?, environment: [String: String], themeIsMono: Bool, terminalColours: Int, directAvailable: Bool) {
            self.wanted = wanted
            self.environment = environment
            self.themeIsMono = themeIsMono
            self.terminalColours = terminalColours
            self.directAvailable = directAvailable
        }
    }

    /// `--color`, then a non-empty `NO_COLOR`, then a monochrome theme, then what `COLORTERM` promises where it can be loaded,
    /// then the terminal's description.
    ///
    /// A requested depth is limited to what the terminal supports.
    package static func choose(_ given: Circumstances) -> ColourDepth {
        let described: ColourDepth =
            switch given.terminalColours {
            case ..<8: .mono
            case ..<16: .eight
            case ..<256: .sixteen
            default: .indexed
            }
        if let wanted = given.wanted {
            if wanted == .direct { return given.directAvailable ? .direct : described }
            return min(wanted, described)
        }
        if let value = given.environment["NO_COLOR"], !value.isEmpty { return .mono }
        if given.themeIsMono { return .mono }
        let promise = given.environment["COLORTERM"]?.lowercased()
        if promise == "truecolor" || promise == "24bit", given.directAvailable, described >= .indexed { return .direct }
        return described
    }
}
