import Archives
import Networks

// Numbers of a graph that was exported for any number of samples: the example's stand in their place, so they may be nothing but sizes that are followed.

extension GraphReading {
    /// Whether an argument has a number in it that is made of the number of samples.
    func reads(batchIn argument: ExportedProgram.Argument) -> Bool {
        guard !batchSources.isEmpty else { return false }
        switch argument {
        case .symbol(let name): return program.symbolSources[name].map { !$0.isDisjoint(with: batchSources) } ?? true
        case .list(let parts): return parts.contains { reads(batchIn: $0) }
        default: return false
        }
    }

    /// Whether an argument is a size of the result, which is compared with the file's and with where the batch is found.
    static func takesBatch(_ base: String, _ parameter: String) -> Bool {
        switch base {
        case "view", "reshape", "expand", "broadcast_to", "zeros", "ones", "full", "new_zeros", "new_ones", "new_full", "unflatten":
            ["size", "shape", "sizes"].contains(parameter)
        case "repeat": parameter == "repeats"
        case "tile": parameter == "dims"
        case "slice", "arange": parameter == "end"
        case "repeat_interleave": parameter == "output_size"
        default: false
        }
    }

    /// Checks a constant made of the number of samples: it must show so in its shape, where it is found again.
    func checkBatch(of call: GraphCall<GraphValue>, _ operands: [String], _ result: GraphShape) throws {
        let axes = operands.map { shape(of: $0).batchAxes }
        guard axes.contains(where: { !$0.isEmpty }) || !result.batchAxes.isEmpty else { return }
        guard result.batchAxes.count == 1, [.creation, .structural, .pointwise, .index, .embedding].contains(call.allowed.kind) else {
            throw call.fault("it computes a constant from the number of samples, which is not followed")
        }
    }
}
