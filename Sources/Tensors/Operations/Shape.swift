// Views, joins and indexing.

extension Tensor {
    /// The same elements in another shape; one length may be −1.
    public func reshaped(_ shape: [Int]) throws(TensorError) -> Tensor { try call("reshape", .tensor(self), .ints(shape)) }
    /// Axes `from` … `to` joined into one.
    public func flattened(from first: Int = 0, to last: Int = -1) throws(TensorError) -> Tensor {
        try call("flatten.using_ints", .tensor(self), .int(first), .int(last))
    }
    /// Two axes exchanged, without copying.
    public func transposed(_ first: Int, _ second: Int) throws(TensorError) -> Tensor {
        try call("transpose.int", .tensor(self), .int(first), .int(second))
    }
    /// The axes in another order, without copying.
    public func permuted(_ axes: [Int]) throws(TensorError) -> Tensor { try call("permute", .tensor(self), .ints(axes)) }
    /// The order along the axes reversed.
    public func flipped(_ axes: [Int]) throws(TensorError) -> Tensor { try call("flip", .tensor(self), .ints(axes)) }
    /// Axes of length 1 repeated to the given shape, without copying.
    public func expanded(_ shape: [Int]) throws(TensorError) -> Tensor { try call("expand", .tensor(self), .ints(shape)) }
    /// `length` entries of `axis` from `start` on, as a view.
    public func narrowed(axis: Int, from start: Int, count length: Int) throws(TensorError) -> Tensor {
        try call("narrow", .tensor(self), .int(axis), .int(start), .int(length))
    }
    /// One entry of `axis`, which falls away, as a view.
    public func selected(axis: Int, at index: Int) throws(TensorError) -> Tensor {
        try call("select.int", .tensor(self), .int(axis), .int(index))
    }
    /// The entries of `axis` that `indices` (64-bit integers) name, in that order.
    public func gathered(axis: Int, _ indices: Tensor) throws(TensorError) -> Tensor {
        try call("index_select", .tensor(self), .int(axis), .tensor(indices))
    }
    /// For each position of `indices`, the element of this tensor at that index of `axis`.
    public func taken(axis: Int, along indices: Tensor) throws(TensorError) -> Tensor {
        try call("gather", .tensor(self), .int(axis), .tensor(indices))
    }
    /// Tensors joined along an axis.
    public static func concatenated(_ tensors: [Tensor], axis: Int = 0) throws(TensorError) -> Tensor {
        try call("cat", .tensors(tensors), .int(axis))
    }
    /// The elements that `places` name along an axis, in the shape of `places`, which has as many axes.
    package func elements(at places: Tensor, axis: Int) throws(TensorError) -> Tensor {
        try call("gather", .tensor(self), .int(axis), .tensor(places), .bool(false))
    }
    /// Tensors of one shape joined along a new axis.
    public static func stacked(_ tensors: [Tensor], axis: Int = 0) throws(TensorError) -> Tensor {
        try call("stack", .tensors(tensors), .int(axis))
    }
    /// Consecutive parts along an axis, of the given sizes.
    public func split(sizes: [Int], axis: Int) throws(TensorError) -> [Tensor] {
        try callForMany("split_with_sizes", .tensor(self), .ints(sizes), .int(axis))
    }
    /// Zeros around images that lie with their channels last, [batch, height, width, channels].
    public func withMargins(rows: Int, columns: Int) throws(TensorError) -> Tensor {
        rows == 0 && columns == 0
            ? self : try call("constant_pad_nd", .tensor(self), .ints([0, 0, columns, columns, rows, rows]), .real(0))
    }
    /// The diagonal of a matrix.
    public func diagonal() throws(TensorError) -> Tensor { try call("diagonal", .tensor(self)) }
    /// Values in ascending (or descending) order along an axis, equal ones in their first order, and where they came from.
    public func sorted(axis: Int, descending: Bool = false) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        let parts = try callForMany("sort.stable", .tensor(self), .bool(true), .int(axis), .bool(descending))
        guard parts.count == 2 else { throw .unexpectedResult(name: "sort") }
        return (parts[0], parts[1])
    }
}
