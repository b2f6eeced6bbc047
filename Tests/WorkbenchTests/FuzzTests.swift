import Foundation
import Fusion
import Screen
import Testing

@testable import Workbench

@Suite("any keys at all")
struct FuzzTests {
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// What must hold in every state.
    func check(_ model: Model, after event: Event) {
        if !model.groups.isEmpty { #expect(model.groups.indices.contains(model.selectedGroup), "\(event)") }
        if !model.sampleSets.isEmpty { #expect(model.sampleSets.indices.contains(model.models.selectedSet), "\(event)") }
        #expect(model.fields(of: .recipe).indices.contains(model.fuse.form.selected), "\(event)")
        if let coupling = model.coupling {
            #expect(
                (0..<coupling.plan.rows).contains(model.align.row) && (0..<coupling.plan.columns).contains(model.align.column), "\(event)")
            let window = model.align.window(rows: coupling.plan.rows, columns: coupling.plan.columns)
            #expect(
                window.row >= 0 && window.row + window.rows <= coupling.plan.rows && window.column >= 0
                    && window.column + window.columns <= coupling.plan.columns, "\(event)")
        }
        if let owner = model.neuronOwner { #expect(owner.count == 0 || (0..<owner.count).contains(model.neurons.neuron), "\(event)") }
        #expect(
            model.compare.sorted.isEmpty ? model.compare.selected == 0 : model.compare.sorted.indices.contains(model.compare.selected),
            "\(event)")
        #expect(model.fields(of: .tuning).indices.contains(model.train.form.selected), "\(event)")
        #expect(model.compare.marked.count <= CompareState.most && (model.train.cursor.map { (0...1).contains($0) } ?? true), "\(event)")
        if case .browser(let browser)? = model.overlay {
            #expect(browser.shown.isEmpty || browser.shown.indices.contains(browser.selected), "\(event)")
        }
        if let panel = model.panel { #expect((model.screen.room.panels + model.screen.room.quietPanels).contains(panel), "\(event)") }
        for hyperparameter in model.recipe.method.hyperparameters {
            let value = model.recipe.settings[hyperparameter.key] ?? hyperparameter.fallback
            let checked = try? hyperparameter.check(value)
            #expect(checked == value, "\(event)")
        }
    }

    /// What the thread has taken of the processor, in seconds.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// `AMALGAM_FUZZ_SEEDS=5,6,7` takes other seeds, each for the whole five minutes, and prints what the slowest events took (`make keys`).
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["AMALGAM_FUZZ_SEEDS"]?.split(separator: ",").compactMap { UInt64($0) } ?? []
    static let events = seeds.isEmpty ? 1500 : 6000

    /// Five minutes of someone who presses twenty keys a second, in four parts.
    @Test(
        "thousands of random keys, clicks, resizes and answers leave a state that can be drawn",
        arguments: seeds.isEmpty ? [1, 2, 3, 4] : seeds)
    func random(seed: UInt64) throws {
        var generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let names = Bindings.all.flatMap(\.keys).filter { $0 != .character("q") && $0 != .control("c") }
        let characters: [Character] = Array("abz019.-e作é\u{1B}:/ ")
        var bench = try restart(), slowest: [(seconds: Double, event: String)] = []
        for _ in 0..<Self.events {
            let event: Event
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<70: event = .input(.key(names.randomElement(using: &generator) ?? KeyPress(.up)))
            case 70..<80: event = .input(.key(.character(characters.randomElement(using: &generator) ?? "x")))
            case 80..<90:
                let place = Position(row: Int.random(in: -1..<60, using: &generator), column: Int.random(in: -1..<200, using: &generator))
                let actions: [MouseEvent.Action] = [.press, .release, .drag, .wheelUp, .wheelDown]
                event = .input(.mouse(MouseEvent(actions.randomElement(using: &generator) ?? .press, at: place)))
            case 90..<94:
                event = .input(
                    .resize(Size(columns: Int.random(in: 0..<180, using: &generator), rows: Int.random(in: 0..<50, using: &generator))))
            case 94..<96: event = .input(.paste("x\ny\u{1B}[31m"))
            case 96..<98:
                event = .job(
                    ticket: Int.random(in: 0..<40, using: &generator), .progress(Double.random(in: -1..<2, using: &generator), "noise"))
            default:
                bench.drain()
                continue
            }
            let before = Self.processorTime
            bench.send(event)
            let cells = Int.random(in: 0..<4, using: &generator) == 0 || !Self.seeds.isEmpty ? bench.cells : nil
            slowest.append((Self.processorTime - before, "\(event) on screen \(bench.model.screen)"))
            if slowest.count > 1000 { slowest = Array(slowest.sorted { $0.seconds > $1.seconds }.prefix(5)) }
            check(bench.model, after: event)
            if let cells { #expect(cells.size == bench.model.size) }
            if bench.model.exit != nil { bench = try self.restart() }
        }
        guard !Self.seeds.isEmpty else { return }
        for (seconds, event) in slowest.sorted(by: { $0.seconds > $1.seconds }).prefix(3) {
            print(String(format: "keys, seed %d: %.1f ms of the processor for ", Int(seed), 1000 * seconds) + event.prefix(200))
        }
    }

    /// Nothing is written: random names would litter the folder.
    private func restart() throws -> Headless {
        let bench = try bench(engine: FakeEngine(steps: 1))
        bench.writesFiles = false
        return bench
    }
}
