import Foundation
import Fusion
import Store
import Runs
import Screen
import Synchronization
@testable import Training
import Transport
@testable import Workbench

/// An engine without tensors: parents that are permutations of each other, plans that soften with epsilon, the same in every run.
struct FakeEngine: Engine {
    /// What it finds beside the program.
    var sets: [SampleSetSummary] = [
        set(
            "digits-pair", "Digit MLPs, different labels",
            "Two MLPs (64-48-32-10) trained on different digits: A mostly 0–4, B mostly 5–9. Averaging their weights destroys both; fusion retains what each has learned.",
            ["even", "odd"]),
        set(
            "digits-widths", "Digit MLPs, different widths", "One parent is wider than the other: transport matches what averaging cannot.",
            ["wide", "narrow"]),
        set("names", "作者 and friends", "Names that take two columns.", ["作者-é-👩‍🔬", "esc\u{1B}[31m"]),
    ]
    var mismatch: String?
    var delay: Double = 0
    var failure: String?
    /// Steps of a fusion.
    var steps = 20

    static func set(_ id: String, _ title: String, _ story: String, _ names: [String]) -> SampleSetSummary {
        var recipe = Recipe(parents: names.map { "sample-models/\(id)/\($0).safetensors" }, data: "digits:train", evaluation: "digits:test")
        recipe.seed = 0
        return SampleSetSummary(id: id, title: title, story: story, recipe: recipe)
    }

    /// What was asked of the engine.
    final class Record: Sendable {
        private let entries = Mutex<[String]>([])
        var all: [String] { entries.withLock { $0 } }
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    private func rest(_ seconds: Double) { if delay > 0 { Thread.sleep(forTimeInterval: delay * seconds) } }

    func samples() throws -> [SampleSetSummary] {
        rest(1)
        return sets
    }

    static func widths(_ path: String) -> [Int] { path.contains("narrow") ? [64, 36, 24, 10] : [64, 48, 32, 10] }

    func open(_ paths: [String], control: JobControl) throws -> OpenedParents {
        rest(1)
        if let broken = paths.first(where: { $0.contains("broken") }) {
            throw Failure(description: "\(broken): the header ends at byte 8 of 412: the file is truncated; copy it again")
        }
        let parents = paths.map { path in
            let widths = Self.widths(path)
            return ParentSummary(
                path: path, name: String(path.split(separator: "/").last ?? ""), format: "safetensors", family: "mlp",
                parameters: zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 }, widths: widths)
        }
        let names = ["fc1", "fc2", "classes"]
        let groups = names.enumerated().map { index, name in
            GroupSummary(
                name: name, role: name == "classes" ? .classes : .hidden, neurons: paths.map { Self.widths($0)[index + 1] }, layers: name,
                shape: Self.widths(paths[0])[index + 1].description + "×" + Self.widths(paths[0])[index].description)
        }
        return OpenedParents(parents: parents, groups: groups, mismatch: mismatch, notes: ["activation: ReLU (assumed)"])
    }

    func measure(_ recipe: Recipe, control: JobControl) throws -> [Double] {
        rest(2)
        return recipe.parents.indices.map { 0.9712 - 0.0375 * Double($0) }
    }

