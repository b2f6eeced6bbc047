import Networks

extension ReconstructionCombination: CountedWork {
    /// The pass through the parents, the selection, the fit of every layer and of the output layers, and the way through the fused network.
    ///
    /// Counts follow `docs/methods-reconstruction.md#large-networks`; the held-out comparison is not among them.
    func work() throws -> WorkCount {
        let network = parents.referenceNetwork, all = Double(inputs.count)
        let passes = parents.networks.reduce(0) { $0 + Double($1.trace.multiplyAdds) }
        let rows = chosenRows
        var work = WorkCount(passes: all * (passes + Double(network.trace.multiplyAdds)))
        work += statistics.work(growth: settings[Reconstruction.width])
        for step in steps(of: network) { if let own = rows[step.target] { work += own.work(step, of: network, inputs: inputs) } }
        work += headWork
        work.kept += Double(TargetRows.bytes(steps(of: network).compactMap { rows[$0.target] }, parents: parents))
        work.kept += Double(FusedWalk.bytes(of: network, inputs: inputs.count))
        // The fused network as it is built, and the plain average.
        work.kept += 3 * Double(network.parameters.values.reduce(0) { $0 + network.dtype.byteCount * $1.count })
        return work
    }

    /// The fused network's output layer, those of the parents as controls, and those that tell which parent is closest.
    private var headWork: WorkCount {
        guard let unit = HeadFit.unit(of: parents.referenceNetwork), let weight = parents.referenceNetwork.parameters[unit.weight] else {
            return WorkCount()
        }
        func fit(_ steps: HeadDivergence?) -> WorkCount {
            HeadFit.work(rows: inputs.count, inputs: weight.shape[1], classes: weight.shape[0], steps: steps)
        }
        var work = WorkCount()
        if closest.others < 1 { work += fit(nil).times(Double(parents.count)) }
        guard settings[Reconstruction.head] != .transplant else { return work }
        work += fit(settings[Reconstruction.head] == .divergence ? HeadDivergence() : nil)
            .times(settings[Controls.rule] == .none ? 1 : Double(1 + parents.count))
        return work
    }
}
