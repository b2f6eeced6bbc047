import Archives
import Fusion
import Networks
import Tensors
import Transport

/// A fusion computed with the OTFusion paper's program: couplings, costs, weights, logits and accuracies.
struct OTFusionCase {
    let golden: GoldenCase
    private let expectations: Expectations
    private let options: JSON
    private let tolerance: Tolerance

    /// What describes the reference's run: its times, its solver's own marginal errors, and how many of its masses are not zero.
    static let descriptive: Set<String> = [
        "accuracy_tolerance", "authors_flags", "blend_weight_of_b", "col_marginal_max_error", "layer", "note", "row_marginal_max_error",
        "run", "seconds", "solve_seconds", "tag", "tolerance",
    ]

    /// How near our numbers must be. Transport costs and weights are single-precision products in the reference.
    struct Tolerance {
        var weights = 1e-4
        var plan = 1e-6
        var cost = 1e-4
        /// The sum of mass times cost, as a share of it.
        var total = 1e-4
        var logits = 1e-3
        var accuracy = 0.05
    }

    init(_ golden: GoldenCase, _ expectations: Expectations) throws {
        self.golden = golden
        self.expectations = expectations
        options = try golden.requireOptions([
            "activation_samples", "activation_scaling", "activation_stage", "alignment", "blend_weight_of_b", "clip_cost", "correction",
            "cost_normalization", "handle_skips", "last_layer", "marginals", "metric", "normalize_weight_rows_to_unit_norm",
            "proper_marginals", "reg", "reg_m", "scale_map", "solver", "squared", "squared_distance_divided_by_num_samples",
            "use_incoming_alignment_in_weights",
        ])
        var tolerance = Tolerance()
        let expected = golden.json["expected"], stated = expected?["tolerance"]
        tolerance.weights = stated?["fused_weights_abs"]?.number ?? tolerance.weights
        tolerance.plan = stated?["plan_abs"]?.number ?? tolerance.plan
        tolerance.cost = stated?["cost_matrix_rel"]?.number ?? tolerance.cost
        tolerance.total = max(stated?["transport_cost_rel"]?.number ?? tolerance.total, 1e-5)
        tolerance.logits = stated?["logits_abs"]?.number ?? tolerance.logits
        tolerance.accuracy =
            stated?["accuracy_percent"]?.number ?? expected?["accuracy_tolerance"]?.number ?? tolerance.accuracy
        if options["solver"]?.string?.contains("sinkhorn") == true, stated == nil {
            // Entropic references stop at 1000 iterations (the golden README: compare at 1e-3) and have single-precision kernels.
            tolerance.weights = 1e-3
            tolerance.plan = 1e-5
            tolerance.total = 1e-3
            tolerance.logits = 2e-2
        }
        self.tolerance = tolerance
    }

    func run() throws {
        guard let stated = golden.json["parents"]?.array, stated.count >= 2 else { throw golden.notUnderstood("a case without parents") }
        let parents = try stated.enumerated().map { index, parent in
            guard let file = parent["file"]?.string else { throw golden.notUnderstood("parent \(index) without a file") }
            return try NetworkInWords(golden).network(file: file, parent: index)
        }
        let inputs = try inputs()
        let outcome = try recipe(parents: parents.count).fuse(parents, inputs: inputs)
        try compareActivations(parents, inputs)
        let isUnique = try compareCouplings(outcome)
        for name in outcome.network.parameterNames {
            // Weights behind an optimum that is not unique depend on which one was taken.
            guard isUnique else {
                expectations.leave(tensor: "fused.\(name)")
                continue
            }
            try expectations.tensor(
                "fused.\(name)", outcome.network.parameter(name).doubles, within: tolerance.weights, "fused \(name)")
        }
        if !isUnique { expectations.leave(tensor: "probe_logits.fused") }
        try compareWithData(outcome.network, parents: parents, inputs: inputs, followsProbes: isUnique)
    }

    // MARK: Options in words

