import TOMLFiles

/// A remark about a theme file: it is used, but not all of it was understood.
package struct ThemeWarning: Equatable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var message: String
    package var description: String { "\(file):\(line): \(message)" }
}

/// Reads one theme file onto the theme it inherits from.
struct ThemeFile {
    let file: String
    let source: String
    private let table: TOMLTable
    private(set) var warnings: [ThemeWarning] = []

    init(file: String, source: String) throws(ScreenError) {
        self.file = file
        self.source = source
        do {
            table = try TOMLTable(checking: source)
        } catch {
            throw .themeSyntax(file: file, line: error.line ?? 1, reason: error.reason)
        }
    }

    var inherits: String? { table["inherits"]?.string }

    /// The base theme with this file's own words above it.
    mutating func apply(to base: Theme, id: String) -> Theme {
        var theme = base
        theme.id = id
        theme.name = table["name"]?.string ?? id
        let known = ["name", "inherits", "mono", "palette", "roles", "maps", "glyphs"]
        for key in table.keys where !known.contains(key) { warn(key, "unknown key “\(key)”; known are \(known.joined(separator: ", "))") }
        theme.isMono = table["mono"]?.bool ?? base.isMono
        let palette = readPalette()
        if let roles = table["roles"]?.table { readRoles(roles, path: [], palette: palette, into: &theme) }
        readMaps(palette: palette, into: &theme)
        readMarks(into: &theme)
        return theme
    }

    private mutating func readPalette() -> [String: RGB] {
        var palette: [String: RGB] = [:]
        guard let names = table["palette"]?.table else { return palette }
        for key in names.keys {
            guard let text = names[key]?.string, let colour = RGB(text) else {
                warn(key, in: "palette", "palette “\(key)” is not a colour; write it as \"#rrggbb\"")
                continue
            }
            palette[key] = colour
        }
        return palette
    }

    /// `parent.a` may be written as a dotted key or, where `parent` is a role itself, as a quoted one.
    private mutating func readRoles(_ table: TOMLTable, path: [String], palette: [String: RGB], into theme: inout Theme) {
        for key in table.keys {
            let place = path + [key]
            let name = place.joined(separator: ".")
            guard let value = table[key]?.table else {
                warn(key, in: "roles", "role “\(name)” needs a table such as { fg = \"#d7dae0\" }")
                continue
            }
            if let role = Role(rawValue: name) {
                theme.roles[role] = readLook(value, role: role, palette: palette, over: theme.roles[role] ?? Theme.Look())
            } else if Role.allCases.contains(where: { $0.rawValue.hasPrefix(name + ".") }) {
                readRoles(value, path: place, palette: palette, into: &theme)
            } else {
                warn(key, in: "roles", "unknown role “\(name)”")
            }
        }
    }

    private mutating func readLook(_ table: TOMLTable, role: Role, palette: [String: RGB], over base: Theme.Look) -> Theme.Look {
        var look = base
        for key in table.keys {
            switch key {
            case "fg":
                look.foreground = colour(table[key], key: role.rawValue, palette: palette) ?? look.foreground
                // A new colour makes the inherited fallbacks untrue.
                if table["ansi256"] == nil { look.foreground256 = nil }
                if table["ansi16"] == nil { look.foreground16 = nil }
            case "bg":
                look.background = colour(table[key], key: role.rawValue, palette: palette) ?? look.background
                if table["bg256"] == nil { look.background256 = nil }
                if table["bg16"] == nil { look.background16 = nil }
            case "ansi256": look.foreground256 = colour(table[key], key: role.rawValue, palette: palette)
            case "ansi16": look.foreground16 = colour(table[key], key: role.rawValue, palette: palette)
            case "bg256": look.background256 = colour(table[key], key: role.rawValue, palette: palette)
            case "bg16": look.background16 = colour(table[key], key: role.rawValue, palette: palette)
            case "attrs": look.attributes = attributes(table[key], key: role.rawValue)
            case "mono": look.monochrome = attributes(table[key], key: role.rawValue)
            default:
                warn(
                    role.rawValue, in: "roles",
                    "role “\(role.rawValue)”: unknown key “\(key)”; known are fg, bg, attrs, ansi256, ansi16, bg256, bg16, mono")
            }
        }
        return look
    }

