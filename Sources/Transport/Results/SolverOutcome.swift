/// A result that says how far it can be trusted.
package protocol CertifiedResult: Sendable {
    var certificate: Certificate { get }
}

/// What an iterative solver returns: the caller must look whether it converged before there is a plan to use.
package enum SolverOutcome<Result: CertifiedResult>: Sendable {
    case converged(Result)
    /// The best so far, with its errors in the certificate.
    case unconverged(Result, tolerance: Double)

    /// The result, or an error where the solver ended early.
    package func requireConverged() throws(TransportError) -> Result {
        switch self {
        case .converged(let result): return result
        case .unconverged(let result, let tolerance):
            let certificate = result.certificate
            throw .notConverged(
                solver: certificate.solver, iterations: certificate.iterations, residual: certificate.residual,
                tolerance: tolerance)
        }
    }

    /// The result as it is; for callers that show the certificate.
    package var resultWhetherOrNotConverged: Result {
        switch self {
        case .converged(let result), .unconverged(let result, _): result
        }
    }

    package var isConverged: Bool {
        if case .converged = self { true } else { false }
    }

    init(_ result: Result, tolerance: Double) {
        self = result.certificate.converged ? .converged(result) : .unconverged(result, tolerance: tolerance)
    }
}

extension SolverOutcome: Equatable where Result: Equatable {}

package typealias TransportOutcome = SolverOutcome<TransportResult>