    /// A permutation blurred by epsilon; orphans where the number divides by 17.
    static func plan(rows: Int, columns: Int, softness: Double) -> ValueGrid {
        var values = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            let target = columns == 10 ? row : (row * 29 + 11) % columns
            var total = 0.0
            var weights = [Double](repeating: 0, count: columns)
            for column in 0..<columns {
                let noise = Double((row * 7919 + column * 104_729) % 1009) / 1009
                let distance = column == target ? (row % 17 == 3 ? 0.85 : 0) : 0.6 + 0.4 * noise
                weights[column] = softness > 0 ? exp(-distance / softness) : column == target ? 1 : 0
                total += weights[column]
            }
            for column in 0..<columns { values[row * columns + column] = Float(weights[column] / total / Double(rows)) }
        }
        return ValueGrid(rows: rows, columns: columns, values: values) ?? .empty
    }

    func plan(_ recipe: Recipe, group: String, control: JobControl) throws -> GroupSnapshot {
        rest(0.3)
        if let failure { throw Failure(description: failure) }
        guard let index = ["fc1", "fc2", "classes"].firstIndex(of: group) else { throw Failure(description: "no group \(group)") }
        let widths = recipe.parents.map { Self.widths($0)[index + 1] }
        let isSoft =
            (recipe.edits[group].values["solver"] ?? recipe.settings["solver"]) != .choice("exact") && recipe.method.id == "otfusion"
        var softness = 0.0
        if isSoft, case .real(let epsilon)? = recipe.settings["epsilon"] { softness = min(10, epsilon * 2) }
        let isIdentity = group == "classes" || recipe.method.id == "average"
        let columns = widths[widths.count - 1]
        if recipe.method == Methods.standard, group != "classes" { return try Self.kept(group, widths: widths) }
        let couplings = try widths.dropLast().enumerated().map { parent, rows in
            try CouplingSnapshot(
                parent: parent,
                plan: TransportPlan(
                    isIdentity
                        ? Self.identity(rows)
                        : Self.plan(rows: rows, columns: columns, softness: softness).edited(recipe.edits[group], parent: parent)),
                cost: isIdentity ? nil : Self.plan(rows: rows, columns: columns, softness: 0.5),
                rowMass: Array(repeating: 1 / Double(rows), count: rows), columnMass: Array(repeating: 1 / Double(columns), count: columns),
                importance: (0..<rows).map { Double(($0 * 31 + 7) % rows + 1) / Double(rows) },
                transportCost: isIdentity ? nil : 0.184 + softness,
                certificate: isIdentity
                    ? nil
                    : Certificate(
                        solver: isSoft ? "sinkhorn" : "assignment", rowError: 8.1e-7, columnError: 1e-16, dualityGap: isSoft ? 2e-5 : 0,
                        iterations: isSoft ? 63 : rows,
                        converged: true, uniqueness: .unique), isIdentity: isIdentity)
        }
        return GroupSnapshot(group: group, couplings: Array(couplings), seconds: 0.038)
    }

    /// Every second neuron of each parent lives on; the others are given back in part by several.
    static func kept(_ group: String, widths: [Int]) throws -> GroupSnapshot {
        let columns = widths[widths.count - 1]
        var start = 0, counts: [Int] = []
        let couplings = try widths.enumerated().map { parent, rows in
            let count = parent == widths.count - 1 ? columns - start : columns / widths.count
            let stay = Array((0..<rows).filter { $0 % 2 == parent % 2 }.prefix(count))
            var plan = [Float](repeating: 0, count: rows * columns)
            var given = (0..<rows * columns).map { Float(($0 / columns * 7919 + $0 % columns * 104_729) % 1009) / 1009 * 0.7 }
            for (offset, row) in stay.enumerated() {
                plan[row * columns + start + offset] = 1 / Float(columns)
                given[row * columns + start + offset] = 1
            }
            let source = (0..<rows).map { stay.contains($0) ? 1 / Double(columns) : 0 },
                target = (0..<columns).map { (start..<start + stay.count).contains($0) ? 1 / Double(columns) : 0 }
            start += stay.count
            counts.append(stay.count)
            return try CouplingSnapshot(
                parent: parent, plan: TransportPlan(ValueGrid(rows: rows, columns: columns, values: plan) ?? .empty),
                cost: ValueGrid(rows: rows, columns: columns, values: given.map { 1 - $0 }),
                explained: ValueGrid(rows: rows, columns: columns, values: given), rowMass: source, columnMass: target,
                importance: (0..<rows).map { Double(($0 * 31 + 7) % rows + 1) / Double(rows) })
        }
        return GroupSnapshot(
            group: group, couplings: couplings,
            selection: SelectionSummary(
                selected: counts, neurons: widths, errors: (0...columns).map { exp(-5 * Double($0) / Double(columns)) }),
            seconds: 0.21)
    }

    // MARK: Neurons

    /// Scores fall from the first neuron of a fixed shuffle to the last; every thirteenth neuron is dead; classes take turns.
    func neurons(_ request: NeuronRequest, control: JobControl) throws -> NeuronSnapshot {
        if let failure { throw Failure(description: failure) }
        guard let index = ["fc1", "fc2", "classes"].firstIndex(of: request.group) else {
            throw Failure(description: "no group \(request.group)")
        }
        func sheet(_ count: Int, _ shift: Int) -> NeuronSheet {
            let scores = (0..<count).map { exp(-Double(($0 * 7 + shift) % count) / Double(count) * 3) }
            let dead = (0..<count).map { $0 % 13 == 5 }
            let top = (0..<count).map { neuron in (0..<4).map { NeuronActivity.Top(sample: (neuron + $0 * 3) % 10, value: Float(4 - $0)) } }
            let isFirst = request.group == "fc1"
            return NeuronSheet(
                scores: scores,
                byClass: request.score == .l2
                    ? [] : (0..<10).map { label in scores.enumerated().map { ($0 + label) % 10 == 0 ? $1 : $1 / 10 } },
                fanIn: scores.map { $0 + 1 }, activity: NeuronActivity(dead: dead, top: top, samples: 500),
                weights: isFirst
                    ? WeightImages(
                        rows: 8, columns: 8, values: (0..<count).map { neuron in (0..<64).map { Float(($0 * (neuron + 3)) % 17) / 8 - 1 } })
                    : nil)
        }
        var owners = request.recipe.parents.enumerated().map {
            NeuronOwner(role: .parent($0), sheet: sheet(Self.widths($1)[index + 1], $0 * 3))
        }
        owners.append(NeuronOwner(role: .fused, sheet: sheet(owners.last?.sheet.scores.count ?? 0, 1)))
        let samples = (0..<10).map { digit in
            SampleImage(rows: 8, columns: 8, values: (0..<64).map { Float(($0 * (digit + 1)) % 9) / 8 }, label: digit)
        }
        return NeuronSnapshot(
            group: request.group, score: request.score, owners: owners, samples: samples, fusedRecipe: request.recipe, seconds: 0.021)
    }

    // MARK: Files

    func browse(_ folder: String, control: JobControl) throws -> FolderSnapshot {
        if folder.contains("locked") { throw Failure(description: "\(folder) cannot be read: permission denied") }
        // As the engine: no slash at the end, and short below the working folder.
        var folder = folder
        if folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        if folder.hasPrefix("./") { folder.removeFirst(2) }
        return FolderSnapshot(
            path: folder, parent: folder == "/" ? nil : Model.folder(folder),
            entries: [
                FileEntry(name: "a.safetensors", path: "\(folder)/a.safetensors", kind: .checkpoint, bytes: 20_480),
                FileEntry(name: "b.pt", path: "\(folder)/b.pt", kind: .checkpoint, bytes: 1_234_567),
                FileEntry(name: "broken.pt", path: "\(folder)/broken.pt", kind: .checkpoint, bytes: 12),
                FileEntry(name: "deeper", path: "\(folder)/deeper", kind: .folder),
                FileEntry(name: "esc\u{1B}[31m.txt", path: "\(folder)/esc.txt", kind: .other, bytes: 3),
            ])
    }

    func inspect(_ path: String, control: JobControl) throws -> FilePreview {
        if path.contains("broken") {
            throw Failure(description: "\(path): the header ends at byte 8 of 412: the file is truncated; copy it again")
        }
        return FilePreview(
            path: path, lines: ["MLP · 5 018 parameters", "safetensors, 20.5 kB, f32"],
            layers: [["fc1", "48", "48×64"], ["fc2", "32", "32×48"]])
    }

    // MARK: Training and runs

    /// Two epochs of five steps whose loss falls by a tenth at each; the seventh step may be not a number.
    var hasGap = false
    /// What is known of the validation data.
    var overlap: String?

    func tune(_ request: TuningRequest, control: JobControl) throws -> TuningResult {
        if let failure { throw Failure(description: failure) }
        control.training(
            .started(
                TrainingOverview(
                    epochs: 2, stepsPerEpoch: 5, trainingSamples: 320, validationSamples: 0, trainedParameters: 5018, parameters: 5018,
                    device: "cpu", threads: 1, precision: "f32", resumedEpoch: nil,
                    resumedStep: nil)))
        control.references(
            TrainingReferences(
                data: "64 samples held out of digits:train",
                rows: [
                    ResultRow(role: .parent, name: "even.safetensors", accuracy: 0.95, loss: 0.3, parameters: 5018),
                    ResultRow(role: .parent, name: "odd.safetensors", accuracy: 0.9, loss: 0.5, parameters: 5018),
                    ResultRow(role: .before, name: "before", accuracy: 0.6, loss: 1.9, parameters: 5018),
                    ResultRow(role: .ensemble, name: "ensemble", accuracy: 0.96, loss: 0.25, parameters: 10036),
                ], overlap: overlap))
        for step in 1...10 {
            if control.isCancelled() { throw JobCancelled() }
            let loss = hasGap && step == 7 ? Double.nan : 2 * pow(0.9, Double(step))
            control.training(
                .step(
                    TrainingStep(
                        epoch: (step + 4) / 5, epochs: 2, step: (step + 4) % 5 + 1, steps: 5, loss: loss,
                        accuracy: 0.5 + 0.04 * Double(step), learningRate: 0.01, gradientNorm: 1 / Double(step),
                        samplesPerSecond: 6400, secondsLeft: Double(10 - step) * 0.5)))
            if step % 5 == 0 {
                control.training(
                    .validated(TrainingValidation(epoch: step / 5, loss: loss + 0.1, accuracy: 0.5 + 0.04 * Double(step), isBest: true)))
            }
            rest(0.5)
        }
        return TuningResult(
            run: "r3", summary: TrainingSummary(reason: .completed, epochs: 2, steps: 10, keptEpoch: 2, bestValidation: nil, seconds: 1.5),
            accuracy: 0.9691, before: 0.9482)
    }

    func resume(_ run: String, _ request: TuningRequest, control: JobControl) throws -> TuningResult {
        measured.add("resume \(run)")
        return try tune(request, control: control)
    }

    func barrier(_ recipe: Recipe, control: JobControl) throws -> BarrierSnapshot {
        BarrierSnapshot(
            recipe: recipe,
            curves: [
                .init(name: "plain", losses: [0.1, 0.5, 0.9, 0.5, 0.1], accuracies: [0.97, 0.8, 0.6, 0.8, 0.93], lossBarrier: 0.8),
                .init(
                    name: "aligned", losses: [0.1, 0.12, 0.13, 0.12, 0.1], accuracies: [0.97, 0.96, 0.95, 0.95, 0.93], lossBarrier: 0.03),
            ])
    }

    /// The work of reconstruction is counted, that of other methods is not.
    func forecast(_ recipe: Recipe, control: JobControl) throws -> ForecastSnapshot? {
        recipe.method.id == "reconstruct" ? ForecastSnapshot(seconds: 12, bytes: 800_000_000) : nil
    }

    /// Runs that were measured by class, in order.
    let measured = Record()

    func classes(of run: String, control: JobControl) throws -> ClassFigures {
        measured.add(run)
        guard run != "r1" else { throw Failure(description: "r1 keeps no network: it failed") }
        control.progress(0.5, "evaluating \(run) and its parents, 200 of 400 samples")
        var rows = ["even", "odd"].enumerated().map { index, name in
            ResultRow(
                role: .parent, name: name, accuracy: 0.9712 - 0.0375 * Double(index), loss: 0.1, parameters: 5018,
                classes: (0..<10).map { ($0 < 5) == (index == 0) ? 0.99 : 0.4 }, confusion: Self.confusion(4 + index, 9, 12))
        }
        rows.append(
            ResultRow(
                role: .fused, name: run, accuracy: run == "r3" ? 0.9691 : 0.9482, loss: 0.09, parameters: 5018,
                classes: (0..<10).map { 0.9 + 0.01 * Double($0) }, confusion: Self.confusion(4, 9, 31)))
        return ClassFigures(rows: rows, data: "digits:test", notes: classNotes)
    }

    /// What a measurement by class notices.
    var classNotes: [String] = []

    static let rows = [
        RunRow(
            id: "r3", kind: "finetune", status: "finished", method: "otfusion", accuracy: 0.9691, loss: 0.09, parameters: 5018,
            seconds: 1.5, started: 300, parents: ["even.safetensors", "odd.safetensors"], continues: "r2",
            recipe: "method = \"otfusion\"\nseed = 0\n\n[hyperparameters]\nsolver = \"sinkhorn\"\n", command: "amalgam finetune FUSED",
            data: "digits:test"),
        RunRow(
            id: "r2", kind: "fuse", status: "finished", method: "otfusion", accuracy: 0.9482, loss: 0.2, parameters: 5018, seconds: 0.4,
            started: 200, parents: ["even.safetensors", "odd.safetensors"],
            recipe: "method = \"otfusion\"\nseed = 0\n\n[hyperparameters]\nsolver = \"sinkhorn\"\n", command: "amalgam fuse even odd",
            data: "digits:test"),
        RunRow(
            id: "r1", kind: "fuse", status: "failed", reason: "the widths differ", method: "average", accuracy: nil, loss: nil,
            seconds: 0.1, started: 100, parents: ["even.safetensors", "odd.safetensors"],
            recipe: "method = \"average\"\nseed = 0\n", command: "amalgam fuse even odd --method average"),
    ]

    /// What the store holds.
    var table = Self.rows

    func runs(control: JobControl) throws -> [RunRow] { table }

    func detail(of run: String, control: JobControl) throws -> RunDetail {
        let curves =
            run == "r3"
            ? [
                "loss/training": CurveHistory((1...10).map { (Double($0), 2 * pow(0.9, Double($0))) }),
                "loss/validation": CurveHistory([(5, 1.28), (10, 0.8)]),
            ] : [:]
        return RunDetail(
            id: run,
            rows: [
                ResultRow(role: .parent, name: "even", accuracy: 0.9712, loss: 0.1, parameters: 5018),
                ResultRow(role: .parent, name: "odd", accuracy: 0.9337, loss: 0.1, parameters: 5018),
                ResultRow(role: .fused, name: "fused", accuracy: 0.9482, loss: 0.2, parameters: 5018),
            ], curves: curves, notes: ["activation: ReLU (assumed)"])
    }

    /// What exists already, as far as saving is concerned.
    var taken: Set<String> = []

    func save(_ source: NetworkSource, to path: String, overwrites: Bool) throws -> SavedNetwork? {
        if taken.contains(path), !overwrites { return nil }
        if path.hasPrefix("locked/") { throw Failure(description: "\(path): there is no folder locked") }
        return SavedNetwork(path: path, bytes: 20_480)
    }

    func load(run: String, control: JobControl) throws -> LoadedRun {
        guard run != "r1" else { throw Failure(description: "r1 keeps no network: it failed") }
        let recipe = loadedRecipe ?? sets[0].recipe
        return LoadedRun(
            network: CurrentNetwork(kind: run == "r3" ? .tuned : .fused, run: run, path: "runs/\(run)/network.safetensors"),
            result: FusionResult(
                rows: try detail(of: run, control: control).rows, recipe: recipe, fuseSeconds: 0.4, run: run, loadedFrom: run))
    }

    /// The recipe of the fusion whose network a run has.
    var loadedRecipe: Recipe?

    func tag(run: String, _ title: String?) throws {}
    func delete(run: String) throws {}
    func report(on runs: [String], to path: String) throws {}
    var storeFolder: String? { nil }

    /// What the automatic choice tries: two rounds, one recipe that cannot be carried out.
    static let trials: [AutomaticTrial] = [
        trial("reconstruct", [], 1, 0.2, 5018, 0.91), trial("otfusion", ["refine=head"], 1, 0.1, 5018, 0.88),
        trial("average", [], 1, 0.02, 5018, 0.6),
        trial("reconstruct", ["width=0.5"], 1, 0.15, 2509, 0.87), trial("git-rebasin", [], 1, 0.01, 0, 0, failure: "the widths differ"),
        trial("reconstruct", [], 2, 0.4, 5018, 0.93),
    ]

    private static func trial(
        _ method: String, _ assignments: [String], _ round: Int, _ seconds: Double, _ parameters: Int, _ score: Double,
        failure: String? = nil
    ) -> AutomaticTrial {
        AutomaticTrial(
            method: method, assignments: assignments, round: round, samples: 75 * round, seconds: seconds, parameters: parameters,
            score: score, divergence: 1 - score, failure: failure)
    }

    static func identity(_ count: Int) -> ValueGrid {
        ValueGrid(rows: count, columns: count, values: (0..<count * count).map { $0 % (count + 1) == 0 ? 1 / Float(count) : 0 })
            ?? .empty
    }

    /// The run that a fusion is recorded as.
    var fusedRun: String?
    /// What a fusion notices.
    var fusionNotes: [String] = [
        "assumed: activation ReLU",
        "warning: 12 of 200 samples are far from the data that the parents were trained on: the plan may follow them",
    ]

    func fuse(_ recipe: Recipe, control: JobControl) throws -> FusionResult {
        for step in 0..<steps {
            if control.isCancelled() { throw JobCancelled() }
            control.progress(Double(step) / Double(steps), step < 12 ? "planning fc\(1 + step / 6)" : "measuring on digits:test")
            rest(0.5)
        }
        if let failure { throw Failure(description: failure) }
        let trials = recipe.method == Automatic.method ? Self.trials : []
        for trial in trials { control.tried(trial) }
        var rows = recipe.parents.enumerated().map { index, path in
            ResultRow(
                role: .parent, name: String(path.split(separator: "/").last ?? ""), accuracy: 0.9712 - 0.0375 * Double(index), loss: 0.1,
                parameters: 5018,
                classes: (0..<10).map { ($0 < 5) == (index == 0) ? 0.99 : 0.4 }, confusion: Self.confusion(4 + index, 9, 12))
        }
        rows.append(ResultRow(role: .ensemble, name: "ensemble", accuracy: 0.9785, loss: 0.08, parameters: 10036))
        rows.append(ResultRow(role: .average, name: "plain average", accuracy: 0.713, loss: 0.9, parameters: 5018))
        rows.append(
            ResultRow(
                role: .fused, name: "fused", accuracy: 0.9482, loss: 0.2, parameters: 5018,
                classes: (0..<10).map { 0.9 + 0.01 * Double($0) }, confusion: Self.confusion(4, 9, 31)))
        let notes =
            trials.isEmpty
            ? fusionNotes
            : [
                "selected: reconstruct, the best of 6 trials on 100 held-out samples, with accuracy 93.00 %; to run it alone: --method reconstruct"
            ]
        return FusionResult(rows: rows, recipe: recipe, fuseSeconds: 0.042, notes: notes, trials: trials, run: fusedRun)
    }
}

extension FakeEngine {
    /// Ninety of a hundred samples right, but for one class that is often taken for another.
    fileprivate static func confusion(_ label: Int, _ said: Int, _ count: Int) -> [[Int]] {
        (0..<10).map { row in
            (0..<10).map { column in
                row == label && column == said
                    ? count : row == column ? (row == label ? 100 - count : 90) : (row + 1) % 10 == column ? 10 : 0
            }
        }
    }
}

extension ValueGrid {
    /// Pinned pairs carry all of their row and column, forbidden ones nothing.
    func edited(_ edits: PlanEdits.Group, parent: Int) -> ValueGrid {
        var values = values
        for pairing in edits.forbidden.sorted() where pairing.parent == parent { values[pairing.from * columns + pairing.to] = 0 }
        for pairing in edits.pinned.sorted() where pairing.parent == parent {
            for column in 0..<columns { values[pairing.from * columns + column] = 0 }
            for row in 0..<rows { values[row * columns + pairing.to] = 0 }
            values[pairing.from * columns + pairing.to] = 1 / Float(rows)
        }
        return ValueGrid(rows: rows, columns: columns, values: values) ?? .empty
    }
}
