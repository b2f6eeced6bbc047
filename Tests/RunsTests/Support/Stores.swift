import Foundation
import Fusion
import GRDB
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

/// A store in a folder of its own.
struct TestStore {
    let scratch: Scratch
    let store: RunStore

    init() throws {
        scratch = try Scratch()
        store = try RunStore(folder: scratch.path)
    }

    /// What any SQLite tool sees.
    func sql(_ text: String) throws {
        try DatabaseQueue(path: store.file).write { try $0.execute(sql: text) }
    }

    func text(_ query: String) throws -> String? {
        try DatabaseQueue(path: store.file).read { try String.fetchOne($0, sql: query) }
    }
}

extension Recipe {
    static let example = Recipe(parents: ["a.pt", "b.pt"], data: "digits", seed: 7)
}

extension RunAccount {
    /// A finished run with a curve, made of plain values.
    static func example(
        id: Int64 = 1, title: String? = nil, command: String = "amalgam fuse a.pt b.pt", series: [MetricSeries]? = nil,
        name: String = "a.pt"
    ) -> RunAccount {
        let start = Date(timeIntervalSince1970: 1_700_000_000.25)
        let run = Run(
            id: RunID(number: id), kind: .fuse, status: .finished, reason: nil, title: title, parent: nil, method: "otfusion",
            recipe: "method = \"otfusion\"",
            command: command, folder: "/models", seed: "7", started: start, ended: Date(timeIntervalSince1970: 1_700_000_010.5),
            updated: start, host: "somewhere", process: 1,
            processMark: "", amalgam: "0.1.0", libtorch: "2.13.0", swift: "6.3", system: "Linux", processor: "a processor", threads: 1,
            peakMemory: 1, network: nil)
        let points: [MetricSeries] = [
            MetricSeries(
                name: "loss/training",
                points: [.init(step: 1, value: 2.25, time: 1_700_000_001), .init(step: 300, value: 1.125, time: 1_700_000_002)]),
            MetricSeries(name: "loss/validation", points: [.init(step: 1, value: .nan, time: 1_700_000_001.5)]),
        ]
        return RunAccount(
            run: run, sources: [RunSource(role: .parent, letter: "A", name: "/models/\(name)", sha256: "aa11")],
            evaluations: [
                RunEvaluation(
                    role: .fused, letter: nil, name: "fused", parameters: 10, samples: 8, accuracy: 0.875, loss: 0.5,
                    calibrationError: nil, note: nil)
            ],
            couplings: [], timings: [], series: series ?? points, events: [], artifacts: [])
    }
}

extension SampleSet {
    /// The set's parents fused by optimal transport, whatever the set's own recipe is.
    func byTransport() throws -> Recipe {
        var recipe = recipe
        recipe.method = OTFusion.method
        try recipe.settings.set("samples", .integer(200))
        return recipe
    }
}
