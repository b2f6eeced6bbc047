import Archives
import Fusion
import Networks
import Tensors
import Testing

/// A fusion computed with the neuron interpolation paper's program: scores, partners, weights, logits and accuracies.
struct InterpolationCase {
    let golden: GoldenCase
    private let options: JSON

    init(_ golden: GoldenCase) throws {
        self.golden = golden
        guard let options = golden.json["options"] else { throw golden.notUnderstood("a case without options") }
        self.options = options
    }

    func run() throws {
        let setting = try NeuronCase(golden)
        let recipe = try recipe()
        let expected = try golden.archive("expected.safetensors")
        let context = FusionContext(networks: setting.parents, settings: recipe.settings, seed: 1, inputs: setting.samples)
        let procedure =
            recipe.method == KMeansFusion.method
            ? try KMeansFusion.procedure(context, firstCentres: firstCentres(setting)) : try recipe.method.procedure(context)
        let outcome = try procedure.fuse(control: FusionControl(keepsCosts: true))
        try compareScores(setting, recipe, expected)
        try comparePlan(outcome.plan, setting, expected)
        for name in outcome.network.parameterNames {
            let difference = try relativeDifference(outcome.network.parameter(name).array(of: Double.self), expected.array("fused.\(name)"))
            #expect(difference <= weightTolerance, "fused \(name) differs by \(difference) of its largest value")
        }
        try compareAnswers(outcome.network, setting, expected)
    }

    // MARK: Options in words

    private func recipe() throws -> Recipe {
        let method: Method =
            switch options["method"]?.string {
            case "HF linear": HungarianFusion.method
            case "KF linear": KMeansFusion.method
            case "Git Re-Basin": GitRebasin.method
            case "OTFusion (activation mode)": OTFusion.method
            default: throw golden.notUnderstood("the method \(options["method"]?.string ?? "(none)")")
            }
        var recipe = Recipe(method: method)
        func set(_ key: String, _ value: String) throws { try recipe.apply(assignment: "\(key)=\(value)") }
        // The published programs repair nothing afterwards.
        try set("repair", "none")
        guard let importance = options["importance"]?.string else { throw golden.notUnderstood("a case without importance") }
        try set("importance", importance)
        try set("importance-target", "label")
        try set("reference", "first")
        try set("samples", "1000000")
        if method == OTFusion.method {
            try set("marginals", "importance")
            try set("stage", "before")
            try set("map-scaling", "split")
            guard options["solver"]?.string == "exact EMD" else {
                throw golden.notUnderstood("the solver \(options["solver"]?.string ?? "")")
            }
            return recipe
        }
        guard let normalises = options["normalise_importance_per_layer"]?.bool else {
            throw golden.notUnderstood("importance that is or is not normalised")
        }
        try set("normalise-importance", "\(normalises)")
        if options["normalise_activations"]?.bool == true { throw golden.notUnderstood("normalised activations") }
        if method == GitRebasin.method {
            guard options["matching_activations"]?.string == "ReLU(pre-activation)" else {
                throw golden.notUnderstood("matching by \(options["matching_activations"]?.string ?? "")")
            }
            try set("matching", "activations")
            try set("mixing", "importance")
            return recipe
        }
        guard options["matching_activations"]?.string == "pre-activation" else {
            throw golden.notUnderstood("matching by \(options["matching_activations"]?.string ?? "")")
        }
        try set("solver", "published-cutoff")
        if method == KMeansFusion.method {
            if let improvement = options["kmeans_early_stop"]?["min_relative_improvement"]?.number {
                try set("least-improvement", "\(improvement)")
            }
            if let window = options["kmeans_early_stop"]?["window"]?.number, window != 3 {
                throw golden.notUnderstood("a window of \(window)")
            }
        }
        return recipe
    }

    /// By group name: the first centres that the reference drew.
    private func firstCentres(_ setting: NeuronCase) -> [String: [Int]] {
        var centres: [String: [Int]] = [:]
        for detail in options["tries_detail"]?.array ?? [] {
            guard let layer = detail["layer"]?.number.map({ Int($0) }), setting.layers.indices.contains(layer),
                let given = detail["first_centre_per_try"]?.numbers
            else { continue }
            centres[setting.layers[layer]] = given.map { Int($0) }
        }
        return centres
    }

