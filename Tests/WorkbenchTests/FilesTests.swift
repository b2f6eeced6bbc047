import Formatting
import Foundation
import Runs
import Screen
import Testing

@testable import Workbench

@Suite("files")
struct FilesTests {
    @Test("o lists the working folder, folders first; what a file is stands beside it before it is opened")
    func browse() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("o")
        for words in ["deeper/", "a.safetensors", "20.5 kB", "b.pt", "Files"] { #expect(bench.text.contains(words), "\(words)") }
        try bench.play("down")
        #expect(bench.text.contains("5 018 parameters"))
        #expect(bench.text.contains("48×64"))
    }

    @Test("typing filters, Enter marks, Tab opens what is marked as parents")
    func open() throws {
        let bench = try bench()
        try bench.play("o text:sample-models/digits-pair/a.safe enter ctrl-u text:sample-models/digits-pair/b.pt enter ctrl-u tab")
        #expect(bench.model.overlay == nil)
        #expect(bench.model.recipe.parents == ["sample-models/digits-pair/a.safetensors", "sample-models/digits-pair/b.pt"])
        // They lie in a sample set's folder, so its data is theirs.
        #expect(bench.model.recipe.data == "digits:train")
    }

    @Test("one parent alone is not opened, and the reason is said")
    func one() throws {
        let bench = try bench()
        try bench.play("o text:b.pt enter ctrl-u tab")
        #expect(bench.model.overlay != nil)
        #expect(bench.statusLine.contains("two parents"))
    }

    @Test("Enter goes into a folder, backspace in an empty filter goes up, marks stay")
    func folders() throws {
        let bench = try bench()
        try bench.play("o text:b.pt enter ctrl-u text:deeper enter")
        guard case .browser(let browser)? = bench.model.overlay else {
            Issue.record("the browser is closed")
            return
        }
        #expect(browser.folder == "deeper" && browser.marked.count == 1)
        try bench.play("backspace")
        guard case .browser(let above)? = bench.model.overlay else { return }
        #expect(above.folder == ".")
    }

    @Test("a file that cannot be read says why where its preview would stand, and a folder where its list would")
    func broken() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("o text:broken")
        #expect(bench.text.contains("the file is truncated"))
        try bench.play("esc")
        #expect(bench.model.exit == nil)
    }

    @Test("a path is typed from any folder: its folder is listed, Tab completes names, folders end in a slash")
    func paths() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("o text:/data/nets/")
        #expect(bench.text.contains("/data/nets") && bench.text.contains("a.safetensors"))
        try bench.play("text:dee tab")
        guard case .browser(let browser)? = bench.model.overlay else {
            Issue.record("the browser is closed")
            return
        }
        #expect(browser.filter.text == "/data/nets/deeper/" && browser.listed == "/data/nets/deeper/")
        try bench.play("text:b tab")
        guard case .browser(let longer)? = bench.model.overlay else { return }
        // Two names begin with b: nothing more can be completed.
        #expect(longer.filter.text == "/data/nets/deeper/b" && longer.shown.first?.name == "b.pt")
    }

    @Test("what is called so comes first, then what begins so, then what holds it")
    func ranks() {
        var browser = FileBrowser(folder: ".")
        browser.listing = .ready(
            FolderSnapshot(
                path: ".", parent: nil,
                entries: ["x-net", "network.pt", "net", "internet"].map { FileEntry(name: $0, path: $0, kind: .checkpoint) }))
        browser.filter = TextField("net")
        #expect(browser.shown.map(\.name) == ["net", "network.pt", "internet", "x-net"])
    }

    @Test("a sample set that is opened by its files is the selected row of the list, with its own story beside it")
    func namedSet() throws {
        let folder = "sample-models/digits-widths/"
        let bench = try bench(parents: [folder + "wide.safetensors", folder + "narrow.safetensors"])
        #expect(bench.model.setRows.count == 3 && bench.model.models.selectedSet == 1)
        #expect(bench.text.contains("One parent is wider than the other"))
    }

    @Test("parents opened by hand are listed first the next time, and Enter opens them again")
    func recent() throws {
        let bench = try bench(parents: ["nets/a.pt", "nets/b.pt"])
        try bench.play("o")
        #expect(bench.text.contains("a.pt + b.pt") && bench.text.contains("recent"))
        let session = Session(bench.model)
        #expect(session.recentParents == [["nets/a.pt", "nets/b.pt"]])
        try bench.play("esc down enter y wait o up up up up up enter")
        #expect(bench.model.recipe.parents == ["nets/a.pt", "nets/b.pt"])
    }

    @Test("your parents are the first row; Enter on a sample set asks before a changed recipe is lost, and one can come back")
    func own() throws {
        let bench = try bench(parents: ["nets/a.pt", "nets/b.pt"])
        #expect(bench.model.setRows.first?.title == "Your parents" && bench.text.contains("Your parents"))
        try bench.play("4")
        bench.select("method")
        try bench.play("right 1 tab tab")
        let changed = bench.model.recipe
        bench.model.focus[.models] == .sets ? () : try bench.play("tab")
        try bench.play("down enter")
        #expect(bench.text.contains("changed recipe is lost"))
        try bench.play("n")
        #expect(bench.model.recipe == changed)
        try bench.play("enter y")
        #expect(bench.model.recipe.parents == FakeEngine().sets[0].recipe.parents)
        try bench.play("up enter")
        #expect(bench.model.recipe.parents == ["nets/a.pt", "nets/b.pt"])
    }

    @Test("Enter on a sample set asks before it takes the place of your own parents; between sample sets it does not")
    func unchanged() throws {
        let bench = try bench(parents: ["nets/a.pt", "nets/b.pt"])
        try bench.play("down enter")
        #expect(
            bench.model.overlay == .confirm(.replaceParents(.set(1, title: FakeEngine().sets[0].title, isChanged: false)))
                && bench.model.recipe.parents == ["nets/a.pt", "nets/b.pt"])
        try bench.play("n")
        #expect(bench.model.recipe.parents == ["nets/a.pt", "nets/b.pt"])
        try bench.play("enter y wait down enter wait")
        #expect(bench.model.overlay == nil && bench.model.recipe.parents == FakeEngine().sets[1].recipe.parents)
        // Back to the own ones, which are not gone.
        try bench.play("g enter wait")
        #expect(bench.model.recipe.parents == ["nets/a.pt", "nets/b.pt"])
    }

    @Test("a model's folder is marked as a parent, not entered")
    func modelFolder() throws {
        let bench = try bench()
        try bench.play("o")
        guard case .browser(var browser)? = bench.model.overlay, case .ready(var listing) = browser.listing else {
            Issue.record("no listing")
            return
        }
        listing.entries.append(FileEntry(name: "bert", path: "./bert", kind: .model))
        browser.listing = .ready(listing)
        var model = bench.model
        model.overlay = .browser(browser)
        bench.replace(model)
        try bench.play("text:bert enter")
        guard case .browser(let after)? = bench.model.overlay else { return }
        #expect(after.marked == ["./bert"] && bench.text.contains("model"))
    }

    @Test("control characters in a name are shown, never sent")
    func controls() throws {
        let bench = try bench(Size(columns: 120, rows: 40))
        try bench.play("o text:esc")
        #expect(bench.text.contains("^[[31m.txt"))
        #expect(!bench.text.unicodeScalars.contains("\u{1B}"))
    }
}

