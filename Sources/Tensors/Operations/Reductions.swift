// Sums, means, extremes; over all elements, or over the axes given.

extension Tensor {
    /// The sum, of all values or along axes.
    public func sum() throws(TensorError) -> Tensor { try call("sum", .tensor(self)) }
    /// The sum, of all values or along axes.
    public func sum(axes: [Int], keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try call("sum.dim_IntList", .tensor(self), .ints(axes), .bool(keepingAxes))
    }
    /// The mean, of all values or along axes.
    public func mean() throws(TensorError) -> Tensor { try call("mean", .tensor(self)) }
    /// The mean, of all values or along axes.
    public func mean(axes: [Int], keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try call("mean.dim", .tensor(self), .ints(axes), .bool(keepingAxes))
    }
    /// The standard deviation; divided by n − 1 when `unbiased`.
    public func standardDeviation(axes: [Int], unbiased: Bool = true, keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try call("std.dim", .tensor(self), .ints(axes), .bool(unbiased), .bool(keepingAxes))
    }
    /// The variance along axes.
    public func variance(axes: [Int], unbiased: Bool = true, keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try call("var.dim", .tensor(self), .ints(axes), .bool(unbiased), .bool(keepingAxes))
    }
    /// The largest value, a tensor without axes.
    public func maximum() throws(TensorError) -> Tensor { try call("max", .tensor(self)) }
    /// The smallest value, a tensor without axes.
    public func minimum() throws(TensorError) -> Tensor { try call("min", .tensor(self)) }
    /// The largest, and the smallest, element along an axis.
    public func largest(axis: Int) throws(TensorError) -> Tensor { try call("amax", .tensor(self), .ints([axis])) }
    /// The smallest values along an axis.
    public func smallest(axis: Int) throws(TensorError) -> Tensor { try call("amin", .tensor(self), .ints([axis])) }
    /// The index of the largest element along an axis; the first where there are several.
    public func largestIndex(axis: Int) throws(TensorError) -> Tensor { try call("argmax", .tensor(self), .int(axis)) }
    /// The Euclidean norm along `axes`.
    public func norm(axes: [Int], keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try call("linalg_vector_norm", .tensor(self), .real(2), .ints(axes), .bool(keepingAxes))
    }
    /// The sum of magnitudes along `axes`.
    public func absoluteNorm(axes: [Int], keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try call("linalg_vector_norm", .tensor(self), .real(1), .ints(axes), .bool(keepingAxes))
    }
    /// Whether every element is finite.
    public func allFinite() throws(TensorError) -> Bool {
        // A NaN or an infinity makes the sum one as well; only a sum that overflows by itself needs the look at each element.
        try sum().item().isFinite ? true : call("all", .tensor(isFinite())).item() != 0
    }
}
