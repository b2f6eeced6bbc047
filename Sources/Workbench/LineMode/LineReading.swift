import Screen
import Training

extension Model {
    /// The screen in sentences, without what can be chosen.
    var lineReading: [String] {
        var lines = ["Screen \(screen.rawValue) of \(ScreenID.allCases.count), \(screen.title)."]
        switch screen {
        case .models: lines += parentSentences
        case .align: lines += planSentences
        case .neurons: lines.append(guidance)
        case .fuse:
            lines.append(recipeWords + ".")
            if let forecast { lines.append("Fusing takes \(forecast.words).") }
            lines += resultSentences
        case .train: lines += trainingSentences
        case .compare: if compare.rows.value?.isEmpty != false { lines.append(guidance) }
        }
        return lines
    }

    private var parentSentences: [String] {
        switch opened {
        case .nothing: return ["No parents are open."]
        case .waiting: return ["The parents are being opened."]
        case .failed(let reason): return ["The parents could not be opened: \(reason)."]
        case .ready(let opened):
            let parents = opened.parents.enumerated().map { index, parent in
                "Parent \(FusionLetters.letter(index)), \(Text.printable(parent.name)): \(parent.widths.map(String.init).joined(separator: "-")), \(Formatting.grouped(parent.parameters)) parameters"
                    + (parent.accuracy.map { ", \(Formatting.percent($0))" } ?? "") + "."
            }
            return parents + [opened.mismatch.map { "They cannot be fused: \($0)." } ?? "They can be fused."]
        }
    }

    private var planSentences: [String] {
        guard let coupling, let group else { return [planProblem ?? guidance] }
        let analysis = coupling.analysis
        var lines = [
            "Plan of layer \(group.name): \(coupling.plan.rows) neurons of \(parentLetter(coupling.parent)) to \(coupling.plan.columns) fused ones."
        ]
        if let kept {
            let origins = kept.kept.indices.map { "\(kept.words(of: $0)) neurons of \(parentLetter($0))" }.joined(separator: ", ")
            lines.append(
                "It keeps \(origins)"
                    + (kept.leftOver.map { "; a linear map of them leaves \(Formatting.percent($0)) of all over." } ?? "."))
        } else {
            lines.append(
                "A neuron spreads over \(HeatMap.number(analysis.effectiveMatches)) on average, \(Formatting.percent(analysis.clearShare)) have a clear match, \(analysis.orphanRows.count) have none."
            )
        }
        lines.append(announcement + ".")
        if !recipe.edits.isEmpty { lines.append("Edits: \(recipe.edits.lines.map { words($0) }.joined(separator: "; ")).") }
        return lines
    }

    private var resultSentences: [String] {
        guard let result = fuse.result else { return [] }
        let rows = result.rows.map {
            "\(Text.printable($0.name)): \($0.accuracy.map(Formatting.percent) ?? $0.measured ?? $0.note ?? "not measured")."
        }
        return ["Result, fused in \(Formatting.seconds(result.fuseSeconds)):"] + rows + result.notes
    }

    private var trainingSentences: [String] {
        guard let live = train.live else { return [guidance + "."] }
        var lines: [String] = []
        if let step = live.step {
            lines.append("Epoch \(step.epoch) of \(step.epochs), step \(step.step) of \(step.steps), loss \(HeatMap.number(step.loss)).")
        }
        if let last = live.lastValidation {
            lines.append("Validation \(Formatting.value(last))" + (live.bestValidation.map { ", best \(Formatting.value($0))." } ?? "."))
        }
        if let text = live.result.flatMap({ $0.accuracy.map(Formatting.percent) ?? $0.measured }) {
            lines.append("After fine-tuning: \(text).")
        }
        return lines
    }
}
