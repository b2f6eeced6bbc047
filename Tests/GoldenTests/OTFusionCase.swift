import Archives
import Fusion
import Networks
import Tensors
import Testing
import Transport

/// A fusion computed with the OTFusion paper's program: couplings, costs, weights, logits and accuracies.
struct OTFusionCase {
    let golden: GoldenCase
    private let options: JSON
    private let tolerance: Tolerance

    /// How near our numbers must be. Transport costs and weights are single-precision products in the reference.
    struct Tolerance {
        var weights = 1e-4
        var plan = 1e-6
        var cost = 1e-4
        var logits = 1e-3
        var accuracy = 0.05
    }

    init(_ golden: GoldenCase) throws {
        self.golden = golden
        guard let options = golden.json["options"] else { throw golden.notUnderstood("a case without options") }
        self.options = options
        var tolerance = Tolerance()
        let stated = golden.json["expected"]?["tolerance"]
        tolerance.weights = stated?["fused_weights_abs"]?.number ?? tolerance.weights
        tolerance.plan = stated?["plan_abs"]?.number ?? tolerance.plan
        tolerance.cost = stated?["cost_matrix_rel"]?.number ?? tolerance.cost
        tolerance.logits = stated?["logits_abs"]?.number ?? tolerance.logits
        tolerance.accuracy =
            stated?["accuracy_percent"]?.number ?? golden.json["expected"]?["accuracy_tolerance"]?.number ?? tolerance.accuracy
        if options["solver"]?.string?.contains("sinkhorn") == true, stated == nil {
            // Entropic references stop at 1000 iterations (the golden README: compare at 1e-3) and have single-precision kernels.
            tolerance.weights = 1e-3
            tolerance.plan = 1e-5
            tolerance.logits = 2e-2
        }
        self.tolerance = tolerance
    }

    func run() throws {
        let parents = try parentFiles().map { try GoldenNetwork.open(golden, file: $0) }
        let recipe = try recipe(parents: parents.count)
        let fuser = try Fuser(parents: parents, recipe: recipe, inputs: try inputs())
        let outcome = try fuser.fuse(control: FusionControl(keepsCosts: true))
        let expected = try golden.archive("expected.safetensors")
        try compareCouplings(outcome, expected)
        for name in outcome.network.parameterNames {
            let difference = try largestDifference(outcome.network.parameter(name), expected.array("fused.\(name)"))
            #expect(difference <= tolerance.weights, "fused \(name) differs by \(difference)")
        }
        try compareWithData(outcome.network, parents: parents, expected: expected)
    }

    // MARK: Options in words

    private func parentFiles() throws -> [String] {
        let files = golden.json["parents"]?.array?.compactMap { $0["file"]?.string } ?? []
        guard files.count >= 2 else { throw golden.notUnderstood("a case with \(files.count) parents") }
        return files
    }

