/// Values with what came before and after them, each step named by what it changed.
struct History<Value: Equatable & Sendable>: Equatable, Sendable {
    /// A value that was left, and the change that left it.
    private struct Step: Equatable, Sendable {
        var value: Value
        var words: String
    }

    private(set) var current: Value
    private var past: [Step] = []
    private var future: [Step] = []
    private static var longest: Int { 500 }

    init(_ value: Value) { current = value }

    /// A new value that can be taken back; the same value is no step.
    mutating func record(_ value: Value, _ words: String) {
        guard value != current else { return }
        past.append(Step(value: current, words: words))
        if past.count > Self.longest { past.removeFirst() }
        future = []
        current = value
    }

    /// A new beginning: nothing before it can come back.
    mutating func restart(_ value: Value) { self = History(value) }

    /// - Returns: what was taken back, nil where there was nothing.
    mutating func undo() -> String? {
        guard let step = past.popLast() else { return nil }
        future.append(Step(value: current, words: step.words))
        current = step.value
        return step.words
    }

    /// - Returns: what was done again, nil where there was nothing.
    mutating func redo() -> String? {
        guard let step = future.popLast() else { return nil }
        past.append(Step(value: current, words: step.words))
        current = step.value
        return step.words
    }

    var canUndo: Bool { !past.isEmpty }
    var isChanged: Bool { !past.isEmpty }
}
