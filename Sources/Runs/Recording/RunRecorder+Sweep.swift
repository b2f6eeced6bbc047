import Fusion
import Provenance
import Reports
import Store

extension RunStore {
    /// Begins a run of a sweep: one run for all values, with a curve over them.
    package func begin(_ sweep: Sweep, of recipe: Recipe, title: String? = nil) throws(RunError) -> RunRecorder {
        try begin(kind: .sweep, recipe: recipe, command: recipe.shown().command(sweep: sweep), title: title)
    }
}

extension Recipe {
    /// The command that sweeps over values of this recipe.
    package func command(sweep: Sweep) -> String { command() + " --sweep " + ShellWord.quoted(sweep.text) }
}

extension RunRecorder {
    /// One value, as soon as it is measured.
    ///
    /// - Parameter number: of the value, from 1: the step of the curves.
    package func record(_ point: SweepPoint, number: Int) {
        metric("\(point.fused.figure.name)/fused", step: number, value: point.fused.value)
        metric("loss/fused", step: number, value: point.fused.loss)
        guard let average = point.average else { return }
        metric("\(average.figure.name)/plain average", step: number, value: average.value)
        metric("loss/plain average", step: number, value: average.loss)
    }

    /// All values together: a row for each, the best as what the run gave.
    package func record(_ points: [SweepPoint], of sweep: Sweep, sources: [RunSource]) {
        for entry in sources { source(entry) }
        let best = points.best
        for (index, point) in points.enumerated() {
            let name = "\(sweep.key) = \(point.value)"
            evaluation(RunEvaluation(index == best ? .fused : .value, name, parameters: point.parameters, point.fused))
        }
        event("values", "the steps of the curves are the values of \(sweep.key) in order: \(points.map(\.value).joined(separator: ", "))")
        guard let best, points.count > 1 else { return }
        event(
            "note",
            "\(sweep.key) = \(points[best].value) is the best of \(points.count) values on the evaluation data, which biases its figure upwards: evaluate it again on other data"
        )
    }
}

extension [SweepPoint] {
    /// Where the figure is best; the loss decides among equals.
    var best: Int? {
        indices.max { self[$1].fused.isBetter(than: self[$0].fused) }
    }
}