    private var weightTolerance: Double {
        let measured = golden.json["validation"]?["max_rel_weight_diff_vs_f64_reimplementation"]?.number ?? 0
        let text = golden.json["tolerance"]?.string ?? ""
        return text.contains("3x validation") ? max(1e-3, 3 * measured) : 1e-3
    }

    // MARK: Comparisons

    private func compareScores(_ setting: NeuronCase, _ recipe: Recipe, _ expected: Archive) throws {
        guard let word = options["importance"]?.string, let kind = Importance.Kind(rawValue: word) else {
            throw golden.notUnderstood("the importance")
        }
        for (parent, network) in setting.parents.enumerated() {
            let scores = try Importance(kind).scores(of: network, at: setting.layers, inputs: setting.samples)
            for (index, layer) in setting.layers.enumerated() {
                guard let stored = expected["score.parent\(parent).layer\(index)"], var ours = scores[layer] else { continue }
                if options["normalise_importance_per_layer"]?.bool == true {
                    let sum = ours.reduce(0, +)
                    ours = ours.map { $0 / sum }
                }
                let difference = try relativeDifference(ours, stored)
                #expect(difference <= 1e-3, "scores of parent \(parent), \(layer), differ by \(difference)")
            }
        }
    }

    private func comparePlan(_ plan: FusionPlan, _ setting: NeuronCase, _ expected: Archive) throws {
        for (index, layer) in setting.layers.enumerated() {
            guard let planned = plan.groups.first(where: { $0.group.name == layer }) else { throw golden.notUnderstood("a layer \(layer)") }
            if let match = try expected["match.layer\(index)"]?.integers() {
                let ours = planned.couplings[1].plan.permutation
                #expect(ours.map { rows in match.indices.allSatisfy { rows[match[$0]] == $0 } } == true, "match of \(layer)")
            }
            if let assignment = try expected["assignment.layer\(index)"]?.integers() {
                let ours = planned.couplings.flatMap { coupling in coupling.plan.entries.map(\.column) }
                #expect(ours == assignment, "assignment of \(layer)")
            }
            if let cost = expected["cost.layer\(index)"], let ours = planned.couplings[1].cost {
                let difference = try relativeDifference(ours.transposed.values, cost)
                #expect(difference <= 1e-3, "cost of \(layer) differs by \(difference)")
            }
            if let total = options["assignment_cost_per_layer"]?.numbers?[index], let ours = planned.couplings[1].transport?.objective {
                #expect(abs(ours - total) <= 1e-3 * abs(total), "assignment cost of \(layer): \(ours), stated \(total)")
            }
            for coupling in planned.couplings {
                guard let indices = try expected["plan.layer\(index).model\(coupling.parent).index"]?.integers(),
                    let masses = try expected["plan.layer\(index).model\(coupling.parent).mass"]?.doubles()
                else { continue }
                let ours = coupling.plan.dense()
                // Masses are single-precision scores over their sum.
                for (entry, mass) in masses.enumerated() {
                    #expect(
                        abs(ours[indices[2 * entry], indices[2 * entry + 1]] - mass) <= 1e-5,
                        "plan of \(layer), parent \(coupling.parent), entry \(entry)")
                }
            }
        }
    }

    private func compareAnswers(_ fused: Network, _ setting: NeuronCase, _ expected: Archive) throws {
        if let stored = expected["fused_logits_on_inputs"] {
            let difference = try largestDifference(fused(setting.samples.values), stored)
            #expect(difference <= 1e-2, "fused logits differ by \(difference)")
        }
        guard let test = try setting.testSet() else { return }
        let stated = golden.json["expected_scalars"]
        func compare(_ network: Network, _ expected: JSON?, _ what: String) throws {
            guard let accuracy = expected?["accuracy"]?.number else { return }
            let ours = try test.accuracyPercent(network) / 100
            #expect(abs(ours - accuracy) <= setting.accuracyTolerance + 1e-6, "accuracy of \(what) \(ours), stated \(accuracy)")
        }
        try compare(fused, stated?["fused_full"], "the fused network")
        for (index, parent) in (stated?["parents_full"]?.array ?? []).enumerated() where setting.parents.indices.contains(index) {
            try compare(setting.parents[index], parent, "parent \(index)")
        }
    }
}
