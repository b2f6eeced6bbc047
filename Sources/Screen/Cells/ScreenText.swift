/// A screen as text with a plane of styles beside it: saved screens of tests, `--dump-screen`, screen readers.
package enum ScreenText {
    /// The characters, then a letter for each cell's style, then what the letters mean.
    package static func dump(_ cells: Cells, styles: Bool = true) -> String {
        guard styles else { return cells.text + "\n" }
        var letters: [Style: Character] = [:]
        var legend: [(Character, Style)] = []
        var plane: [String] = []
        for row in 0..<cells.size.rows {
            var line = ""
            for column in 0..<cells.size.columns {
                let style = cells[row, column].style
                if let letter = letters[style] {
                    line.append(letter)
                } else {
                    let letter = legend.count < alphabet.count ? alphabet[legend.count] : "?"
                    letters[style] = letter
                    legend.append((letter, style))
                    line.append(letter)
                }
            }
            plane.append(line)
        }
        let words = legend.map { "\($0.0) \($0.1)" }
        return ([cells.text, "--- styles"] + plane + ["--- legend"] + words).joined(separator: "\n") + "\n"
    }

    private static let alphabet: [Character] = Array(
        ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-/:;<=>@[]^_{|}~"
            + "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩабвгдежзийклмнопрстуфхцчшщъыьэюя")

    /// The lines in which two texts differ, `-` expected and `+` found, at most `limit` of them.
    package static func difference(expected: String, found: String, limit: Int = 40) -> String {
        let before = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let after = found.split(separator: "\n", omittingEmptySubsequences: false)
        var lines: [String] = []
        for index in 0..<max(before.count, after.count) {
            let old = index < before.count ? before[index] : nil, new = index < after.count ? after[index] : nil
            guard old != new, lines.count < limit else { continue }
            if let old { lines.append("\(index + 1) - \(old)") }
            if let new { lines.append("\(index + 1) + \(new)") }
        }
        return lines.joined(separator: "\n")
    }
}
