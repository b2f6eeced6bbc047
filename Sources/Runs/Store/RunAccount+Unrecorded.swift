import Foundation
import Fusion
import Networks
import Training

extension RunAccount {
    /// A fusion that no store knows of, or not yet.
    public init(_ result: FusionRun.Result) throws(RunError) {
        let report = result.report
        let recipe = try runs { try Recipe(toml: report.recipe, path: "") }
        run = try Run(
            report.run, kind: .fuse, method: report.method, recipe: report.recipe, command: report.command, seed: recipe.seed,
            seconds: report.seconds.open + report.seconds.fuse + report.seconds.evaluate, peakMemory: report.peakMemory,
            network: report.network)
        sources = report.sources
        evaluations = report.rows.map { RunEvaluation($0) }
        var couplings: [RunCoupling] = []
        for planned in result.outcome.plan.groups {
            for coupling in planned.couplings { couplings.append(try RunCoupling(planned, coupling)) }
        }
        self.couplings = couplings
        timings = report.timings
        series = []
        events = Self.notes(report.assumed.map { "assumed: \($0)" } + report.notes, at: run.updated)
        artifacts = []
    }

    /// A training that no store knows of: its curves have a point for every epoch.
    public init(_ result: FineTuningRun.Result) throws(RunError) {
        let report = result.report, recipe = try FineTuningRecipe(toml: report.recipe, path: "")
        run = try Run(
            report.run, kind: recipe.isFresh ? .train : .finetune, method: recipe.methodWord, recipe: report.recipe,
            command: report.command, seed: recipe.seed,
            seconds: report.seconds, peakMemory: report.peakMemory, network: report.network)
        sources = report.sources
        evaluations = report.rows.map { RunEvaluation($0) }
        couplings = []
        timings = [RunTiming(name: "train", seconds: report.summary.seconds)]
        let time = run.updated.timeIntervalSince1970
        func curve(_ name: String, _ value: (TrainingEpoch) -> Double?) -> MetricSeries {
            MetricSeries(
                name: name,
                points: report.epochs.compactMap { epoch in
                    value(epoch).map { .init(step: epoch.epoch * report.stepsPerEpoch, value: $0, time: time) }
                })
        }
        series = [
            curve("accuracy/training", \.accuracy),
            curve("\((report.epochs.lazy.compactMap(\.validation?.figure).first ?? .accuracy).name)/validation") {
                $0.validation?.accuracy
            }, curve("gradient norm", \.gradientNorm), curve("learning rate", \.learningRate),
            curve(RunSeries.epochLoss, \.loss), curve("loss/validation") { $0.validation?.loss },
        ].filter { !$0.points.isEmpty }
        events = Self.notes(report.notes, at: run.updated) + [RunEvent(time: run.updated, kind: "finished", text: report.summary.sentence)]
        artifacts = []
    }

    private static func notes(_ notes: [String], at time: Date) -> [RunEvent] { notes.map { RunEvent(time: time, kind: "note", text: $0) } }
}

extension Run {
    /// One that has just ended in this process.
    init(
        _ id: RunID?, kind: Kind, method: String, recipe: String, command: String, seed: UInt64, seconds: Double, peakMemory: Int,
        network: String
    ) throws(RunError) {
        let machine = try Machine.current(), process = ProcessMark.current, now = Date()
        self.init(
            id: id ?? .unrecorded, kind: kind, status: .finished, reason: nil, title: nil, parent: nil, method: method, recipe: recipe,
            command: command,
            folder: FileManager.default.currentDirectoryPath, seed: "\(seed)", started: now.addingTimeInterval(-seconds), ended: now,
            updated: now, host: process.host,
            process: process.number, processMark: process.mark, amalgam: machine.amalgam, libtorch: machine.libtorch, swift: machine.swift,
            system: machine.system,
            processor: machine.processor, threads: machine.threads, peakMemory: peakMemory, network: network)
    }
}
