import Fusion

/// A place to go back to: a screen, a layer, and the neurons under the cursor there.
struct Place: Equatable, Sendable {
    var screen: ScreenID
    var group: String?
    var parent = 0
    /// The pair under the map's cursor, by own indices.
    var row: Int?
    var column: Int?
    var run: String?

    /// Whether both are one place: the pair counts only on the plan.
    func isSame(as other: Place) -> Bool {
        screen == other.screen && screen.room.isSame(self, other)
    }
}

/// Places left by a jump, latest last, and those that were gone back from.
struct JumpList: Equatable, Sendable {
    private(set) var past: [Place] = []
    private(set) var future: [Place] = []
    /// Whether the last key went far within a screen: to a match, an unmatched neuron, a pair by name.
    var isFar = false
    static let longest = 50

    mutating func left(_ place: Place) {
        past.removeAll { $0.isSame(as: place) }
        past.append(place)
        if past.count > Self.longest { past.removeFirst() }
        future = []
    }

    mutating func back(from here: Place) -> Place? {
        while past.last?.isSame(as: here) == true { past.removeLast() }
        guard let place = past.popLast() else { return nil }
        future.append(here)
        return place
    }

    mutating func forward(from here: Place) -> Place? {
        guard let place = future.popLast() else { return nil }
        past.append(here)
        return place
    }
}
