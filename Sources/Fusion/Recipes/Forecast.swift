import Networks
import Tensors

/// How fast this machine computes, measured in a moment.
package struct MachineSpeed: Sendable {
    /// Multiply-adds a second: of the parents on these samples, and of large products in single and in double precision.
    package var passes: Double, single: Double, double: Double
    /// Numbers of f64 a second that are read, changed and written.
    package var moved: Double

    private static let size = 768, entries = 2_000_000, repeats = 3

    /// - Parameters:
    ///   - network: one of the parents.
    ///   - batch: samples that it takes.
    static func measured(_ network: Network, batch: Tensor) throws -> MachineSpeed {
        /// The seconds of the quickest of a few times.
        func seconds(_ body: () throws -> Void) rethrows -> Double {
            var best = Double.infinity
            for _ in 0..<repeats {
                let clock = Stopwatch()
                try body()
                best = min(best, clock.seconds)
            }
            return max(best, 1e-9)
        }
        func product(_ dtype: DType) throws -> Double {
            let one = try Tensor.normal([size, size], generator: Generator(seed: 1), dtype: dtype)
            let cube = Double(size) * Double(size) * Double(size)
            return try cube / seconds { _ = try one.matmul(one) }
        }
        let values = try Tensor.zeros([entries], dtype: .float64), node = network.logitNode.id
        let work = Double(network.trace.multiplyAdds) * Double(batch.shape[0])
        return MachineSpeed(
            passes: try max(1, work) / seconds { _ = try network.values(of: [node], given: [Architecture.input: batch]) },
            single: try product(.float32), double: try product(.float64), moved: try Double(entries) / seconds { _ = try values * 2 })
    }
}

extension MachineSpeed {
    /// The speed that the first process measured, in all.
    package func shared(by processes: ProcessGroup) throws -> MachineSpeed {
        let own = try processes.isFirst ? [Tensor([passes, single, double, moved])] : []
        let values = try processes.shared(own, from: 0).first?.array(of: Double.self) ?? []
        guard values.count == 4 else { throw TensorError.unexpectedResult(name: "the speed of the first process") }
        return MachineSpeed(passes: values[0], single: values[1], double: values[2], moved: values[3])
    }
}

/// What a fusion will take on this machine.
package struct Forecast: Sendable {
    package let seconds: Double
    /// Beyond what the program has with the parents open.
    package let bytes: Int

    init(_ work: WorkCount, _ speed: MachineSpeed) {
        seconds = work.passes / speed.passes + work.single / speed.single + work.double / speed.double + work.moved / speed.moved
        bytes = Int(min(work.bytes, 1e18))
    }
}

/// What a fusion may take.
package struct FusionBudget: Sendable, Equatable {
    package var seconds: Double?
    package var bytes: Int?

    package init(seconds: Double? = nil, bytes: Int? = nil) { (self.seconds, self.bytes) = (seconds, bytes) }

    package func allows(_ forecast: Forecast) -> Bool {
        forecast.seconds <= seconds ?? .infinity && forecast.bytes <= bytes ?? .max
    }
}

extension Fuser {
    /// Samples that the parents' speed is measured on, and numbers that these hold at most.
    private static let measured = 64, numbers = 400_000
    /// Multiply-adds that no machine takes long for.
    private static let short = 2e10

    /// Time and memory of the fusion, counted beforehand; nil for methods whose work is not counted.
    package func forecast(_ speed: MachineSpeed) throws(FusionError) -> Forecast? {
        try lifted { try workCount().map { Forecast($0, speed) } }
    }

    /// Whether the work is counted beforehand.
    package func isCounted() throws(FusionError) -> Bool { try lifted { try workCount() != nil } }

    /// Whether the work is so little that it is done in moments on any machine, or not counted at all.
    package func isShort() throws(FusionError) -> Bool {
        try lifted { try workCount().map { $0.passes + $0.single + $0.double + $0.moved < Self.short } ?? true }
    }

    /// How fast this machine is at these parents; nil where there are no samples.
    package func speed() throws(FusionError) -> MachineSpeed? {
        try lifted {
            guard let inputs, inputs.count > 0, let network = parents.networks.first else { return nil }
            let one = max(1, try inputs.inputs(0..<1).count)
            return try .measured(network, batch: inputs.inputs(0..<min(inputs.count, Self.measured, max(1, Self.numbers / one))))
        }
    }
}

extension Recipe {
    /// The recipe with the precision, and as many rows and inputs, as a budget allows: first single precision, then each half of the one before, until it
    /// fits.
    ///
    /// - Returns: the recipe, which gives the same bits wherever it is carried out, its forecast, and whether anything was changed.
    /// - Throws: `unsuitable` where the method's work is not counted, or the smallest recipe does not fit.
    package func fitting(
        _ budget: FusionBudget, speed: MachineSpeed, fuser: (Recipe) throws -> Fuser
    ) throws -> (recipe: Recipe, forecast: Forecast, isChanged: Bool) {
        var recipe = self
        while true {
            guard let forecast = try fuser(recipe).forecast(speed) else {
                throw FusionError.unsuitable(
                    reason:
                        "the work of this recipe is not counted before it begins, so no budget can be kept: budgets need method=reconstruct without refine"
                )
            }
            if budget.allows(forecast) { return (recipe, forecast, recipe != self) }
            if recipe.settings[Reconstruction.precision] != .single {
                try recipe.settings.set(Reconstruction.precision, .single)
                continue
            }
            let rows = recipe.settings[Reconstruction.rows], inputs = recipe.settings[ExpandedInputs.mixup]
            guard rows > Self.fewestRows else { throw FusionError.unsuitable(reason: Self.tooLittle(forecast, recipe)) }
            try recipe.settings.set(Reconstruction.rows, max(Self.fewestRows, rows / 2))
            try recipe.settings.set(ExpandedInputs.mixup, max(1, inputs / 2))
        }
    }

    private static let fewestRows = 1000

    private static func tooLittle(_ forecast: Forecast, _ recipe: Recipe) -> String {
        "the budget is too small: with rows=\(recipe.settings[Reconstruction.rows]) and inputs=\(recipe.settings[ExpandedInputs.mixup]) the fusion would still take about \(Int(forecast.seconds.rounded(.up))) s and \(forecast.bytes / 1_000_000) MB beyond the parents; use fewer samples (--samples), or controls=none"
    }
}
