import Foundation
import Screen

/// Keys as text: what a person would do, one word after the other.
///
/// ```text
/// -- open the first set, look at the plan, zoom in twice
/// enter wait 2 + +
/// text:0.05 paste:abc click:5,10 resize:160x45 dump
/// ```
///
/// `wait` lets every job end; `dump` prints the screen as it stands; what follows `--` is a remark.
public struct Script: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        case press(KeyPress)
        case text(String)
        case paste(String)
        case mouse(MouseEvent)
        case resize(Size)
        case wait
        case dump
    }

    let steps: [Step]

    public init(_ source: String) throws(ScreenError) {
        var steps: [Step] = []
        for line in source.split(whereSeparator: \.isNewline) {
            for word in line.split(separator: " ", omittingEmptySubsequences: true) {
                if word.hasPrefix("--") { break }
                steps.append(try Self.step(String(word)))
            }
        }
        self.steps = steps
    }

    private static func step(_ word: String) throws(ScreenError) -> Step {
        if word == "wait" { return .wait }
        if word == "dump" { return .dump }
        guard let colon = word.firstIndex(of: ":"), colon != word.startIndex, word.count > 1 else {
            return .press(try KeyPress(name: word))
        }
        let rest = String(word[word.index(after: colon)...])
        switch word[..<colon] {
        case "text": return .text(rest)
        case "paste": return .paste(rest.replacingOccurrences(of: "\\n", with: "\n"))
        case "resize": if let size = Size(rest) { return .resize(size) }
        case "click", "wheelup", "wheeldown":
            let numbers = rest.split(separator: ",").compactMap { Int($0) }
            let action: MouseEvent.Action = word.hasPrefix("click") ? .press : word.hasPrefix("wheelup") ? .wheelUp : .wheelDown
            if numbers.count == 2 { return .mouse(MouseEvent(action, at: Position(row: numbers[0], column: numbers[1]))) }
        default: break
        }
        throw .keyUnknown(name: word)
    }
}
