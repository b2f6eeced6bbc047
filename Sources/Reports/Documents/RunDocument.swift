import Formatting
import Foundation
import Fusion
import Provenance
import Store

extension Run.Kind {
    /// What a run of the kind is called where it has no name.
    var title: String {
        switch self {
        case .fuse: "A fusion"
        case .train: "A training"
        case .finetune: "A fine-tuning"
        case .sweep: "A sweep"
        }
    }

    /// What the accuracy of its outcome is called.
    var headline: String {
        switch self {
        case .fuse: "fused"
        case .train, .finetune: "accuracy"
        case .sweep: "best"
        }
    }

    /// What validation data choose.
    var validates: String { trains ? "validation data (best epoch)" : "validation data (best parent)" }
}

extension ReportDocument {
    /// One run.
    package init(_ account: RunAccount) {
        let run = account.run
        self.init(
            title: run.title ?? (run.id.isRecorded ? "Run \(run.id)" : run.kind.title), summary: Self.summary(account),
            headline: Self.headline(account),
            sections: [
                Section(title: "Results", blocks: Self.results(account)),
                Section(title: "Curves", blocks: Self.sizeCurve(account) + Self.curves(account.series)),
                Section(title: "Epochs", blocks: Self.epochs(account)),
                Section(title: "Couplings", blocks: Self.couplings(account)),
                Section(title: "Recipe", blocks: [.code(Self.shownRecipe(run)), .paragraph("To repeat it:"), .code(Self.again(run))]),
                Section(title: "Provenance", blocks: Self.provenance(account)),
                Section(title: "Events", blocks: Self.events(account)),
            ])
    }

    private static func summary(_ account: RunAccount) -> String {
        let run = account.run
        let what =
            switch run.kind {
            case .fuse: "\(account.parents.count) networks fused with \(run.method)"
            case .train: "a network trained with \(run.method)"
            case .finetune: "a network fine-tuned with \(run.method)"
            case .sweep: "\(account.parents.count) networks fused with \(run.method), once per value of a hyperparameter"
            }
        let end =
            switch run.status {
            case .finished: "finished"
            case .running: "still running"
            case .cancelled: "cancelled"
            case .failed, .lost: "\(run.status.rawValue): \(run.reason ?? "reason unknown")"
            }
        return
            "\(run.title != nil && run.id.isRecorded ? "\(run.id): " : "")\(what), \(end). \(Format.time(run.started)), \(Format.duration(run.seconds()))."
            + (run.parent.map { " It continues \($0)." } ?? "")
    }

    private static func headline(_ account: RunAccount) -> [Fact] {
        /// The best of a role, with the figure's name where it is no accuracy.
        func best(_ role: EvaluationRole) -> String? {
            account.evaluations.filter { $0.role == role && $0.measured != nil }.max {
                $1.figure.isBetter($1.measured ?? .nan, than: $0.measured ?? .nan)
            }.map(text)
        }
        func text(_ row: RunEvaluation) -> String { (row.figure == .accuracy ? "" : "\(row.figure.name) ") + row.figure.text(row.measured) }
        var facts: [Fact] = []
        if let found = account.outcome, found.measured != nil {
            facts.append(Fact(name: account.run.kind.headline, value: text(found), isChief: true))
        }
        if let found = best(.before) { facts.append(Fact(name: "before", value: found)) }
        if let found = best(.control) { facts.append(Fact(name: "control", value: found)) }
        if let found = best(.teacher) { facts.append(Fact(name: "best teacher", value: found)) }
        if let found = best(.parent) { facts.append(Fact(name: "best parent", value: found)) }
        if let found = best(.best) { facts.append(Fact(name: "best parent by validation", value: found)) }
        if let found = best(.ensemble) { facts.append(Fact(name: "ensemble", value: found)) }
        if let found = best(.average) { facts.append(Fact(name: "plain average", value: found)) }
        return facts
    }

