import Foundation
import Screen

/// What the program measured of itself: keys to the screen, idling, the first screen, plans of a narrow and of a wide layer.
struct Profile {
    /// How long something took, the processor time of this thread in it, and the bytes that it sent.
    struct Cost {
        var wall: Double
        var processor: Double
        var bytes: Int

        /// Runs the work and measures it, milliseconds.
        static func of(_ work: () -> Void) -> Cost {
            let bytes = Profile.bytesWritten, start = ContinuousClock.now, processor = Profile.processorTime
            work()
            return Cost(
                wall: Profile.milliseconds(ContinuousClock.now - start), processor: Profile.processorTime - processor,
                bytes: Profile.bytesWritten - bytes)
        }
    }

    /// From when a key was read to when the picture was handed to the terminal, milliseconds; while a fine-tuning ran, and otherwise.
    private var keys: [Bool: [Double]] = [:]
    private var keyBytes: [Bool: [Double]] = [:]
    /// From the start of the process to the first picture, seconds.
    private var firstScreen: Double?
    private var waited = Duration.zero
    private var idleWakes = 0
    private var idleBytes = 0
    private var plans: [(neurons: Int, first: Cost, moves: [Cost], orders: [Cost])] = []

    /// Neurons of the layers whose plans are drawn. Without optimisation a wide one takes longer to make than to draw.
    static let widths: [Int] = {
        #if DEBUG
        [96, 512]
        #else
        [96, 512, 4096]
        #endif
    }()

    mutating func took(_ duration: Duration, bytes: Int, isTraining: Bool) {
        keys[isTraining, default: []].append(Self.milliseconds(duration))
        keyBytes[isTraining, default: []].append(Double(bytes))
    }

    mutating func slept(_ duration: Duration, wasCalled: Bool) {
        waited += duration
        if !wasCalled { idleWakes += 1 }
    }

    mutating func idled(bytes: Int) { idleBytes += bytes }
    mutating func firstScreenShown() { firstScreen = firstScreen ?? Self.secondsSinceStart }

    mutating func drewPlan(neurons: Int, first: Cost, moves: [Cost], orders: [Cost]) { plans.append((neurons, first, moves, orders)) }

    /// Processor time of this thread, milliseconds.
    static var processorTime: Double {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
    }

    static func milliseconds(_ duration: Duration) -> Double {
        let parts = duration.components
        return Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15
    }

    /// A line for each measure.
    var report: String {
        var lines: [String] = []
        if let firstScreen { lines.append("first screen: \(Self.short(firstScreen * 1000)) ms after the start of the process") }
        for isTraining in [false, true] {
            let when = isTraining ? " during a fine-tuning" : ""
            guard let measured = keys[isTraining], let bytes = keyBytes[isTraining] else {
                if !isTraining { lines.append("keys to screen: none pressed") }
                continue
            }
            lines.append(
                "keys to screen\(when): \(measured.count) measured, \(Self.spread(measured, "ms")); \(Self.spread(bytes, "bytes"))")
        }
        let seconds = Self.milliseconds(waited) / 1000
        lines.append("idle: \(idleWakes) wake-ups without an event in \(Self.short(seconds)) s of waiting, \(idleBytes) bytes sent by them")
        for plan in plans {
            lines.append(
                "plan of \(plan.neurons)×\(plan.neurons): first drawn in \(Self.short(plan.first.wall)) ms with \(plan.first.bytes) bytes")
            for (name, costs) in [("cursor moves over it", plan.moves), ("changes of its order", plan.orders)] {
                lines.append(
                    "\(name): \(costs.count) measured, \(Self.spread(costs.map(\.wall), "ms")); processor \(Self.spread(costs.map(\.processor), "ms")); \(Self.spread(costs.map { Double($0.bytes) }, "bytes"))"
                )
            }
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
    /// A plan of so many neurons that is neither sharp nor even, on the Align screen: what a layer of that width costs to draw.
    func withPlan(neurons count: Int) throws -> Model {
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
        let name = "\(count)"
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
