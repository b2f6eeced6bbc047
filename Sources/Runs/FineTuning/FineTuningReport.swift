import Foundation
import Networks
import Training

/// What a training came to: figures for a person, a file or another program.
public struct FineTuningReport: Sendable, Codable {
    /// A network measured on the evaluation data.
    public struct Row: Sendable, Codable {
        public enum Role: String, Sendable, Codable {
            /// What the training began with, or stood at when it was taken up.
            case before
            /// What came out.
            case network
            case teacher
            /// A parent as it was, and trained as long as the network.
            case parent, control
        }

        public let role: Role
        public let name: String
        public let parameters: Int
        public let evaluation: Evaluation
    }

    public let amalgam: String
    public let libtorch: String
    /// As TOML; it makes the same network again.
    public let recipe: String
    public let command: String
    public let summary: TrainingSummary
    public let epochs: [TrainingEpoch]
    public let stepsPerEpoch: Int
    /// Before, after, the teachers, then parents and controls, on the evaluation data.
    public var rows: [Row]
    /// What was assumed of the graphs of network and teachers, in sentences.
    public let assumed: [String]
    public var notes: [String]
    public let data: String
    public let evaluationData: String?
    public var output: String?
    /// The checksum of the trained parameters (``ParameterChecksum``).
    public let network: String
    /// What went in, with checksums.
    public let sources: [RunSource]
    /// As which run it was recorded.
    public var run: RunID?
    public let seconds: Double
    /// Resident memory at its highest, in bytes.
    public let peakMemory: Int

    public func row(_ role: Row.Role) -> Row? { rows.first { $0.role == role } }

    /// The report as one JSON object.
    public func json() throws(RunError) -> String { try RunJSON.text(self) }

    /// The report as lines of text.
    public var lines: [String] {
        let figure = epochs.lazy.compactMap(\.validation?.figure).first ?? .accuracy
        var table = PlainTable([
            ("epoch", .right), ("loss", .right), ("accuracy", .right), ("validation loss", .right), (figure.name, .right),
            ("learning rate", .right), ("gradient", .right), ("samples/s", .right),
        ])
        for epoch in epochs {
            table.add([
                "\(epoch.epoch)", String(format: "%.4f", epoch.loss), Self.percent(epoch.accuracy),
                epoch.validation.map { String(format: "%.4f", $0.loss) } ?? "–",
                (epoch.validation?.text ?? "–") + (epoch.validation?.isBest == true ? " ★" : "  "),
                String(format: "%.3g", epoch.learningRate),
                epoch.gradientNorm.map { String(format: "%.3g", $0) } ?? "–", String(format: "%.0f", epoch.samplesPerSecond),
            ])
        }
        var lines = table.lines + ["", ending]
        if !rows.isEmpty {
            let second = rows.lazy.compactMap(\.evaluation.task.second).first
            var columns: [(title: String, alignment: PlainTable.Alignment)] = [
                ("on \(evaluationData ?? "")", .left), (FigureColumn(rows.map(\.evaluation.figure)).title, .right),
            ]
            if let second { columns.append((second.name, .right)) }
            columns += [("loss", .right), ("calibration error", .right)]
            var measured = PlainTable(columns)
            for row in rows {
                let figures = [row.evaluation.valueText] + (second == nil ? [] : [row.evaluation.secondText ?? "–"])
                measured.add([row.name] + figures + [row.evaluation.lossText, row.evaluation.calibrationText])
            }
            lines += [""] + measured.lines
        }
        lines += notes.isEmpty ? [] : [""] + notes.map { "note: \($0)" }
        if let output { lines += ["", "saved \(output)"] }
        if let run { lines += ["recorded as \(run):  amalgam runs show \(run)"] }
        return lines
    }

    private var ending: String {
        let kept = summary.keptEpoch == 0 ? "the network as it was given was kept" : "epoch \(summary.keptEpoch) was kept"
        let took = String(format: "%.1f s", seconds)
        let epochs = summary.epochs == 1 ? "1 epoch" : "\(summary.epochs) epochs"
        return switch summary.reason {
        case .completed: "\(epochs) in \(took); \(kept)"
        case .stoppedEarly: "stopped after \(epochs), as the validation got no better, in \(took); \(kept)"
        case .stopped: "stopped on request after \(epochs), in \(took); \(kept)"
        case .diverged: "diverged after \(epochs), in \(took); \(kept)"
        }
    }

    private static func percent(_ share: Double?) -> String { share.map { String(format: "%.2f %%", 100 * $0) } ?? "–" }
}

extension TrainingValidation {
    /// The value of its figure.
    public var text: String { (figure ?? .accuracy).text(accuracy) }
}
