import Foundation
import Fusion
import Screen
import Testing

@testable import Workbench

/// A person who hears and types lines; jobs end at once.
private final class Listener {
    var talk: LineConversation
    private(set) var lines: [String] = []
    private let engine: FakeEngine

    init(_ engine: FakeEngine = FakeEngine()) {
        self.engine = engine
        var model = Model(size: Size(columns: 200, rows: 60))
        model.appearance.glyphs = .block
        talk = LineConversation(model)
        take(talk.begin(now: 0))
    }

    /// What is said to a line.
    @discardableResult
    func say(_ line: String) -> String {
        lines = []
        take(talk.answer(line, now: 0))
        return lines.joined(separator: "\n")
    }

    private func take(_ answer: (lines: [String], effects: [Effect])) {
        lines += answer.lines
        for case .start(let started) in answer.effects {
            let ticket = started.ticket, told = EventQueue {}
            let control = JobControl(
                training: { told.post(.job(ticket: ticket, .training($0))) }, tried: { told.post(.job(ticket: ticket, .tried($0))) })
            let event = started.job.perform(on: engine, control)
            for heard in told.take() { take(talk.receive(heard, now: 0)) }
            take(talk.receive(.job(ticket: ticket, event), now: 0))
        }
    }
}

@Suite("line by line")
struct LinearTests {
    @Test("from the first line to two compared, fine-tuned runs with nothing but numbers and words")
    func story() {
        let listener = Listener()
        #expect(listener.lines.contains { $0.contains("Opened even.safetensors, odd.safetensors") })
        #expect(listener.say("").contains("1  sample set: Digit MLPs, different labels"))
        #expect(listener.say("fuse").contains("fused 94.82 %"))
        let form = listener.say("4")
        #expect(form.contains("Choose") || form.contains("type") || !form.isEmpty)
        listener.say("")
        #expect(listener.say("fine-tune").contains("Fine-tuning done: 94.82 % → 96.91 %"))
        #expect(listener.say("compare").contains("r3, finetune (otfusion)"))
        #expect(listener.say("2").contains("Selected: r2"))
        listener.say("q")
        #expect(listener.talk.model.exit == .done)
    }

    @Test("a field is chosen by its number, its value is the next line; what is refused is said and the old value stays")
    func value() throws {
        let listener = Listener()
        let reading = listener.say("Fuse")
        let line = try #require((reading + "\n" + listener.say("")).split(separator: "\n").first { $0.contains("solver:") })
        let number = String(line.prefix { $0.isNumber })
        #expect(listener.say(number).contains("Enter accepts"))
        listener.say("sinkhorn")
        #expect(listener.talk.model.recipe.settings["solver"] == .choice("sinkhorn"))
        listener.say(number)
        #expect(listener.say("magic").contains("the old value is kept"))
        #expect(listener.talk.model.recipe.settings["solver"] == .choice("sinkhorn") && !listener.talk.model.isTyping)
        listener.say(number)
        listener.say("")
        #expect(listener.talk.model.recipe.settings["solver"] == .choice("sinkhorn") && !listener.talk.model.isTyping)
    }

    @Test("plans are told in sentences, matches are chosen by number, pairs pinned by word")
    func plan() {
        let listener = Listener()
        let reading = listener.say("align")
        #expect(reading.contains("Plan of layer fc1: 48 neurons of A, 48 fused neurons.") && reading.contains("match A"))
        #expect(listener.say("goto A5 F7").contains("A5 → ◆7"))
        #expect(listener.say("pin").contains("pinned"))
        #expect(listener.say("edits").contains("fc1: A5 → ◆7 pinned"))
        #expect(listener.say("undo").contains("Undone"))
        #expect(listener.talk.model.recipe.edits.isEmpty)
    }

    @Test("questions are asked in words and answered by a letter")
    func questions() {
        let listener = Listener()
        listener.say("compare")
        #expect(listener.say("delete").contains("Delete r3 and its files? y or n?"))
        #expect(listener.say("n").isEmpty == false || listener.talk.model.overlay == nil)
        #expect(listener.talk.model.overlay == nil)
        #expect(listener.say("save recipe").contains("Rejected") == false)
    }

    @Test("what is no command and no choice is said; ? lists the commands; log and copy are read out")
    func words() {
        let listener = Listener()
        #expect(listener.say("dance").contains("Unknown command “dance”"))
        #expect(listener.say("999").contains("Select 1 to"))
        #expect(listener.say("?").contains("fuse: Fuses all layers"))
        #expect(listener.say("log").contains("ok: Opened"))
        #expect(listener.say("copy").contains("command line: amalgam fuse"))
        #expect(listener.talk.model.overlay == nil)
    }

    @Test("no overlay is ever left open, whatever is typed")
    func anything() {
        let listener = Listener()
        for binding in Bindings.all
        where binding.contexts.contains(where: { $0.screen != nil }) && ![.quit, .interrupt].contains(binding.action) {
            listener.say(binding.title)
            listener.say("")
            listener.say("n")
            listener.say("")
            if case .browser = listener.talk.model.overlay { listener.say("close") }
            #expect(listener.talk.model.overlay == nil && !listener.talk.model.isTyping, "\(binding.id)")
        }
    }
}
