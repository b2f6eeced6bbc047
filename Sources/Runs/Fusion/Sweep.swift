import Datasets
import Fusion
import Formatting
import Networks
import Provenance
import Reports
import Training

/// A hyperparameter and the values it is to take in turn, as the command line writes them: `blend=0:1:0.1`, `solver=exact,sinkhorn`.
package struct Sweep: Sendable, Hashable {
    package let key: String
    /// As it was written.
    package let text: String
    package let values: [HyperparameterValue]

    /// More values than anyone reads in a table; a step that was meant to be larger.
    static let mostValues = 1000

    /// - Throws: `RecipeError` for a key or a value that the method does not know.
    package init(_ text: String, method: Method) throws(RecipeError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let hyperparameter = method.hyperparameter(parts[0]) else {
            guard parts.count == 2 else { throw .assignment(text: text) }
            throw .unknownKey(key: parts[0], method: method.id, known: method.hyperparameters.map(\.key))
        }
        key = parts[0]
        self.text = text
        let ends = parts[1].split(separator: ":", omittingEmptySubsequences: false).map { Double(String($0)) }
        var written = parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if ends.count == 3 {
            guard let from = ends[0], let to = ends[1], let step = ends[2], step > 0, to >= from,
                (to - from) / step < Double(Self.mostValues)
            else {
                throw .value(key: key, value: parts[1], allowed: "FROM:TO:STEP with a step above 0, at most \(Self.mostValues) values")
            }
            // Each is written as text and read again, so that ten steps of 0.1 end at 1.
            written = (0...Int(((to - from) / step + 1e-9).rounded(.down))).map {
                HyperparameterValue.real(from + Double($0) * step).description
            }
        }
        var values: [HyperparameterValue] = []
        for text in written { values.append(try hyperparameter.parse(text)) }
        self.values = values
    }
}

/// What a sweep found at one value.
package struct SweepPoint: Sendable, Codable {
    package let value: String
    /// Of the fused network.
    package let parameters: Int
    package let fused: Evaluation
    /// The plain average at the same blend; nil where the widths differ.
    package let average: Evaluation?
}

extension FusionRun {
    /// One fusion for each value, measured beside the plain average of the parents at the same blend. Where the value only blends
    /// aligned parents, the couplings are computed once.
    ///
    /// - Parameter found: called with every value as soon as it is evaluated.
    package func sweep(
        _ sweep: Sweep, isCancelled: @escaping @Sendable () -> Bool = { false }, progress: (@Sendable (Progress) -> Void)? = nil,
        found: (SweepPoint) -> Void = { _ in }
    ) throws -> [SweepPoint] {
        guard let evaluation else { throw RunError.unsuitable(reason: "a sweep needs labelled data: use --data or --evaluate") }
        let networks = parents.map(\.network)
        var points: [SweepPoint] = []
        let control = FusionControl(isCancelled: isCancelled) { progress?(.fusing($0)) }
        try fuser().sweep(sweep.key, over: sweep.values, control: control) { value, outcome in
            var average = Recipe(method: Averaging.method)
            for key in [Blending.blend.key, Blending.weightList.key, Blending.reference.key] {
                guard let own = key == sweep.key ? value : recipe.settings[key] else { continue }
                try average.settings.set(key, own)
            }
            var plain: Network?
            do { plain = try Fuser(parents: networks, recipe: average).fuse().network } catch {
                guard case FusionError.widths = error else { throw error }
            }
            let measured: [Evaluation]
            do {
                measured = try Evaluator(evaluation).evaluate(
                    [outcome.network as any Predictor] + [plain].compactMap { $0 }, isCancelled: isCancelled
                ) { progress?(.evaluating(done: $0, of: $1)) }
            } catch {
                guard case TrainingError.cancelled = error else { throw error }
                throw FusionError.cancelled
            }
            let point = SweepPoint(
                value: value.description, parameters: outcome.network.parameterCount, fused: measured[0],
                average: measured.count > 1 ? measured[1] : nil)
            points.append(point)
            found(point)
        }
        return points
    }

    /// A sweep as lines of text.
    package static func lines(_ points: [SweepPoint], key: String) -> [String] {
        let figure = points.first.map { $0.fused.task.givesOneClass ? "" : ", \($0.fused.figure.name)" } ?? ""
        // Where the value changes the network's size, the figures stand beside it.
        let isSized = Set(points.map(\.parameters)).count > 1
        var table = PlainTable(
            [(key, .right)] + (isSized ? [("parameters", .right)] : []) + [
                ("fused\(figure)", .right), ("loss", .right), ("plain average\(figure)", .right), ("loss", .right),
            ])
        for point in points {
            func cells(_ evaluation: Evaluation?) -> [String] {
                evaluation.map { [$0.valueText, Format.decimal($0.loss)] } ?? ["–", "widths differ"]
            }
            table.add(
                [point.value] + (isSized ? [Format.grouped(point.parameters)] : []) + cells(point.fused) + cells(point.average))
        }
        return table.lines
    }
}
