// Elementwise arithmetic; shapes broadcast as in NumPy.

extension Tensor {
    public static func + (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try call("add.Tensor", .tensor(left), .tensor(right))
    }
    public static func - (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try call("sub.Tensor", .tensor(left), .tensor(right))
    }
    public static func * (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try call("mul.Tensor", .tensor(left), .tensor(right))
    }
    public static func / (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try call("div.Tensor", .tensor(left), .tensor(right))
    }
    public static func + (left: Tensor, right: Double) throws(TensorError) -> Tensor { try call("add.Scalar", .tensor(left), .real(right)) }
    public static func - (left: Tensor, right: Double) throws(TensorError) -> Tensor { try call("sub.Scalar", .tensor(left), .real(right)) }
    public static func * (left: Tensor, right: Double) throws(TensorError) -> Tensor { try call("mul.Scalar", .tensor(left), .real(right)) }
    public static func / (left: Tensor, right: Double) throws(TensorError) -> Tensor { try call("div.Scalar", .tensor(left), .real(right)) }
    public static func * (left: Double, right: Tensor) throws(TensorError) -> Tensor { try right * left }
    public static prefix func - (tensor: Tensor) throws(TensorError) -> Tensor { try call("neg", .tensor(tensor)) }

    /// √x, elementwise.
    public func squareRoot() throws(TensorError) -> Tensor { try call("sqrt", .tensor(self)) }
    /// x², elementwise.
    public func squared() throws(TensorError) -> Tensor { try call("square", .tensor(self)) }
    /// The natural logarithm, elementwise.
    public func logarithm() throws(TensorError) -> Tensor { try call("log", .tensor(self)) }
    /// |x|, elementwise.
    public func magnitude() throws(TensorError) -> Tensor { try call("abs", .tensor(self)) }
    /// 1 / x, elementwise.
    public func reciprocal() throws(TensorError) -> Tensor { try call("reciprocal", .tensor(self)) }
    /// Values below `from` or above `to` become these.
    public func clamped(from low: Double, to high: Double) throws(TensorError) -> Tensor {
        try call("clamp", .tensor(self), .real(low), .real(high))
    }

    /// Where `condition` holds (a boolean tensor) this tensor's element, elsewhere `other`'s.
    public func selected(where condition: Tensor, otherwise other: Tensor) throws(TensorError) -> Tensor {
        try call("where.self", .tensor(condition), .tensor(self), .tensor(other))
    }

    /// Elementwise equality, a tensor of booleans.
    public func equals(_ other: Tensor) throws(TensorError) -> Tensor { try call("eq.Tensor", .tensor(self), .tensor(other)) }
    /// Elementwise >, a tensor of booleans.
    public func isGreater(than value: Double) throws(TensorError) -> Tensor { try call("gt.Scalar", .tensor(self), .real(value)) }
    /// Elementwise ≥, a tensor of booleans.
    public func isAtLeast(_ value: Double) throws(TensorError) -> Tensor { try call("ge.Scalar", .tensor(self), .real(value)) }
    /// The larger of the two elements at each place.
    public func larger(_ other: Tensor) throws(TensorError) -> Tensor { try call("maximum", .tensor(self), .tensor(other)) }
    /// Whether each value is finite, a tensor of booleans.
    public func isFinite() throws(TensorError) -> Tensor { try call("isfinite", .tensor(self)) }

    /// self += scale · other, in the memory of this tensor.
    public func addInPlace(_ other: Tensor, scale: Double = 1) throws(TensorError) {
        try callForEffect("add_.Tensor", .tensor(self), .tensor(other), .real(scale))
    }

    /// self += first · second, element by element, in the memory of this tensor.
    public func addProductsInPlace(_ first: Tensor, _ second: Tensor) throws(TensorError) {
        try callForEffect("addcmul_", .tensor(self), .tensor(first), .tensor(second), .real(1))
    }

    /// Adds to this tensor, in its own memory.
    public func addInPlace(_ number: Double) throws(TensorError) { try callForEffect("add_.Scalar", .tensor(self), .real(number)) }

    /// Writes `other`'s values into this tensor's memory.
    public func copyInPlace(_ other: Tensor) throws(TensorError) {
        try callForEffect("copy_", .tensor(self), .tensor(other))
    }
}