@Suite("what leaves the program")
struct ExportTests {
    private func temporary(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("amalgam-\(UUID().uuidString)-\(name)").path
    }

    @Test("a plan as CSV reads back as the same masses, entry by entry")
    func csv() throws {
        let bench = try bench()
        try bench.play("2")
        let text = try #require(bench.model.exported(.csv)), coupling = try #require(bench.model.coupling)
        var found = [Float](repeating: 0, count: coupling.plan.values.count)
        let lines = text.split(separator: "\n")
        #expect(lines.first == "row,column,mass")
        for line in lines.dropFirst() {
            let parts = line.split(separator: ",")
            let row = try #require(Int(parts[0])), column = try #require(Int(parts[1]))
            found[row * coupling.plan.columns + column] = try #require(Float(parts[2]))
        }
        #expect(found == coupling.plan.values)
    }

    @Test("e asks for a file; what is there already is asked about before it is written over")
    func overwriting() throws {
        let bench = try bench()
        let path = temporary("plan.csv")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "mine".write(toFile: path, atomically: true, encoding: .utf8)
        try bench.play("2 e ctrl-u")
        for character in path { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
        #expect(bench.text.contains("exists. Overwrite"))
        try bench.play("n")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        try bench.play("e ctrl-u")
        for character in path { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter y")
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("row,column,mass\n"))
    }

    @Test("a suffix that means nothing is refused in the field")
    func suffix() throws {
        let bench = try bench()
        try bench.play("2 e ctrl-u text:plan.xyz enter")
        #expect(bench.text.contains("must end in"))
        #expect(bench.model.overlay != nil)
    }

    @Test("every screen that shows something exports it in every format")
    func formats() throws {
        let bench = try bench()
        try bench.play("F wait t wait")
        for screen in ["2", "3", "5", "6"] {
            try bench.play(screen)
            for format in ExportFormat.allCases {
                let text = try #require(bench.model.exported(format), "\(screen) \(format)")
                switch format {
                case .csv: #expect(text.contains(",") && text.split(separator: "\n").count > 2)
                case .svg: #expect(text.hasPrefix("<svg") && text.contains("</svg>"))
                case .txt: #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 25)
                }
            }
        }
    }

    @Test("y offers value, row, command and recipe, and copies what is chosen")
    func copy() throws {
        let bench = try bench()
        try bench.play("2 y")
        #expect(bench.model.copyChoices.map(\.title) == ["value", "row", "sentence", "command line", "recipe"])
        try bench.play("down down down enter")
        #expect(bench.copied == bench.model.recipe.command())
        #expect(bench.model.overlay == nil)
    }

    @Test("w writes a recipe that the engine reads as the same")
    func recipe() throws {
        let bench = try bench()
        let path = temporary("recipe.toml")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try bench.play("4 w ctrl-u")
        for character in path { bench.send(.input(.key(.character(character)))) }
        try bench.play("enter")
        let read = try bench.model.recipe.reread(path)
        #expect(read.shown() == bench.model.recipe)
    }
}
