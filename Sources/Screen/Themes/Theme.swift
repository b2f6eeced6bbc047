/// What every role looks like, at every colour depth.
package struct Theme: Equatable, Sendable {
    /// A role's look: colours, attributes, and what to use where a depth has no near colour.
    package struct Look: Hashable, Sendable {
        package var foreground: Colour?
        package var background: Colour?
        package var attributes: Attributes = []
        package var foreground256: Colour?
        package var background256: Colour?
        package var foreground16: Colour?
        package var background16: Colour?
        package var monochrome: Attributes?
        package init() {}
    }

    package var id: String
    package var name: String
    package var roles: [Role: Look] = [:]
    package var sequential: ColourMap = .cividis
    package var diverging = DivergingMap(negative: RGB(hex: 0x56B4E9), neutral: RGB(hex: 0x303030), positive: RGB(hex: 0xE69F00))
    package var marks = Marks()
    /// Shows attributes only, whatever the terminal can do.
    package var isMono = false

    /// Signs that stand beside a colour, so that nothing is said by colour alone.
    package struct Marks: Equatable, Sendable {
        package var border: Border = .rounded
        package var ok = "✓"
        package var warn = "!"
        package var error = "✗"
        package init() {}
    }

    package init(id: String, name: String) {
        self.id = id
        self.name = name
    }

    /// A property of a role, taken from the nearest ancestor that has it.
    private func inherited<Value>(_ role: Role, _ property: KeyPath<Look, Value?>) -> Value? {
        var role: Role? = role
        while let current = role {
            if let value = roles[current]?[keyPath: property] { return value }
            role = current.parent
        }
        return nil
    }

    package func foreground(_ role: Role) -> Colour { inherited(role, \.foreground) ?? .terminal }
    package func background(_ role: Role) -> Colour { inherited(role, \.background) ?? .terminal }

    /// Whether the theme draws dark text on a light ground.
    package var isLight: Bool { (background(.text).rgb?.luminance ?? 0) > 0.4 }

    func attributes(_ role: Role, monochrome: Bool) -> Attributes {
        if monochrome { return roles[role]?.monochrome ?? role.monochrome }
        return roles[role]?.attributes ?? []
    }

    func foreground256(_ role: Role) -> Colour? { ownFallback(role, of: \.foreground256, for: \.foreground) }
    func background256(_ role: Role) -> Colour? { ownFallback(role, of: \.background256, for: \.background) }
    func foreground16(_ role: Role) -> Colour? { ownFallback(role, of: \.foreground16, for: \.foreground) }
    func background16(_ role: Role) -> Colour? { ownFallback(role, of: \.background16, for: \.background) }

    /// The fallback of the role the colour itself is inherited from, so that the two never disagree.
    private func ownFallback(_ role: Role, of fallback: KeyPath<Look, Colour?>, for colour: KeyPath<Look, Colour?>) -> Colour? {
        var role: Role? = role
        while let current = role {
            if let value = roles[current]?[keyPath: fallback] { return value }
            if roles[current]?[keyPath: colour] != nil { return nil }
            role = current.parent
        }
        return nil
    }
}
