import Archives
import Fusion
import Networks
import Tensors
import Transport

/// A fusion computed with the neuron interpolation paper's program: scores, partners, weights, logits and accuracies.
struct InterpolationCase {
    let golden: GoldenCase
    private let expectations: Expectations
    private let options: JSON

    init(_ golden: GoldenCase, _ expectations: Expectations) throws {
        self.golden = golden
        self.expectations = expectations
        options = try golden.requireOptions([
            "aligned_parents", "assignment_cost_per_layer", "cost", "expected_meaning", "importance", "kmeans_early_stop", "marginals",
            "matching_activations", "method", "normalise_activations", "normalise_importance_per_layer", "optimum_unique",
            "optimum_unique_per_layer", "reference_parent", "solver", "tries", "tries_detail",
        ])
    }

    func run() throws {
        let setting = try NeuronCase(golden)
        let recipe = try recipe(setting)
        let context = FusionContext(networks: setting.parents, settings: recipe.settings, seed: 1, inputs: setting.samples)
        let procedure =
            recipe.method == KMeansFusion.method
            ? try KMeansFusion.procedure(context, firstCentres: firstCentres(setting)) : try recipe.method.procedure(context)
        let outcome = try procedure.fuse(control: FusionControl(keepsCosts: true))
        try compareScores(setting)
        for (index, layer) in setting.layers.enumerated() { try comparePlan(index, layer, outcome, setting) }
        for name in outcome.network.parameterNames {
            // Weights behind an optimum that is not unique depend on which one was taken.
            guard isUnique else {
                expectations.leave(tensor: "fused.\(name)")
                continue
            }
            try expectations.tensor(
                "fused.\(name)", outcome.network.parameter(name).doubles, within: weightTolerance, relative: true, "fused \(name)")
        }
        try compareAnswers(outcome.network, setting)
    }

    // MARK: Options in words

    private func recipe(_ setting: NeuronCase) throws -> Recipe {
        let method: Method =
            switch options["method"]?.string {
            case "HF linear": HungarianFusion.method
            case "KF linear": KMeansFusion.method
            case "Git Re-Basin": GitRebasin.method
            case "OTFusion (activation mode)": OTFusion.method
            default: throw golden.notUnderstood("the method \(options["method"]?.string ?? "(none)")")
            }
        var recipe = try GoldenRecipe(method)
        guard let importance = options["importance"]?.string, Importance.Kind(rawValue: importance) != nil else {
            throw golden.notUnderstood("the importance \(options["importance"]?.string ?? "(none)")")
        }
        try recipe.set("importance", importance)
        try recipe.set("importance-target", "label")
        try recipe.set("reference", "first")
        try recipe.set("samples", "1000000")
        func require(_ option: String, _ known: String?) throws {
            guard options[option]?.string == known else {
                throw golden.notUnderstood("\(option) “\(options[option]?.string ?? "(none)")”")
            }
        }
        if method == OTFusion.method {
            guard (options["reference_parent"]?.whole ?? 0) == 0 else { throw golden.notUnderstood("another reference than parent 0") }
            try require("solver", "exact EMD")
            try recipe.set("marginals", "importance")
            try recipe.set("stage", "before")
            try recipe.set("map-scaling", "split")
            return recipe.recipe
        }
        guard let normalises = options["normalise_importance_per_layer"]?.bool else {
            throw golden.notUnderstood("importance that is or is not normalised")
        }
        try recipe.set("normalise-importance", normalises)
        if options["normalise_activations"]?.bool == true { throw golden.notUnderstood("normalised activations") }
        if method == GitRebasin.method {
            try require("matching_activations", "ReLU(pre-activation)")
            try recipe.set("matching", "activations")
            try recipe.set("mixing", "importance")
            return recipe.recipe
        }
        try require("matching_activations", "pre-activation")
        try recipe.set("solver", "published-cutoff")
        if method == KMeansFusion.method {
            let stop = options["kmeans_early_stop"]
            if let improvement = stop?["min_relative_improvement"]?.number { try recipe.set("least-improvement", improvement) }
            if let window = stop?["window"]?.number, window != 3 { throw golden.notUnderstood("a window of \(window)") }
        }
        return recipe.recipe
    }

