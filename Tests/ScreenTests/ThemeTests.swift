import Foundation
import Testing

@testable import Screen

let themesFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../themes").standardized.path
let documented = ["ember", "paper", "cobalt", "cvd-safe", "high-contrast", "mono", "terminal"]

@Suite("themes")
struct ThemeTests {
    let library = ThemeLibrary(folders: [themesFolder])

    @Test("the seven themes load without a warning", arguments: documented)
    func load(id: String) throws {
        let (theme, warnings) = try library.load(id)
        #expect(warnings.isEmpty, "\(warnings)")
        #expect(theme.name == id)
    }

    @Test("the built-in theme is the file")
    func builtIn() throws {
        #expect(try String(contentsOfFile: themesFolder + "/ember.toml", encoding: .utf8) == BuiltInTheme.source)
        #expect(try library.load("ember").theme == BuiltInTheme.theme)
        #expect(ThemeLibrary(folders: ["/nowhere"]).ids == ["ember"])
    }

    @Test("text contrasts reach 4.5, focus and curves 3", arguments: documented)
    func contrast(id: String) throws {
        let check = ThemeCheck(try library.load(id).theme)
        for contrast in check.contrasts {
            #expect(contrast.passes, "\(id) \(contrast.role.rawValue): \(contrast.ratio) < \(contrast.least)")
        }
    }