    /// The case's options as a recipe of ours. An option in words that are not known here is an error, not a default.
    private func recipe(parents: Int) throws -> Recipe {
        var recipe = Recipe(method: OTFusion.method)
        func set(_ key: String, _ value: String) throws { try recipe.apply(assignment: "\(key)=\(value)") }
        // The published programs repair nothing afterwards.
        try set("repair", "none")
        func word(_ option: String, _ meanings: [String: String]) throws -> String {
            guard let text = options[option]?.string else { throw golden.notUnderstood("a missing option \(option)") }
            guard let match = meanings.first(where: { text == $0.key || text.hasPrefix($0.key + " ") || text.hasPrefix($0.key + ":") })
            else {
                throw golden.notUnderstood("\(option) “\(text)”")
            }
            return match.value
        }
        func flag(_ option: String) -> Bool { options[option]?.bool ?? false }

        let source = try word("alignment", ["activations": "activations", "weights": "weights"])
        try set("source", source)
        let solver = try word(
            "solver",
            [
                "exact_network_simplex": "exact", "sinkhorn_normal": "sinkhorn", "sinkhorn_stabilized": "sinkhorn",
                "sinkhorn_epsilon": "sinkhorn",
                "unbalanced_sinkhorn_knopp": "unbalanced",
            ])
        try set("solver", solver)
        if let epsilon = options["reg"]?.number {
            try set("epsilon", "\(epsilon)")
            try set("epsilon-unit", "cost")
        }
        if let penalty = options["reg_m"]?.number { try set("marginal-penalty", "\(penalty)") }
        switch try word("metric", ["euclidean": "euclidean", "cosine": "cosine"]) {
        case "euclidean": try set("metric", flag("squared") ? "squared-euclidean" : "euclidean")
        default: try set("metric", "cosine")
        }
        try set("unit-rows", "\(flag("normalize_weight_rows_to_unit_norm"))")
        try set(
            "cost-normalisation",
            try word("cost_normalization", ["none": "none", "max": "max", "mean": "mean", "median": "median", "log": "log"]))
        if let clip = options["clip_cost"]?.numbers, clip.count == 2 {
            try set("clip", "true")
            try set("clip-low", "\(clip[0])")
            try set("clip-high", "\(clip[1])")
        }
        switch options["marginals"]?.string {
        case "uniform": break
        // The engine gives unbalanced problems a mass of one for each neuron by itself.
        case "ones" where solver == "unbalanced": break
        case let text? where text.contains("l2 norm"): try set("marginals", "l2")
        case let text? where text.contains("l1 norm"): try set("marginals", "l1")
        default: throw golden.notUnderstood("marginals “\(options["marginals"]?.string ?? "")”")
        }
        try set(
            "map-scaling",
            try word(
                "scale_map",
                [
                    "divide column j": "columns", "divide each entry (i,j) by (sum of row i": "rows",
                    "multiply whole map by 1/(1/n_a": "constant",
                ]))
        try set("last-layer", try word("last_layer", ["OT like any other layer": "transport", "no OT": "keep"]))
        if source == "activations" {
            try set("samples", "\(Int(options["activation_samples"]?.number ?? 200))")
            try set("stage", try word("activation_stage", ["pre-ReLU": "before", "ReLU applied": "after"]))
            try set(
                "activation-scaling",
                try word(
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
        if flag("handle_skips") { try set("shortcuts", "published") }
        // With more than two parents the blend of 0 belongs to the pair runs; the parents are then averaged alike.
        if parents == 2, let blend = options["blend_weight_of_b"]?.number { try set("blend", "\(blend)") }
        return recipe
    }

    private func inputs() throws -> (any InputSource)? {
        guard options["alignment"]?.string == "activations" else { return nil }
        return GoldenInputs(values: try GoldenData(golden).normalised(golden.archive("activations.safetensors").array("inputs_u8")))
    }

    // MARK: Comparisons

    private func compareCouplings(_ outcome: FusionOutcome, _ expected: Archive) throws {
        for planned in outcome.plan.groups {
            for coupling in planned.couplings {
                guard let transport = coupling.transport else { continue }
                // Two parents: "plan.fc1.weight"; more: "plan.a.fc1.weight".
                let letter = FusionError.letter(coupling.parent).lowercased()
                func stored(_ kind: String) -> StoredArray? {
                    expected["\(kind).\(planned.group.name).weight"] ?? expected["\(kind).\(letter).\(planned.group.name).weight"]
                }
                // A reference that stopped before it converged cannot be followed more closely than its own marginals are off.
                let slack =
                    Double(max(transport.plan.rows, transport.plan.columns)) * (statedMarginalError(planned.group.name, letter) ?? 0)
                let place = "\(planned.group.name), parent \(letter)"
                if let match = try stored("match")?.integers() {
                    #expect(
                        coupling.plan.permutation.map { rows in match.indices.allSatisfy { rows[match[$0]] == $0 } } == true,
                        "match of \(place)")
                }
                if let cost = stored("cost_matrix"), let ours = coupling.cost {
                    let theirs = try cost.doubles()
                    let largest = theirs.map(abs).max() ?? 1
                    let difference = zip(ours.values, theirs).reduce(0) { max($0, abs($1.0 - $1.1)) }
                    #expect(difference <= tolerance.cost * largest, "cost of \(place) differs by \(difference)")
                }
                if let plan = stored("plan") {
                    let difference = zip(transport.plan.dense().values, try plan.doubles()).reduce(0) { max($0, abs($1.0 - $1.1)) }
                    #expect(difference <= tolerance.plan + slack, "plan of \(place) differs by \(difference)")
                }
                if let map = stored("map"), case .mixture(let ours) = coupling.map {
                    let difference = try largestDifference(ours, map)
                    #expect(
                        difference <= max((tolerance.plan + slack) * Double(map.shape[0]), 1e-6), "map of \(place) differs by \(difference)"
                    )
                }
                #expect(transport.certificate.converged)
            }
        }
    }

    /// The largest column error that the reference reports of its own plan.
    private func statedMarginalError(_ group: String, _ letter: String) -> Double? {
        for run in golden.json["expected"]?["runs"]?.array ?? [] where run["tag"]?.string == "only" || run["tag"]?.string == letter {
            for layer in run["layers"]?.array ?? [] where layer["layer"]?.string == "\(group).weight" {
                return layer["col_marginal_max_error"]?.number
            }
        }
        return nil
    }

    private func compareWithData(_ fused: Network, parents: [Network], expected: Archive) throws {
        let data = GoldenData(golden)
        guard let test = try data.testSet() else { return }
        let probes = try test.inputs(0..<16)
        func logits(_ network: Network) throws -> Tensor {
            let logits = try network(probes)
            return golden.json["network"]?["note"]?.string?.contains("log-softmax") == true && data.isMNIST
                ? try logits.logSoftmax(axis: 1) : logits
        }
        for (network, key) in [(fused, "fused"), (parents[0], "parent_a"), (parents[1], "parent_b")] {
            guard let stored = expected["probe_logits.\(key)"] else { continue }
            let difference = try largestDifference(logits(network), stored)
            #expect(difference <= tolerance.logits, "probe logits of \(key) differ by \(difference)")
        }
        let accuracies = golden.json["expected"]?["test_accuracy_percent"]
        if let stated = accuracies?["fused"]?.number {
            let ours = try test.accuracyPercent(fused)
            #expect(abs(ours - stated) <= tolerance.accuracy, "fused accuracy \(ours), stated \(stated)")
        }
        for (index, stated) in (accuracies?["parents"]?.numbers ?? []).enumerated() {
            let ours = try test.accuracyPercent(parents[index])
            #expect(abs(ours - stated) <= tolerance.accuracy, "accuracy of parent \(index) \(ours), stated \(stated)")
        }
        if let stated = accuracies?["plain_weight_average"]?.number {
            let ours = try test.accuracyPercent(Fuser(parents: parents, recipe: Recipe(method: Averaging.method)).fuse().network)
            #expect(abs(ours - stated) <= tolerance.accuracy, "accuracy of the plain average \(ours), stated \(stated)")
        }
        for point in golden.json["blend_sweep"]?.array ?? [] {
            guard let blend = point["blend_weight_of_b"]?.number, let stated = point["ot_accuracy"]?.number else {
                throw golden.notUnderstood("a point of the blend sweep")
            }
            var recipe = try recipe(parents: parents.count)
            try recipe.apply(assignment: "blend=\(blend)")
            let ours = try test.accuracyPercent(Fuser(parents: parents, recipe: recipe, inputs: try inputs()).fuse().network)
            #expect(abs(ours - stated) <= tolerance.accuracy, "accuracy at blend \(blend) \(ours), stated \(stated)")
            guard let plain = point["plain_average_accuracy"]?.number else { continue }
            var average = Recipe(method: Averaging.method)
            try average.apply(assignment: "blend=\(blend)")
            let averaged = try test.accuracyPercent(Fuser(parents: parents, recipe: average).fuse().network)
            #expect(abs(averaged - plain) <= tolerance.accuracy, "plain average at blend \(blend) \(averaged), stated \(plain)")
        }
    }
}

func largestDifference(_ ours: Tensor, _ theirs: StoredArray) throws -> Double {
    let (a, b) = (try ours.array(of: Float.self), try theirs.floats())
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
}