    /// The case's options as a recipe of ours. An option in words that are not known here is an error, not a default.
    private func recipe(parents: Int, blend: Double? = nil) throws -> GoldenRecipe {
        var recipe = try GoldenRecipe(OTFusion.method)
        func word(_ option: String, _ meanings: [String: String]) throws -> String {
            guard let text = options[option]?.string else { throw golden.notUnderstood("a missing option \(option)") }
            guard let match = meanings.first(where: { text == $0.key || text.hasPrefix($0.key + " ") || text.hasPrefix($0.key + ":") })
            else { throw golden.notUnderstood("\(option) “\(text)”") }
            return match.value
        }
        func flag(_ option: String) -> Bool { options[option]?.bool ?? false }

        let source = try word("alignment", ["activations": "activations", "weights": "weights"])
        try recipe.set("source", source)
        let solver = try word(
            "solver",
            [
                "exact_network_simplex": "exact", "sinkhorn_normal": "sinkhorn", "sinkhorn_stabilized": "sinkhorn",
                "sinkhorn_epsilon": "sinkhorn", "unbalanced_sinkhorn_knopp": "unbalanced",
            ])
        try recipe.set("solver", solver)
        if let epsilon = options["reg"]?.number {
            try recipe.set("epsilon", epsilon)
            try recipe.set("epsilon-unit", "cost")
        }
        if let penalty = options["reg_m"]?.number { try recipe.set("marginal-penalty", penalty) }
        switch try word("metric", ["euclidean": "euclidean", "cosine": "cosine"]) {
        case "euclidean": try recipe.set("metric", flag("squared") ? "squared-euclidean" : "euclidean")
        default: try recipe.set("metric", "cosine")
        }
        try recipe.set("unit-rows", flag("normalize_weight_rows_to_unit_norm"))
        try recipe.set(
            "cost-normalisation",
            word("cost_normalization", ["none": "none", "max": "max", "mean": "mean", "median": "median", "log": "log"]))
        if let clip = options["clip_cost"], !clip.isNull {
            guard let bounds = clip.numbers, bounds.count == 2 else { throw golden.notUnderstood("clip_cost") }
            try recipe.set("clip", true)
            try recipe.set("clip-low", bounds[0])
            try recipe.set("clip-high", bounds[1])
        }
        switch options["marginals"]?.string {
        case "uniform": break
        // The engine gives unbalanced problems a mass of one for each neuron by itself.
        case "ones" where solver == "unbalanced": break
        case let text? where text.contains("l2 norm"): try recipe.set("marginals", "l2")
        case let text? where text.contains("l1 norm"): try recipe.set("marginals", "l1")
        default: throw golden.notUnderstood("marginals “\(options["marginals"]?.string ?? "")”")
        }
        try recipe.set(
            "map-scaling",
            word(
                "scale_map",
                [
                    "divide column j": "columns", "divide each entry (i,j) by (sum of row i": "rows",
                    "multiply whole map by 1/(1/n_a": "constant",
                ]))
        try recipe.set("last-layer", word("last_layer", ["OT like any other layer": "transport", "no OT": "keep"]))
        if source == "activations" {
            try recipe.set("samples", "\(options["activation_samples"]?.whole ?? 200)")
            try recipe.set("stage", word("activation_stage", ["pre-ReLU": "before", "ReLU applied": "after"]))
            try recipe.set(
                "activation-scaling",
                word(
                    "activation_scaling",
                    [
                        "none": "none", "center": "centre", "centre": "centre", "standardize": "standardise", "standardise": "standardise",
                        "normalize": "normalise", "normalise": "normalise",
                    ]))
        }
        guard flag("correction"), flag("use_incoming_alignment_in_weights") else {
            throw golden.notUnderstood("a fusion without correction or incoming alignment")
        }
        if flag("squared_distance_divided_by_num_samples") {
            throw golden.notUnderstood("squared distances divided by the number of samples")
        }
        if flag("handle_skips") { try recipe.set("shortcuts", "published") }
        // With more than two parents the blend of 0 belongs to the pair runs; the parents are then averaged alike.
        if parents == 2, let blend = blend ?? options["blend_weight_of_b"]?.number { try recipe.set("blend", blend) }
        return recipe
    }

    private func inputs() throws -> GoldenInputs? {
        guard options["alignment"]?.string == "activations" else { return nil }
        return GoldenInputs(values: try GoldenData(golden).normalised(golden.archive("activations.safetensors").array("inputs_u8")))
    }

    // MARK: Comparisons

    /// Layer outputs of the samples, where the case stores them.
    private func compareActivations(_ parents: [Network], _ inputs: GoldenInputs?) throws {
        guard let inputs else { return }
        let isAfter = options["activation_stage"]?.string?.hasPrefix("ReLU applied") == true
        for (parent, network) in parents.enumerated() {
            let prefix = "act_\(Self.letter(parent))."
            let names = expectations.tensorNames.filter { $0.hasPrefix(prefix) }
            guard !names.isEmpty else { continue }
            let layers = names.map { NetworkInWords.layer(String($0.dropFirst(prefix.count))) }
            let taps = try network.forward(inputs.values, taps: Set(layers)).taps
            for (name, layer) in zip(names, layers) {
                guard var ours = try taps[layer]?.doubles else { throw golden.notUnderstood("the outputs of \(layer)") }
                if isAfter, layer != network.logitNode.id { ours = ours.map { max($0, 0) } }
                try expectations.tensor(name, ours, within: 1e-4, relative: true, "outputs of \(layer), parent \(parent)")
            }
        }
    }

