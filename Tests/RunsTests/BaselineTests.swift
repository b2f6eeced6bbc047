import Checkpoints
import Datasets
import Foundation
import Fusion
import Hyperparameters
import Testing
import Training
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("What a fusion is compared with") struct BaselineTests {
    let pair: [String]

    init() throws { pair = try SampleLibrary(folder: packageFolder + "/sample-models").named("non-iid-pair").parents }

    @Test(
        "majority vote and the best parent on validation data stand in the same table; the choice never looks at the data it is measured on"
    )
    func table() throws {
        var recipe = Recipe(parents: pair, method: Averaging.method, data: "digits:train?validation=0.2", evaluation: "digits:test")
        recipe.validation = "digits:train?validation=0.2&held=yes"
        let run = try FusionRun(recipe), report = try run.run().report
        #expect(report.rows.map(\.role) == [.parent, .parent, .best, .ensemble, .vote, .shares, .average, .head, .head, .fused])
        let held = try DataSpec("digits:train?validation=0.2&held=yes").load(default: .train)
        let onHeld = try Evaluator(held).evaluate(run.parents.map { $0.network as any Predictor }).map(\.accuracy)
        let best = try #require(report.row(.best))
        let expected = onHeld[0] >= onHeld[1] ? 0 : 1
        #expect(best.letter == run.parents[expected].letter && best.evaluation == report.rows[expected].evaluation)
        #expect(best.note?.contains("selected on \(held.count) samples") == true)
        let vote = try Ensemble(run.parents.map(\.network), rule: .vote)
        let measured = try Evaluator(DataSpec("digits:test").load()).evaluate(vote)
        #expect(report.row(.vote)?.evaluation?.correct == measured.correct)
        // In every form of the report.
        let document = ReportDocument(try RunAccount(run.run()))
        for text in [
            try report.json(), report.lines.joined(separator: "\n"), MarkdownReport.text(document), HTMLReport.page(document),
            TextReport.lines(document).joined(separator: "\n"),
        ] {
            #expect(text.contains("majority vote") && text.contains("best parent by validation") && text.contains("selected on"))
        }
        // The recipe keeps it; a replay, which measures nothing, does without.
        #expect(try Recipe(toml: recipe.toml(), path: "") == recipe)
        #expect(report.command.contains("--validate"))
        #expect(try report.sources.isEmpty && run.sources().contains { $0.role == .validation })
    }

    @Test("validation on test data is refused, and so is a control without data to compare on")
    func refused() throws {
        var recipe = Recipe(parents: pair, method: Averaging.method, evaluation: "digits:test")
        recipe.validation = "digits:test"
        #expect(error { _ = try FusionRun(recipe) }.contains("test data"))
        let tuning = FineTuningRecipe(.network(pair[0]), data: "digits?samples=50", controls: [pair[1]])
        #expect(error { _ = try FineTuningRun(tuning).controls() }.contains("--evaluate"))
    }

    @Test("a control is a parent trained by the same recipe as long as the network: what it would be by itself")
    func control() throws {
        let scratch = try Scratch()
        var settings = Settings(FineTuning.table)
        for text in ["epochs=2", "learning-rate=0.005"] { try settings.apply(assignment: text) }
        let recipe = FineTuningRecipe(
            .network(pair[0]), data: "digits?samples=200", evaluation: "digits:test", controls: [pair[1]], settings: settings, seed: 5)
        #expect(try FineTuningRecipe(toml: recipe.toml(), path: "") == recipe)
        #expect(recipe.command().contains("--control"))
        let run = try FineTuningRun(recipe, output: scratch("tuned.pt"))
        var report = try run.run().report
        let control = try #require(try run.controls().first)
        #expect(control.output == scratch("tuned.control-A.pt"))
        let other = try control.run().report
        report.add(control: other, of: pair[1], run: nil)
        #expect(report.rows.map(\.role) == [.before, .network, .parent, .control])
        let alone = FineTuningRecipe(.network(pair[1]), data: "digits?samples=200", evaluation: "digits:test", settings: settings, seed: 5)
        // Both are trained on the samples that the seed leaves, whatever each has seen.
        var itsRecipe = alone
        try itsRecipe.settings.apply(assignment: "validation-from=any")
        let itself = try FineTuningRun(itsRecipe).run().report
        #expect(other.network == itself.network && report.row(.control)?.evaluation == itself.row(.network)?.evaluation)
        #expect(report.lines.contains { $0.contains("trained as long") })
    }
}

@Suite("Recorded sweeps") struct SweepRecordTests {
    @Test("a sweep is one run: a curve over the values, a row for each, the best as its outcome")
    func recorded() throws {
        let test = try TestStore()
        let recipe = try SampleLibrary(folder: packageFolder + "/sample-models").named("non-iid-pair").byTransport()
        let run = try FusionRun(recipe), sweep = try Sweep("blend=0:1:0.5", method: recipe.method)
        let recorder = try test.store.begin(sweep, of: recipe)
        var number = 0
        let points = try run.sweep(
            sweep,
            found: { point in
                number += 1
                recorder.record(point, number: number)
            })
        recorder.record(points, of: sweep, sources: try run.sources())
        recorder.finish()
        let account = try test.store.account(recorder.id)
        #expect(account.run.kind == .sweep && account.run.status == .finished && account.run.command.hasSuffix("--sweep blend=0:1:0.5"))
        #expect(account.series(named: "accuracy/fused")?.points.map(\.value) == points.map(\.fused.accuracy))
        #expect(account.series(named: "loss/plain average")?.points.map(\.step) == [1, 2, 3])
        #expect(account.evaluations.map(\.name) == points.map { "blend = \($0.value)" })
        let best = points.map(\.fused.accuracy).max()
        #expect(account.outcome?.accuracy == best && account.evaluations.count(where: \.isOutcome) == 1)
        let text = TextReport.lines(ReportDocument(account)).joined(separator: "\n")
        #expect(text.contains("once per value") && text.contains("biases"))
        // There is no single network to make again.
        #expect(error { _ = try Replayer(account) }.contains("no network"))
        #expect(try test.store.list().first?.accuracy == best)
        #expect(!text.contains("accuracy/size"), "every value gives a network of the same size")
    }

