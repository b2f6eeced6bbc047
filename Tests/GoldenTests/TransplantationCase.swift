import Archives
import Fusion
import Networks
import Tensors

/// A fusion computed with the Neuron Transplantation paper's program: kept neurons, scores, weights, logits, accuracies.
struct TransplantationCase {
    let golden: GoldenCase
    private let expectations: Expectations
    private let count: Int
    private let tolerance: (weights: Double, logits: Double, accuracy: Double, scores: Double)

    /// What a run was, and another paper's fusion of the same parents, whose settings the case does not give.
    static let descriptive: Set<String> = [
        "authors_ot_after_finetune", "authors_ot_fusion_accuracy", "authors_ot_fusion_seconds", "importance_items", "ratio",
        "snapshot_scores", "tag", "transfer_rate", "what",
    ]

    init(_ golden: GoldenCase, _ expectations: Expectations) throws {
        self.golden = golden
        self.expectations = expectations
        guard let count = golden.json["parent_count"]?.whole, count >= 2 else { throw golden.notUnderstood("the number of parents") }
        self.count = count
        _ = try golden.requireOptions([
            "concatenation", "flatten", "importance", "order", "output_layer", "prunable_groups", "removal", "score_timing",
        ])
        let stated = golden.json["tolerance"]
        tolerance = (
            stated?["weights"]?.number ?? 1e-6, stated?["logits"]?.number ?? 1e-4, stated?["accuracy"]?.number ?? 2e-4,
            // The reference scores in single precision; 2e-5 is what its authors' re-check found.
            stated?["scores_rel"]?.number ?? 2e-5
        )
    }

    func run() throws {
        let graph = TransplantationGraph(golden)
        let parents = try (0..<count).map { try graph.network(file: "parent_\($0).safetensors", parent: $0) }
        let test = try GoldenData(golden).testSet()
        if test == nil { expectations.cannot("the data set's files are not at hand") }
        guard let runs = golden.json["runs"]?.array, !runs.isEmpty else { throw golden.notUnderstood("a case without runs") }
        for run in runs {
            guard let tag = run["tag"]?.string else { throw golden.notUnderstood("a run without a tag") }
            let outcome = try recipe(of: run).fuse(parents)
            try compareCuts(run, outcome, tag)
            try compareShapes(run, outcome.network, tag)
            try compareWeights(outcome.network, tag)
            if steps(run).isEmpty { try compareWideNetwork(parents, outcome.network) }
            guard let test else { continue }
            try compareWithData(run, outcome.network, tag, test)
            if let after = run["after_finetune"] {
                try TransplantationFineTuning(golden, expectations).compare(outcome.network, after, "run \(tag)", test)
            }
        }
        if let test { try compareBaselines(parents, test) }
    }

    // MARK: Options

    /// What the run did, told by what it recorded, as a recipe of ours.
    private func recipe(of run: JSON) throws -> GoldenRecipe {
        var recipe = try GoldenRecipe(Transplantation.method)
        if golden.json["options"]?["removal"]?.string?.contains("left whole") == true { try recipe.set("emptied", "whole") }
        if run["snapshot_scores"]?.bool == true { try recipe.set("timing", "snapshot") }
        if let rate = run["transfer_rate"]?.number {
            try recipe.set("order", "transfer")
            try recipe.set("transfer-rate", rate)
            return recipe
        }
        if run["per_parent"] != nil {
            try recipe.set("order", "prune-merge")
            try setRatio(run["ratio"], parents: count, &recipe)
        } else if let steps = run["steps"]?.array {
            let isHierarchical = steps.contains { $0["inputs"] != nil }
            try recipe.set("scheme", isHierarchical ? "hierarchical" : "iterative")
            if !isHierarchical { try setRatio(run["ratio"], parents: 2, &recipe) }
        } else if run["groups_in_processing_order"] != nil || run["ratio"] != nil {
            try setRatio(run["ratio"], parents: count, &recipe)
        } else {
            try recipe.set("size", "ratio")
            try recipe.set("ratio", 0)
        }
        return recipe
    }

