import Fusion
import Screen

/// A command that is written out in the palette because it needs a word more than a key can say: `set epsilon=0.05`, `set mouse off`, `goto A168 F176`.
enum TypedCommand: Equatable, Sendable {
    case set(String, String)
    case goto(String)

    /// Nil where the text is a search for a command.
    init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        switch words.first {
        case "set":
            let rest = text.trimmingPlainSpaces.dropFirst(3).drop { $0 == " " }
            // `set KEY=VALUE` as --set takes it, or `set KEY VALUE`.
            let end = rest.firstIndex { $0 == "=" || $0 == " " } ?? rest.endIndex
            let value = rest[end...].drop { $0 == " " }
            self = .set(String(rest[..<end]), String(value.first == "=" ? value.dropFirst() : value).trimmingPlainSpaces)
        case "goto": self = .goto(words.dropFirst().joined(separator: " "))
        default: return nil
        }
    }
}

extension Model {
    /// What Enter would do with a written command.
    func words(of command: TypedCommand) -> String {
        switch command {
        case .goto(let pair): return pair.isEmpty ? "goto A168 F176" : "Enter goes to \(pair)"
        case .set("", _): return "set KEY=VALUE: a key of the recipe or of fine-tuning, mouse, theme, glyphs"
        case .set(let key, let value):
            guard let setting = setting(key) else { return value.isEmpty ? "set KEY=VALUE" : "Enter sets \(key) to \(value)" }
            return value.isEmpty
                ? "\(setting.place.words)\(key) is \(setting.now); \(setting.range)"
                : "Enter sets \(setting.place.words)\(key) to \(value), from \(setting.now); \(setting.range)"
        }
    }

    mutating func carryOut(_ command: TypedCommand, now: Double) -> [Effect] {
        switch command {
        case .goto(let text):
            guard coupling != nil else {
                status = Status(level: .warn, text: "There is no plan yet: open parents on screen 1")
                return []
            }
            let before = screen
            screen = .align
            if let reason = goTo(text) {
                screen = before
                status = Status(level: .error, text: reason)
                return []
            }
            overlay = nil
            return show(.align)
        case .set("mouse", let value) where value == "on" || value == "off":
            overlay = nil
            return setMouse(value == "on")
        case .set("mouse", let value):
            status = Status(level: .error, text: "The mouse cannot be “\(value)”; it can be on or off")
            return []
        case .set("theme", let name) where themes.contains(name):
            overlay = nil
            theme = name
            say(.info, "Theme \(theme)", now: now)
            return []
        case .set("theme", let name):
            status = Status(level: .error, text: "There is no theme “\(name)”; there are \(themes.joined(separator: ", "))")
            return []
        case .set("glyphs", let name):
            guard let glyphs = GlyphSet(rawValue: name) else {
                status = Status(
                    level: .error,
                    text: "There are no glyphs “\(name)”; there are \(GlyphSet.allCases.map(\.rawValue).joined(separator: ", "))")
                return []
            }
            overlay = nil
            appearance.glyphs = glyphs
            status = Status(level: .info, text: "Characters: \(glyphs.rawValue)")
            return []
        case .set(let key, let value): return assign(key, value, now: now)
        }
    }

    mutating func setMouse(_ isOn: Bool) -> [Effect] {
        isMouseOn = isOn
        status = Status(
            level: .info,
            text: isOn
                ? "The mouse is the program's: clicks, wheel and drags work"
                : "The mouse is the terminal's: its selection works; F4 or :set mouse on takes it back")
        return [.mouse(isOn)]
    }
}
