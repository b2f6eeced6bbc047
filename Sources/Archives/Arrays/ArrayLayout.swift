/// Where the elements of an array stand in its storage: shape, strides and offset, counted in elements and checked against the storage.
package struct ArrayLayout: Sendable, Equatable {
    package let shape: [Int]
    /// Elements between neighbours along each axis.
    package let strides: [Int]
    /// The first element.
    package let offset: Int
    /// The product of the shape; 1 for a scalar.
    package let count: Int

    /// How the elements follow one another where no strides are given.
    enum Order {
        /// The last axis is the densest.
        case rowMajor
        /// The first axis is the densest, as in Fortran.
        case columnMajor
    }

    /// Why a layout was refused.
    struct Fault: Error {
        let reason: String
    }

    /// - Parameters:
    ///   - strides: those of the order where nil.
    ///   - capacity: elements of the storage.
    init(shape: [Int], strides: [Int]? = nil, order: Order = .rowMajor, offset: Int = 0, capacity: Int, limits: ArchiveLimits) throws(Fault)
    {
        guard shape.count <= limits.axes else { throw Fault(reason: "has \(shape.count) axes, more than \(limits.axes)") }
        guard shape.allSatisfy({ $0 >= 0 }) else { throw Fault(reason: "has a negative size in its shape \(shape)") }
        guard let count = elementCount(shape) else { throw Fault(reason: "has the impossible shape \(shape)") }
        guard var strides = strides ?? denseStrides(shape, order) else { throw Fault(reason: "has the impossible shape \(shape)") }
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
        // No step is ever taken along an axis of one element, or in an array of none: whatever stands there means nothing and may be any number.
        for axis in shape.indices where shape[axis] <= 1 || count == 0 { strides[axis] = 1 }
        self.shape = shape
        self.strides = strides
        self.offset = offset
        self.count = count
    }

    /// That of one row along the first axis.
    func row(_ number: Int) -> ArrayLayout {
        ArrayLayout(
            shape: Array(shape.dropFirst()), strides: Array(strides.dropFirst()), offset: offset + number * strides[0],
            count: count / max(1, shape[0]))
    }

    private init(shape: [Int], strides: [Int], offset: Int, count: Int) {
        (self.shape, self.strides, self.offset, self.count) = (shape, strides, offset, count)
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
            var axis = axes - 1  // checked: axes are few
            while axis >= 0 {
                index[axis] += 1  // checked: an index below the size of its axis
                first += strides[axis]
                if index[axis] < shape[axis] { break }
                first -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1  // checked: axes are few
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

/// The strides of an array without gaps; nil where they overflow.
private func denseStrides(_ shape: [Int], _ order: ArrayLayout.Order) -> [Int]? {
    var strides = [Int](repeating: 1, count: shape.count)
    var next = 1
    for axis in order == .rowMajor ? Array(shape.indices.reversed()) : Array(shape.indices) {
        strides[axis] = next
        let (product, overflow) = next.multipliedReportingOverflow(by: max(shape[axis], 1))
        // Beyond the last axis there is nothing to step over, and an array of no elements has no steps.
        next = overflow ? .max : product
        if overflow, !shape.contains(0) { return nil }
    }
    return strides
}