    private static func results(_ account: RunAccount) -> [Block] {
        guard !account.evaluations.isEmpty else { return account.run.status == .finished ? [.paragraph("Nothing was evaluated.")] : [] }
        let figures = FigureColumn(account.evaluations.filter { $0.measured != nil }.map(\.figure))
        var table = ReportTable([
            .text("network"), .number(figures.title), .number("loss"), .number("calibration error"), .number("parameters"),
        ])
        var bars: [BarChart.Bar] = []
        for row in account.evaluations {
            let name = row.title
            let isMeasured = row.measured != nil
            table.add(
                [
                    name, isMeasured ? figures.cell(row.figure, row.measured) : row.note ?? "–", Format.decimal(row.loss),
                    Format.decimal(row.calibrationError),
                    row.parameters > 0 ? Format.grouped(row.parameters) : "–",
                ], isStrong: row.isOutcome)
            if let share = row.measured, row.figure.isShare { bars.append(.init(name: name, value: share, hue: hue(of: row))) }
        }
        var blocks: [Block] = bars.isEmpty ? [] : [.bars(BarChart(title: figures.heading, bars: bars))]
        blocks.append(.table(table))
        for row in account.evaluations where row.measured != nil {
            if let note = row.note { blocks.append(.paragraph("\(row.title): \(note).")) }
        }
        if let data = account.source(.evaluation), let samples = account.evaluations.compactMap(\.samples).first {
            blocks.append(.paragraph("Evaluation data: \(shownData(data.name)): \(Format.grouped(samples)) samples."))
        }
        return blocks
    }

    static func hue(of row: RunEvaluation) -> Hue {
        if row.isOutcome { return .accent }
        guard row.role == .parent, let letter = row.letter?.unicodeScalars.first, ("A"..."Z").contains(letter) else { return .quiet }
        return .numbered(Int(letter.value) - 65)
    }

    /// Of a sweep whose values change the network's size: the figure against the number of parameters.
    private static func sizeCurve(_ account: RunAccount) -> [Block] {
        let rows = account.evaluations.filter { $0.measured != nil && $0.parameters > 0 }
        guard account.run.kind == .sweep, Set(rows.map(\.parameters)).count > 1, let figure = rows.first?.figure else { return [] }
        let points = rows.sorted { ($0.parameters, $0.title) < ($1.parameters, $1.title) }.map {
            MetricSeries.Point(step: $0.parameters, value: $0.measured ?? .nan, time: account.run.started.timeIntervalSince1970)
        }
        let line = CurveChart.Line(name: "fused", points: points, hue: .accent)
        return [.lines(CurveChart(title: "\(figure.name)/size", lines: [line], axis: "parameters"))]
    }

    /// Series whose names begin alike are drawn together.
    static func curves(_ series: [MetricSeries]) -> [Block] {
        var groups: [(name: String, lines: [CurveChart.Line])] = []
        for entry in series where !entry.points.isEmpty {
            let parts = entry.name.split(separator: "/", maxSplits: 1).map(String.init)
            let group = parts.first ?? entry.name, name = parts.count > 1 ? parts[1] : entry.name
            if let index = groups.firstIndex(where: { $0.name == group }) {
                groups[index].lines.append(.init(name: name, points: entry.points, hue: .numbered(groups[index].lines.count)))
            } else {
                groups.append((group, [.init(name: name, points: entry.points, hue: .numbered(0))]))
            }
        }
        return groups.map { .lines(CurveChart(title: $0.name, lines: $0.lines)) }
    }

    private static func couplings(_ account: RunAccount) -> [Block] {
        guard !account.couplings.isEmpty else { return [] }
        let pictures = account.couplings.filter { $0.pictureRows > 0 && $0.pictureColumns > 0 }.map {
            (title: "\($0.neuronGroup), parent \($0.parent)", coupling: $0)
        }
        var table = ReportTable([
            .text("group"), .text("parent"), .number("neurons"), .number("fused"), .text("solver"), .number("cost"), .number("matches"),
            .number("time"), .text("certificate"),
        ])
        for coupling in account.couplings {
            table.add([
                coupling.neuronGroup, coupling.parent, "\(coupling.parentNeurons)", "\(coupling.fusedNeurons)",
                coupling.solverTitle,
                coupling.transportCost.map { Format.significant($0, 6) } ?? "", Format.decimal(coupling.effectiveMatches, 2),
                Format.duration(coupling.seconds), coupling.sentence,
            ])
        }
        var blocks: [Block] = []
        if !pictures.isEmpty {
            blocks.append(.plans(pictures, explanation: Self.pictureExplanation))
        }
        blocks.append(.table(table))
        blocks.append(.paragraph("Matches: effective number of fused neurons per parent neuron; 1 is a one-to-one match."))
        return blocks
    }

