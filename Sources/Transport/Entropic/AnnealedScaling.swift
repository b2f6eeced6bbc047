import Foundation

/// Scaling with ε brought down in stages, and Newton steps where scaling alone would take long.
struct AnnealedScaling {
    struct Outcome {
        let plan: Matrix
        let potentials: Potentials
        let iterations: Int
        /// Fraction of the total mass.
        let residual: Double
        let converged: Bool
    }

    let kernel: ScalingKernel
    let name: String
    let epsilon: Double
    let tolerance: Double
    let maximumIterations: Int
    /// Whether the potentials come from the caller, so that annealing would only spoil them.
    let isWarm: Bool
    let control: SolverControl
    let frame: (Matrix) -> TransportPlan

    /// Each stage divides ε by this …
    private static let coolingFactor = 4.0
    /// … and leaves this residual to the next.
    private static let looseTolerance = 0.02
    /// Sweeps to judge the rate of convergence by.
    private static let trialSweeps = 6
    /// Sweeps that a Newton step is worth.
    private static let worthOfNewton = 12.0

    private enum StageEnd {
        case reached(residual: Double), outOfIterations(residual: Double)
    }

    func run() throws(TransportError) -> Outcome {
        let mass = max(min(kernel.source.masses.compensatedSum, kernel.target.masses.compensatedSum), .leastNormalMagnitude)
        var frames = KeyFrames(control: control)
        var iteration = 0
        var last = Double.infinity
        for (index, stage) in stages.enumerated() {
            guard kernel.absorb(at: stage) else { throw brokeDown(iteration) }
            let isFinal = index == stages.count - 1
            let goal = isFinal ? tolerance : max(tolerance, Self.looseTolerance)
            let end = try run(stage: stage, goal: goal * mass, mass: mass, iteration: &iteration, frames: &frames)
            switch end {
            case .reached(let residual): last = residual / mass
            case .outOfIterations(let residual):
                // The report is for the requested ε, whatever stage the iterations ended in.
                if !isFinal {
                    guard kernel.absorb(at: epsilon) else { throw brokeDown(iteration) }
                    _ = kernel.sweep()
                    last = try residualNow(iteration) / mass
                } else {
                    last = residual / mass
                }
            }
            if case .outOfIterations = end { break }
        }
        let plan = kernel.plan()
        guard plan.values.allSatisfy(\.isFinite), plan.values.contains(where: { $0 > 0 }) else { throw brokeDown(iteration) }
        frames.last(iteration: iteration, residual: last, epsilon: epsilon) { frame(plan) }
        return Outcome(
            plan: plan, potentials: kernel.potentials, iterations: iteration, residual: last, converged: last <= tolerance)
    }

    /// From about the spread of the cost down to ε.
    private var stages: [Double] {
        guard !isWarm else { return [epsilon] }
        var stages = [epsilon]
        let finite =
            kernel.cost.values.contains(.infinity)
            ? Matrix(rows: 1, columns: kernel.cost.values.count) { kernel.cost.values[$1] < .infinity ? kernel.cost.values[$1] : 0 }
            : kernel.cost
        let spread = finite.standardDeviation
        while let current = stages.last, current * Self.coolingFactor < spread { stages.append(current * Self.coolingFactor) }
        return stages.reversed()
    }

    private func run(
        stage: Double, goal: Double, mass: Double, iteration: inout Int, frames: inout KeyFrames
    ) throws(TransportError) -> StageEnd {
        var history: [Double] = []
        // The rate of plain sweeps, once known, also decides whether the next Newton step pays off.
        var rate: Double?
        var patience = 0
        // The first sweep fits the columns; its residual belongs to the state before.
        _ = kernel.sweep()
        iteration += 1
        while true {
            if iteration & 3 == 0 { try control.checkCancellation() }
            let residual = kernel.sweep()
            iteration += 1
            guard residual.isFinite else { throw brokeDown(iteration) }
            frames.pass(iteration: iteration, residual: residual / mass, epsilon: stage) { frame(kernel.plan()) }
            // The sweep that found the residual has lowered it further; that only helps.
            if residual <= goal { return .reached(residual: try residualNow(iteration)) }
            if iteration >= maximumIterations { return .outOfIterations(residual: try residualNow(iteration)) }
            if kernel.isStretched, !kernel.absorb(at: stage) { throw brokeDown(iteration) }
            history.append(residual)
            if history.count >= Self.trialSweeps << patience { rate = (residual / history[history.count - 3]).squareRoot() }
            guard let known = rate else { continue }
            let sweepsLeft = known < 1 ? log(goal / residual) / log(known) : .infinity
            guard sweepsLeft > Self.worthOfNewton else { continue }
            try control.checkCancellation()
            let after = try SemiDualNewton(kernel, control: control).step()
            iteration += 1
            if kernel.isStretched, !kernel.absorb(at: stage) { throw brokeDown(iteration) }
            history = []
            if let after, after < 0.5 * residual {
                patience = 0
            } else {
                // Too far out for Newton: sweeps have more time before the next attempt.
                patience = min(patience + 1, 5)
                rate = nil
            }
        }
    }

    /// The residual of the rows while columns are fitted.
    private func residualNow(_ iteration: Int) throws(TransportError) -> Double {
        let residual = kernel.gradient(rowSums: kernel.rowSums()).reduce(0) { $0 + abs($1) }
        guard residual.isFinite else { throw brokeDown(iteration) }
        return residual
    }

    private func brokeDown(_ iteration: Int) -> TransportError {
        .brokeDown(solver: name, iteration: iteration, advice: "use a larger epsilon, or the exact solver")
    }
}
