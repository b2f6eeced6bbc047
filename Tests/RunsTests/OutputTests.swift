import Foundation
import Fusion
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

/// Nothing that a person has is lost by a wrong name.
@Suite("What may be written where") struct OutputTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func file(_ name: String, _ text: String = "mine") throws -> String {
        let path = scratch(name)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func refusal(_ replacing: Output.Replacing = .own, _ fill: (inout Outputs) -> Void) -> String? {
        var files = Outputs(replacing: replacing)
        fill(&files)
        do { try files.check() } catch { return error.description }
        return nil
    }

    @Test("an output that is an input is refused under any of its names, and nothing else helps but force")
    func inputs() throws {
        let parent = try file("a.pt")
        try FileManager.default.createSymbolicLink(atPath: scratch("link.pt"), withDestinationPath: parent)
        try FileManager.default.linkItem(atPath: parent, toPath: scratch("hard.pt"))
        for name in ["a.pt", "./a.pt", "link.pt", "hard.pt", "../" + (scratch.path as NSString).lastPathComponent + "/a.pt"] {
            for replacing in [Output.Replacing.own, .existing] {
                let reason = refusal(replacing) { files in
                    files.read(parent, as: "parent A")
                    files.write(scratch(name), "--output", .network)
                }
                #expect(
                    reason?.contains("--output would replace parent A") == true && reason?.contains("--force") == true,
                    "\(name): \(reason ?? "allowed")")
            }
            #expect(
                refusal(.anything) { files in
                    files.read(parent, as: "parent A")
                    files.write(scratch(name), "--output", .network)
                } == nil)
        }
    }

    @Test("a file of a data folder is an input, a new file in it is none")
    func dataFolder() throws {
        try FileManager.default.createDirectory(atPath: scratch("data"), withIntermediateDirectories: true)
        let image = try file("data/train.csv")
        try FileManager.default.linkItem(atPath: image, toPath: scratch("elsewhere.csv"))
        for name in ["data/train.csv", "elsewhere.csv"] {
            #expect(
                refusal(.existing) { files in
                    files.read(scratch("data"), as: "the data")
                    files.write(scratch(name), "--export", .couplings)
                }?.contains("would replace the data") == true, "\(name)")
        }
        #expect(
            refusal { files in
                files.read(scratch("data"), as: "the data")
                files.write(scratch("data/fused.pt"), "--output", .network)
            } == nil)
    }

    @Test("two outputs in one file are refused, there or not yet, even by force")
    func twice() throws {
        for replacing in [Output.Replacing.own, .anything] {
            let reason = refusal(replacing) { files in
                files.write(scratch("x.safetensors"), "--output", .network)
                files.write(scratch("./x.safetensors"), "--couplings", .couplings)
            }
            #expect(reason?.contains("--couplings is the file of --output") == true)
        }
    }

    @Test("a file of someone else is replaced only by force; one that leads nowhere is someone's, too")
    func foreign() throws {
        try FileManager.default.createSymbolicLink(atPath: scratch("dangling.toml"), withDestinationPath: scratch("nothing"))
        for (path, kind) in [
            (try file("x.pt"), Output.Kind.network), (try file("x.csv"), .couplings), (try file("x.npz"), .couplings),
            (try file("x.toml"), .recipe), (try file("x.html"), .report),
            (try file("x.json", "{\"amalgam\": 1}"), .report), (try file("x.jsonl", "{\"started\": 1}\n"), .events),
            (scratch("dangling.toml"), .recipe),
        ] {
            #expect(refusal { $0.write(path, "--it", kind) }?.contains("was not written by Amalgam") == true, "\(path)")
            #expect(refusal(.existing) { $0.write(path, "--it", kind) } == nil)
            #expect(refusal(.anything) { $0.write(path, "--it", kind) } == nil)
        }
    }

    @Test("a text that this program wrote is its own until someone edits it")
    func marks() throws {
        for (name, kind, remark) in [
            ("r.toml", Output.Kind.recipe, WrittenMark.Remark.hash), ("r.md", .report, .angle), ("r.txt", .report, .none),
        ] {
            let path = scratch(name)
            try TextFile.write("first\nsecond", to: path, signed: remark)
            #expect(refusal { $0.write(path, "--it", kind) } == nil, "\(name)")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            for edited in [text.replacingOccurrences(of: "second", with: "third"), text + "more\n", String(text.dropFirst())] {
                try edited.write(toFile: path, atomically: true, encoding: .utf8)
                #expect(refusal { $0.write(path, "--it", kind) } != nil, "\(name)")
            }
        }
    }

    @Test("what a fusion writes is known again: network, recipe, couplings, reports, exports")
    func own() throws {
        let recipe = try SampleLibrary().named("lenet-pair").byTransport()
        let result = try FusionRun(recipe).run()
        var outputs: [Output] = []
        for suffix in ["safetensors", "pt"] {
            try result.save(to: scratch("net.\(suffix)"))
            outputs.append(Output(scratch("net.\(suffix)"), "--output", .network))
        }
        for suffix in ["safetensors", "npz"] {
            try CouplingFile.write(result.outcome.plan, to: scratch("plan.\(suffix)"))
            outputs.append(Output(scratch("plan.\(suffix)"), "--couplings", .couplings))
        }
        try recipe.save(to: scratch("recipe.toml"))
        outputs.append(Output(scratch("recipe.toml"), "--save-recipe", .recipe))
        let account = try RunAccount(result)
        for format in ReportFormat.allCases {
            try ReportFormat.write(ReportDocument(account), to: scratch("report.\(format.rawValue)"), json: result.report.json())
            outputs.append(Output(scratch("report.\(format.rawValue)"), "--report", .report))
        }
        for format in [RunExport.jsonLines, .csv] {
            try format.write([.example()], to: scratch("export.\(format.rawValue)"))
            outputs.append(Output(scratch("export.\(format.rawValue)"), "--output", .export))
        }
        for output in outputs {
            #expect(refusal { $0.write(output.path, output.option, output.kind) } == nil, "\(output.path)")
            #expect(output.kind.wrote(output.path), "\(output.path)")
        }
        // The recipe reads back, mark and all.
        #expect(try Recipe(file: scratch("recipe.toml")).method == recipe.method)
    }

    @Test("a fusion into a parent's place leaves the parent as it is; by force it is replaced, and its checksum is that of what was fused")
    func fusion() throws {
        let set = try SampleLibrary().named("lenet-pair")
        var recipe = try set.byTransport()
        for (index, path) in recipe.parents.enumerated() {
            try FileManager.default.copyItem(atPath: path, toPath: scratch("parent\(index).safetensors"))
            recipe.parents[index] = scratch("parent\(index).safetensors")
        }
        let parent = recipe.parents[0], before = try Data(contentsOf: URL(fileURLWithPath: parent))
        let run = try FusionRun(recipe), checksum = try run.parents[0].checkpoint.checksum()
        #expect { _ = try run.run(output: parent) } throws: { "\($0)".contains("would replace parent A") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: parent)) == before)
        let result = try run.run(output: parent, replacing: .anything)
        #expect(try Data(contentsOf: URL(fileURLWithPath: parent)) != before)
        #expect(result.manifest?.parents.first?.sha256 == checksum)
        #expect(try run.parents[0].checkpoint.checksum() == checksum)
    }
}
