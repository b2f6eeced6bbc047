import Foundation
import Fusion

extension RunRecorder {
    /// What a fusion tells while it goes on: the losses of levels that are fitted by gradient descent.
    public func progress(_ progress: FusionRun.Progress) {
        guard case .fusing(.fitting(let level, let epoch, _, let training, let validation)) = progress else { return }
        metric("\(level) fit/training", step: epoch, value: training)
        metric("\(level) fit/validation", step: epoch, value: validation)
    }

    /// Everything that a fusion gave.
    public func record(_ result: FusionRun.Result) throws(RunError) {
        let report = result.report
        for entry in report.sources { source(entry) }
        for row in report.rows { evaluation(RunEvaluation(row)) }
        for planned in result.outcome.plan.groups {
            for found in planned.couplings { coupling(try RunCoupling(planned, found)) }
        }
        for timed in report.timings { timing(timed.name, seconds: timed.seconds) }
        for note in report.assumed.map({ "assumed: \($0)" }) + report.notes { event("note", note) }
        network(report.network)
        if let output = report.output { artifact((output as NSString).lastPathComponent, kind: "network", at: output) }
    }
}

extension RunEvaluation {
    init(_ row: FusionReport.Row) {
        self.init(
            role: row.role.rawValue, letter: row.letter, name: row.name, parameters: row.parameters, samples: row.evaluation?.samples,
            accuracy: row.evaluation?.recordedAccuracy, loss: row.evaluation?.loss,
            calibrationError: row.evaluation.flatMap { $0.task.givesOneClass ? $0.calibrationError : nil },
            note: row.note, task: row.evaluation?.recordedTask, value: row.evaluation?.recordedValue)
    }
}

extension FusionReport {
    var timings: [RunTiming] {
        [
            RunTiming(name: "open", seconds: seconds.open), RunTiming(name: "fuse", seconds: seconds.fuse),
            RunTiming(name: "evaluate", seconds: seconds.evaluate),
        ]
    }
}