    private func setRatio(_ stated: JSON?, parents: Int, _ recipe: inout GoldenRecipe) throws {
        guard let ratio = stated?.number else { throw golden.notUnderstood("a run without a ratio") }
        // 1 − 1/k may be written with nine digits, but was computed in double precision.
        if abs(ratio - (1 - 1 / Double(parents))) < 1e-8 { return }
        try recipe.set("size", "ratio")
        try recipe.set("ratio", ratio)
    }

    // MARK: Comparisons

    /// The cuts that the case lists, one list of groups for each step.
    private func steps(_ run: JSON) -> [[JSON]] {
        let nested = run["steps"]?.array ?? run["per_parent"]?.array
        return (nested ?? [run]).compactMap { $0["groups_in_processing_order"]?.array }
    }

    private func compareCuts(_ run: JSON, _ outcome: FusionOutcome, _ tag: String) throws {
        for part in run["steps"]?.array ?? [] { expectations.leave(part["inputs"]) }
        for (step, groups) in steps(run).enumerated() {
            for (turn, stated) in groups.enumerated() {
                guard let root = stated["root"]?.string else { throw golden.notUnderstood("\(stated.path) without a root") }
                let place = "run \(tag), step \(step), \(root)"
                guard let planned = outcome.plan.group(producedBy: root) else {
                    expectations.check(stated["root"], false, "\(place): no group is produced by that layer")
                    continue
                }
                let cut = planned.selection?.cuts.first { $0.step == step }
                let before = stated["channels_before"], after = stated["channels_after"], kept = stated["kept"]
                guard let cut else {
                    // A group that is left whole.
                    expectations.check(stated["root"], before?.whole == after?.whole, "\(place): nothing was cut")
                    expectations.check(before, before?.whole == after?.whole, "\(place): nothing was cut")
                    expectations.check(after, before?.whole == after?.whole, "\(place): nothing was cut")
                    expectations.check(kept, kept?.wholes == Array(0..<(before?.whole ?? 0)), "\(place): nothing was cut")
                    expectations.leave(stated["scores"])
                    expectations.leave(stated["relative_gap_at_cut"])
                    continue
                }
                expectations.check(stated["root"], cut.turn == turn, "\(place): its turn is \(cut.turn), stated \(turn)")
                try expectations.number(before, Double(cut.scores.count), within: 0, "\(place): neurons before")
                try expectations.number(after, Double(cut.kept.count), within: 0, "\(place): neurons after")
                expectations.check(kept, cut.kept == kept?.wholes, "\(place): kept neurons are others")
                if let listed = stated["scores"] {
                    guard let scores = listed.numbers else { throw golden.notUnderstood(listed.path) }
                    let difference = zip(cut.scores, scores).reduce(0) { max($0, abs($1.0 - $1.1) / max(abs($1.1), 1e-12)) }
                    expectations.check(
                        listed, cut.scores.count == scores.count && difference <= tolerance.scores,
                        "\(place): scores differ by \(difference)")
                }
                // Both scores at the cut are off by as much as the scores may be.
                try expectations.number(
                    stated["relative_gap_at_cut"], cut.margin ?? .nan, within: 4 * tolerance.scores, "\(place): relative gap")
            }
        }
    }

    /// The layers that a run lists, by the shapes of their weights.
    private func compareShapes(_ run: JSON, _ network: Network, _ tag: String) throws {
        try expectations.number(run["parameter_count"], Double(network.parameterCount), within: 0, "\(tag): number of parameters")
        for layer in run["layers"]?.array ?? [] {
            guard let name = layer["name"]?.string, let weight = network.parameters["\(name).weight"] else {
                throw golden.notUnderstood("\(layer.path), a layer that is not there,")
            }
            let shape = weight.shape, kernel = layer["kernel"]?.wholes
            let stated =
                layer["features"]?.whole.map { [$0] }
                ?? [layer["outputs"]?.whole, layer["inputs"]?.whole].compactMap { $0 } + (kernel ?? [])
            let hasBias = network.parameters["\(name).bias"] != nil
            expectations.check(layer["name"], shape == stated, "\(tag): \(name) has the shape \(shape), stated \(stated)")
            for key in ["features", "outputs", "inputs", "kernel"] {
                expectations.check(layer[key], shape == stated, "\(tag): \(key) of \(name)")
            }
            if layer["kind"]?.string != "batchnorm2d" {
                expectations.check(layer["bias"], layer["bias"]?.bool == hasBias, "\(tag): whether \(name) has a bias")
            }
            // Fusion changes none of these.
            for key in ["kind", "role", "stride", "padding", "eps", "momentum", "bias"] { expectations.leave(layer[key]) }
        }
    }