    private mutating func colour(_ value: TOMLValueConvertible?, key: String, palette: [String: RGB]) -> Colour? {
        if let number = value?.int {
            if let index = UInt8(exactly: number) { return .indexed(index) }
            warn(key, in: "roles", "“\(key)”: colour \(number) is not in 0…255")
            return nil
        }
        guard let text = value?.string else {
            warn(key, in: "roles", "“\(key)”: a colour is \"#rrggbb\", a palette name, an ANSI name, \"default\" or a number 0…255")
            return nil
        }
        if text == "default" { return .terminal }
        if let named = palette[text] { return .rgb(named) }
        if let index = Colour.ansiNames.firstIndex(of: text) { return .ansi(UInt8(index)) }
        if let rgb = RGB(text) { return .rgb(rgb) }
        warn(key, in: "roles", "“\(key)”: “\(text)” is neither #rrggbb nor a palette name nor an ANSI name")
        return nil
    }

    private mutating func attributes(_ value: TOMLValueConvertible?, key: String) -> Attributes {
        guard let list = value?.array else {
            warn(key, in: "roles", "“\(key)”: attributes are a list such as [\"bold\"]")
            return []
        }
        var result: Attributes = []
        for item in list {
            guard let name = item.string, let found = Attributes.named.first(where: { $0.name == name }) else {
                warn(key, in: "roles", "“\(key)”: unknown attribute; known are \(Attributes.named.map(\.name).joined(separator: ", "))")
                continue
            }
            result.insert(found.value)
        }
        return result
    }

    private mutating func readMaps(palette: [String: RGB], into theme: inout Theme) {
        guard let maps = table["maps"]?.table else { return }
        for key in maps.keys where key != "sequential" && key != "diverging" {
            warn(key, in: "maps", "unknown map “\(key)”; known are sequential, diverging")
        }
        if let name = maps["sequential"]?.string {
            if let map = ColourMap(rawValue: name) {
                theme.sequential = map
            } else {
                warn(
                    "sequential", in: "maps",
                    "unknown map “\(name)”; known are \(ColourMap.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        }
        guard let list = maps["diverging"]?.array else { return }
        let colours = list.compactMap { item in item.string.flatMap { palette[$0] ?? RGB($0) } }
        if colours.count == 3, list.count == 3 {
            theme.diverging = DivergingMap(negative: colours[0], neutral: colours[1], positive: colours[2])
        } else {
            warn("diverging", in: "maps", "a diverging map is three colours: negative, zero, positive")
        }
    }

    private mutating func readMarks(into theme: inout Theme) {
        guard let glyphs = table["glyphs"]?.table else { return }
        for key in glyphs.keys {
            guard let text = glyphs[key]?.string else {
                warn(key, in: "glyphs", "glyph “\(key)” needs a string")
                continue
            }
            switch key {
            case "border":
                if let border = Border(rawValue: text) {
                    theme.marks.border = border
                } else {
                    warn(key, in: "glyphs", "unknown border “\(text)”; known are rounded, square, ascii")
                }
            case "ok" where Text.width(text) == 1: theme.marks.ok = text
            case "warn" where Text.width(text) == 1: theme.marks.warn = text
            case "error" where Text.width(text) == 1: theme.marks.error = text
            case "ok", "warn", "error": warn(key, in: "glyphs", "glyph “\(key)” must be one column wide")
            default: warn(key, in: "glyphs", "unknown glyph “\(key)”; known are border, ok, warn, error")
            }
        }
    }

    private static let mostWarnings = 50

    private mutating func warn(_ key: String, in section: String = "", _ message: String) {
        // A file of thousands of wrong lines is no theme.
        guard warnings.count < Self.mostWarnings else {
            if warnings.count == Self.mostWarnings {
                warnings.append(
                    ThemeWarning(file: file, line: 1, message: "there are more errors; the first \(Self.mostWarnings) are shown"))
            }
            return
        }
        warnings.append(ThemeWarning(file: file, line: line(of: key, in: section), message: message))
    }

    /// The first line that assigns or opens the key in its section: TOML readers keep no positions.
    private func line(of key: String, in section: String) -> Int {
        var current = ""
        for (index, text) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if text.hasPrefix("[") { current = String(text.dropFirst().prefix(while: { $0 != "]" && $0 != "." })) }
            guard current == section || (section.isEmpty && current == key) else { continue }
            let trimmed = text.drop(while: { $0 == " " || $0 == "\t" || $0 == "\"" || $0 == "[" })
            guard trimmed.hasPrefix(key) else { continue }
            let next = trimmed.dropFirst(key.count).drop(while: { $0 == " " || $0 == "\t" || $0 == "\"" }).first
            if next == "=" || next == "]" || next == "." { return index + 1 }
        }
        return 1
    }
}
