import Checkpoints
import Foundation
import Fusion
import Provenance
import Reports
import Store
import Training

// The control that a fused network is compared with: one of its parents, trained as long by the same recipe.

extension FineTuningRecipe {
    /// The same training of another network.
    func control(of parent: String) -> FineTuningRecipe {
        var control = self
        control.start = .network(parent)
        control.controls = []
        return control
    }
}

extension FineTuningRun {
    /// The trainings of the parents that the recipe names as controls, each a run of its own: same data, settings, seed and teachers.
    ///
    /// A control stands beside the output as `NAME.control-A.SUFFIX`, B for the second, and so does its checkpoint.
    package func controls(restarts: Bool = false, replacing: Output.Replacing = .own) throws -> [FineTuningRun] {
        guard recipe.controls.isEmpty || evaluation != nil else {
            throw RunError.unsuitable(reason: "comparing with a control needs evaluation data: use --evaluate")
        }
        var runs: [FineTuningRun] = []
        for (index, parent) in recipe.controls.enumerated() {
            runs.append(
                try FineTuningRun(
                    recipe.control(of: parent), output: output.map { Self.controlPath(for: $0, index) }, restarts: restarts,
                    replacing: replacing))
        }
        return runs
    }

    /// Where the controls of a recipe go.
    package static func controlPaths(for output: String, _ recipe: FineTuningRecipe) -> [String] {
        recipe.controls.indices.map { controlPath(for: output, $0) }
    }

    static func controlPath(for output: String, _ index: Int) -> String {
        if Checkpoint.isFolder(output) { return (output as NSString).standardizingPath + ".control-\(FusionError.letter(index))/" }
        let suffix = (output as NSString).pathExtension
        return (output as NSString).deletingPathExtension + ".control-\(FusionError.letter(index)).\(suffix)"
    }
}

extension FineTuningReport {
    /// Rows for a parent as it was and as it became, trained by the same recipe.
    ///
    /// - Parameter run: as which it was recorded.
    package mutating func add(control: FineTuningReport, of parent: String, run: RunID?) {
        let name = (parent as NSString).lastPathComponent
        if let before = control.row(.before) {
            rows.append(EvaluationRow(.parent, "parent \(name)", parameters: before.parameters, before.evaluation))
        }
        if let after = control.row(.network) {
            rows.append(EvaluationRow(.control, "\(name), trained as long", parameters: after.parameters, after.evaluation))
        }
        if control.summary.epochs != summary.epochs || control.summary.reason != summary.reason {
            notes.append(
                "the control \(name) ended after \(control.summary.epochs) epochs (\(control.summary.reason.rawValue)), the network after \(summary.epochs) (\(summary.reason.rawValue))"
            )
        }
        if let run { notes.append("the training of the control \(name) is recorded as \(run)") }
        if let output = control.output { notes.append("the control was saved as \(output)") }
    }
}