    /// By group name: the first centres that the reference drew.
    private func firstCentres(_ setting: NeuronCase) throws -> [String: [Int]] {
        var centres: [String: [Int]] = [:]
        for detail in options["tries_detail"]?.array ?? [] {
            guard let layer = detail["layer"]?.whole, setting.layers.indices.contains(layer),
                let given = detail["first_centre_per_try"]?.wholes
            else { throw golden.notUnderstood("\(detail.path), a layer's tries,") }
            let neurons = try setting.parents.reduce(0) { try $0 + ($1.parameter("\(setting.layers[layer]).weight").shape.first ?? 0) }
            guard given.allSatisfy((0..<neurons).contains) else { throw golden.notUnderstood("a first centre beyond \(neurons) neurons") }
            centres[setting.layers[layer]] = given
        }
        return centres
    }

    private var weightTolerance: Double {
        let measured = golden.json["validation"]?["max_rel_weight_diff_vs_f64_reimplementation"]?.number ?? 0
        let text = golden.json["tolerance"]?.string ?? ""
        return text.contains("3x validation") ? max(1e-3, 3 * measured) : 1e-3
    }

    /// Whether the case says of no layer that its optimum is one of several.
    private var isUnique: Bool { (0..<(golden.json["network"]?.array?.count ?? 0)).allSatisfy(isUnique) }

    /// The case says it of a layer or of all, or its second program came to other partners.
    private func isUnique(_ layer: Int) -> Bool {
        for part in [options, golden.json["validation"] ?? .null] {
            for key in part.keys where key.contains("unique") {
                if (part[key]?.bool ?? part[key]?[layer]?.bool) == false { return false }
            }
            for key in ["match_agreement", "assignment_agreement"] {
                if let agreement = part[key]?[layer]?.number, agreement < 1 { return false }
            }
        }
        return true
    }

    // MARK: Comparisons

    /// Scores of the layers' neurons, as the options have them.
    private func scores(of network: Network, _ setting: NeuronCase) throws -> [String: [Double]] {
        guard let kind = options["importance"]?.string.flatMap(Importance.Kind.init) else { throw golden.notUnderstood("the importance") }
        let scores = try Importance(kind).scores(of: network, at: setting.layers, inputs: setting.samples)
        guard options["normalise_importance_per_layer"]?.bool == true else { return scores }
        return scores.mapValues { values in values.map { $0 / values.reduce(0, +) } }
    }

    private func compareScores(_ setting: NeuronCase) throws {
        for (parent, network) in setting.parents.enumerated() {
            let scores = try scores(of: network, setting)
            for (index, layer) in setting.layers.enumerated() {
                try expectations.tensor(
                    "score.parent\(parent).layer\(index)", scores[layer] ?? [], within: 1e-3, relative: true,
                    "scores of parent \(parent) at \(layer)")
            }
        }
    }

    private func comparePlan(_ index: Int, _ layer: String, _ outcome: FusionOutcome, _ setting: NeuronCase) throws {
        guard let planned = outcome.plan.group(producedBy: layer) else { throw golden.notUnderstood("a layer \(layer) without neurons") }
        let second = planned.coupling(of: 1)
        for name in ["match.layer\(index)", "assignment.layer\(index)"] {
            guard let stored = try expectations.stored(name)?.integers() else { continue }
            let holds = name.hasPrefix("match") ? second?.sends(stored) == true : planned.assignment == stored
            if isUnique(index) { expectations.check(tensor: name, holds, "\(name) is another") } else { expectations.leave(tensor: name) }
        }
        // The centres that the reference's best try began with are no result; the clusters that it came to are.
        expectations.leave(tensor: "init_centres.layer\(index)")
        if let ours = second?.cost {
            try expectations.tensor("cost.layer\(index)", ours.transposed.values, within: 1e-3, relative: true, "cost of \(layer)")
        }
        if let total = options["assignment_cost_per_layer"]?[index]?.number {
            // The last layer's neurons are the classes: ours pairs them without solving for it.
            let ours = try second?.transport?.objective ?? costOfClasses(layer, outcome.network, setting)
            expectations.hold(abs(ours - total) <= 1e-3 * abs(total), "assignment cost of \(layer) is \(ours), stated \(total)")
        }
        for coupling in planned.couplings {
            let name = "plan.layer\(index).model\(coupling.parent)"
            guard let indices = try expectations.stored("\(name).index")?.integers(),
                let masses = try expectations.stored("\(name).mass")?.doubles(), indices.count == 2 * masses.count
            else { continue }
            let ours = coupling.plan.dense()
            var worst = 0.0
            for (entry, mass) in masses.enumerated() {
                let (row, column) = (indices[2 * entry], indices[2 * entry + 1])
                let isInside = (0..<ours.rows).contains(row) && (0..<ours.columns).contains(column)
                worst = max(worst, isInside ? abs(ours[row, column] - mass) : .infinity)
            }
            // Masses are single-precision scores over their sum.
            if isUnique(index) {
                expectations.check(
                    tensor: "\(name).index", worst <= 1e-5, "plan of \(layer), parent \(coupling.parent), differs by \(worst)")
            } else {
                expectations.leave(tensor: "\(name).index")
            }
            let (sum, stated) = (ours.values.reduce(0, +), masses.reduce(0, +))
            expectations.check(
                tensor: "\(name).mass", abs(sum - stated) <= 1e-4,
                "mass of \(layer), parent \(coupling.parent), is \(sum), stated \(stated)")
        }
    }

