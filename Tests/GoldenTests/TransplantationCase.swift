import Archives
import Fusion
import Networks
import Tensors
import Testing

/// A fusion computed with the Neuron Transplantation paper's program: kept neurons, scores, weights, logits, accuracies.
struct TransplantationCase {
    let golden: GoldenCase
    private let count: Int
    private let tolerance: (weights: Double, logits: Double, accuracy: Double, scores: Double)

    init(_ golden: GoldenCase) throws {
        self.golden = golden
        guard let count = golden.json["parent_count"]?.number, count >= 2 else { throw golden.notUnderstood("the number of parents") }
        self.count = Int(count)
        let stated = golden.json["tolerance"]
        tolerance = (
            stated?["weights"]?.number ?? 1e-6, stated?["logits"]?.number ?? 1e-4, stated?["accuracy"]?.number ?? 2e-4,
            // The reference scores in single precision; 2e-5 is what its authors' re-check found.
            stated?["scores_rel"]?.number ?? 2e-5
        )
    }

    func run() throws {
        let parents = try (0..<count).map { index in
            try TransplantationGraph(golden).network(file: "parent_\(index).safetensors", parent: index)
        }
        let expected = try golden.archive("expected.safetensors")
        let test = try GoldenData(golden).testSet()
        for run in golden.json["runs"]?.array ?? [] {
            guard let tag = run["tag"]?.string else { throw golden.notUnderstood("a run without a tag") }
            let recipe = try recipe(of: run)
            let outcome = try Fuser(parents: parents, recipe: recipe).fuse()
            try compareCuts(run, outcome, tag)
            try compareWeights(run, outcome.network, expected, tag)
            if steps(run).isEmpty { try compareWideNetwork(parents, outcome.network) }
            if let test { try compareWithData(run, outcome.network, expected, tag, test) }
            if let after = run["after_finetune"], let test {
                try TransplantationFineTuning(golden).compare(outcome.network, after, "run \(tag)", test)
            }
        }
        if let test {
            try compareBaselines(parents, test)
            if let stated = golden.json["baselines"]?["parent_0_after_same_finetune"] {
                try TransplantationFineTuning(golden).compare(parents[0], stated, "parent 0", test)
            }
        }
    }

    // MARK: Options

    /// What the run did, told by what it recorded, as a recipe of ours.
    private func recipe(of run: JSON) throws -> Recipe {
        var recipe = Recipe(method: Transplantation.method)
        func set(_ key: String, _ value: String) throws { try recipe.apply(assignment: "\(key)=\(value)") }
        // The published programs repair nothing afterwards.
        try set("repair", "none")
        if golden.json["options"]?["removal"]?.string?.contains("left whole") == true { try set("emptied", "whole") }
        if run["snapshot_scores"]?.bool == true { try set("timing", "snapshot") }
        if let rate = run["transfer_rate"]?.number {
            try set("order", "transfer")
            try set("transfer-rate", "\(rate)")
            return recipe
        }
        if run["per_parent"] != nil {
            try set("order", "prune-merge")
            try setRatio(run["ratio"]?.number, parents: count, set)
        } else if let steps = run["steps"]?.array {
            let isHierarchical = steps.contains { $0["inputs"] != nil }
            try set("scheme", isHierarchical ? "hierarchical" : "iterative")
            if !isHierarchical { try setRatio(run["ratio"]?.number, parents: 2, set) }
        } else if run["groups_in_processing_order"] != nil {
            try setRatio(run["ratio"]?.number, parents: count, set)
        } else {
            try setRatio(0, parents: count, set)
        }
        return recipe
    }

    private func setRatio(_ ratio: Double?, parents: Int, _ set: (String, String) throws -> Void) throws {
        guard let ratio else { throw golden.notUnderstood("a run without a ratio") }
        // 1 − 1/k may be written with nine digits, but was computed in double precision.
        if abs(ratio - (1 - 1 / Double(parents))) < 1e-8 { return }
        try set("size", "ratio")
        try set("ratio", "\(ratio)")
    }

    // MARK: Comparisons

    /// The cuts that the case lists, one list of groups for each step.
    private func steps(_ run: JSON) -> [[JSON]] {
        let nested = run["steps"]?.array ?? run["per_parent"]?.array
        return (nested ?? [run]).compactMap { $0["groups_in_processing_order"]?.array }
    }

