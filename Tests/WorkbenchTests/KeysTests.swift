import Screen
import Testing

@testable import Workbench

@Suite("the table of keys")
struct KeysTests {
    @Test("every binding has keys that exist, a title and a help")
    func complete() {
        #expect(Bindings.misspelt.isEmpty)
        for binding in Bindings.all {
            #expect(!binding.title.isEmpty && binding.help.hasSuffix(".") && !binding.contexts.isEmpty, "\(binding.id)")
        }
        #expect(Set(Bindings.all.map(\.id)).count == Bindings.all.count)
    }

    @Test("no key means two things in one place")
    func conflicts() { #expect(Keymap.standard.conflicts.isEmpty) }

    @Test("every action of the screens is reachable from the palette")
    func palette() throws {
        let model = try bench().model
        let offered = Set(model.paletteMatches("").map(\.id))
        for binding in Bindings.all where binding.contexts.contains(where: { $0.screen != nil }) {
            #expect(offered.contains(binding.id) || Bindings.isMotion(binding), "\(binding.id)")
            #expect(model.paletteMatches(binding.title).contains { $0.id == binding.id }, "\(binding.id)")
        }
    }

    @Test("the palette begins with what one does, and hides keys that only move")
    func verbs() throws {
        let model = try bench().model, first = model.paletteMatches("").map(\.id)
        #expect(Array(first.prefix(4)) == ["files", "fuse.start", "tune.start", "network.save"])
        #expect(first.prefix(11).contains("themes") && !first.contains("move.up") && !first.contains("panel.next"))
        #expect(Set(Bindings.verbs).isSubset(of: Set(Bindings.all.map(\.id))))
        #expect(model.paletteMatches("page up").contains { $0.id == "move.pageUp" })
    }

    @Test("a text of thousands of letters in the palette is a search for nothing, at once")
    func pasted() throws {
        let bench = try bench()
        try bench.play(":")
        bench.send(.input(.paste(String(repeating: "fuse ", count: 6400))))
        #expect(bench.model.paletteMatches(String(repeating: "fuse ", count: 6400)).isEmpty)
        #expect(bench.text.contains("no such command"))
    }

    @Test("the palette finds by scattered letters and runs from anywhere")
    func fuzzy() throws {
        let bench = try bench()
        try bench.play(": text:nxunma")
        #expect(bench.model.paletteMatches("nxunma").first?.id == "map.nextUnmatched")
        try bench.play("enter")
        #expect(bench.model.screen == .align && bench.model.overlay == nil)
        let before = bench.model
        try bench.play(": esc")
        #expect(bench.model == before)
        #expect(Model.closeness("zz", to: "zoom in") == nil)
    }

    @Test("help lists what means something here; its filter takes plain words; Enter runs the line")
    func help() throws {
        let bench = try bench()
        try bench.play("2 ? text:spectral")
        #expect(bench.model.helpMatches("spectral").map(\.id) == ["map.order"])
        try bench.play("enter")
        #expect(bench.model.align.order == .importance)
        #expect(!Keymap.standard.bindings(in: .models).contains { $0.id == "map.zoomIn" })
    }

    @Test("every hint in the row is a key that works there", arguments: ScreenID.allCases)
    func hints(screen: ScreenID) throws {
        for size in [Size(columns: 80, rows: 24), Size(columns: 160, rows: 45)] {
            let bench = try bench(size)
            try bench.play("\(screen.rawValue)")
            let hints = bench.cells.targets.filter { $0.area.row == size.rows - 1 }
            #expect(hints.count >= 4)
            for hint in hints {
                guard case .action(let action)? = hint.target as? MouseTarget else {
                    Issue.record("\(hint)")
                    continue
                }
                let binding = try #require(Bindings.all.first { $0.action == action && $0.contexts.contains(Context(screen)) })
                let press = try #require(binding.keys.first)
                #expect(Keymap.standard.binding(for: press, in: Context(screen))?.action == action)
            }
            #expect(bench.row(size.rows - 1).contains("q quit"))
        }
    }

    @Test("dialogs hold the keyboard: no key reaches the screen beneath")
    func modal() throws {
        let bench = try bench()
        try bench.play("T 4")
        #expect(bench.model.screen == .models)
        try bench.play("esc ! 4")
        #expect(bench.model.screen == .models)
        try bench.play("q")
        #expect(bench.model.overlay == nil && bench.model.exit == nil)
    }

    @Test("themes apply while moving, Esc restores, Enter keeps")
    func themes() throws {
        let bench = try bench()
        try bench.play("T down down")
        #expect(bench.model.theme != "ember")
        try bench.play("esc")
        #expect(bench.model.theme == "ember")
        try bench.play("T down enter")
        #expect(bench.model.theme == bench.model.themes[1])
    }

    @Test("a script with a word that is no key names the word")
    func script() throws {
        #expect(throws: ScreenError.keyUnknown(name: "entr")) { try Script("1 entr") }
        #expect(throws: ScreenError.keyUnknown(name: "resize:9")) { try Script("resize:9") }
        let remarks = try Script("-- all\n: text:a:b -- rest entr\n")
        #expect(remarks.steps.count == 2)
    }
}

@Suite("layout")
struct LayoutTests {
    @Test("panels lie inside the screen and never overlap", arguments: ScreenID.allCases)
    func tiles(screen: ScreenID) {
        for columns in stride(from: 1, through: 300, by: 7) {
            for rows in stride(from: 1, through: 90, by: 3) {
                let size = Size(columns: columns, rows: rows)
                let layout = Layout(size, screen: screen, focus: screen.room.panels.first)
                if layout.mode == .tooSmall {
                    #expect(columns < 60 || rows < 18)
                    continue
                }
                var taken = 0
                let areas = Array(layout.panels.values) + [layout.title, layout.status, layout.hints]
                for (index, area) in areas.enumerated() {
                    #expect(Rectangle(size).contains(area))
                    taken += area.rows * area.columns
                    for other in areas[(index + 1)...] { #expect(area.intersection(other).isEmpty) }
                }
                #expect(taken == size.area, "gaps at \(size) on \(screen)")
            }
        }
    }

    @Test(
        "a dialog, a palette and a field keep their text when the screen changes its size, and the job goes on",
        arguments: ["4 enter", ":", "2 '", "1 o"])
    func kept(keys: String) throws {
        let bench = try bench()
        try bench.play("F \(keys) text:abc")
        let before = bench.model
        for size in ["40x10", "160x45", "3x2", "80x24"] { try bench.play("resize:\(size)") }
        #expect(bench.model.overlay == before.overlay && bench.model.fuse.form.editing == before.fuse.form.editing)
        #expect(bench.model.fusion != nil)
        #expect(bench.cells == view(before))
    }

    @Test(
        "what the modes are",
        arguments: [
            (59, 18, Layout.Mode.tooSmall), (60, 18, .single), (79, 24, .single), (80, 24, .regular), (120, 30, .wide), (160, 45, .large),
            (200, 60, .large), (300, 20, .single),
        ])
    func modes(columns: Int, rows: Int, mode: Layout.Mode) {
        #expect(Layout(Size(columns: columns, rows: rows), screen: .align, focus: .map).mode == mode)
    }

    @Test("every screen is drawn at every size, and a resize is the same as a fresh start")
    func sizes() throws {
        for size in [
            Size(columns: 1, rows: 1), Size(columns: 2, rows: 2), Size(columns: 20, rows: 5), Size(columns: 59, rows: 17),
            Size(columns: 60, rows: 18), Size(columns: 79, rows: 24), Size(columns: 81, rows: 25), Size(columns: 200, rows: 60),
            Size(columns: 300, rows: 80),
        ] {
            let resized = try bench(Size(columns: 100, rows: 30))
            let fresh = try bench(size)
            resized.send(.input(.resize(size)))
            #expect(resized.text == fresh.text, "\(size)")
            for key in ["2", "3", "4", "5", "6"] {
                try resized.play(key)
                #expect(resized.cells.size == size)
            }
        }
    }

    @Test("too small says what is needed, and q works")
    func small() throws {
        let bench = try bench(Size(columns: 40, rows: 10))
        #expect(bench.text.contains("need 60×18, have 40×10"))
        try bench.play("4 q")
        #expect(bench.model.exit == .done)
    }

    @Test("a dialog, the palette and a text field survive a resize with their text")
    func survive() throws {
        let bench = try bench()
        try bench.play(": text:zoo resize:120x40")
        #expect(bench.text.contains("zoo"))
        try bench.play("esc 4 enter ctrl-u text:abc resize:80x24")
        #expect(bench.model.fuse.form.editing?.text == "abc")
        #expect(bench.text.contains("abc"))
    }
}

@Suite("a small screen")
struct SmallScreenTests {
    @Test("Tab shows every panel in turn", arguments: [(ScreenID.align, 4), (.fuse, 6), (.models, 4)])
    func turns(screen: ScreenID, count: Int) throws {
        let bench = try bench(Size(columns: 60, rows: 18))
        try bench.play("\(screen.rawValue)")
        var seen: Set<String> = []
        for _ in 0..<count {
            seen.insert(bench.row(1))
            try bench.play("tab")
        }
        #expect(seen.count == count)
        #expect(bench.model.panel == screen.room.panels.first)
    }

    @Test("a fusion shows its result; a larger screen gives the keyboard back to the form")
    func result() throws {
        let bench = try bench(Size(columns: 60, rows: 18))
        try bench.play("F wait")
        #expect(bench.text.contains("94.82 %"))
        try bench.play("resize:80x24")
        #expect(bench.model.panel == .form)
        #expect(bench.model.farewell.contains("plain average"))
        try bench.play("1 down down enter F wait")
        #expect(!bench.model.farewell.contains("\u{1B}"))
        try bench.play("1 up up enter F wait")
        #expect(bench.model.farewell.contains("command: amalgam fuse sample-models/digits-pair/even.safetensors"))
    }
}
