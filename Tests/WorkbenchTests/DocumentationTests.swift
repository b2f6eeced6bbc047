import Foundation
import Fusion
import Screen
import Testing

@testable import Workbench

/// The scripts of docs/workbench-terminals.md, run as they stand there.
@Suite("the scripts of the documentation")
struct DocumentationTests {
    /// The lines of the fenced block that holds a text.
    private func block(holding text: String) throws -> [String] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs/workbench-terminals.md")
            .standardized
        let page = try String(contentsOf: path, encoding: .utf8)
        let blocks = page.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let block = try #require(blocks.first { $0.contains(text) }, "docs/workbench-terminals.md has no block with “\(text)”")
        return block.split(separator: "\n").dropFirst().map(String.init)
    }

    @Test("the script for --script sets the value, fuses and leaves no field open")
    func script() throws {
        let bench = try bench()
        try bench.play(try block(holding: "a script").joined(separator: "\n"))
        let words = try block(holding: "a script").joined(separator: " ").split(separator: " ")
        let assignments = words.filter { $0.hasPrefix("set:") }.map { $0.dropFirst(4).split(separator: "=").map(String.init) }
        #expect(!assignments.isEmpty)
        for assignment in assignments { #expect(bench.model.setValue(assignment[0]) == assignment[1]) }
        #expect(bench.model.fuse.result?.recipe == bench.model.recipe && !bench.model.isTyping)
        #expect(bench.model.size == Size(columns: 160, rows: 45))
    }

    @Test("the commands for --linear fuse, fine-tune and show the runs, though they arrive before the parents are open")
    func lineMode() throws {
        let command = try #require(try block(holding: "--linear").first { $0.contains("printf") })
        let quoted = try #require(command.split(separator: "'").dropFirst().first)
        let lines = quoted.replacingOccurrences(of: "\\n", with: "\n").split(separator: "\n").map(String.init)
        let input = Lines(lines)
        var output = ""
        var options = WorkbenchOptions()
        options.environment = [:]
        var engine = FakeEngine(steps: 2)
        engine.delay = 0.01
        let code = withoutActuallyEscaping({ output += $0 }) { write in
            LineModeLoop(options, engine: engine, library: ThemeLibrary(folders: [themesFolder]), write: write).run { input.next() }
        }
        #expect(code == .done)
        #expect(output.contains("Fused in") && output.contains("Fine-tuning done") && output.contains("r3, finetune"))
        #expect(!output.contains("Nothing to fuse yet"))
    }

    private final class Lines: @unchecked Sendable {
        private var left: ArraySlice<String>
        init(_ lines: [String]) { left = lines[...] }
        func next() -> String? { left.popFirst() }
    }
}

extension Model {
    /// The value that a key of the recipe form has.
    func setValue(_ key: String) -> String? { assignables.first { $0.key == key && $0.form == .recipe }?.value }
}
