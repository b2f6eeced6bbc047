import Transport

extension OTFusion.Settings {
    /// The solver of problems with a cost between the two sides; nil for those that need none. Every one proves convergence on the
    /// marginals, or says that it did not converge.
    var solver: (any TransportSolver)? {
        let epsilon: Epsilon = epsilonUnit == .spread ? .relativeToSpread(epsilon) : .absolute(epsilon)
        return switch solverKind {
        case .exact: ExactSolver()
        case .sinkhorn: SinkhornSolver(epsilon: epsilon)
        case .unbalanced: UnbalancedSinkhornSolver(epsilon: epsilon, sourcePenalty: penalty, targetPenalty: penalty)
        case .gromov, .identity: nil
        }
    }

    var gromov: GromovWassersteinSolver {
        GromovWassersteinSolver(.conditionalGradient, loss: gromovLoss == .square ? .square : .kullbackLeibler)
    }
}
