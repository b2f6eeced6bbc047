import Fusion
import Screen

/// A command that is written out in the palette because it needs a word more than a key can say: `set epsilon=0.05`, `set mouse off`, `goto A168 *176`.
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
    /// What Enter would do with a typed command.
    func words(of command: TypedCommand) -> String {
        switch command {
        case .goto(let pair): return pair.isEmpty ? "goto A168 *176" : "Enter goes to \(pair)"
        case .set("", _): return "set KEY=VALUE: a key of the recipe or of fine-tuning, mouse, theme, glyphs"
        case .set(let key, let value):
            guard let setting = assignable(key) else { return value.isEmpty ? "set KEY=VALUE" : "Enter sets \(key) to \(value)" }
            // Said before a key that two forms could hold.
            let name = setting.form == .tuning ? "fine-tuning's \(key)" : key
            return value.isEmpty
                ? "\(name) is \(setting.value); \(setting.range)"
                : "Enter changes \(name) from \(setting.value) to \(value); \(setting.range)"
        }
    }

    mutating func run(_ command: TypedCommand, now: Double) -> [Effect] {
        switch command {
        case .goto(let text):
            guard coupling != nil else {
                warn("No plan yet: open parents on screen 1")
                return []
            }
            let before = screen
            screen = .align
            if let reason = goTo(text) {
                screen = before
                refuse(reason)
                return []
            }
            overlay = nil
            return show(.align)
        case .set(let key, let value):
            guard let setting = assignable(key), setting.form == nil else { return assign(key, value) }
            guard setting.choices.contains(where: { $0.word == value }) else {
                refuse("\(key) cannot be “\(value)”; one of \(setting.range)")
                return []
            }
            overlay = nil
            switch key {
            case "mouse": return setMouse(value == "on")
            case "theme":
                theme = value
                say(.info, "Theme: \(theme)", now: now)
            default: GlyphSet(rawValue: value).map { setGlyphs($0) }
            }
            return []
        }
    }
}
