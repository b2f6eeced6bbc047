import Foundation

extension Tensor {
    /// A tensor of bytes in row-major order; nil where there are not as many as the shape and type ask for.
    package init?(bytes: Data, dtype: DType, shape: [Int]) throws(TensorError) {
        var count = dtype.byteCount
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { return nil }
            count = product
        }
        guard count == bytes.count else { return nil }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        bytes.copyBytes(to: memory)
        try self.init(wrapping: memory.baseAddress, dtype: dtype, shape: shape, strides: nil, keeping: Allocation(memory))
    }
}
