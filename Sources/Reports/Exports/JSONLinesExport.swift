import Provenance
import Store

/// Runs for programs that read a line at a time, such as jq and pandas.
enum JSONLinesExport {
    private struct Line<Value: Encodable>: Encodable {
        let run: RunID
        let type: String
        let value: Value
    }

    private struct Point: Encodable {
        let series: String
        let step: Int
        let value: Double
        let time: Double
    }

    static func lines(_ account: RunAccount) throws -> [String] {
        let id = account.run.id
        func lines<Value: Encodable>(_ type: String, _ values: [Value]) throws -> [String] {
            var lines: [String] = []
            for value in values { lines.append(try RunJSON.text(Line(run: id, type: type, value: value), pretty: false)) }
            return lines
        }
        let points = account.series.flatMap { series in
            series.points.map { Point(series: series.name, step: $0.step, value: $0.value, time: $0.time) }
        }
        return try lines("run", [account.run]) + lines("source", account.sources) + lines("evaluation", account.evaluations)
            + lines("coupling", account.couplings) + lines("timing", account.timings) + lines("event", account.events)
            + lines("artifact", account.artifacts) + lines("point", points)
    }
}
