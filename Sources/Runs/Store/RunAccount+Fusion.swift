import Foundation
import Fusion

extension RunAccount {
    /// A fusion that no store knows of, or not yet.
    public init(_ result: FusionRun.Result) throws(RunError) {
        let report = result.report, machine = try Machine.current(), process = ProcessMark.current, now = Date()
        let recipe = try runs { try Recipe(toml: report.recipe, path: "") }
        let seconds = report.seconds.open + report.seconds.fuse + report.seconds.evaluate
        run = Run(
            id: report.run ?? .unrecorded, kind: .fuse, status: .finished, reason: nil, title: nil, parent: nil, method: report.method, recipe: report.recipe,
            command: report.command, folder: FileManager.default.currentDirectoryPath, seed: "\(recipe.seed)", started: now.addingTimeInterval(-seconds), ended: now,
            updated: now, host: process.host, process: process.number, processMark: process.mark, amalgam: machine.amalgam, libtorch: machine.libtorch,
            swift: machine.swift, system: machine.system, processor: machine.processor, threads: machine.threads, peakMemory: report.peakMemory, network: report.network)
        sources = report.sources
        evaluations = report.rows.map { RunEvaluation($0) }
        var couplings: [RunCoupling] = []
        for planned in result.outcome.plan.groups {
            for coupling in planned.couplings { couplings.append(try RunCoupling(planned, coupling)) }
        }
        self.couplings = couplings
        timings = report.timings
        series = []
        events = report.notes.map { RunEvent(time: now, kind: "note", text: $0) }
        artifacts = []
    }
}
