/// The table of runs and what is drawn of them.
struct CompareState: Equatable, Sendable {
    enum Order: String, CaseIterable, Sendable { case newest, accuracy, loss, seconds, method, kind, data }

    /// What is drawn.
    enum View: String, CaseIterable, Sendable {
        case curves
        /// Accuracy against the number of parameters, and against the time it took.
        case size, time
        /// What the network of the selected run and its parents do class by class.
        case classes, confusion

        var isByClass: Bool { self == .classes || self == .confusion }
    }

    var rows: Loadable<[RunRow]> = .nothing
    var selected = 0
    var order: Order = .newest
    var isReversed = false
    /// Runs whose curves are drawn together and whose recipes are compared, at most four.
    var marked: [String] = []
    var details: [String: RunDetail] = [:]
    var metric = "loss"
    var view: View = .curves
    /// When the rows were read, seconds since the program began.
    var readAt = 0.0

    /// Figures by class of runs that were measured again, and why others cannot be.
    var classes: [String: ClassFigures] = [:]
    var classProblems: [String: String] = [:]

    /// What the table is filtered by; all runs where empty.
    var filter = ""

    static let most = 4

    mutating func clamp() { selected = max(0, min(sorted.count - 1, selected)) }

    /// Whether every word of the filter stands somewhere in the row.
    func passes(_ run: RunRow) -> Bool {
        guard !filter.isEmpty else { return true }
        let text = ([run.id, run.kind, run.status, run.method, run.title ?? "", run.data ?? "", run.continues ?? ""] + run.parents).joined(
            separator: " "
        ).lowercased()
        return filter.lowercased().split(separator: " ").allSatisfy { text.contains($0) }
    }

    /// The rows in the chosen order; what has no such value comes last.
    var sorted: [RunRow] {
        let rows = (rows.value ?? []).filter(passes)
        func by(_ value: (RunRow) -> Double?) -> [RunRow] {
            rows.enumerated().sorted { (value($0.element) ?? .infinity, $0.offset) < (value($1.element) ?? .infinity, $1.offset) }.map(
                \.element)
        }
        let found =
            switch order {
            case .newest: rows.enumerated().sorted { ($0.element.started, $1.offset) > ($1.element.started, $0.offset) }.map(\.element)
            case .accuracy: by { $0.accuracy.map { -$0 } }
            case .loss: by(\.loss)
            case .seconds: by(\.seconds)
            case .method: rows.enumerated().sorted { ($0.element.method, $0.offset) < ($1.element.method, $1.offset) }.map(\.element)
            case .data:
                rows.enumerated().sorted { ($0.element.data ?? "~", $0.offset) < ($1.element.data ?? "~", $1.offset) }.map(\.element)
            case .kind: rows.enumerated().sorted { ($0.element.kind, $0.offset) < ($1.element.kind, $1.offset) }.map(\.element)
            }
        return isReversed ? found.reversed() : found
    }

    var run: RunRow? {
        let rows = sorted
        return rows.indices.contains(selected) ? rows[selected] : nil
    }

    /// A run and those that it continues, back to the first that is known.
    static func lineage(of run: RunRow, in rows: [RunRow]) -> [RunRow] {
        var line = [run], seen: Set<String> = [run.id]
        while let id = line.last?.continues, seen.insert(id).inserted, let row = rows.first(where: { $0.id == id }) { line.append(row) }
        return line
    }

    /// The runs that are drawn: the marked ones, and the selected one where there is room.
    var drawn: [String] {
        guard let run, !marked.contains(run.id), marked.count < Self.most else { return marked }
        return marked + [run.id]
    }
}
