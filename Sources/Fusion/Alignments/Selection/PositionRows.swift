import Networks
import Tensors

/// Rows of values at some positions of every sample, those at other positions not being laid out.
enum PositionRows {
    /// [batch, neurons, positions…] → [rows, neurons]: sample by sample, the positions in their order; nil for all.
    static func of(_ values: Tensor, at chosen: [Int]?) throws -> Tensor {
        let rows = try values.reshaped([values.shape[0], values.shape[1], -1]).transposed(1, 2)
        let picked = if let chosen { try rows.gathered(axis: 1, Tensor(chosen)) } else { rows }
        return try picked.reshaped([-1, values.shape[1]])
    }

    /// What a convolution's neurons see at some positions of its output, in the order of its weights: [rows, channels · kernel area].
    static func seen(_ images: Tensor, by convolution: Convolution, kernel: [Int], at chosen: [Int]?) throws -> Tensor {
        let batch = images.shape[0], channels = images.shape[1], area = kernel[0] * kernel[1]
        let padding = convolution.padding, stride = convolution.stride, dilation = convolution.dilation
        let padded = [images.shape[2] + 2 * padding[0], images.shape[3] + 2 * padding[1]]
        func length(_ axis: Int) -> Int {
            let reach = dilation[axis] * (kernel[axis] - 1) + 1
            return (padded[axis] - reach) / stride[axis] + 1
        }
        let lengths = [length(0), length(1)]
        let positions = chosen ?? Array(0..<lengths[0] * lengths[1])
        var places: [Int] = []
        places.reserveCapacity(positions.count * area)
        for position in positions {
            let row = position / lengths[1] * stride[0], column = position % lengths[1] * stride[1]
            for down in 0..<kernel[0] {
                let line = (row + down * dilation[0]) * padded[1] + column
                for across in 0..<kernel[1] { places.append(line + across * dilation[1]) }
            }
        }
        // Channels last: what one position holds lies together.
        let laid = try images.permuted([0, 2, 3, 1]).withMargins(rows: padding[0], columns: padding[1])
            .reshaped([batch, padded[0] * padded[1], channels])
        let taken = try laid.gathered(axis: 1, Tensor(places))
        return area == 1
            ? try taken.reshaped([-1, channels])
            : try taken.reshaped([batch, positions.count, area, channels]).transposed(2, 3).reshaped([-1, channels * area])
    }
}

extension FitUnit {
    /// What the unit's neurons see at some positions, [rows, inputs], in the order of the weights; nil for all positions.
    func rows(_ x: Tensor, weight: Tensor, at chosen: [Int]?) throws -> Tensor {
        guard let convolution = node.layer as? Convolution else { return try PositionRows.of(x, at: chosen) }
        return try PositionRows.seen(x, by: convolution, kernel: Array(weight.shape.dropFirst(2)), at: chosen)
    }
}