    /// Weights and logits of a run; what is not stored of the wide network is held against its figures alone.
    private func compareWeights(_ network: Network, _ tag: String) throws {
        let stored = expectations.tensorNames.filter { $0.hasPrefix("\(tag)::") && !$0.hasSuffix("::logits_first16") }
        for name in stored {
            guard let ours = network.parameters[String(name.dropFirst(tag.count + 2))] else { throw golden.notUnderstood(name) }
            let shape = expectations.stored(name)?.shape ?? []
            guard ours.shape == shape else {
                expectations.check(tensor: name, false, "\(name) has the shape \(ours.shape), stated \(shape)")
                continue
            }
            try expectations.tensor(name, ours.doubles, within: tolerance.weights, name)
        }
        guard !stored.isEmpty else { return }
        for name in network.parameterNames where !name.hasSuffix("num_batches_tracked") && !stored.contains("\(tag)::\(name)") {
            throw golden.notUnderstood("\(tag)::\(name), which is missing,")
        }
    }

    /// Nothing was pruned: the network is the parents side by side, whose weights ours builds apart from any fusion.
    private func compareWideNetwork(_ parents: [Network], _ fused: Network) throws {
        let wide = try WideNetwork(parents: parents)
        expectations.hold(wide.cost.parameters == fused.parameterCount, "wide network: \(wide.cost.parameters) parameters")
        let built = try wide.network()
        for name in fused.parameterNames {
            let same = try (built.parameter(name) - fused.parameter(name)).magnitude().maximum().item() == 0
            expectations.hold(same, "wide network: \(name) is another")
        }
    }

    private func compareWithData(_ run: JSON, _ network: Network, _ tag: String, _ test: GoldenTestSet) throws {
        try expectations.tensor(
            "\(tag)::logits_first16", network(test.inputs(0..<min(16, test.labels.count))).doubles, within: tolerance.logits,
            "\(tag): logits")
        let figures = try test.figures(network)
        try expectations.number(run["test_accuracy"], figures.accuracy, within: tolerance.accuracy, "\(tag): accuracy")
        // A mean over the test set of logits that agree within their tolerance.
        try expectations.number(
            run["test_mean_cross_entropy"], figures.crossEntropy,
            within: tolerance.logits * max(1, run["test_mean_cross_entropy"]?.number ?? 1), "\(tag): cross-entropy")
    }

    private func compareBaselines(_ parents: [Network], _ test: GoldenTestSet) throws {
        guard let baselines = golden.json["baselines"] else { return }
        let logits = try parents.map { try test.logits($0) }
        if let stated = baselines["parents_test_accuracy"] {
            guard let numbers = stated.numbers, numbers.count == parents.count else { throw golden.notUnderstood(stated.path) }
            let ours = try logits.map { try test.accuracy($0) }
            expectations.check(
                stated, zip(ours, numbers).allSatisfy { abs($0 - $1) <= tolerance.accuracy },
                "accuracies of the parents are \(ours), stated \(numbers)")
        }
        try expectations.number(
            baselines["output_average_ensemble_accuracy"], test.accuracy(logits.dropFirst().reduce(logits[0]) { try $0 + $1 }),
            within: tolerance.accuracy, "accuracy of the ensemble")
        let plain = "plain_weight_average_accuracy_eval_mode", tuned = "plain_weight_average_after_finetune"
        if baselines[plain] != nil || baselines[tuned] != nil {
            let average = try GoldenRecipe.average(parents)
            try expectations.number(
                baselines[plain], test.accuracy(test.logits(average)), within: tolerance.accuracy, "accuracy of the plain average")
            if let stated = baselines[tuned] {
                try TransplantationFineTuning(golden, expectations).compare(average, stated, "the plain average", test)
            }
        }
        if let stated = baselines["parent_0_after_same_finetune"] {
            try TransplantationFineTuning(golden, expectations).compare(parents[0], stated, "parent 0", test)
        }
    }
}
