/// Where the elements of an array stand in its storage: shape, strides and offset, counted in elements and checked against the storage.
package struct ArrayLayout: Sendable, Equatable {
    package let shape: [Int]
    /// Elements between neighbours along each axis.
    package let strides: [Int]
    /// The first element.
    package let offset: Int
    /// The product of the shape; 1 for a scalar.
    package let count: Int

    /// Why a layout was refused.
    struct Fault: Error {
        let reason: String
    }

    /// - Parameters:
    ///   - strides: row-major where nil.
    ///   - capacity: elements of the storage.
    init(shape: [Int], strides: [Int]? = nil, offset: Int = 0, capacity: Int, limits: ArchiveLimits) throws(Fault) {
        guard shape.count <= limits.axes else { throw Fault(reason: "has \(shape.count) axes, more than \(limits.axes)") }
        guard shape.allSatisfy({ $0 >= 0 }) else { throw Fault(reason: "has a negative size in its shape \(shape)") }
        guard let count = elementCount(shape) else { throw Fault(reason: "has the impossible shape \(shape)") }
        guard let strides = strides ?? rowMajorStrides(shape) else { throw Fault(reason: "has the impossible shape \(shape)") }
        guard strides.count == shape.count else { throw Fault(reason: "has \(shape.count) sizes but \(strides.count) strides") }
        guard strides.allSatisfy({ $0 >= 0 }) else { throw Fault(reason: "has a negative stride in \(strides)") }
        guard offset >= 0, capacity >= 0 else { throw Fault(reason: "begins at the impossible element \(offset)") }
        if count > 0 {
            var last = offset
            for (size, stride) in zip(shape, strides) {
                let (reach, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, overflow) = last.addingReportingOverflow(reach)
                guard !tooFar, !overflow else { throw Fault(reason: "has the impossible strides \(strides) for the shape \(shape)") }
                last = sum
            }
            guard last < capacity else {
                throw Fault(
                    reason:
                        "of shape \(shape), strides \(strides) and offset \(offset) reaches element \(last), but its storage holds \(capacity)"
                )
            }
            guard count <= max(capacity, limits.expandedElements) else {
                throw Fault(
                    reason: "stands for \(count) elements but stores \(capacity); more than \(limits.expandedElements) are not expanded")
            }
        }
        self.shape = shape
        self.strides = strides
        self.offset = offset
        self.count = count
    }

    /// Whether the elements stand one after another in row-major order.
    package var isContiguous: Bool {
        if count == 0 { return true }
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size  // at most the count
        }
        return true
    }

    /// Calls the closure for every run of equally spaced elements, in row-major order: first element, stride and length.
    func forEachRun(_ body: (_ first: Int, _ stride: Int, _ length: Int) -> Void) {
        guard count > 0 else { return }
        if isContiguous { return body(offset, 1, count) }
        let axes = shape.count - 1  // not contiguous, so there is an axis
        var index = [Int](repeating: 0, count: axes)
        var first = offset
        while true {
            body(first, strides[axes], shape[axes])
            var axis = axes - 1
            while axis >= 0 {
                index[axis] += 1
                first += strides[axis]
                if index[axis] < shape[axis] { break }
                first -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

/// The product of the sizes; nil where it overflows. Zero only where a size is zero.
func elementCount(_ shape: [Int]) -> Int? {
    if shape.contains(0) { return 0 }
    var count = 1
    for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow || product < 0 { return nil }
        count = product
    }
    return count
}

/// The strides of an array whose first axis is the densest; nil where they overflow.
func columnMajorStrides(_ shape: [Int]) -> [Int]? { rowMajorStrides(shape.reversed()).map { $0.reversed() } }

/// The strides of an array whose last axis is the densest; nil where they overflow.
private func rowMajorStrides(_ shape: [Int]) -> [Int]? {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
        let (stride, overflow) = strides[axis + 1].multipliedReportingOverflow(by: max(shape[axis + 1], 1))
        if overflow { return nil }
        strides[axis] = stride
    }
    return strides
}