    static let pictureExplanation =
        "Rows are neurons of the parent, columns are neurons of the fused network; columns are ordered by their best match, "
        + "so that a one-to-one matching is a diagonal. Large plans are summed in blocks."

    /// A recipe with paths as short as they can be; another text as it is.
    private static func shownRecipe(_ run: Run) -> String {
        (run.kind.trains
            ? try? FineTuningRecipe(toml: run.recipe, path: "").shown().toml() : try? Recipe(toml: run.recipe, path: "").shown().toml())
            ?? run.recipe
    }

    private static func again(_ run: Run) -> String {
        run.id.isRecorded && run.network != nil ? "\(run.command)\namalgam runs replay \(run.id)" : run.command
    }

    static func shownData(_ name: String) -> String { Paths.shownData(name) }

    private static func provenance(_ account: RunAccount) -> [Block] {
        let run = account.run
        var sources = ReportTable([.text("input"), .text("name"), .text("SHA-256")])
        for source in account.sources {
            let what =
                switch source.role {
                case .parent: source.letter.map { "parent \($0)" } ?? "initial network"
                case .teacher: "teacher \(source.letter ?? "")"
                case .validation: run.kind.validates
                case .plan: "couplings"
                case .data: run.kind.trains ? "training data" : "unlabelled data"
                case .evaluation: "evaluation data"
                }
            sources.add([what, source.isFile ? Paths.shown(source.name) : shownData(source.name), source.sha256])
        }
        var facts = [
            Fact(name: "seed", value: run.seed), Fact(name: "Amalgam", value: run.amalgam), Fact(name: "libtorch", value: run.libtorch),
            Fact(name: "Swift", value: run.swift),
            Fact(name: "system", value: run.system),
            Fact(name: "processor", value: "\(run.processor), \(run.threads) thread\(run.threads == 1 ? "" : "s")"),
            Fact(name: "host", value: "\(run.host), process \(run.process)"),
        ]
        if let network = run.network { facts.append(Fact(name: "parameters", value: network)) }
        if let memory = run.peakMemory { facts.append(Fact(name: "peak memory", value: "\(Format.bytes(memory))")) }
        facts += account.timings.map { Fact(name: "\($0.name) time", value: Format.duration($0.seconds)) }
        var blocks: [Block] = account.sources.isEmpty ? [] : [.table(sources)]
        blocks.append(.facts(facts))
        if !account.artifacts.isEmpty {
            var files = ReportTable([.text("file"), .text("kind"), .number("size"), .text("path"), .text("SHA-256")])
            for artifact in account.artifacts {
                files.add([
                    artifact.name, artifact.kind, Format.bytes(artifact.bytes),
                    artifact.path.hasPrefix("/") ? Paths.shown(artifact.path) : "in the store, \(artifact.path)",
                    Format.checksum(artifact.sha256),
                ])
            }
            blocks.append(.table(files))
        }
        return blocks
    }

    private static func events(_ account: RunAccount) -> [Block] {
        let others = account.events.filter { $0.kind != "note" && $0.kind != "warning" }
        var blocks: [Block] = account.notes.isEmpty ? [] : [.notes(account.notes)]
        if !others.isEmpty {
            var table = ReportTable([.text("time"), .text("event"), .text("")])
            for event in others { table.add([Format.time(event.time), event.kind, event.text]) }
            blocks.append(.table(table))
        }
        return blocks
    }
}