    @Test("a sweep over the size has its accuracy drawn against the number of parameters")
    func size() throws {
        let test = try TestStore()
        var recipe = try SampleLibrary(folder: packageFolder + "/sample-models").named("non-iid-pair").byTransport()
        recipe.method = Reconstruction.method
        for setting in ["samples=60", "inputs=200", "controls=none"] { try recipe.apply(assignment: setting) }
        let run = try FusionRun(recipe), sweep = try Sweep("width=0.5,1", method: recipe.method)
        let recorder = try test.store.begin(sweep, of: recipe)
        let points = try run.sweep(sweep)
        recorder.record(points, of: sweep, sources: try run.sources())
        recorder.finish()
        let account = try test.store.account(recorder.id)
        #expect(points[0].parameters < points[1].parameters)
        let scratch = try Scratch(), path = scratch("size.html")
        try ReportFormat.write(ReportDocument(account), to: path, json: "{}")
        let page = try String(contentsOfFile: path, encoding: .utf8)
        #expect(page.contains("accuracy/size") && page.contains(">parameters</text>"))
    }
}

@Suite("Reports of trainings") struct TrainingReportTests {
    @Test("a training that is not recorded has a report with its curves, in every format")
    func formats() throws {
        let scratch = try Scratch()
        var settings = Settings(FineTuning.table)
        try settings.apply(assignment: "epochs=3")
        let recipe = FineTuningRecipe(.fresh("mlp:64-12-10"), data: "digits?samples=200", evaluation: "digits:test", settings: settings)
        let result = try FineTuningRun(recipe).run()
        let document = ReportDocument(try RunAccount(result))
        #expect(document.title == "A training" && document.summary.contains("trained with sgd"))
        for format in ReportFormat.allCases {
            let path = scratch("report.\(format.rawValue)")
            try ReportFormat.write(document, to: path, json: result.report.json())
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains("after") && text.contains("mlp:64-12-10"), "\(format)")
            if format != .json { #expect(text.contains("validation") && text.contains("loss"), "\(format)") }
        }
        #expect(try String(contentsOfFile: scratch("report.html"), encoding: .utf8).contains("<polyline"))
    }

    @Test("the table of epochs has the figures of the training, recorded or not, marks the epoch that was kept and says how it ended")
    func epochs() throws {
        let test = try TestStore()
        var settings = Settings(FineTuning.table)
        try settings.apply(assignment: "epochs=3")
        let run = try FineTuningRun(FineTuningRecipe(.fresh("mlp:64-12-10"), data: "digits?samples=200", settings: settings))
        let recorder = try test.store.begin(run), result = try run.run { recorder.record($0) }
        recorder.record(result)
        recorder.finish()
        let kept = result.report.summary.keptEpoch, steps = run.tuner.stepsPerEpoch
        for account in [try test.store.account(recorder.id), try RunAccount(result)] {
            let blocks = ReportDocument.epochs(account)
            guard case .paragraph(let end)? = blocks.first, case .table(let table)? = blocks.last else {
                Issue.record("no sentence and table: \(blocks)")
                continue
            }
            #expect(end == "Completed after 3 epochs, \(3 * steps) steps; the network of epoch \(kept) was kept.")
            #expect(table.rows.map { $0[0] } == (1...3).map { "\($0 * steps)" })
            #expect(table.rows.map { $0[1] } == result.report.epochs.map { String(format: "%.4f", $0.loss) })
            #expect(table.strong == [kept - 1] && table.rows[kept - 1][4].hasPrefix("★"))
        }
    }

    @Test("of a long training the table shows every so many epochs, and always the best and the last")
    func longTraining() throws {
        func series(_ name: String, _ value: (Int) -> Double) -> MetricSeries {
            MetricSeries(name: name, points: (1...1000).map { .init(step: $0, value: value($0), time: 0) })
        }
        var recipe = FineTuningRecipe(.fresh("mlp:2-2"), data: "digits")
        try recipe.settings.apply(assignment: "best-by=loss")
        let example = RunAccount.example(series: [
            series("loss/validation") { abs(Double($0) - 333) }, series("accuracy/validation") { _ in 0.5 },
        ])
        let run = try Run(
            .unrecorded, kind: .train, method: "sgd", recipe: recipe.toml(), command: "", seed: 0, seconds: 1, peakMemory: 0, network: "")
        let account = RunAccount(
            run: run, sources: [], evaluations: [], couplings: [], timings: [], series: example.series, events: [], artifacts: [])
        guard case .table(let table)? = ReportDocument.epochs(account).last else {
            Issue.record("no table")
            return
        }
        #expect(
            (30...45).contains(table.rows.count) && table.rows.last?[0] == "1000"
                && table.rows.contains { $0[0] == "333" && $0[4] == "★ 50.00 %" })
        #expect(ReportDocument.epochs(.example()).isEmpty, "a fusion has no epochs")
    }
}