    @Test(
        "parents and fused stay apart under every colour-vision deficiency",
        arguments: ["ember", "paper", "cobalt", "cvd-safe", "high-contrast"])
    func vision(id: String) throws {
        let check = ThemeCheck(try library.load(id).theme)
        let parents = check.distances.filter { $0.roles.0 == .parentA || $0.roles.0 == .parentB }
        #expect(parents.count == 9)
        // ΔE 20 is told apart at a glance between signs that are also marked by shape.
        for distance in parents { #expect(distance.difference > 20, "\(id) \(distance.roles) \(distance.vision): \(distance.difference)") }
    }

    @Test("mono uses no colour, whatever the depth", arguments: ColourDepth.allCases)
    func mono(depth: ColourDepth) throws {
        var painter = Painter(theme: try library.load("mono").theme, depth: depth)
        for role in Role.allCases {
            let paint = painter.paint(Style(role))
            #expect(paint.foreground == -1 && paint.background == -1)
        }
        #expect(painter.paint(Style(.select)).attributes.contains(.reverse))
        #expect(painter.paint(Style(.text).on(.select)).attributes.contains(.reverse))
        #expect(painter.paint(Style(.parentA)).attributes != painter.paint(Style(.parentB)).attributes)
    }

    @Test("no colour number exceeds the depth", arguments: documented)
    func numbers(id: String) throws {
        for depth in ColourDepth.allCases where depth > .mono {
            var painter = Painter(theme: try library.load(id).theme, depth: depth)
            for role in Role.allCases {
                let paint = painter.paint(Style(role))
                #expect(paint.foreground < depth.rawValue && paint.background < depth.rawValue)
            }
            for level in -1...ColourMap.levels {
                let paint = painter.paint(Style(foreground: .sequential(level), background: .diverging(level)))
                #expect(paint.foreground < depth.rawValue && paint.background < depth.rawValue)
            }
        }
    }

    @Test("direct colours are never mistaken for the eight ANSI ones")
    func direct() throws {
        var painter = Painter(theme: try library.load("high-contrast").theme, depth: .direct)
        #expect(painter.paint(.text).background == 8)
    }

    @Test("sequential maps rise in lightness at every depth", arguments: [ColourMap.cividis, .viridis, .magma, .grey])
    func lightness(map: ColourMap) {
        let direct = (0..<ColourMap.levels).map { map.rgb($0).lab.l }
        #expect(zip(direct, direct.dropFirst()).allSatisfy { $0 < $1 })
        let indexed = (0..<ColourMap.levels).map { TerminalPalette.colour(map.index256($0)).lab.l }
        #expect(zip(indexed, indexed.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(Set(indexed).count >= 12)
    }

    @Test("mistakes are warnings that name file and line")
    func mistakes() throws {
        let source = """
            name = "odd"
            colour = 3
            [roles]
            text = { fg = "#gggggg", glow = 1 }
            nonsense = { fg = "#ffffff" }
            ok = "green"
            [maps]
            sequential = "jet"
            [glyphs]
            ok = "作"
            """
        var file = try ThemeFile(file: "odd.toml", source: source)
        let theme = file.apply(to: BuiltInTheme.theme, id: "odd")
        let lines = Set(file.warnings.map(\.line))
        #expect(lines == [2, 4, 5, 6, 8, 10])
        #expect(file.warnings.allSatisfy { $0.file == "odd.toml" })
        #expect(theme.foreground(.text) == BuiltInTheme.theme.foreground(.text))
    }

    @Test("a file of sixty thousand wrong lines is fifty warnings, and a word that there are more")
    func manyMistakes() throws {
        var file = try ThemeFile(file: "odd.toml", source: (0..<60_000).map { "k\($0) = 1" }.joined(separator: "\n"))
        _ = file.apply(to: BuiltInTheme.theme, id: "odd")
        #expect(file.warnings.count == 51 && file.warnings.last?.message.contains("more") == true)
    }

    @Test("a file that is not TOML names its line; a circle names its members; an unknown theme names the known ones")
    func errors() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("themes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try "name = \"x\"\n[roles\n".write(to: folder.appendingPathComponent("broken.toml"), atomically: true, encoding: .utf8)
        try "inherits = \"b\"\n".write(to: folder.appendingPathComponent("a.toml"), atomically: true, encoding: .utf8)
        try "inherits = \"a\"\n".write(to: folder.appendingPathComponent("b.toml"), atomically: true, encoding: .utf8)
        let library = ThemeLibrary(folders: [folder.path])
        #expect(throws: ScreenError.themeCycle(ids: ["a", "b", "a"])) { try library.load("a") }
        #expect(throws: ScreenError.themeUnknown(id: "c", known: ["ember", "a", "b", "broken"])) { try library.load("c") }
        do {
            _ = try library.load("broken")
            Issue.record("a broken file loaded")
        } catch ScreenError.themeSyntax(let file, let line, _) {
            #expect(file.hasSuffix("broken.toml") && line == 2)
        }
        #expect(library.loadOrDefault("broken").theme == BuiltInTheme.theme)
        #expect(library.loadOrDefault("broken").warnings.count == 1)
    }
}

@Suite("colour depth")
struct ColourDepthTests {
    func choose(
        _ wanted: ColourDepth? = nil, _ environment: [String: String] = [:], mono: Bool = false, colours: Int = 256, direct: Bool = true
    ) -> ColourDepth {
        ColourDepth.choose(
            .init(wanted: wanted, environment: environment, themeIsMono: mono, terminalColours: colours, directAvailable: direct))
    }

    @Test("the order of what decides")
    func order() {
        let promise = ["COLORTERM": "truecolor"]
        #expect(choose() == .indexed)
        #expect(choose(nil, promise) == .direct)
        #expect(choose(nil, promise, direct: false) == .indexed)
        #expect(choose(nil, promise.merging(["NO_COLOR": "1"]) { $1 }) == .mono)
        #expect(choose(nil, promise.merging(["NO_COLOR": ""]) { $1 }) == .direct)
        #expect(choose(.sixteen, ["NO_COLOR": "1"]) == .sixteen)
        #expect(choose(nil, promise, mono: true) == .mono)
        #expect(choose(.direct, colours: 256, direct: false) == .indexed)
        #expect(choose(.indexed, colours: 8) == .eight)
        #expect(choose(nil, colours: -1) == .mono)
        #expect(choose(nil, colours: 16) == .sixteen)
    }
}
