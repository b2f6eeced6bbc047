import Foundation
import Screen
import Testing

@testable import Workbench

/// Saved screens. `AMALGAM_RECORD_SCREENS=1 swift test --filter WorkbenchTests` saves them anew; look at the difference before committing it.
@Suite("saved screens")
struct GoldenScreenTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Screens").path
    static let isRecording = ProcessInfo.processInfo.environment["AMALGAM_RECORD_SCREENS"] == "1"

    struct Scene: CustomTestStringConvertible, Sendable {
        var name: String
        /// A hyperparameter to stand on first, on the Fuse screen.
        var field: String?
        var keys: String
        var testDescription: String { name }
    }

    static let scenes: [Scene] = [
        Scene(name: "models", keys: ""),
        Scene(name: "align", keys: "2 j j l"),
        Scene(name: "align-soft", field: "solver", keys: "right 2 r"),
        Scene(name: "align-edited", keys: "2 j j l m tab j j j j j M"),
        Scene(name: "edits", keys: "2 j j l m j j M E down"),
        Scene(name: "fuse-own-layer", field: "solver", keys: "o right down"),
        Scene(name: "fuse-own-layers", field: "solver", keys: "o right o"),
        Scene(name: "align-cost", keys: "2 v"),
        Scene(name: "align-change", field: "solver", keys: "right 2 v v"),
        Scene(name: "align-layers", keys: "2 v v v"),
        Scene(name: "align-flow", keys: "2 v v v v"),
        Scene(name: "align-table", keys: "2 V"),
        Scene(name: "align-kept", keys: "4 enter ctrl-u text:reconstruct enter 2 j j j l"),
        Scene(name: "align-kept-cost", keys: "4 enter ctrl-u text:reconstruct enter 2 n v"),
        Scene(name: "fuse-kept", keys: "4 enter ctrl-u text:reconstruct enter"),
        Scene(name: "set-keys", keys: "4 : text:set space down"),
        Scene(name: "set-values", keys: "4 : text:set space down tab"),
        Scene(name: "neurons", keys: "3"),
        Scene(name: "neurons-classes", keys: "3 i } right right"),
        Scene(name: "neurons-distributions", keys: "3 v"),
        Scene(name: "neurons-matches", keys: "3 v v"),
        Scene(name: "neurons-table", keys: "3 v v v"),
        Scene(name: "neurons-deep", keys: "3 > s s"),
        Scene(name: "files", keys: "o down enter down"),
        Scene(name: "export", keys: "2 e ctrl-u text:plan.xyz enter"),
        Scene(name: "copy", keys: "2 y"),
        Scene(name: "tour", keys: "f2 2"),
        Scene(name: "fuse", keys: "4"),
        Scene(name: "fuse-result", keys: "4 right left F wait"),
        Scene(name: "fuse-notes", keys: "4 F wait n"),
        Scene(name: "fuse-running", keys: "F"),
        Scene(name: "automatic", keys: "4 A F wait tab tab"),
        Scene(name: "automatic-size", keys: "4 A F wait v"),
        Scene(name: "compare-classes", keys: "4 F wait 6 v v v"),
        Scene(name: "compare-confusion", keys: "4 F wait 6 v v v v"),
        Scene(name: "barrier", keys: "4 F wait b"),
        Scene(name: "train", keys: "5"),
        Scene(name: "train-settings", keys: "5 tab down enter ctrl-u text:x enter"),
        Scene(name: "train-done", keys: "F wait t wait left H"),
        Scene(name: "compare", keys: "6"),
        Scene(name: "compare-difference", keys: "6 space down down"),
        Scene(name: "compare-size", keys: "6 v"),
        Scene(name: "places", keys: "2 > 4 ' down"),
        Scene(name: "help", keys: "2 ?"),
        Scene(name: "palette", keys: ": text:fus"),
        Scene(name: "log", keys: "F wait !"),
        Scene(name: "themes", keys: "T down"),
        Scene(name: "quit", keys: "F q"),
        Scene(name: "wide-names", keys: "down down enter"),
    ]

    @Test("screens are as they were saved", arguments: scenes, ["80x24", "160x45"])
    func golden(scene: Scene, size: String) throws {
        let bench = try bench(try #require(Size(size)))
        try play(scene, on: bench)
        try compare(ScreenText.dump(bench.cells), name: "\(scene.name)-\(size)")
    }

    private func play(_ scene: Scene, on bench: Headless) throws {
        if let field = scene.field {
            try bench.play("4")
            bench.select(field)
        }
        try bench.play(scene.keys)
    }

    @Test("monochrome and ASCII screens", arguments: [("mono", "2"), ("mono", "4 F wait")])
    func plain(theme: String, keys: String) throws {
        let bench = try bench(colour: .mono, theme: theme)
        try bench.play(keys)
        try compare(ScreenText.dump(bench.cells), name: "mono-\(keys.prefix(1))")
        try bench.play("# #")
        #expect(bench.model.appearance.glyphs == .ascii)
        let foreign = bench.text.unicodeScalars.filter { !$0.isASCII }
        #expect(foreign.isEmpty)
        try compare(ScreenText.dump(bench.cells), name: "ascii-\(keys.prefix(1))")
    }

    @Test("the small screen shows one panel")
    func small() throws {
        let bench = try bench(Size(columns: 60, rows: 18))
        try bench.play("2")
        try compare(ScreenText.dump(bench.cells), name: "align-60x18")
    }

    private func compare(_ found: String, name: String) throws {
        let path = Self.folder + "/\(name).txt"
        if Self.isRecording {
            try FileManager.default.createDirectory(atPath: Self.folder, withIntermediateDirectories: true)
            try found.write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(contentsOfFile: path, encoding: .utf8)
        #expect(found == expected, "\(name) differs from its saved screen:\n\(ScreenText.difference(expected: expected, found: found))")
    }

    @Test("no line is wider than the screen")
    func widths() throws {
        for scene in Self.scenes {
            let bench = try bench()
            try play(scene, on: bench)
            for row in 0..<24 { #expect(Text.width(bench.row(row)) == 80, "\(scene.name) row \(row)") }
        }
    }
}