    private func compareCuts(_ run: JSON, _ outcome: FusionOutcome, _ tag: String) throws {
        for (step, groups) in steps(run).enumerated() {
            for (turn, stated) in groups.enumerated() {
                guard let root = stated["root"]?.string, let kept = stated["kept"]?.numbers?.map({ Int($0) }) else {
                    throw golden.notUnderstood("a group")
                }
                let place = "run \(tag), step \(step), \(root)"
                guard let planned = outcome.plan.groups.first(where: { $0.group.producers.contains(root) }) else {
                    Issue.record("\(place): no group is produced by that layer")
                    continue
                }
                guard let cut = planned.selection?.cuts.first(where: { $0.step == step }) else {
                    #expect(Double(kept.count) == stated["channels_before"]?.number, "\(place): nothing was cut")
                    continue
                }
                #expect(cut.turn == turn, "\(place): its turn")
                #expect(cut.kept == kept, "\(place): kept neurons")
                if let scores = stated["scores"]?.numbers {
                    let difference = zip(cut.scores, scores).reduce(0) { max($0, abs($1.0 - $1.1) / max(abs($1.1), 1e-12)) }
                    #expect(cut.scores.count == scores.count && difference <= tolerance.scores, "\(place): scores differ by \(difference)")
                }
                if let gap = stated["relative_gap_at_cut"]?.number, let margin = cut.margin {
                    // Both scores at the cut are off by as much as the scores may be.
                    #expect(abs(margin - gap) <= 4 * tolerance.scores, "\(place): margin \(margin), stated \(gap)")
                }
            }
        }
    }

    private func compareWeights(_ run: JSON, _ network: Network, _ expected: Archive, _ tag: String) throws {
        for name in network.parameterNames where !name.hasSuffix("num_batches_tracked") {
            guard let stored = expected["\(tag)::\(name)"] else { throw golden.notUnderstood("\(tag)::\(name), which is missing,") }
            #expect(try network.parameter(name).shape == stored.shape, "\(tag): shape of \(name)")
            let difference = try largestDifference(network.parameter(name), stored)
            #expect(difference <= tolerance.weights, "\(tag): \(name) differs by \(difference)")
        }
        if let parameters = run["parameter_count"]?.number { #expect(network.parameterCount == Int(parameters), "\(tag): parameters") }
    }

    /// The network that the recipe with nothing removed gives is the one made on request.
    private func compareWideNetwork(_ parents: [Network], _ fused: Network) throws {
        let wide = try WideNetwork(parents: parents)
        #expect(wide.cost.parameters == fused.parameterCount)
        let built = try wide.network()
        for name in fused.parameterNames {
            #expect(try (built.parameter(name) - fused.parameter(name)).magnitude().maximum().item() == 0, "wide network: \(name)")
        }
    }

    private func compareWithData(_ run: JSON, _ network: Network, _ expected: Archive, _ tag: String, _ test: GoldenTestSet) throws {
        if let stored = expected["\(tag)::logits_first16"] {
            let difference = try largestDifference(network(test.inputs(0..<16)), stored)
            #expect(difference <= tolerance.logits, "\(tag): logits differ by \(difference)")
        }
        let logits = try test.logits(network)
        if let stated = run["test_accuracy"]?.number {
            let ours = try test.accuracy(logits)
            #expect(abs(ours - stated) <= tolerance.accuracy, "\(tag): accuracy \(ours), stated \(stated)")
        }
        if let stated = run["test_mean_cross_entropy"]?.number {
            let ours = try logits.crossEntropy(Tensor(test.labels)).item()
            // A mean over the test set of logits that agree within their tolerance.
            #expect(abs(ours - stated) <= tolerance.logits * max(1, stated), "\(tag): cross-entropy \(ours), stated \(stated)")
        }
    }

    private func compareBaselines(_ parents: [Network], _ test: GoldenTestSet) throws {
        let baselines = golden.json["baselines"]
        let logits = try parents.map { try test.logits($0) }
        for (index, stated) in (baselines?["parents_test_accuracy"]?.numbers ?? []).enumerated() {
            let ours = try test.accuracy(logits[index])
            #expect(abs(ours - stated) <= tolerance.accuracy, "accuracy of parent \(index) \(ours), stated \(stated)")
        }
        if let stated = baselines?["output_average_ensemble_accuracy"]?.number {
            let ours = try test.accuracy(logits.dropFirst().reduce(logits[0]) { try $0 + $1 })
            #expect(abs(ours - stated) <= tolerance.accuracy, "accuracy of the ensemble \(ours), stated \(stated)")
        }
        if let stated = baselines?["plain_weight_average_accuracy_eval_mode"]?.number {
            let average = try Fuser(parents: parents, recipe: Recipe(method: Averaging.method)).fuse().network
            let ours = try test.accuracy(test.logits(average))
            #expect(abs(ours - stated) <= tolerance.accuracy, "accuracy of the plain average \(ours), stated \(stated)")
        }
    }
}

extension GoldenTestSet {
    /// Logits of the whole set, a batch at a time.
    func logits(_ network: Network) throws -> Tensor {
        try Tensor.concatenated(stride(from: 0, to: labels.count, by: 500).map { try network(inputs($0..<min($0 + 500, labels.count))) })
    }

    /// The share of samples whose largest logit is the true class's.
    func accuracy(_ logits: Tensor) throws -> Double {
        let predicted = try logits.largestIndex(axis: 1).array(of: Int.self)
        return Double(zip(predicted, labels).count { $0 == $1 }) / Double(labels.count)
    }
}
