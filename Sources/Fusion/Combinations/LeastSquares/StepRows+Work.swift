import Networks

extension StepRows {
    /// The work of the step's least squares, and of laying out what its layers see.
    func work(_ step: FitStep, of network: Network, inputs: ExpandedInputs) -> WorkCount {
        let weights = step.units.compactMap { network.parameters[$0.weight] }, rows = Double(count(of: inputs))
        let columns = Double(weights.reduce(0) { $0 + $1.shape.dropFirst().reduce(1, *) }), sides = Double(weights.first?.shape.first ?? 1)
        let isSingle = network.dtype == .float32
        var work: WorkCount
        if LeastSquaresChoice.isWide(inputs: Int(columns), rows: Int(rows)) {
            work = GramSum.work(rows: columns, columns: rows, isSingle: isSingle) + .solution(rows, sides: sides)
            work.double += 3 * rows * columns * sides
            work.step += 12 * rows * columns
        } else {
            work = GramSum.work(rows: rows, columns: columns, isSingle: isSingle) + .solution(columns, sides: sides)
            work.single += rows * columns * sides
            work.double += columns * columns * sides
            work.step += 8 * Double(GramSum.part) * columns
        }
        work.moved += 3 * rows * columns
        return work
    }
}
