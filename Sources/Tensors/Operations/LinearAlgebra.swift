// Products, factorisations and solutions of linear systems (LAPACK through libtorch).

extension Tensor {
    /// The matrix product; leading axes are batches.
    public func matmul(_ other: Tensor) throws(TensorError) -> Tensor { try call("matmul", .tensor(self), .tensor(other)) }
    /// self += first · second, in the memory of this matrix.
    public func addProductInPlace(_ first: Tensor, _ second: Tensor) throws(TensorError) {
        try callForEffect("addmm_", .tensor(self), .tensor(first), .tensor(second))
    }
    /// The lower factor L of a positive definite matrix, A = L Lᵀ.
    public func cholesky() throws(TensorError) -> Tensor { try call("linalg_cholesky", .tensor(self)) }
    /// X with A X = right, where this tensor is the Cholesky factor of A.
    public func choleskySolved(_ right: Tensor) throws(TensorError) -> Tensor { try call("cholesky_solve", .tensor(right), .tensor(self)) }
    /// X with T X = right for a triangular T.
    public func triangularSolved(_ right: Tensor, upper: Bool) throws(TensorError) -> Tensor {
        try call("linalg_solve_triangular", .tensor(self), .tensor(right), .bool(upper))
    }
    /// X with A X = right.
    public func solved(_ right: Tensor) throws(TensorError) -> Tensor { try call("linalg_solve", .tensor(self), .tensor(right)) }
    /// Eigenvalues in ascending order and eigenvectors in columns, of a symmetric matrix.
    public func symmetricEigen() throws(TensorError) -> (values: Tensor, vectors: Tensor) {
        let parts = try callForMany("linalg_eigh", .tensor(self))
        guard parts.count == 2 else { throw .unexpectedResult(name: "linalg_eigh") }
        return (parts[0], parts[1])
    }
    /// U, singular values in descending order, and Vᵀ, without the null parts.
    public func singularValues() throws(TensorError) -> (left: Tensor, values: Tensor, rightTransposed: Tensor) {
        let parts = try callForMany("linalg_svd", .tensor(self), .bool(false))
        guard parts.count == 3 else { throw .unexpectedResult(name: "linalg_svd") }
        return (parts[0], parts[1], parts[2])
    }
    /// The X of least ‖A X − right‖, of least norm where there are several (LAPACK's gelsd).
    public func leastSquares(_ right: Tensor, cutoff: Double? = nil) throws(TensorError) -> Tensor {
        let parts = try callForMany("linalg_lstsq", .tensor(self), .tensor(right), cutoff.map { .real($0) } ?? .none, .string("gelsd"))
        guard let solution = parts.first else { throw .unexpectedResult(name: "linalg_lstsq") }
        return solution
    }
    /// Q and R of a matrix.
    public func qr() throws(TensorError) -> (q: Tensor, r: Tensor) {
        let parts = try callForMany("linalg_qr", .tensor(self), .string("reduced"))
        guard parts.count == 2 else { throw .unexpectedResult(name: "linalg_qr") }
        return (parts[0], parts[1])
    }
}
