import Transport

extension OTFusion.Settings {
    /// The solver that the settings name. Every one proves convergence on the marginals, or says that it did not converge.
    var solver: any TransportSolver {
        let epsilon: Epsilon = epsilonUnit == .spread ? .relativeToSpread(epsilon) : .absolute(epsilon)
        return switch solverKind {
        case .exact: ExactSolver()
        case .sinkhorn: SinkhornSolver(epsilon: epsilon)
        case .unbalanced: UnbalancedSinkhornSolver(epsilon: epsilon, sourcePenalty: penalty, targetPenalty: penalty)
        }
    }
}
