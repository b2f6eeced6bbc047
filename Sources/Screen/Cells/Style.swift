/// Attributes a terminal can give a character without colour.
public struct Attributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let bold = Attributes(rawValue: 1)
    public static let dim = Attributes(rawValue: 2)
    public static let italic = Attributes(rawValue: 4)
    public static let underline = Attributes(rawValue: 8)
    public static let reverse = Attributes(rawValue: 16)

    static let named: [(name: String, value: Attributes)] = [
        ("bold", .bold), ("dim", .dim), ("italic", .italic), ("underline", .underline), ("reverse", .reverse),
    ]

    public var names: [String] { Self.named.filter { contains($0.value) }.map(\.name) }
}

/// Where one of a cell's two colours comes from; the theme decides what it looks like.
public enum Ink: Hashable, Sendable {
    case role(Role)
    /// A step of the theme's colour map, 0 ..< `ColourMap.levels`.
    case sequential(Int)
    case diverging(Int)
}

/// How a cell looks, in the theme's words: two inks and attributes added to the role's own.
public struct Style: Hashable, Sendable {
    public var foreground: Ink
    public var background: Ink
    public var attributes: Attributes

    public init(foreground: Ink, background: Ink, attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    /// A role's foreground on the role's background.
    public init(_ role: Role, _ attributes: Attributes = []) {
        self.init(foreground: .role(role), background: .role(role), attributes: attributes)
    }

    public static let text = Style(.text)
    public static let dim = Style(.dim)

    /// This style's foreground on another role's background.
    public func on(_ role: Role) -> Style { Style(foreground: foreground, background: .role(role), attributes: attributes) }
    public func adding(_ more: Attributes) -> Style {
        Style(foreground: foreground, background: background, attributes: attributes.union(more))
    }
}

extension Style: CustomStringConvertible {
    /// The words of a saved screen's legend, `parent.a on select bold`.
    public var description: String {
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
