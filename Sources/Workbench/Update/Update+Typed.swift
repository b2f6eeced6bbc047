import Fusion
import Screen

/// A command that is written out in the palette because it needs a word more than a key can say: `set mouse off`, `goto A168 F176`.
enum TypedCommand: Equatable, Sendable {
    case set(String, String)
    case goto(String)

    static let settings = ["mouse on", "mouse off", "theme NAME", "glyphs ascii, block or braille"]

    /// Nil where the text is a search for a command.
    init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        switch words.first {
        case "set": self = .set(words.count > 1 ? words[1] : "", words.dropFirst(2).joined(separator: " "))
        case "goto": self = .goto(words.dropFirst().joined(separator: " "))
        default: return nil
        }
    }

    /// What Enter would do.
    var words: String {
        switch self {
        case .set(let name, let value): value.isEmpty ? "set " + Self.settings.joined(separator: " · set ") : "Enter sets \(name) to \(value)"
        case .goto(let pair): pair.isEmpty ? "goto A168 F176" : "Enter goes to \(pair)"
        }
    }
}

extension Model {
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
                status = Status(level: .error, text: "There are no glyphs “\(name)”; there are \(GlyphSet.allCases.map(\.rawValue).joined(separator: ", "))")
                return []
            }
            overlay = nil
            appearance.glyphs = glyphs
            status = Status(level: .info, text: "Characters: \(glyphs.rawValue)")
            return []
        case .set(let name, _):
            status = Status(level: .error, text: "“set \(name)” is not known; there are set " + TypedCommand.settings.joined(separator: ", set "))
            return []
        }
    }

    mutating func setMouse(_ isOn: Bool) -> [Effect] {
        isMouseOn = isOn
        status = Status(level: .info, text: isOn ? "The mouse is the program's: clicks, wheel and drags work" : "The mouse is the terminal's: its selection works; F4 or :set mouse on takes it back")
        return [.mouse(isOn)]
    }
}
