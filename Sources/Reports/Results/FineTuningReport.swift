import Formatting
import Networks
import Provenance
import Store
import Training

/// The result of a training, for the terminal, a file or another program.
package struct FineTuningReport: Sendable, Codable {
    package let amalgam: String
    package let libtorch: String
    /// As TOML; it makes the same network again.
    package let recipe: String
    package let command: String
    package let summary: TrainingSummary
    package let epochs: [TrainingEpoch]
    package let stepsPerEpoch: Int
    /// Before, after, the teachers, then parents and controls, on the evaluation data.
    package var rows: [EvaluationRow]
    /// What was assumed of the graphs of network and teachers, in sentences.
    package let assumed: [String]
    package var notes: [String]
    package let data: String
    package let evaluationData: String?
    package var output: String?
    /// The checksum of the trained parameters (``ParameterChecksum``).
    package let network: String
    /// What went in, with checksums.
    package let sources: [RunSource]
    /// As which run it was recorded.
    package var run: RunID?
    package let seconds: Double
    /// Resident memory at its highest, in bytes.
    package let peakMemory: Int

    package init(
        amalgam: String, libtorch: String, recipe: String, command: String, summary: TrainingSummary, epochs: [TrainingEpoch],
        stepsPerEpoch: Int, rows: [EvaluationRow], assumed: [String], notes: [String], data: String, evaluationData: String?,
        network: String, sources: [RunSource], seconds: Double, peakMemory: Int
    ) {
        self.amalgam = amalgam
        self.libtorch = libtorch
        self.recipe = recipe
        self.command = command
        self.summary = summary
        self.epochs = epochs
        self.stepsPerEpoch = stepsPerEpoch
        self.rows = rows
        self.assumed = assumed
        self.notes = notes
        self.data = data
        self.evaluationData = evaluationData
        self.network = network
        self.sources = sources
        self.seconds = seconds
        self.peakMemory = peakMemory
    }

    package func row(_ role: EvaluationRole) -> EvaluationRow? { rows.first { $0.role == role } }

    /// The report as one JSON object.
    package func json() throws -> String { try RunJSON.text(self) }

    /// The report as lines of text.
    package var lines: [String] {
        let figure = epochs.lazy.compactMap(\.validation?.figure).first ?? .accuracy
        var table = PlainTable([
            ("epoch", .right), ("loss", .right), ("accuracy", .right), ("validation loss", .right), (figure.name, .right),
            ("learning rate", .right), ("gradient norm", .right), ("samples/s", .right),
        ])
        for epoch in epochs {
            table.add([
                "\(epoch.epoch)", Format.decimal(epoch.loss), Format.percent(epoch.accuracy),
                Format.decimal(epoch.validation?.loss),
                (epoch.validation?.text ?? Format.none) + (epoch.validation?.isBest == true ? " ★" : "  "),
                Format.significant(epoch.learningRate, 3),
                Format.significant(epoch.gradientNorm, 3), Format.decimal(epoch.samplesPerSecond, 0),
            ])
        }
        var lines = table.lines + ["", ending]
        if !rows.isEmpty {
            let table = EvaluationTable(title: "on \(evaluationData ?? "")", columns: [.calibration], name: { $1.name })
            lines += [""] + table.lines(rows)
        }
        lines += notes.isEmpty ? [] : [""] + notes.map { "note: \($0)" }
        if let output { lines += ["", "saved \(output)"] }
        if let run { lines += ["recorded as \(run):  amalgam runs show \(run)"] }
        return lines
    }

    private var ending: String {
        let kept = summary.keptEpoch == 0 ? "the initial network was kept" : "epoch \(summary.keptEpoch) was kept"
        let took = "\(Format.decimal(seconds, 1)) s"
        let epochs = summary.epochs == 1 ? "1 epoch" : "\(summary.epochs) epochs"
        return switch summary.reason {
        case .completed: "\(epochs) in \(took); \(kept)"
        case .stoppedEarly: "stopped after \(epochs), no improvement on validation data, in \(took); \(kept)"
        case .stopped: "stopped on request after \(epochs), in \(took); \(kept)"
        case .diverged: "diverged after \(epochs), in \(took); \(kept)"
        }
    }
}
