/// Chooses the iterations whose plans a live display is shown.
struct KeyFrames {
    private let control: SolverControl
    private var left: Int
    private var next = 1

    init(control: SolverControl) {
        self.control = control
        // One is kept for the final plan.
        left = max(control.keyFrames - 1, 0)
    }

    mutating func pass(iteration: Int, residual: Double, epsilon: Double?, plan: () -> TransportPlan) {
        guard let progress = control.progress else { return }
        var frame: TransportPlan?
        if left > 0, iteration >= next {
            frame = plan()
            left -= 1
            next = iteration + max(1, iteration / 4)
        }
        progress(SolverProgress(iteration: iteration, error: residual, epsilon: epsilon, plan: frame))
    }

    func last(iteration: Int, residual: Double, epsilon: Double?, plan: () -> TransportPlan) {
        control.progress?(
            SolverProgress(
                iteration: iteration, error: residual, epsilon: epsilon, plan: control.keyFrames > 0 ? plan() : nil))
    }
}
