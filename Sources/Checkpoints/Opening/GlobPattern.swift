/// A pattern of names as shells write them: `*` stands for any characters, `?` for one.
struct GlobPattern: Sendable {
    private let pattern: [Character]

    init(_ text: String) { pattern = Array(text) }

    /// Time is at most the product of both lengths.
    func matches(_ name: String) -> Bool {
        let name = Array(name)
        var (at, place) = (0, 0)
        // Where the last star stands, and up to where it reaches so far.
        var star: (at: Int, place: Int)?
        while place < name.count {
            if at < pattern.count, pattern[at] == "*" {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == "?" || pattern[at] == name[place] {
                at += 1
                place += 1
            } else if let known = star {
                star = (known.at, known.place + 1)
                (at, place) = (known.at + 1, known.place + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }
}