    private static func letter(_ parent: Int) -> String { FusionError.letter(parent).lowercased() }

    /// One stated layer of one pair of parents.
    private struct StatedLayer {
        let layer: String
        let parent: Int
        let json: JSON
        /// "fc1.weight", with the parent's letter before it where there are several pairs.
        let tensor: String
        /// Whether the layers before it have one optimum each, so that weights carried along theirs are the reference's.
        let follows: Bool

        var isUnique: Bool { json["optimum_unique"]?.bool != false }
    }

    private func statedLayers() throws -> [StatedLayer] {
        var layers: [StatedLayer] = []
        for run in golden.json["expected"]?["runs"]?.array ?? [] {
            let tag = run["tag"]?.string ?? "only"
            guard let parent = tag == "only" ? 0 : ["a", "b", "c", "d", "e", "f", "g", "h"].firstIndex(of: tag) else {
                throw golden.notUnderstood("the run \(tag)")
            }
            var follows = true
            for layer in run["layers"]?.array ?? [] {
                guard let name = layer["layer"]?.string else { throw golden.notUnderstood("\(layer.path) without a layer") }
                layers.append(
                    StatedLayer(
                        layer: NetworkInWords.layer(name), parent: parent, json: layer, tensor: tag == "only" ? name : "\(tag).\(name)",
                        follows: follows))
                if layer["optimum_unique"]?.bool == false { follows = false }
            }
        }
        return layers
    }

    /// - Returns: whether every optimum is the only one, as far as the case says.
    private func compareCouplings(_ outcome: FusionOutcome) throws -> Bool {
        let layers = try statedLayers()
        for stated in layers {
            guard let coupling = outcome.plan.group(producedBy: stated.layer)?.coupling(of: stated.parent),
                let transport = coupling.transport
            else { throw golden.notUnderstood("a transport at \(stated.layer)") }
            expectations.hold(transport.certificate.converged, "\(stated.layer): the solver has not converged")
            // What a layer costs by its weights depends on how the layers before it were aligned.
            guard stated.follows || options["alignment"]?.string == "activations" else {
                expectations.leave(stated.json)
                for kind in ["match", "plan", "map", "cost_matrix"] { expectations.leave(tensor: "\(kind).\(stated.tensor)") }
                continue
            }
            try compareCost(stated, coupling, transport)
            try comparePlan(stated, coupling, transport)
        }
        return layers.allSatisfy(\.isUnique)
    }

    private func compareCost(_ stated: StatedLayer, _ coupling: Coupling, _ transport: TransportResult) throws {
        let place = "\(stated.layer), parent \(Self.letter(stated.parent))", json = stated.json
        if let ours = coupling.cost {
            try expectations.tensor("cost_matrix.\(stated.tensor)", ours.values, within: tolerance.cost, relative: true, "cost of \(place)")
            let values = ours.values, largest = max(values.map(abs).max() ?? 0, .leastNormalMagnitude)
            for (key, value) in [
                ("cost_matrix_min", values.min() ?? 0), ("cost_matrix_max", values.max() ?? 0),
                ("cost_matrix_mean", values.reduce(0, +) / Double(max(1, values.count))),
            ] { try expectations.number(json[key], value, within: tolerance.cost * largest, "\(key) of \(place)") }
        }
        try expectations.number(
            json["transport_cost"], transport.transportCost, within: tolerance.total * abs(json["transport_cost"]?.number ?? 0),
            "transport cost of \(place)")
    }

