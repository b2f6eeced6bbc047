import Foundation
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store
@testable import Training

@Suite("A table of a thousand classes") struct ManyClassesTests {
    /// Class k has k % 10 + 1 samples; class 7 has none right, class 8 half of them, all others all.
    private func report(classes: Int) -> EvaluationReport {
        let counted = (0..<classes).map { label in
            let samples = label % 10 + 1
            return Evaluation.Class(samples: samples, correct: label == 7 ? 0 : label == 8 ? samples / 2 : samples)
        }
        var confusion = (0..<classes).map { label in (0..<classes).map { $0 == label ? counted[label].correct : 0 } }
        confusion[7][3] = counted[7].samples
        confusion[8][1] = counted[8].samples - counted[8].correct
        let evaluation = Evaluation(
            samples: counted.reduce(0) { $0 + $1.samples }, correct: counted.reduce(0) { $0 + $1.correct }, loss: 1, classes: counted,
            confusion: confusion, nonFinite: 0)
        let row = EvaluationRow(.network, "net.pt", parameters: 10, evaluation, agreement: [])
        return EvaluationReport(
            data: "data", samples: evaluation.samples, classNames: (0..<classes).map { "class \($0)" }, rows: [row], assumed: [], notes: [])
    }

    @Test("lists the worst ten with names and counts, and says where all are")
    func worst() {
        let report = report(classes: 1000)
        let lines = report.lines(showsClasses: true, showsConfusion: true), text = lines.joined(separator: "\n")
        #expect(lines.allSatisfy { $0.count < 120 } && lines.count < 50)
        #expect(text.contains("the worst 10 of 1000 classes") && text.contains("--json lists all 1000 classes"))
        let first = lines.firstIndex { $0.contains("class 7") }, second = lines.firstIndex { $0.contains("class 8 ") }
        #expect(first != nil && second != nil && (first ?? 0) < (second ?? 0))
        #expect(text.contains("0.00 %") && text.contains("confusions"))
    }

    @Test("ten classes stay one table of all")
    func few() {
        let text = report(classes: 10).lines(showsClasses: true, showsConfusion: true).joined(separator: "\n")
        #expect(text.contains("per-class accuracy") && text.contains("class 9") && !text.contains("--json"))
    }
}
