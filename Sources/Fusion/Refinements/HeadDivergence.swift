import Tensors

/// The last layer solved for τ² Σ KL(q ‖ softmax(f/τ)) + l/2 ‖θ − θ₀‖², θ₀ being the regression's answer: a convex problem, a few Newton steps of
/// preconditioned conjugate gradients that only multiply by what the layer reads.
///
/// f = (F − F̄) W + a; the Hessian of a row's divergence is diag(s) − s sᵀ, s = softmax(f/τ). l is 10⁻³ of the mean diagonal that the Hessian has at
/// uncertain answers.
struct HeadDivergence {
    var temperature = 2.0
    var steps = 4
    var iterations = 20
    /// Conjugate gradients end where this part of the right side is left.
    var enough = 1e-4
    /// l as a part of that mean diagonal.
    var proximity = 1e-3

    /// Multiply-adds that all steps may take, and none where they would take more than that for one.
    private static let most = 2e11

    /// As many steps as time allows for a layer of this size.
    func affordable(rows: Int, inputs: Int, classes: Int) -> HeadDivergence? {
        let each = 2 * Double(iterations) * Double(rows) * Double(inputs) * Double(classes)
        var limited = self
        limited.steps = min(steps, Int(min(Double(steps), Self.most / max(1, each))))
        return limited.steps > 0 ? limited : nil
    }

    /// What these steps take where each needs half of its iterations, which is usual.
    func multiplyAdds(rows: Int, inputs: Int, classes: Int) -> Double {
        Double(steps) * Double(iterations) * Double(rows) * Double(inputs) * Double(classes)
    }

    /// What diag(s) − s sᵀ has on its diagonal at uncertain answers.
    private static let typicalCurvature = 0.05
    private static let halvings = 12

    /// What a last layer reads, and the probabilities it should come to, f64.
    struct Rows {
        /// [batch, inputs], centred.
        let features: Tensor
        /// [batch, classes]
        let wanted: Tensor
    }

    /// Weights above their constants, [inputs + 1, classes], and the mean divergence at the start and after each step.
    struct Answer {
        let values: Tensor
        let losses: [Double]
    }

    /// Multiplies a gradient, [inputs + 1, classes], by (c FᵀF + l I)⁻¹.
    typealias Preconditioner = (_ gradient: Tensor, _ c: Double, _ l: Double) throws -> Tensor

    /// - Parameters:
    ///   - start: θ₀, [inputs + 1, classes]; the constants are those of centred inputs.
    ///   - energy: the mean energy of an input over all rows.
    ///   - forEach: goes through all rows; each time the same.
    func solved(
        from start: Tensor, energy: Double, rows: Int, preconditioner: Preconditioner? = nil,
        forEach: ((Rows) throws -> Void) throws -> Void
    ) throws -> Answer {
        let l = max(proximity * Self.typicalCurvature * energy, 1e-12)
        var here = start, losses: [Double] = []
        var (loss, gradient) = try lossAndGradient(at: here, from: start, l: l, forEach: forEach)
        losses.append(loss.own / Double(rows))
        for _ in 0..<steps {
            let direction = try newtonDirection(at: here, gradient, l: l, preconditioner, forEach: forEach)
            var length = 1.0, next: (point: Tensor, loss: Loss, gradient: Tensor)?
            for _ in 0..<Self.halvings {
                let (scale, from) = (length, here)
                let point = try from + direction * scale
                let there = try lossAndGradient(at: point, from: start, l: l, forEach: forEach)
                if there.loss.whole.isFinite, there.loss.whole < loss.whole { next = (point, there.loss, there.gradient); break }
                length /= 2
            }
            guard let next else { break }
            (here, loss, gradient) = next
            losses.append(loss.own / Double(rows))
        }
        return Answer(values: here, losses: losses)
    }

    private struct Loss {
        /// The divergence, and the same with the pull of the start.
        let own: Double
        let whole: Double
    }

    /// f of some rows.
    private func logits(_ features: Tensor, _ values: Tensor) throws -> Tensor {
        let inputs = features.shape[1]
        return try features.matmul(values.narrowed(axis: 0, from: 0, count: inputs)) + values.narrowed(axis: 0, from: inputs, count: 1)
    }

    /// [F, 1]ᵀ C.
    private func pulled(_ features: Tensor, _ c: Tensor) throws -> Tensor {
        try Tensor.concatenated([features.transposed(0, 1).matmul(c), c.sum(axes: [0], keepingAxes: true)])
    }

    private func lossAndGradient(
        at point: Tensor, from start: Tensor, l: Double, forEach: ((Rows) throws -> Void) throws -> Void
    ) throws -> (loss: Loss, gradient: Tensor) {
        var own = 0.0
        let away = try point - start
        var (gradient, pull) = (try away * l, try l / 2 * away.squared().sum().item())
        try forEach { (rows) in
            let before = gradient
            let softened = try logits(rows.features, point) / temperature
            let entropy = try rows.wanted * rows.wanted.clamped(from: 1e-12, to: 1).logarithm()
            let loss = try (entropy - rows.wanted * softened.logSoftmax(axis: 1)).sum().item() * temperature * temperature
            let (part, slope) = (loss, try pulled(rows.features, (softened.softmax(axis: 1) - rows.wanted) * temperature))
            own += part
            gradient = try before + slope
        }
        pull += own
        return (Loss(own: own, whole: pull), gradient)
    }

    /// −H⁻¹ g.
    private func newtonDirection(
        at point: Tensor, _ gradient: Tensor, l: Double, _ preconditioner: Preconditioner?, forEach: ((Rows) throws -> Void) throws -> Void
    ) throws -> Tensor {
        func dot(_ a: Tensor, _ b: Tensor) throws -> Double {
            try (a * b).sum().item()
        }
        // The answers at the point are few numbers, and every product needs them.
        var answers: [Tensor] = [], diagonal = 0.0, count = 0
        try forEach { (rows) in
            let s = try (logits(rows.features, point) / temperature).softmax(axis: 1)
            diagonal += try (s - s.squared()).sum().item()
            count += s.count
            answers.append(s)
        }
        let curvature = max(diagonal / Double(max(1, count)), 1e-6)
        func conditioned(_ residual: Tensor) throws -> Tensor { try preconditioner?(residual, curvature, l) ?? residual }
        var (solution, residual) = try (try gradient * 0, try -gradient)
        var direction = try conditioned(residual)
        var energy = try dot(residual, direction)
        let least = energy * enough * enough
        for _ in 0..<iterations where energy > least {
            let along = direction
            var image = try along * l, block = 0
            try forEach { (rows) in
                let before = image, s = answers[block], pushed = try logits(rows.features, along)
                block += 1
                image = try before + pulled(rows.features, s * pushed - s * (s * pushed).sum(axes: [1], keepingAxes: true))
            }
            let bend = try dot(along, image)
            guard bend > 0, bend.isFinite else { break }
            let length = energy / bend, before = (solution, residual), product = image
            (solution, residual) = try (try before.0 + along * length, try before.1 - product * length)
            let rest = try conditioned(residual)
            let next = try dot(residual, rest), ratio = next / energy
            direction = try rest + along * ratio
            energy = next
        }
        return solution
    }
}
