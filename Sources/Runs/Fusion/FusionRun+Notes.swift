import Datasets
import Fusion
import Provenance
import Tensors

// What a run says beside its figures: what was assumed, what to expect, what was done to parents and data.

extension FusionRun {
    /// What was assumed of the parents' graphs, in sentences.
    package var assumptions: [String] { Parent.assumptions(of: parents) }

    /// What was assumed of the data, and what to expect of few samples: said before the result.
    package var dataNotes: [String] {
        var notes = warnings.map { "warning: \($0)" }
        if let inputs { notes += [FewSamples.looking(at: min(inputs.count, samplesAsked ?? inputs.count))].compactMap(\.self) }
        notes += [evaluation.flatMap { FewSamples.measuring(on: $0.count) }].compactMap(\.self)
        notes += overlapNotes
        for (spec, dataset) in [(recipe.data, inputs?.dataset), (recipe.validation, validation), (recipe.evaluation, evaluation)] {
            for note in dataset?.notes ?? [] where !notes.contains(where: { $0.hasSuffix(note) }) { notes.append("\(spec ?? ""): \(note)") }
        }
        return notes
    }

    /// Where the parents were trained on samples that something is judged on.
    private var overlapNotes: [String] {
        var notes: [String] = []
        if let spec = recipe.evaluation, let found = TrainingOverlap(of: evaluation, spec: spec, default: .test, parents: parents) {
            notes.append("warning: \(spec) is no test of the parents: \(found.words())")
        }
        if recipe.method == Automatic.method, let spec = recipe.data,
            let found = TrainingOverlap(of: inputs?.dataset, spec: spec, default: .train, parents: parents)
        {
            notes.append(
                "warning: the automatic choice selects on samples held out of \(spec), which the parents know (\(found.words())): their figures there are optimistic"
            )
        }
        return notes
    }

    /// Numbers of the parents that are not finite, which spread into the result.
    func nonFinite() throws -> [String] {
        try parents.flatMap { parent in
            try parent.checkpoint.nonFinite().map { name, count in
                "\(parent.name): \(name) holds NaN or infinity in \(count) \(count == 1 ? "place" : "places"); most methods refuse such a network"
            }
        }
    }

    /// What is saved in fewer bits than it was measured in.
    func typeNotes(_ outcome: FusionOutcome) -> [String] {
        let parent = reference(of: outcome)
        let types = recipe.dtype.map { [$0] } ?? Array(Set(parent.checkpoint.layout.types.values.filter(\.isFloatingPoint)))
        guard let narrow = types.min(by: { $0.byteCount < $1.byteCount }), narrow.byteCount < 4 else { return [] }
        return [
            "saved as \(narrow.name)\(recipe.dtype == nil ? ", as \(parent.name) is" : ""); figures are from before rounding\(recipe.dtype == nil ? " (--dtype float32 avoids it)" : "")"
        ]
    }

    var notes: [String] {
        var notes = [taskNote].compactMap(\.self) + Array(Set(parents.flatMap { $0.checkpoint.remarks })).sorted() + preparation + dataNotes
        if let inputs, let samplesAsked, samplesAsked > inputs.count {
            notes.append("only \(inputs.count) samples available, \(samplesAsked) requested")
        }
        return notes
    }

    /// The number of samples requested for the method; nil where it uses none or all.
    private var samplesAsked: Int? {
        guard case .integer(let wanted)? = recipe.settings["samples"],
            recipe.settings.effective.contains(where: { $0.hyperparameter.key == "samples" })
        else { return nil }
        return wanted
    }
}
