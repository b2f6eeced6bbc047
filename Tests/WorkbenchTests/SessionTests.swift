import Foundation
import Fusion
import Screen
import Testing

@testable import Workbench

extension Recipe {
    func reread(_ path: String) throws -> Recipe { try Recipe(file: path) }
}

@Suite("from one sitting to the next")
struct SessionTests {
    private func file() -> SessionFile {
        SessionFile(FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-\(UUID().uuidString)/session.json").path)
    }

    @Test("screen, recipe, layer, cursor, order, importance and settings come back")
    func whole() throws {
        let bench = try bench()
        try bench.play("4 right left")
        bench.select("solver")
        try bench.play("right 5 tab down right 2 > s r j j l 3 i 2")
        let session = Session(bench.model), file = file()
        #expect(file.save(session) == nil)
        let (read, notice) = file.load()
        #expect(read == session && notice == nil)
        let fresh = try Workbench_(bench: bench)
        try session.restore(into: &fresh.model, opensRecipe: true)
        let next = fresh.run()
        #expect(next.screen == .align && next.recipe == bench.model.recipe)
        #expect(next.group?.name == bench.model.group?.name)
        #expect(next.cursorEntry?.row == bench.model.cursorEntry?.row && next.cursorEntry?.column == bench.model.cursorEntry?.column)
        #expect(next.align.order == bench.model.align.order && next.align.scale == bench.model.align.scale)
        #expect(next.neurons.score == bench.model.neurons.score)
        #expect(next.train.settings == bench.model.train.settings)
    }

    /// A new model carried through its first jobs by the fake engine.
    private final class Workbench_ {
        var model: Model
        init(bench: Headless) throws { model = Model(size: Size(columns: 80, rows: 24)) }

        func run() -> Model {
            var effects = model.begin(now: 0)
            while !effects.isEmpty {
                var next: [Effect] = []
                for case .start(let started) in effects {
                    next += update(&model, .job(ticket: started.ticket, started.job.perform(on: FakeEngine(), JobControl())), now: 0)
                }
                effects = next
            }
            return model
        }
    }

    @Test(
        "a damaged file is put aside with a notice, and the program starts as if there were none",
        arguments: ["", "{", "[]", "{\"version\": 99}", "\u{0}\u{1}"])
    func damaged(text: String) throws {
        let file = file()
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: file.path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(toFile: file.path, atomically: true, encoding: .utf8)
        let (session, notice) = file.load()
        #expect(session == nil)
        #expect(try #require(notice).contains(".bak"))
        #expect(FileManager.default.fileExists(atPath: file.path + ".bak"))
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test("no file is no session and nothing to say")
    func none() {
        let (session, notice) = file().load()
        #expect(session == nil && notice == nil)
    }

    @Test("a session that cannot be written says why")
    func unwritable() throws {
        let problem = SessionFile("/proc/none/session.json").save(Session(try bench().model))
        #expect(try #require(problem).contains("not saved"))
    }

    @Test("while themes are tried, the session keeps the one that Esc returns to")
    func theme() throws {
        let bench = try bench()
        try bench.play("T down down")
        #expect(Session(bench.model).theme == "ember")
    }

    @Test("the tour goes on as its steps are done, and F2 ends it")
    func tour() throws {
        let bench = try bench()
        try bench.play("f2")
        #expect(bench.text.contains("1/5"))
        try bench.play("2")
        #expect(bench.text.contains("2/5"))
        try bench.play("4 F wait t")
        #expect(bench.text.contains("5/5"))
        try bench.play("6")
        #expect(bench.model.tour == nil)
        try bench.play("f2 f2")
        #expect(bench.model.tour == nil)
    }

    @Test("the tour goes on also where a person takes another way, and does not end before its end")
    func otherWay() throws {
        let bench = try bench()
        try bench.play("f2 6")
        #expect(bench.text.contains("1/5"))
        try bench.play("1 F")
        #expect(bench.text.contains("4/5"))
        try bench.play("wait 5 2 t")
        #expect(bench.text.contains("5/5"))
        try bench.play("4 6")
        #expect(bench.model.tour == nil)
    }
}

@Suite("keys of one's own")
struct KeyFileTests {
    @Test("a remapped key changes dispatch, hint row, help and palette")
    func remapped() throws {
        let file = KeyFile("fuse.start = [\"f5\", \"B\"]\n", file: "keys.toml")
        #expect(file.warnings.isEmpty)
        let bench = try bench()
        bench.send(.keys(file.keymap))
        try bench.play("4")
        #expect(bench.row(23).contains("f5 fuse"))
        try bench.play("? text:fuses")
        #expect(bench.text.contains("f5 B"))
        try bench.play("esc F")
        #expect(bench.model.fusion == nil)
        try bench.play("B")
        #expect(bench.model.fusion != nil)
    }

    @Test("a conflict is told with both lines, and one's own key wins")
    func conflict() throws {
        let file = KeyFile("# mine\nfuse.start = \"s\"\nmap.scale = \"s\"\n", file: "keys.toml")
        let words = file.warnings.joined(separator: "\n")
        #expect(words.contains("keys.toml:2") && words.contains("line 3") && words.contains("map.order (by default)"))
        let action = file.keymap.binding(for: .character("s"), in: .fuse)?.action
        #expect(action == .fuse)
    }

    @Test(
        "what is no key, no command or no TOML is told with its line and changes nothing",
        arguments: [
            ("a = 1\nfuse.start = \"hyper-q\"\n", "keys.toml:2"), ("nothing.here = \"x\"\n", "keys.toml:1: unknown command"),
            ("fuse.start = [\n", "not TOML"), ("fuse.start = 7\n", "keys.toml:1"),
            ("[fuse]\nstart = \"zz\"\n", "keys.toml:2"),
        ])
    func wrong(source: String, place: String) {
        let file = KeyFile(source, file: "keys.toml")
        #expect(file.warnings.contains { $0.contains(place) }, "\(file.warnings)")
        #expect(file.keymap.binding(for: .character("F"), in: .fuse)?.id == "fuse.start")
    }

    @Test("sections and dotted names mean the same")
    func sections() {
        #expect(KeyFile("[fuse]\nstart = [\"f5\"]\n", file: "k").keymap == KeyFile("fuse.start = \"f5\"\n", file: "k").keymap)
    }

    @Test("--print-keys lists what the palette offers")
    func printed() throws {
        let model = try bench().model
        let printed = Set(Keymap.standard.printed.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) })
        #expect(Set(model.paletteMatches("").map(\.id)).isSubset(of: printed))
        #expect(printed == Set(Bindings.all.map(\.id)))
    }

    @Test("the palette names what was used last first")
    func recent() throws {
        let bench = try bench()
        try bench.play(": text:redraw enter :")
        #expect(bench.model.paletteMatches("").first?.id == "redraw")
    }
}
