import Networks
import Tensors

/// The factor that brings the fused logits back to the size of the parents' mean logits. It multiplies all of them, so no decision changes.
struct LogitRescaling {
    let parents: ParentSet
    let graft: Graft
    let scales: [Double]

    /// √(energy of the output weights of all neurons / of those kept).
    func byEnergy() throws -> Double {
        let energy = WeightEnergy(power: .two, sides: .outgoing, reduction: .mean)
        var before = 0.0, after = 0.0
        for member in graft.members {
            let network = parents.networks[member.parent]
            let whole = Graft.whole(member.parent, of: parents).members[0].kept
            for group in network.groups.selectable where group.axes.contains(where: { writesLogits($0, network) }) {
                var untouched = member
                untouched.kept = whole
                let scores = try energy.scores(of: group.id, in: untouched, parents: parents)
                before += scores.reduce(0, +)
                after += (member.kept[group.id] ?? []).reduce(0) { $0 + scores[$1] }
            }
        }
        return before > 0 && after > 0 ? (before / after).squareRoot() : 1
    }

    private func writesLogits(_ axis: NeuronGroup.Axis, _ network: Network) -> Bool {
        axis.axis > 0 && network.groups.layouts[axis.parameter]?[0]?.parts.contains { $0.group == network.groups.classes?.id } == true
    }

    /// The root mean square of the parents' weighted logits over that of the fused ones, each sample's mean taken off.
    func bySamples(_ inputs: any InputSource, count: Int, fused: Network, control: FusionControl) throws -> Double {
        var ensemble = 0.0, own = 0.0
        let total = min(count, inputs.count), batch = 64
        for start in stride(from: 0, to: total, by: batch) {
            try control.check()
            let x: Tensor
            do { x = try inputs.inputs(start..<min(start + batch, total)) } catch {
                throw FusionError.unreadableSamples(reason: "\(error)")
            }
            var sum: Tensor?
            for (parent, network) in parents.networks.enumerated() where scales[parent] != 0 {
                let logits = try network(x)
                let before = sum, scale = scales[parent]
                sum = if let before { try before + logits * scale } else { try logits * scale }
            }
            let fusedLogits = try fused(x)
            if let sum { ensemble += try energy(sum) }
            own += try energy(fusedLogits)
        }
        return ensemble > 0 && own > 0 && (ensemble / own).isFinite ? (ensemble / own).squareRoot() : 1
    }

    /// Of logits without each sample's mean, which decides nothing; of raw outputs as they are.
    private func energy(_ logits: Tensor) throws -> Double {
        guard parents.referenceNetwork.task.isSoftmax else {
            return try logits.squared().sum().item()
        }
        return try (logits - logits.mean(axes: [1], keepingAxes: true)).squared().sum().item()
    }
}
