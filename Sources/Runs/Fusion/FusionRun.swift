import Checkpoints
import Datasets
import Dispatch
import Foundation
import Fusion
import Networks
import Provenance
import Reports
import Tensors
import Training

/// One execution of a recipe: parents and data are opened, fused, measured and saved.
///
/// ```swift
/// let report = try FusionRun(recipe).run(output: "fused.safetensors")
/// ```
package struct FusionRun: Sendable {
    package private(set) var recipe: Recipe
    package let parents: [Parent]
    package let inputs: DatasetInputs?
    /// What the best parent is chosen on.
    package let validation: Dataset?
    package let evaluation: Dataset?
    /// Where the couplings come from that ``run(output:along:checksums:replacing:isCancelled:progress:)`` is given, for the record.
    package var planFile: PlanFile?
    /// The processes that fuse together; nil for this one alone.
    package var processes: ProcessGroup?
    /// What each parent was trained on, where all checkpoints say.
    let classCounts: [ClassCounts]?
    /// The classes in the order of every parent's outputs, where a file has them.
    let classNames: [String]?
    /// Shown before the result.
    package let warnings: [String]
    /// How classes and inputs were brought together.
    let preparation: [String]
    private let opening: Double
    /// How the task was found, where it is not classification.
    let taskNote: String?

    /// Progress of a run.
    package enum Progress: Sendable {
        case fusing(FusionProgress)
        case evaluating(done: Int, of: Int)
        case saving(path: String)
    }

    /// What a run gives beside its report.
    package struct Result: Sendable {
        package let outcome: FusionOutcome
        package var report: FusionReport
        /// Where checksums were requested.
        package let manifest: Manifest?
        /// What the parents have seen together; nil unless all are known.
        let classCounts: ClassCounts?
        /// How the reference parent's parameters stood in its file, which is how the fused network's go into theirs.
        package let layout: StateDictLayout
        let dtype: DType?
        /// Class names, preprocessing and the reference's own descriptions, which go where the network goes.
        package let description: ModelDescription

        /// What the saved file says of itself.
        package var metadata: [String: String] {
            get throws { try (manifest?.metadata ?? [:]).merging(classCounts?.metadata ?? [:]) { own, _ in own } }
        }

        /// Saves the fused network with its manifest; the suffix names the format.
        package func save(to path: String) throws {
            try Checkpoint.save(
                outcome.network, to: path, like: layout, dtype: dtype, description: description,
                card: ModelCard(report, manifest: manifest).text, metadata: metadata)
        }
    }

    /// Opens everything that the recipe names.
    ///
    /// - Parameters:
    ///   - parents: opened already, for a caller that keeps them; nil opens the recipe's paths.
    package init(_ recipe: Recipe, parents opened: [Parent]? = nil) throws {
        let start = DispatchTime.now().uptimeNanoseconds
        var recipe = recipe
        let (named, proof) = if let opened { (opened, [String]()) } else { try Parent.open(recipe.parents, recipe.load).proven() }
        try Vocabularies.check(named)
        var preparation = proof
        func load(_ text: String, _ split: Split, needsClasses: Bool) throws -> Dataset {
            let prepared = try PreparedData(DataSpec(text), default: split, for: named, needsClasses: needsClasses)
            preparation += prepared.notes.filter { !preparation.contains($0) }
            return prepared.dataset
        }
        let data = if let spec = recipe.data { try load(spec, .train, needsClasses: false) } else { Dataset?.none }
        let test = if let spec = recipe.evaluation { try load(spec, .test, needsClasses: true) } else { Dataset?.none }
        let asked = recipe.task
        let order = try ClassOrder(Parent.taking([data, test], named).choosing(task: asked, on: [test, data]))
        let parents = order.networks
        // Methods depend on the task, so the recipe records it.
        recipe.task = parents.task == .classification ? asked : parents.task
        taskNote = parents.taskNote(asked: asked)
        (self.parents, classNames) = (parents, order.names)
        if let spec = recipe.data, let data {
            inputs = DatasetInputs(data, seed: recipe.seed, spec: spec)
            try Self.check(data, fits: parents, spec: spec, needsClasses: false)
        } else {
            inputs = nil
        }
        classCounts = parents.task.isSoftmax ? try ClassCounts.known(of: parents, data: recipe.data) : nil
        if let spec = recipe.validation {
            try Self.checkValidation(spec)
            let dataset = try load(spec, .train, needsClasses: true)
            try Self.check(dataset, fits: parents, spec: spec, needsClasses: true)
            validation = dataset
        } else {
            validation = nil
        }
        if let spec = recipe.evaluation, let test {
            try Self.check(test, fits: parents, spec: spec, needsClasses: true)
            warnings = ClassOrder.warnings(classNames, data: test, spec: spec)
        } else {
            warnings = []
        }
        evaluation = test
        self.preparation = order.notes + preparation
        self.recipe = recipe
        opening = Self.seconds(since: start)
    }

    /// The parent that is best on it is compared with, so test data would flatter it.
    private static func checkValidation(_ text: String) throws {
        guard try DataSpec(text).split != .test else {
            throw RunError.unsuitable(
                reason: "\(text) is test data, which must not select the best parent: use held-out training data")
        }
    }

    /// One sample of the data must be what the networks take, and the classes must agree.
    ///
    /// - Parameter option: the flag that names labelled data.
    package static func check(
        _ dataset: Dataset, fits parents: [Parent], spec: String, needsClasses: Bool, option: String = "--evaluate"
    ) throws {
        if needsClasses, !dataset.isAnswered {
            throw RunError.unsuitable(reason: "\(spec) has no labels and cannot be used for evaluation: use labelled data with \(option)")
        }
        for parent in parents {
            let expected = parent.network.architecture.inputShape, outputs = parent.network.trace.outputWidth
            let fits = parent.network.architecture.accepts(sampleShape: dataset.sampleShape, inputs: dataset.inputs.map(\.name))
            guard fits else {
                let isFolder = spec.hasPrefix(DataSpec.Kind.images.rawValue + ":"), sides = expected.suffix(2)
                let advice =
                    isFolder && expected.count == 3 && Array(sides) != Array(dataset.sampleShape.suffix(2))
                    ? "resize the images with size=\(sides.map(String.init).joined(separator: "x")), or use the data it was trained on"
                    : "use the data it was trained on"
                let hint = parent.checkpoint.assumesInputSize ? ", or its input with --hint input= (\(shape(expected)) was assumed)" : ""
                throw RunError.unsuitable(
                    reason:
                        "the samples of \(spec) are \(shape(dataset.sampleShape)), but \(parent.name) takes \(parent.network.architecture.inputText): \(advice)\(hint)"
                )
            }
            if needsClasses, parent.network.task != .classification || !dataset.isLabelled {
                try parent.network.task.check(dataset, outputs: parent.network.outputShape)
            } else if needsClasses, outputs != dataset.classCount {
                throw RunError.unsuitable(
                    reason:
                        "\(parents.first?.name ?? "the first network") has \(dataset.classCount) classes, but \(parent.name) has \(outputs): evaluate each on its own data"
                )
            }
        }
    }

    private static func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }

    /// The method, set to work on the parents.
    package func fuser() throws -> Fuser {
        try Fuser(
            parents: parents.map(\.network), recipe: recipe, inputs: inputs, classShares: classCounts.map(ClassCounts.shares),
            answers: parents.map(\.knownAnswers))
    }

    /// What the fusion will take on this machine; nil where its work is not counted beforehand.
    ///
    /// - Parameter always: also where it is so little that measuring the machine would take longer.
    package func forecast(always: Bool) throws -> Forecast? {
        let fuser = try fuser()
        if !always, try fuser.isShort() { return nil }
        return try fuser.speed().flatMap { try fuser.forecast($0) }
    }

    /// What the fusion will take on this machine; nil where its work is not counted beforehand.
    ///
    /// - Parameter speed: of the machine at these parents and data, for a caller that keeps it; measured where it is nil.
    package func forecast(at speed: inout MachineSpeed?) throws -> Forecast? {
        let fuser = try fuser()
        guard try fuser.isCounted() else { return nil }
        if speed == nil { speed = try fuser.speed() }
        return try speed.flatMap { try fuser.forecast($0) }
    }

    /// Takes the rows and inputs that a budget allows into the recipe.
    ///
    /// - Returns: what the fusion will take, and a sentence on what was changed; nil where nothing was.
    package mutating func fit(within budget: FusionBudget) throws -> (forecast: Forecast, note: String?) {
        guard let own = try fuser().speed() else {
            throw RunError.unsuitable(reason: "a budget needs --data: without samples the method's work is not counted")
        }
        // The first process decides for all.
        let speed = try processes.map { try own.shared(by: $0) } ?? own
        let run = self
        let fitted = try recipe.fitting(budget, speed: speed) { recipe in
            var other = run
            other.recipe = recipe
            return try other.fuser()
        }
        recipe = fitted.recipe
        guard fitted.isChanged else { return (fitted.forecast, nil) }
        let changed = recipe.settings.differences.filter { ["rows", "inputs"].contains($0.0) }.map { "\($0.0)=\($0.1)" }
        return (fitted.forecast, "\(changed.joined(separator: ", ")) were set to keep the budget; the recipe carries them")
    }

    /// Fuses, evaluates, saves.
    ///
    /// - Parameters:
    ///   - output: where the fused network goes, by suffix `.safetensors`, `.pt` or `.pth`; nil keeps it in memory.
    ///   - stored: couplings to carry out in the place of those that the method would find.
    ///   - warn: receives warnings before there is a result.
    ///   - checksums: whether the report has those of parents and data, which reads all of them; it always has where there is an output.
    ///   - replacing: which existing file the output may take the place of.
    package func run(
        output: String? = nil, along stored: StoredPlan? = nil, checksums: Bool = false, replacing: Output.Replacing = .own,
        warn: ((String) -> Void)? = nil, isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: (@Sendable (Progress) -> Void)? = nil
    ) throws -> Result {
        var files = Outputs(replacing: replacing)
        files.read(recipe)
        files.read(planFile?.path, as: "the plan")
        files.write(output, "--output", .network)
        try files.check()
        let start = DispatchTime.now().uptimeNanoseconds
        // Before anything is computed: afterwards they are compared with what is there then.
        let sources = output != nil || checksums ? try self.sources() : []
        let broken = try nonFinite()
        for warning in broken { warn?(warning) }
        let control = FusionControl(isCancelled: isCancelled) { progress?(.fusing($0)) }
        let fuser = try fuser()
        var outcome = try fused(by: fuser, along: stored, control: control)
        let fusing = Self.seconds(since: start)
        let measured = DispatchTime.now().uptimeNanoseconds
        if evaluation != nil { outcome = try fuser.compared(outcome, control: control) }
        let rows = try rows(of: outcome, isCancelled: isCancelled) { progress?(.evaluating(done: $0, of: $1)) }
        try Parent.checkUnchanged(parents)
        let report = try FusionReport(
            amalgam: Version.current, libtorch: Torch.version(), recipe: recipe.toml(), command: recipe.shown().command(output: output),
            method: recipe.method.id, weights: outcome.weights, rows: rows, plan: outcome.plan,
            assumed: assumptions, notes: (broken + notes + outcome.notes).withoutRepeats + (output == nil ? [] : typeNotes(outcome)),
            reconstruction: outcome.reconstruction, trials: outcome.trials, controls: outcome.controls?.figures, data: recipe.data,
            evaluationData: recipe.evaluation,
            network: ParameterChecksum.of(outcome.network), sources: sources,
            seconds: FusionReport.Seconds(open: opening, fuse: fusing, evaluate: Self.seconds(since: measured)), peakMemory: Memory.peak
        )
        var result = Result(
            outcome: outcome, report: report, manifest: sources.isEmpty ? nil : try manifest(report),
            classCounts: classCounts.flatMap(ClassCounts.joined),
            layout: reference(of: outcome).checkpoint.layout, dtype: recipe.dtype, description: description(reference(of: outcome)))
        guard let output else { return result }
        progress?(.saving(path: output))
        try result.save(to: output)
        // Parameters that the fused network shares with a parent are read while they are written.
        do { try Parent.checkUnchanged(parents) } catch {
            try? FileManager.default.removeItem(atPath: output)
            throw error
        }
        result.report.output = output
        return result
    }

    func fused(by fuser: Fuser, along stored: StoredPlan?, control: FusionControl) throws -> FusionOutcome {
        var control = control
        control.processes = processes
        return try stored.map { try fuser.fuse(along: fuser.plan(from: $0), control: control) } ?? fuser.fuse(control: control)
    }

    /// The parent whose names the fused network has.
    func reference(of outcome: FusionOutcome) -> Parent { parents[min(outcome.reference ?? 0, parents.count - 1)] }

    /// What goes with the fused network: the reference's descriptions, the classes in the parents' common order, the normalisation that was applied.
    private func description(_ reference: Parent) -> ModelDescription {
        var description = reference.checkpoint.description
        description.classNames = classNames
        let data = inputs.map { ($0.dataset, recipe.data ?? "") } ?? evaluation.map { ($0, recipe.evaluation ?? "") }
        description.preprocessing = Preprocessing.kept(
            description.preprocessing ?? parents.lazy.compactMap(\.checkpoint.description.preprocessing).first, data: data)
        return description
    }

    /// The parents' files and the data, with their checksums.
    package func sources() throws -> [RunSource] {
        var sources = try parents.map {
            RunSource(role: .parent, letter: $0.letter, name: Paths.absolute($0.path), sha256: try $0.checkpoint.checksum())
        }
        let absolute = recipe.absolute()
        if let inputs { sources.append(RunSource(role: .data, name: absolute.data ?? "", sha256: try inputs.dataset.fingerprint())) }
        if let validation {
            sources.append(RunSource(role: .validation, name: absolute.validation ?? "", sha256: try validation.fingerprint()))
        }
        if let evaluation {
            sources.append(RunSource(role: .evaluation, name: absolute.evaluation ?? "", sha256: try evaluation.fingerprint()))
        }
        if let planFile { sources.append(RunSource(role: .plan, name: Paths.absolute(planFile.path), sha256: planFile.sha256)) }
        return sources
    }

    private func manifest(_ report: FusionReport) throws -> Manifest {
        var origins: [Manifest.Source] = []
        for parent in parents {
            origins.append(try Manifest.Source(parent, sha256: report.sources.first { $0.letter == parent.letter }?.sha256))
        }
        if let plan = report.sources.first(where: { $0.role == .plan }) {
            origins.append(Manifest.Source(letter: RunSource.Role.plan.rawValue, path: Paths.shown(plan.name), sha256: plan.sha256))
        }
        return try Manifest(
            kind: .fuse, recipe: report.recipe, command: report.command, parents: origins,
            data: report.sources.first { $0.role == .data }?.sha256,
            evaluation: report.sources.first { $0.role == .evaluation }?.sha256, network: report.network,
            accuracy: report.row(.fused)?.evaluation?.recordedAccuracy)
    }

    static func seconds(since start: UInt64) -> Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}
