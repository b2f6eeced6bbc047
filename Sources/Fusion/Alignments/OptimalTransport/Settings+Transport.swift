import Networks
import Transport

extension Settings {
    /// The solver of problems with a cost between the two sides; nil for those that need none. Every one proves convergence on the
    /// marginals, or says that it did not converge.
    var transportSolver: (any TransportSolver)? {
        let number = self[OTFusion.epsilon], penalty = self[OTFusion.penalty]
        let epsilon: Epsilon = self[OTFusion.epsilonUnit] == .spread ? .relativeToSpread(number) : .absolute(number)
        return switch self[OTFusion.solver] {
        case .exact: ExactSolver()
        case .sinkhorn: SinkhornSolver(epsilon: epsilon)
        case .unbalanced: UnbalancedSinkhornSolver(epsilon: epsilon, sourcePenalty: penalty, targetPenalty: penalty)
        case .gromov, .identity: nil
        }
    }

    var gromovSolver: GromovWassersteinSolver { GromovWassersteinSolver(.conditionalGradient, loss: self[OTFusion.gromovLoss]) }

    /// The range that the cost is clipped to; nil for none.
    var clipRange: ClosedRange<Double>? {
        let (low, high) = (self[OTFusion.clipLow], self[OTFusion.clipHigh])
        return self[OTFusion.clip] && low < high ? low...high : nil
    }

    /// - Throws: where the bounds of a clipped cost are not in order.
    func checkClipRange() throws {
        let (low, high) = (self[OTFusion.clipLow], self[OTFusion.clipHigh])
        if self[OTFusion.clip], low >= high {
            throw RecipeError.value(key: OTFusion.clipHigh.key, value: "\(high)", allowed: "more than clip-low, \(low)")
        }
    }

    /// What joins the neurons of different layers.
    var groupTies: GroupTies {
        var ties = GroupTies.all
        if self[OTFusion.shortcuts] != .stream { ties.remove(.sums) }
        if self[OTFusion.attention] == .full { ties.remove(.heads) }
        return ties
    }
}
