import Networks

extension OTFusion {
    /// The method set to work on parents: their groups loosened, the reference narrowed, the alignment chosen as the settings say.
    static func procedure(_ context: FusionContext) throws -> any FusionProcedure {
        let count = context.networks.count
        let tied = try context.parentSet()
        let base = context.settings
        let narrowing = NarrowedReference(parents: tied, settings: base, edits: context.edits, inputs: context.inputs)
        var members = tied.networks
        let reference = tied.reference
        let isCentred = base[scheme] == .barycenter
        if isCentred { try narrowing.checkEdits() } else { members[reference] = try narrowing.network() }
        for index in members.indices {
            let member = members[index]
            members[index] = try member.loosened(to: base.groupTies)
        }
        // The parents were checked above, and loosening and pruning change no weight.
        let parents = ParentSet(alike: members, reference: reference)
        let choices = try GroupSettings(context.settings, edits: context.edits, parents: parents)
        for settings in choices.used { try settings.checkClipRange() }
        if isCentred, base[recomputes] || base[shortcuts] != .stream || parents.groups.all.count != tied.groups.all.count {
            throw FusionError.unsuitable(
                reason:
                    "scheme=barycenter has no reference for recomputed activations, and one map for each stream and head: set recompute-activations=false, shortcuts=stream and attention=heads"
            )
        }
        let inputs = context.inputs
        if choices.used.contains(where: { $0[source] == .activations }), inputs == nil {
            throw FusionError.noSamples(method: "optimal transport by activations")
        }
        let weights = try Blending.weights(context.settings, parents: count)
        let average = WeightedAverage(weights: weights, groupWeights: try groupWeights(context, parents: parents))
        @Sendable func pairwise(_ parents: ParentSet, numbers: [Int]?) -> TransportAlignment {
            TransportAlignment(
                parents: parents, choices: choices,
                activations: inputs.map { ActivationCosts(parents: parents, choices: choices, inputs: $0) },
                scores: choices.used.contains { $0[marginals] == .importance }
                    ? GroupScores(parents: parents, importance: Importance(base), inputs: inputs, samples: base[samples]) : nil,
                numbers: numbers, movesReference: isCentred)
        }
        let alignment: any Alignment =
            isCentred
            ? BarycenterAlignment(
                pairwise: pairwise(parents, numbers: nil), weights: weights, widths: narrowing.widths(), seed: context.seed)
            : pairwise(parents, numbers: nil)
        let sequential = SequentialAlignment(whole: alignment, weights: weights) { pair, parent in
            pairwise(pair, numbers: [parent, reference])
        } average: { pair, weights, plan, control in
            try WeightedAverage(weights: weights).fused(along: plan, of: pair, control: control).network
        }
        return try context.pipeline(
            base[scheme] == .sequential ? sequential : alignment, own: average, keys: Blending.weightKeys,
            notes: notes(context, choices: choices) + (isCentred ? [] : narrowing.notes))
    }

    /// The weights of groups that have their own, by id.
    private static func groupWeights(_ context: FusionContext, parents: ParentSet) throws -> [Int: [Double]] {
        var weights: [Int: [Double]] = [:]
        for name in context.edits.groups {
            guard case .numbers(let listed)? = context.edits[name].values[Blending.weightList.key], !listed.isEmpty else { continue }
            let group = try parents.groups.named(name)
            weights[group.id] = try Blending.normalised(listed, parents: parents.count, key: "\(name)/\(Blending.weightList.key)")
        }
        return weights
    }

    /// What is amiss with the samples.
    private static func notes(_ context: FusionContext, choices: GroupSettings) throws -> [String] {
        guard let inputs = context.inputs, choices.used.contains(where: { $0[source] == .activations }) else { return [] }
        let count = min(inputs.count, choices.base[samples])
        let found: [Int]?
        do { found = try inputs.labels(0..<count) } catch { throw FusionError.unreadableSamples(reason: "\(error)") }
        guard let labels = found, let network = context.networks.first, network.task.isSoftmax else { return [] }
        let classes = network.trace.outputWidth
        let missing = Set(0..<classes).subtracting(labels).sorted()
        guard !missing.isEmpty, missing.count < classes else { return [] }
        let list = missing.prefix(10).map(String.init).joined(separator: ", ") + (missing.count > 10 ? " …" : "")
        return [
            "none of the \(count) samples is of class \(list): neurons that respond only to \(missing.count == 1 ? "it" : "them") appear dead and are matched arbitrarily; use more samples, or balance them"
        ]
    }
}
