/// Lengths and series in eighths of a character.
package enum Bars {
    private static let across: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
    private static let upward: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// The fraction of a whole, 0 where it is not a number.
    static func clamp(_ fraction: Double) -> Double { fraction.isFinite ? max(0, min(1, fraction)) : 0 }

    /// A bar from the left, `columns` wide at 1.
    package static func horizontal(_ fraction: Double, columns: Int) -> String {
        guard columns > 0 else { return "" }
        let eighths = Int((clamp(fraction) * Double(columns * 8)).rounded())
        let full = String(repeating: across[8], count: eighths / 8)
        let part = eighths % 8 == 0 ? "" : String(across[eighths % 8])
        return full + part + String(repeating: " ", count: columns - eighths / 8 - (part.isEmpty ? 0 : 1))
    }

    /// One cell whose height is the fraction; anything above nothing shows at least the lowest step.
    package static func vertical(_ fraction: Double) -> Character {
        let value = clamp(fraction)
        return value <= 0 ? " " : upward[max(1, Int((value * 8).rounded()))]
    }

    /// One cell whose width is the fraction; anything above nothing shows at least the thinnest step.
    package static func horizontalCell(_ fraction: Double) -> Character {
        let value = clamp(fraction)
        return value <= 0 ? " " : across[max(1, Int((value * 8).rounded()))]
    }

    /// A series as one row of bars, its largest value full height; each column shows the largest value it stands for.
    package static func sparkline(_ values: [Double], columns: Int) -> String {
        guard columns > 0, !values.isEmpty else { return "" }
        let peak = values.filter(\.isFinite).max() ?? 0
        let shown = min(columns, values.count)
        return String(
            (0..<shown).map { column -> Character in
                let slice = values[(column * values.count / shown)..<((column + 1) * values.count / shown)]
                guard slice.contains(where: \.isFinite) else { return "!" }
                let most = slice.filter(\.isFinite).max() ?? 0
                return peak > 0 ? vertical(most / peak) : " "
            })
    }
}

extension Cells {
    /// A line with its empty part drawn, in halves of a character, for progress and shares.
    package mutating func bar(_ fraction: Double, in area: Rectangle, role: Role = .barFill) {
        guard !area.isEmpty else { return }
        let halves = Int((Bars.clamp(fraction) * Double(area.columns * 2)).rounded())
        for offset in 0..<area.columns {
            let sign: Character = offset * 2 + 1 < halves ? "━" : offset * 2 < halves ? "╸" : "─"
            set(sign, row: area.row, column: area.column + offset, style: Style(sign == "─" ? .barEmpty : role))
        }
    }
}
