/// What a cell means; a theme says what each meaning looks like.
package enum Role: String, CaseIterable, Hashable, Sendable {
    case text, dim, title, border, borderFocus = "border.focus", tabActive = "tab.active"
    case select, cursor, hotkey, hint
    case ok, warn, error, info
    case parentA = "parent.a", parentB = "parent.b", parentC = "parent.c", parentD = "parent.d", fused
    case input, placeholder
    case barFill = "bar.fill", barEmpty = "bar.empty"
    case chartTrain = "chart.train", chartValidation = "chart.val", chart3 = "chart.3", chart4 = "chart.4"
    case chartGrid = "chart.grid", chartBest = "chart.best"
    case mapNaN = "map.nan", scrollbar

    /// The role whose look a theme's silence means.
    var parent: Role? {
        switch self {
        case .text: nil
        case .dim, .title, .border, .select, .cursor, .hotkey, .ok, .info, .fused, .input: .text
        case .warn, .parentA, .parentB, .parentC, .parentD: .info
        case .error, .chartBest: .warn
        case .borderFocus: .title
        case .tabActive: .select
        case .hint, .placeholder, .barEmpty, .chartGrid: .dim
        case .scrollbar: .border
        case .barFill: .info
        case .chartTrain: .parentA
        case .chartValidation: .parentB
        case .chart3: .parentC
        case .chart4: .parentD
        case .mapNaN: .error
        }
    }

    /// Attributes that carry the meaning where there is no colour, unless a theme says otherwise.
    var monochrome: Attributes {
        switch self {
        case .title, .borderFocus, .hotkey, .warn, .parentA, .fused, .chartTrain, .barFill: .bold
        case .dim, .hint, .placeholder, .barEmpty, .chartGrid: .dim
        case .select, .cursor, .tabActive: .reverse
        case .error, .mapNaN: [.bold, .underline]
        case .parentB, .input, .chartValidation, .chartBest: .underline
        default: []
        }
    }

    /// The least contrast with its background (WCAG 2 ratio) that `themes check` accepts; nil where shape or position carries the meaning.
    var leastContrast: Double? {
        switch self {
        case .border, .chartGrid, .barEmpty, .scrollbar: nil
        case .borderFocus, .barFill, .chartTrain, .chartValidation, .chart3, .chart4, .chartBest, .placeholder: 3
        default: 4.5
        }
    }

    /// The role of the parent with this index; parents beyond the fourth share the last look.
    package static func parent(_ index: Int) -> Role {
        let roles: [Role] = [.parentA, .parentB, .parentC, .parentD]
        return roles[min(max(0, index), roles.count - 1)]
    }
}
