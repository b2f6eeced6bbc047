extension AllowedOperation {
    /// Reductions, rows, indices and new tensors.
    static let others = """
        reduction aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor
        reduction aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
        reduction aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor
        reduction aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
        reduction aten::amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor
        reduction aten::amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor
        reduction aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)
        reduction aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)
        reduction aten::max(Tensor self) -> Tensor
        reduction aten::min(Tensor self) -> Tensor
        reduction aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor
        reduction aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
        reduction aten::var(Tensor self, bool unbiased=True) -> Tensor
        reduction aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor
        reduction aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor
        reduction aten::std(Tensor self, bool unbiased=True) -> Tensor
        reduction aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor
        reduction aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor
        reduction aten::var_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)
        reduction aten::var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)
        reduction aten::var_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)
        reduction aten::std_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)
        reduction aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor
        reduction aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor
        reduction aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
        reduction aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor
        reduction aten::any(Tensor self) -> Tensor
        reduction aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor
        reduction aten::all(Tensor self) -> Tensor
        reduction aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor
        reduction aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor
        reduction aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor
        reduction aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor
        reduction aten::median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)
        rowwise aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor
        rowwise aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor
        rowwise aten::_softmax(Tensor self, int dim, bool half_to_float) -> Tensor
        rowwise aten::_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor
        rowwise aten::glu(Tensor self, int dim=-1) -> Tensor
        rowwise aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor
        rowwise aten::cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor
        rowwise aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor
        rowwise aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)
        rowwise aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)
        rowwise aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor
        rowwise aten::logcumsumexp(Tensor self, int dim) -> Tensor
        rowwise aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor
        index aten::index.Tensor(Tensor self, Tensor?[] indices) -> Tensor
        index aten::index_select(Tensor self, int dim, Tensor index) -> Tensor
        index aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor
        index aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor
        index aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor
        index aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor
        index aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor
        index aten::one_hot(Tensor self, int num_classes=-1) -> Tensor
        index aten::bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor
        index aten::searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor
        index aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor
        creation aten::zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::ones(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor
        creation aten::ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor
        creation aten::full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor
        creation aten::new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::new_ones(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        creation aten::scalar_tensor(Scalar s, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor
        opaque aten::tril(Tensor self, SymInt diagonal=0) -> Tensor
        opaque aten::triu(Tensor self, SymInt diagonal=0) -> Tensor
        opaque aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)
        opaque aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor
        opaque aten::linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor
        opaque aten::cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor
        opaque aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor
        opaque aten::linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor
        """
}
