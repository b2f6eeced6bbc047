/// Attributes a terminal can give a character without colour.
package struct Attributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bold = Attributes(rawValue: 1)
    package static let dim = Attributes(rawValue: 2)
    package static let italic = Attributes(rawValue: 4)
    package static let underline = Attributes(rawValue: 8)
    package static let reverse = Attributes(rawValue: 16)

    static let named: [(name: String, value: Attributes)] = [
        ("bold", .bold), ("dim", .dim), ("italic", .italic), ("underline", .underline), ("reverse", .reverse),
    ]

    package var names: [String] { Self.named.filter { contains($0.value) }.map(\.name) }
}

/// Where one of a cell's two colours comes from; the theme decides what it looks like.
package enum Ink: Hashable, Sendable {
    case role(Role)
    /// A step of the theme's colour map, 0 ..< `ColourMap.levels`.
    case sequential(Int)
    case diverging(Int)
}

/// How a cell looks, in the theme's words: two inks and attributes added to the role's own.
package struct Style: Hashable, Sendable {
    package var foreground: Ink
    package var background: Ink
    package var attributes: Attributes

    package init(foreground: Ink, background: Ink, attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// A role's foreground on the role's background.
    package init(_ role: Role, _ attributes: Attributes = []) {
        self.init(foreground: .role(role), background: .role(role), attributes: attributes)
    }

    package static let text = Style(.text)
    package static let dim = Style(.dim)

    /// This style's foreground on another role's background.
    package func on(_ role: Role) -> Style { Style(foreground: foreground, background: .role(role), attributes: attributes) }
    package func adding(_ more: Attributes) -> Style {
        Style(foreground: foreground, background: background, attributes: attributes.union(more))
    }
}

extension Style: CustomStringConvertible {
    /// The words of a saved screen's legend, `parent.a on select bold`.
    package var description: String {
        func words(_ ink: Ink) -> String {
            switch ink {
            case .role(let role): role.rawValue
            case .sequential(let level): "map\(level)"
            case .diverging(let level): "signed\(level)"
            }
        }
        let ground = foreground == background ? "" : " on " + words(background)
        return ([words(foreground) + ground] + attributes.names).joined(separator: " ")
    }
}
