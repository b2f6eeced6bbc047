import Foundation
import Fusion
import Provenance
import Reports
import Store

extension RunRecorder {
    /// Progress of a fusion: the losses of levels that are fitted by gradient descent.
    package func progress(_ progress: FusionRun.Progress) {
        guard case .fusing(.fitting(let level, let epoch, _, let training, let validation)) = progress else { return }
        metric("\(level) fit/training", step: epoch, value: training)
        metric("\(level) fit/validation", step: epoch, value: validation)
    }

    /// Everything that a fusion gave.
    package func record(_ result: FusionRun.Result) throws {
        let report = result.report
        for entry in report.sources { source(entry) }
        for row in report.rows { evaluation(RunEvaluation(row)) }
        for found in report.couplings { coupling(found) }
        for timed in report.timings { timing(timed.name, seconds: timed.seconds) }
        for note in report.assumed.map({ "assumed: \($0)" }) + report.notes { event("note", note) }
        network(report.network)
        if let output = report.output { artifact((output as NSString).lastPathComponent, kind: "network", at: output) }
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
