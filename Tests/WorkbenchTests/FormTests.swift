import Fusion
import Screen
import Testing

@testable import Workbench

@Suite("values of the forms")
struct FormTests {
    @Test("whole numbers step by 1, 2, 5 of each decade, and back to where they came from", arguments: [400, 37, 1, 50_000])
    func steps(start: Int) throws {
        let steps = try #require(IntegerSteps(1...1_000_000, anchors: [start]))
        for count in 1...6 {
            var number = start
            for _ in 0..<count { number = steps.moved(number, by: 1) }
            for _ in 0..<count { number = steps.moved(number, by: -1) }
            #expect(number == start)
        }
        #expect(steps.moved(1000, by: 1) == 2000 && steps.moved(999_999, by: 5) == 1_000_000 && steps.moved(1, by: -3) == 1)
        let positions = [1, 10, 100, 1000, 1_000_000].map(steps.position)
        #expect(positions == positions.sorted() && positions.first == 0 && positions.last == 1)
    }

    @Test("a narrow range steps through every number")
    func narrow() { #expect(IntegerSteps(1...50, anchors: []) == nil) }

    @Test("1e3 and 1,000 are a thousand; 1,00 is none", arguments: [("1e3", "1000"), ("1,000", "1000"), ("-2,500", "-2500"), ("12", "12")])
    func typed(text: String, plain: String) { #expect(TypedNumber.whole(text) == plain) }

    @Test("what is no whole number stays what it was", arguments: ["1,00", "1e-3", "abc", "1.5", "", "1e400", "1,0000"])
    func refused(text: String) { #expect(TypedNumber.whole(text) == nil) }

    @Test("a slider that was moved from a typed value comes back to it")
    func back() throws {
        let bench = try bench()
        try bench.play("5 tab down enter ctrl-u text:37 enter right left")
        #expect(bench.model.train.settings["epochs"] == .integer(37))
        try bench.play("enter ctrl-u text:1e2 enter")
        #expect(bench.model.train.settings["epochs"] == .integer(100))
    }

    @Test("data and evaluation data stand at the head of the form")
    func order() throws {
        let model = try bench().model
        #expect(model.fields(of: .recipe).prefix(4).map(\.key) == ["method", "preset", "data", "evaluate"])
    }

    @Test("i explains the selected value: help, key, default, range, source")
    func info() throws {
        let bench = try bench()
        try bench.play("4")
        bench.select("method")
        try bench.play("enter ctrl-u text:otfusion enter")
        bench.select("epsilon")
        try bench.play("i")
        for words in ["epsilon", "default", "allowed", "source", "key"] { #expect(bench.text.contains(words), "\(words)") }
        try bench.play("esc")
        #expect(bench.model.overlay == nil)
        try bench.play("5 tab i")
        #expect(bench.text.contains("preset"))
    }

    @Test("f finds a value by a part of its name or of its help")
    func find() throws {
        let bench = try bench()
        try bench.play("5 f text:momen enter")
        #expect(bench.model.field(of: .tuning)?.key == "momentum" && bench.model.panel == .settings)
        try bench.play("4 f text:seed enter")
        #expect(bench.model.field(of: .recipe)?.key == "seed")
    }
}
