import Checkpoints
import Foundation
import Fusion
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("Replay") struct ReplayTests {
    let test: TestStore
    let recipe: Recipe

    init() throws {
        test = try TestStore()
        let set = try SampleLibrary(folder: packageFolder + "/sample-models").named("non-iid-pair")
        var recipe = try set.byTransport()
        for (index, name) in ["a.safetensors", "b.safetensors"].enumerated() {
            try FileManager.default.copyItem(atPath: set.parents[index], toPath: test.scratch(name))
            recipe.parents[index] = test.scratch(name)
        }
        self.recipe = recipe
    }

    private func recorded(output: String? = nil) throws -> RunAccount {
        let recorder = try test.store.begin(recipe: recipe, command: recipe.command())
        try recorder.record(FusionRun(recipe).run(output: output, checksums: true))
        recorder.finish()
        return try test.store.account(recorder.id)
    }

    @Test("the same recipe gives the same bits")
    func same() throws {
        let found = try Replayer(recorded()).replay()
        #expect(found.verdict == .same && found.differences.isEmpty && found.recorded == found.found)
    }

    @Test("a parent that changed is named, and nothing is fused unless asked for")
    func changedParent() throws {
        let account = try recorded()
        try FileManager.default.removeItem(atPath: recipe.parents[0])
        try FileManager.default.copyItem(atPath: recipe.parents[1], toPath: recipe.parents[0])
        let found = try Replayer(account).replay()
        #expect(found.verdict == .inputsDiffer && found.found == nil && found.differences.map(\.subject) == [.parent])
        #expect(found.lines.contains { $0.contains("parent A") && $0.contains("a.safetensors") })
        #expect(try Replayer(account).replay(anyway: true).verdict == .different)
        try FileManager.default.removeItem(atPath: recipe.parents[0])
        #expect(error { _ = try Replayer(account).replay() }.contains("a.safetensors"))
    }

    @Test("data that changed and versions that differ are named; a version alone does not keep the network from being the same")
    func otherDifferences() throws {
        let account = try recorded()
        try test.sql("UPDATE source SET sha256 = 'else' WHERE role = 'data'")
        let data = try Replayer(test.store.account(account.run.id)).replay()
        #expect(data.verdict == .inputsDiffer && data.differences.map(\.subject) == [.data])
        try test.sql("UPDATE source SET sha256 = '\(account.source(.data)?.sha256 ?? "")' WHERE role = 'data'")
        try test.sql("UPDATE run SET libtorch = '1.13.1', threads = 64")
        let version = try Replayer(test.store.account(account.run.id)).replay()
        #expect(
            version.verdict == .same && version.differences.map(\.what) == ["libtorch", "threads"]
                && version.differences[0].recorded == "1.13.1")
    }

    @Test("a training begins from a recorded fusion, continues its run, and is repeated bit for bit, also from its file")
    func trainings() throws {
        let fused = test.scratch("fused.safetensors"), tuned = test.scratch("tuned.safetensors")
        let fusion = try recorded(output: fused)
        var recipe = FineTuningRecipe(.network(fused), data: "digits", evaluation: "digits", teachers: [self.recipe.parents[1]])
        for text in ["epochs=1", "distill=kl"] { try recipe.settings.apply(assignment: text) }
        let run = try FineTuningRun(recipe, output: tuned)
        let recorder = try test.store.begin(run)
        recorder.record(try run.run(observer: { recorder.record($0) }))
        recorder.finish()
        let account = try test.store.account(recorder.id)
        #expect(account.run.kind == .finetune && account.run.parent == fusion.run.id && account.run.status == .finished)
        #expect(account.sources.map(\.role) == [.parent, .teacher, .data, .validation, .evaluation])
        #expect(account.outcome?.name == "after" && account.series(named: "loss/training")?.points.first?.step == 1)
        #expect(try Replayer(account).replay().verdict == .same && Replayer(file: tuned).replay().verdict == .same)
        let manifest = try #require(Manifest(of: Checkpoint.open(tuned)))
        #expect(manifest.parents.map(\.letter) == ["start", "teacher A"] && manifest.parents[0].manifest?.kind == .fuse)
        #expect(try ReportFormat.html.text(ReportDocument(account), json: "").contains("validation data (best epoch)"))
    }

    @Test("a run without a network has nothing to be compared with")
    func unfinished() throws {
        let recorder = try test.store.begin(recipe: recipe, command: "")
        recorder.fail("no")
        #expect(error { _ = try Replayer(test.store.account(recorder.id)) }.contains("failed"))
    }

    @Test("a saved file is made again from its own manifest, which also tells of its parents' past")
    func manifests() throws {
        let first = test.scratch("first.safetensors"), second = test.scratch("second.pt")
        _ = try recorded(output: first)
        #expect(try Replayer(file: first).replay().verdict == .same)
        #expect(error { _ = try Replayer(file: recipe.parents[0]) }.contains("no manifest"))

        var next = recipe
        next.parents = [first, recipe.parents[1]]
        _ = try FusionRun(next).run(output: second)
        let manifest = try #require(Manifest(of: Checkpoint.open(second)))
        #expect(manifest.kind == .fuse && manifest.network?.count == 64 && manifest.data?.count == 64 && manifest.threads == 1)
        #expect(manifest.parents[0].manifest?.parents.count == 2 && manifest.parents[1].manifest == nil)
        let lines = try Inspection(Parent.open([second])[0]).lines
        #expect(lines.contains { $0.contains("provenance") } && lines.contains { $0.contains("from A \(first)") })
        #expect(lines.contains { $0.hasPrefix("          from A") || $0.contains("    from A \(recipe.parents[0])") })
    }

    @Test("the same recipe writes the same file, byte for byte")
    func sameFile() throws {
        let path = test.scratch("out.safetensors")
        _ = try recorded(output: path)
        let first = try Data(contentsOf: URL(fileURLWithPath: path))
        _ = try recorded(output: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
    }

    @Test("a past that doubles with every generation is cut where it grows too long")
    func longPast() throws {
        var manifest = try Manifest(
            kind: .fuse, recipe: String(repeating: "r", count: 2000), command: "", parents: [], data: nil, evaluation: nil, network: "",
            accuracy: nil)
        for _ in 0..<12 {
            let parent = try JSONDecoder().decode(
                Manifest.Source.self,
                from: Data(#"{"letter":"A","path":"p","sha256":"s","manifest":"#.utf8) + JSONEncoder().encode(manifest) + Data("}".utf8))
            manifest = try Manifest(
                kind: .fuse, recipe: manifest.recipe, command: "", parents: [parent, parent], data: nil, evaluation: nil, network: "",
                accuracy: nil)
            let text = try #require(manifest.metadata[Manifest.key])
            #expect(text.utf8.count <= 200_000)
            manifest = try JSONDecoder().decode(Manifest.self, from: Data(text.utf8))
        }
        #expect(!manifest.parents.isEmpty)
    }
}