    private func comparePlan(_ stated: StatedLayer, _ coupling: Coupling, _ transport: TransportResult) throws {
        let place = "\(stated.layer), parent \(Self.letter(stated.parent))", json = stated.json
        // A reference that stopped before it converged cannot be followed more closely than its own marginals are off.
        let slack = Double(max(transport.plan.rows, transport.plan.columns)) * (json["col_marginal_max_error"]?.number ?? 0)
        let plan = transport.plan.dense(), mass = plan.values.reduce(0, +), matrices = ["match", "plan", "map"]
        try expectations.number(json["plan_mass"], mass, within: 1e-6 * max(1, mass) + slack, "mass of \(place)")
        guard stated.isUnique else {
            // One optimum of several: cost and accuracy decide.
            for kind in matrices { expectations.leave(tensor: "\(kind).\(stated.tensor)") }
            return expectations.leave(json)
        }
        expectations.check(
            json["optimum_unique"], transport.certificate.uniqueness != .multiple, "\(place): the optimum is stated as the only one")
        if let match = try expectations.stored("match.\(stated.tensor)")?.integers() {
            expectations.check(tensor: "match.\(stated.tensor)", coupling.sends(match), "the match of \(place) is another")
        }
        try expectations.tensor("plan.\(stated.tensor)", plan.values, within: tolerance.plan + slack, "plan of \(place)")
        if let map = expectations.stored("map.\(stated.tensor)"), case .mixture(let ours) = coupling.map {
            try expectations.tensor(
                "map.\(stated.tensor)", ours.doubles, within: max((tolerance.plan + slack) * Double(map.shape.first ?? 1), 1e-6),
                "map of \(place)")
        }
        expectations.check(
            json["is_permutation"], (coupling.plan.permutation != nil) == json["is_permutation"]?.bool,
            "\(place): whether its plan is a permutation")
        try expectations.number(json["identity_fraction"], coupling.identityShare, within: 1e-6, "share of \(place) that keeps its number")
        // How many entropic masses are above zero depends on where single precision ends.
        guard json["optimum_unique"] != nil else { return expectations.leave(json["plan_nonzeros"]) }
        try expectations.number(
            json["plan_nonzeros"], Double(plan.values.count { $0 > 1e-12 }), within: 0, "number of masses of \(place)")
    }

    private func compareWithData(_ fused: Network, parents: [Network], inputs: GoldenInputs?, followsProbes: Bool) throws {
        let data = try GoldenData(golden)
        guard let test = try data.testSet() else { return expectations.cannot("the data set's files are not at hand") }
        let isLogSoftmax = golden.json["network"]?["note"]?.string?.contains("log-softmax") == true && data.isMNIST
        let probes = try test.inputs(0..<min(16, test.labels.count))
        for (network, key) in [(fused, "fused")] + parents.enumerated().map({ ($1, "parent_\(Self.letter($0))") }) {
            guard expectations.stored("probe_logits.\(key)") != nil, key != "fused" || followsProbes else { continue }
            let logits = try network(probes)
            try expectations.tensor(
                "probe_logits.\(key)", (isLogSoftmax ? logits.logSoftmax(axis: 1) : logits).doubles,
                within: tolerance.logits, "probe logits of \(key)")
        }
        let stated = golden.json["expected"]?["test_accuracy_percent"]
        func percent(_ network: Network) throws -> Double { try 100 * test.accuracy(test.logits(network)) }
        try expectations.number(stated?["fused"], percent(fused), within: tolerance.accuracy, "fused accuracy")
        let logits = try parents.map { try test.logits($0) }
        if let parentsStated = stated?["parents"] {
            guard let numbers = parentsStated.numbers, numbers.count == parents.count else {
                throw golden.notUnderstood("\(parentsStated.path) of \(parents.count) parents")
            }
            let ours = try logits.map { try 100 * test.accuracy($0) }
            expectations.check(
                parentsStated, zip(ours, numbers).allSatisfy { abs($0 - $1) <= tolerance.accuracy },
                "accuracies of the parents are \(ours), stated \(numbers)")
        }
        try expectations.number(
            stated?["plain_weight_average"], percent(GoldenRecipe.average(parents)), within: tolerance.accuracy,
            "accuracy of the plain average")
        try expectations.number(
            stated?["logit_average"],
            100 * test.accuracy(logits.dropFirst().reduce(logits[0].logSoftmax(axis: 1)) { try $0 + $1.logSoftmax(axis: 1) }),
            within: tolerance.accuracy, "accuracy of the averaged outputs")
        for point in golden.json["blend_sweep"]?.array ?? [] {
            guard let blend = point["blend_weight_of_b"]?.number else { throw golden.notUnderstood("a point of the blend sweep") }
            try expectations.number(
                point["ot_accuracy"], percent(recipe(parents: parents.count, blend: blend).fuse(parents, inputs: inputs).network),
                within: tolerance.accuracy, "accuracy at blend \(blend)")
            try expectations.number(
                point["plain_average_accuracy"], percent(GoldenRecipe.average(parents, blend: blend)), within: tolerance.accuracy,
                "plain average at blend \(blend)")
        }
    }
}
