import Foundation
import Store

/// A report as its parts, whatever it is written as: each rendering walks the same sections.
package struct ReportDocument: Sendable {
    package struct Section: Sendable {
        package let title: String
        package let blocks: [Block]
    }

    package enum Block: Sendable {
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

    package struct Fact: Sendable {
        package let name: String
        package let value: String
        /// Whether it is what the report is about.
        package var isChief = false
    }

    package let title: String
    /// One sentence.
    package let summary: String
    /// A few numbers to see first.
    package let headline: [Fact]
    package let sections: [Section]

    init(title: String, summary: String, headline: [Fact], sections: [Section]) {
        self.title = title
        self.summary = summary
        self.headline = headline
        self.sections = sections.filter { !$0.blocks.isEmpty }
    }
}

package struct ReportTable: Sendable {
    package struct Column: Sendable {
        package let title: String
        package let isNumber: Bool

        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    package let columns: [Column]
    package private(set) var rows: [[String]] = []
    /// Rows that matter most.
    package private(set) var strong: Set<Int> = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [String], isStrong: Bool = false) {
        if isStrong { strong.insert(rows.count) }
        rows.append(cells)
    }
}

/// What a colour stands for, the same in every drawing of a report.
package enum Hue: Sendable, Equatable {
    /// Told apart by number: parents, runs, series.
    case numbered(Int)
    /// Beside the point: what is compared with.
    case quiet
    /// What was made.
    case accent
}

/// Shares between 0 and 1 side by side.
package struct BarChart: Sendable {
    package struct Bar: Sendable {
        package let name: String
        package let value: Double
        package let hue: Hue
    }

    package let title: String
    package let bars: [Bar]
}

/// Numbers over steps.
package struct CurveChart: Sendable {
    package struct Line: Sendable {
        package let name: String
        package let points: [MetricSeries.Point]
        package let hue: Hue
    }

    package let title: String
    package let lines: [Line]
    /// What the numbers below it count.
    var axis = "step"

    /// Whether its numbers are shares of a whole.
    var isShare: Bool { title == "accuracy" || title.hasPrefix("accuracy/") }
}
