import Foundation

/// A report as its parts, whatever it is written as: each rendering walks the same sections.
public struct ReportDocument: Sendable {
    public struct Section: Sendable {
        public let title: String
        public let blocks: [Block]
    }

    public enum Block: Sendable {
        case paragraph(String)
        /// Short facts, each with its name.
        case facts([Fact])
        case table(ReportTable)
        case bars(BarChart)
        case lines(LineChart)
        case plans([PlanPicture], explanation: String)
        /// Text to be copied.
        case code(String)
        /// Sentences that a person should know.
        case notes([String])
    }

    public struct Fact: Sendable {
        public let name: String
        public let value: String
        /// Whether it is what the report is about.
        public var isChief = false
    }

    public let title: String
    /// One sentence.
    public let summary: String
    /// A few numbers to see first.
    public let headline: [Fact]
    public let sections: [Section]

    init(title: String, summary: String, headline: [Fact], sections: [Section]) {
        self.title = title
        self.summary = summary
        self.headline = headline
        self.sections = sections.filter { !$0.blocks.isEmpty }
    }
}

public struct ReportTable: Sendable {
    public struct Column: Sendable {
        public let title: String
        public let isNumber: Bool

        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    public let columns: [Column]
    public private(set) var rows: [[String]] = []
    /// Rows that matter most.
    public private(set) var strong: Set<Int> = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [String], isStrong: Bool = false) {
        if isStrong { strong.insert(rows.count) }
        rows.append(cells)
    }
}

/// What a colour stands for, the same in every drawing of a report.
public enum Hue: Sendable, Equatable {
    /// Told apart by number: parents, runs, series.
    case numbered(Int)
    /// Beside the point: what is compared with.
    case quiet
    /// What was made.
    case accent
}

/// Shares between 0 and 1 side by side.
public struct BarChart: Sendable {
    public struct Bar: Sendable {
        public let name: String
        public let value: Double
        public let hue: Hue
    }

    public let title: String
    public let bars: [Bar]
}

/// Numbers over steps.
public struct LineChart: Sendable {
    public struct Line: Sendable {
        public let name: String
        public let points: [MetricSeries.Point]
        public let hue: Hue
    }

    public let title: String
    public let lines: [Line]

    /// Whether its numbers are shares of a whole.
    var isShare: Bool { title == "accuracy" || title.hasPrefix("accuracy/") }
}

/// A coupling as a small picture with its certificate.
public struct PlanPicture: Sendable {
    public let title: String
    public let caption: String
    public let rows: Int
    public let columns: Int
    /// 0 … 255, row after row.
    public let cells: [UInt8]

    init(_ coupling: RunCoupling, title: String) {
        self.title = title
        caption = "\(String(format: "%.2f", coupling.effectiveMatches)) matches; \(coupling.sentence)"
        // What another program wrote into the table may be anything.
        let isSane = (0...1000).contains(coupling.pictureRows) && (0...1000).contains(coupling.pictureColumns)
        rows = isSane ? coupling.pictureRows : 0
        columns = isSane ? coupling.pictureColumns : 0
        let cells = Array(coupling.picture.prefix(rows * columns))
        self.cells = cells + [UInt8](repeating: 0, count: rows * columns - cells.count)
    }
}
