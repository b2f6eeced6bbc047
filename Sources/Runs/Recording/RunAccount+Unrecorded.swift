import Foundation
import Fusion
import Networks
import Provenance
import Reports
import Store
import Training

extension RunAccount {
    /// A fusion that no store knows of, or not yet.
    package init(_ result: FusionRun.Result) throws {
        let report = result.report
        let recipe = try Recipe(toml: report.recipe, path: "")
        let run = try Run(
            report.run, kind: .fuse, method: report.method, recipe: report.recipe, command: report.command, seed: recipe.seed,
            seconds: report.seconds.open + report.seconds.fuse + report.seconds.evaluate, peakMemory: report.peakMemory,
            network: report.network)
        self.init(
            run: run, sources: report.sources, evaluations: report.rows.map { RunEvaluation($0) }, couplings: report.couplings,
            timings: report.timings, events: Self.notes(report.assumed.map { "assumed: \($0)" } + report.notes, at: run.updated))
    }

    /// A training that no store knows of: its curves have a point for every epoch.
    package init(_ result: FineTuningRun.Result) throws {
        let report = result.report, recipe = try FineTuningRecipe(toml: report.recipe, path: "")
        let run = try Run(
            report.run, kind: recipe.isFresh ? .train : .finetune, method: recipe.methodWord, recipe: report.recipe,
            command: report.command, seed: recipe.seed,
            seconds: report.seconds, peakMemory: report.peakMemory, network: report.network)
        let time = run.updated.timeIntervalSince1970
        func curve(_ name: String, _ value: (TrainingEpoch) -> Double?) -> MetricSeries {
            MetricSeries(
                name: name,
                points: report.epochs.compactMap { epoch in
                    value(epoch).map { .init(step: epoch.epoch * report.stepsPerEpoch, value: $0, time: time) }
                })
        }
        let series = [
            curve("accuracy/training", \.accuracy),
            curve("\((report.epochs.lazy.compactMap(\.validation?.figure).first ?? .accuracy).name)/validation") {
                $0.validation?.accuracy
            }, curve("gradient norm", \.gradientNorm), curve("learning rate", \.learningRate),
            curve(RunSeries.epochLoss, \.loss), curve("loss/validation") { $0.validation?.loss },
        ].filter { !$0.points.isEmpty }
        self.init(
            run: run, sources: report.sources, evaluations: report.rows.map { RunEvaluation($0) },
            timings: [RunTiming(name: "train", seconds: report.summary.seconds)], series: series,
            events: Self.notes(report.notes, at: run.updated)
                + [RunEvent(time: run.updated, kind: "finished", text: report.summary.sentence)])
    }

    private static func notes(_ notes: [String], at time: Date) -> [RunEvent] { notes.map { RunEvent(time: time, kind: "note", text: $0) } }
}
