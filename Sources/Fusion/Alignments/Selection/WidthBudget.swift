import Networks

/// Divides a budget in parameters or multiply-adds between the hidden groups: neurons go, a few at a time, where they take most away, for what they
/// cost, from Σ e², e being the share of its energy that each group leaves over.
///
/// The sum of squares and not of the shares themselves: no group can reconstruct what another loses, and a sum of shares starves the expensive groups
/// until one of them is a bottleneck (`docs/methods-reconstruction.md` has the figures).
struct WidthBudget {
    let network: Network
    let limit: Int
    let isOfParameters: Bool
    /// By group id, the share of the group's energy that its first i neurons leave over.
    let errors: [Int: [Double]]

    /// Each group grows by this part of its candidates at a time.
    private static let strides = 32

    /// - Throws: a recipe error where even one neuron in every group costs more.
    func widths(_ control: FusionControl) throws -> [Int: Int] {
        var bundles = errors.keys.sorted().map { [$0] }
        for alike in network.groupsOfOneWidth {
            bundles.removeAll { !Set($0).isDisjoint(with: alike) }
            bundles.append(alike.filter { errors[$0] != nil })
        }
        bundles.removeAll(where: \.isEmpty)
        var widths = errors.mapValues { _ in 1 }
        let whole = measure(try NetworkCost(of: network)), least = measure(try NetworkCost(of: network, widths: widths))
        guard least <= limit else {
            throw FusionError.recipe(
                .value(
                    key: Transplantation.budget.key, value: "\(Double(limit) / Double(max(1, whole)))",
                    allowed: "at least \(Double(least) / Double(max(1, whole)))"))
        }
        var cost = least, open = bundles
        while !open.isEmpty {
            try control.check()
            var best: (index: Int, widths: [Int: Int], cost: Int, gain: Double)?
            var fitting: [[Int]] = []
            for bundle in open {
                guard let next = grown(bundle, widths) else { continue }
                let price = measure(try NetworkCost(of: network, widths: next))
                guard price <= limit else { continue }
                let relief = bundle.reduce(0) { $0 + squaredError($1, widths) - squaredError($1, next) }
                let gain = relief / Double(max(1, price - cost))
                if gain > best?.gain ?? -1 { best = (fitting.count, next, price, gain) }
                fitting.append(bundle)
            }
            guard let best else { break }
            widths = best.widths
            cost = best.cost
            open = fitting
        }
        return widths
    }

    private func squaredError(_ group: Int, _ widths: [Int: Int]) -> Double {
        guard let curve = errors[group], let width = widths[group] else { return 0 }
        let error = curve[min(width, curve.count - 1)]
        return error * error
    }

    /// The widths with one group, or several that must be alike, a stride larger; nil where there are no more neurons.
    private func grown(_ bundle: [Int], _ widths: [Int: Int]) -> [Int: Int]? {
        let most = bundle.map { (errors[$0]?.count ?? 1) - 1 }.min() ?? 0, now = bundle.compactMap { widths[$0] }.max() ?? 0
        guard now < most else { return nil }
        var next = widths
        for group in bundle { next[group] = min(most, now + max(1, most / Self.strides)) }
        return next
    }

    private func measure(_ cost: NetworkCost) -> Int { isOfParameters ? cost.parameters : cost.multiplyAdds }
}
