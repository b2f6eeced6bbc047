import Foundation
import Screen

/// Keys as text, one word per step.
///
/// ```text
/// -- open the first set, look at the plan, zoom in twice
/// enter wait 2 + +
/// set:epsilon=0.05 text:abc paste:abc click:5,10 resize:160x45 dump
/// ```
///
/// `wait` lets every job end; `dump` prints the screen as it stands; `--` starts a comment.
struct Script: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        case press(KeyPress)
        case text(String)
        case paste(String)
        case mouse(MouseEvent)
        case resize(Size)
        /// Sets a hyperparameter by its key, as `:set` does.
        case set(key: String, value: String)
        case wait
        case dump
    }

    let steps: [Step]

    init(_ source: String) throws(ScreenError) {
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
        case "set":
            let parts = rest.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { return .set(key: parts[0], value: parts[1]) }
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
