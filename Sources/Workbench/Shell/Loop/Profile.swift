import Foundation
import Screen

/// What the program measured of itself: keys to the screen, idling, the first screen, a large plan.
struct Profile {
    /// From when a key was read to when the picture was handed to the terminal, milliseconds.
    private var keys: [Double] = []
    private var keyBytes: [Double] = []
    /// From the start of the process to the first picture, seconds.
    private var firstScreen: Double?
    private var waited = Duration.zero
    private var idleWakes = 0
    private var idleBytes = 0
    private var plan: (first: Double, bytes: Int, moves: [Double], moveBytes: [Double])?

    mutating func took(_ duration: Duration, bytes: Int) {
        keys.append(Self.milliseconds(duration))
        keyBytes.append(Double(bytes))
    }

    mutating func slept(_ duration: Duration, wasCalled: Bool) {
        waited += duration
        if !wasCalled { idleWakes += 1 }
    }

    mutating func idled(bytes: Int) { idleBytes += bytes }
    mutating func firstScreenShown() { firstScreen = firstScreen ?? Self.secondsSinceStart }

    mutating func drewPlan(first: Duration, bytes: Int, moves: [(duration: Duration, bytes: Int)]) {
        plan = (Self.milliseconds(first), bytes, moves.map { Self.milliseconds($0.duration) }, moves.map { Double($0.bytes) })
    }

    static func milliseconds(_ duration: Duration) -> Double {
        let parts = duration.components
        return Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15
    }

    /// A line for each measure.
    var report: String {
        var lines: [String] = []
        if let firstScreen { lines.append("first screen: \(Self.short(firstScreen * 1000)) ms after the start of the process") }
        lines.append(
            keys.isEmpty
                ? "keys to screen: none pressed"
                : "keys to screen: \(keys.count) measured, \(Self.spread(keys, "ms")); \(Self.spread(keyBytes, "bytes"))")
        let seconds = Self.milliseconds(waited) / 1000
        lines.append("idle: \(idleWakes) wake-ups without an event in \(Self.short(seconds)) s of waiting, \(idleBytes) bytes sent by them")
        if let plan {
            lines.append("plan of 512×512: first drawn in \(Self.short(plan.first)) ms with \(plan.bytes) bytes")
            lines.append(
                "cursor moves over it: \(plan.moves.count) measured, \(Self.spread(plan.moves, "ms")); \(Self.spread(plan.moveBytes, "bytes"))"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func spread(_ values: [Double], _ unit: String) -> String {
        let sorted = values.sorted()
        func part(_ share: Double) -> Double { sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
        return "p50 \(short(part(0.5))), p99 \(short(part(0.99))), longest \(short(part(1))) \(unit)"
    }

    private static func short(_ value: Double) -> String {
        value >= 100 || value == value.rounded() ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
    }

    /// Seconds since the kernel started this process, to a hundredth; nil where the system does not tell.
    private static var secondsSinceStart: Double? {
        guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8), let bracket = stat.lastIndex(of: ")"),
            let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
            let now = uptime.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        // The start is the twentieth field behind the program's name, in ticks since the machine started.
        let fields = stat[stat.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        return max(0, now - ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Bytes that this thread has written so far.
    static var bytesWritten: Int {
        guard let text = try? String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("wchar:") })
        else { return 0 }
        return line.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }
}

extension Model {
    /// A plan of 512×512 that is neither sharp nor even, on the Align screen: what the largest usual layer costs to draw.
    func withLargePlan() throws -> Model {
        let count = 512
        var values = [Float](repeating: 0, count: count * count)
        for row in 0..<count {
            let target = (row * 293 + 11) % count
            for column in 0..<count {
                let noise = Float((row * 7919 + column * 104_729) % 1009) / 1009
                values[row * count + column] = (column == target ? 0.7 : 0.6 * noise / Float(count)) / Float(count)
            }
        }
        let masses = [Double](repeating: 1 / Double(count), count: count)
        let matrix = ValueGrid(rows: count, columns: count, values: values) ?? .empty
        let coupling = try CouplingSnapshot(parent: 0, plan: .init(matrix), rowMass: masses, columnMass: masses)
        let name = "512"
        var model = self
        model.overlay = nil
        model.screen = .align
        model.focus[.align] = .map
        model.align = AlignState()
        model.opened = .ready(OpenedParents(parents: [], groups: [GroupSummary(name: name, role: .hidden, neurons: [count, count])]))
        model.selectedGroup = 0
        model.plans = [name: PlannedGroup(snapshot: GroupSnapshot(group: name, couplings: [coupling], seconds: 0), recipe: model.recipe)]
        return model
    }
}