    /// What the best pairing of the last layer's neurons would cost: the reference solves for it, and then pairs class with class.
    ///
    /// As the steps say: D the fused network's inputs of that layer and a column of ones, w = pinv(D) a with the cut-off
    /// max(rows, columns) · 2⁻²³, and for each pair Σ s ‖D w̄ − a‖ with w̄ weighted by the scores s.
    private func costOfClasses(_ layer: String, _ fused: Network, _ setting: NeuronCase) throws -> Double {
        guard let node = fused.architecture.nodes.first(where: { $0.id == layer }), layer == fused.logitNode.id,
            let source = node.sources.first
        else { throw golden.notUnderstood("an assignment cost of \(layer)") }
        let samples = setting.samples.values
        guard let inputs = try fused.forward(samples, taps: [source]).taps[source]?.converted(to: .float64), inputs.rank == 2 else {
            throw golden.notUnderstood("the inputs of \(layer)")
        }
        let ones = try Tensor(Array(repeating: 1.0, count: inputs.shape[0]), shape: [inputs.shape[0], 1])
        let design = try Tensor.concatenated([inputs, ones], axis: 1)
        let sides = try setting.parents.prefix(2).map { parent in
            let outputs = try parent(samples).converted(to: .float64)
            let weights = try design.leastSquares(outputs, cutoff: Double(design.shape.max() ?? 1) * 1.1920929e-07)
            return (
                wanted: try outputs.transposed(0, 1).doubles, fitted: try design.matmul(weights).transposed(0, 1).doubles,
                scores: try scores(of: parent, setting)[layer] ?? []
            )
        }
        let rows = design.shape[0], classes = sides[0].scores.count
        guard sides.allSatisfy({ $0.scores.count == classes && $0.wanted.count == classes * rows }) else {
            throw golden.notUnderstood("the classes of \(layer)")
        }
        let cost = Matrix(rows: classes, columns: classes) { first, second in
            let (s, t) = (sides[0].scores[first], sides[1].scores[second])
            var errors = (0.0, 0.0)
            for row in 0..<rows {
                let (i, j) = (first * rows + row, second * rows + row)
                let mixed = (s * sides[0].fitted[i] + t * sides[1].fitted[j]) / (s + t)
                errors.0 += (mixed - sides[0].wanted[i]) * (mixed - sides[0].wanted[i])
                errors.1 += (mixed - sides[1].wanted[j]) * (mixed - sides[1].wanted[j])
            }
            return s * errors.0.squareRoot() + t * errors.1.squareRoot()
        }
        let pairs = try AssignmentSolver().solve(cost: cost, control: SolverControl()).columns
        return pairs.enumerated().reduce(0) { sum, pair in sum + (pair.element.map { cost[pair.offset, $0] } ?? .nan) }
    }

    private func compareAnswers(_ fused: Network, _ setting: NeuronCase) throws {
        if isUnique {
            try expectations.tensor(
                "fused_logits_on_inputs", fused(setting.samples.values).doubles, within: 1e-2, "the fused network's logits")
        } else {
            expectations.leave(tensor: "fused_logits_on_inputs")
        }
        guard let stated = golden.json["expected_scalars"] else { return }
        try setting.compare(
            setting.sampleSet.figures(fused), stated["fused_on_fusion_samples"], "the fused network on the samples", expectations)
        guard let test = try setting.testSet() else { return expectations.cannot("the data set's files are not at hand") }
        try setting.compareParents(test, expectations)
        let figures = try test.figures(fused)
        try setting.compare(figures, stated["fused_full"], "the fused network", expectations)
        try setting.compare(figures, stated["reimpl_f64_full"], "the fused network, re-implemented,", expectations)
        try setting.compare(
            test.figures(GoldenRecipe.average(setting.parents)), stated["vanilla_average_full"], "the plain average", expectations)
    }
}
