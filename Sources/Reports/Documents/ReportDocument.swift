import Foundation
import Store

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
        case lines(CurveChart)
        case plans([(title: String, coupling: RunCoupling)], explanation: String)
        /// Text to be copied.
        case code(String)
        /// Notes and warnings.
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
public struct CurveChart: Sendable {
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
