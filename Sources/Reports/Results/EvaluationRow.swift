import Networks
import Provenance
import Store
import Training

/// One network, or several that answer together, measured: a row of every report.
package struct EvaluationRow: Sendable, Codable {
    package let role: EvaluationRole
    /// "A", "B" … for parents.
    package let letter: String?
    package let name: String
    package let path: String?
    /// Of an ensemble, those of all its members.
    package let parameters: Int
    package let evaluation: Evaluation?
    /// Why there is no evaluation, where there is none; for the best parent what it was selected on.
    package let note: String?
    /// The share of samples on which it agrees with each parent; nil or empty where no parents are named.
    package let agreement: [Double]?
    /// What it retained of its parents.
    package let transfer: SkillTransfer?

    package init(
        _ role: EvaluationRole, letter: String? = nil, _ name: String, path: String? = nil, parameters: Int, _ evaluation: Evaluation?,
        note: String? = nil, agreement: [Double]? = nil, transfer: SkillTransfer? = nil
    ) {
        self.role = role
        self.letter = letter
        self.name = name
        self.path = path
        self.parameters = parameters
        self.evaluation = evaluation
        self.note = note
        self.agreement = agreement
        self.transfer = transfer
    }

    /// As tables have it.
    var title: String { role == .best ? "\(name): \(letter ?? "")" : letter.map { "\($0) \(name)" } ?? name }
}

extension RunEvaluation {
    /// As it is recorded.
    package init(_ row: EvaluationRow) {
        self.init(row.role, letter: row.letter, row.name, parameters: row.parameters, row.evaluation, note: row.note)
    }

    package init(
        _ role: EvaluationRole, letter: String? = nil, _ name: String, parameters: Int, _ evaluation: Evaluation?, note: String? = nil
    ) {
        self.init(
            role: role, letter: letter, name: name, parameters: parameters, samples: evaluation?.samples,
            accuracy: evaluation?.recordedAccuracy, loss: evaluation?.loss,
            calibrationError: evaluation.flatMap { $0.task.givesOneClass ? $0.calibrationError : nil }, note: note,
            task: evaluation.flatMap { $0.task == .classification ? nil : $0.task.rawValue },
            value: evaluation.flatMap { $0.task.givesOneClass ? nil : $0.value })
    }
}

extension Evaluation {
    /// Where the outputs are for one class, the accuracy.
    package var recordedAccuracy: Double? { task.givesOneClass ? accuracy : nil }
}
