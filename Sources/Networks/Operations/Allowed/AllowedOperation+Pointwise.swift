extension AllowedOperation {
    /// A nonlinearity, arithmetic or a comparison of each element by itself; conversions and copies.
    static let pointwise = """
        pointwise aten::relu(Tensor self) -> Tensor
        pointwise aten::gelu(Tensor self, *, str approximate="none") -> Tensor
        pointwise aten::silu(Tensor self) -> Tensor
        pointwise aten::tanh(Tensor self) -> Tensor
        pointwise aten::sigmoid(Tensor self) -> Tensor
        pointwise aten::elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor
        pointwise aten::leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor
        pointwise aten::hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor
        pointwise aten::hardswish(Tensor self) -> Tensor
        pointwise aten::hardsigmoid(Tensor self) -> Tensor
        pointwise aten::relu6(Tensor self) -> Tensor
        pointwise aten::selu(Tensor self) -> Tensor
        pointwise aten::celu(Tensor self, Scalar alpha=1.) -> Tensor
        pointwise aten::softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor
        pointwise aten::mish(Tensor self) -> Tensor
        pointwise aten::log_sigmoid(Tensor self) -> Tensor
        pointwise aten::prelu(Tensor self, Tensor weight) -> Tensor
        pointwise aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor
        pointwise aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor
        pointwise aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor
        pointwise aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
        pointwise aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
        pointwise aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
        pointwise aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
        pointwise aten::rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor
        pointwise aten::rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor
        pointwise aten::mul.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::mul.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::div.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::div.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor
        pointwise aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor
        pointwise aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::floor_divide(Tensor self, Tensor other) -> Tensor
        pointwise aten::floor_divide.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::neg(Tensor self) -> Tensor
        pointwise aten::abs(Tensor self) -> Tensor
        pointwise aten::sign(Tensor self) -> Tensor
        pointwise aten::sgn(Tensor self) -> Tensor
        pointwise aten::exp(Tensor self) -> Tensor
        pointwise aten::exp2(Tensor self) -> Tensor
        pointwise aten::expm1(Tensor self) -> Tensor
        pointwise aten::log(Tensor self) -> Tensor
        pointwise aten::log2(Tensor self) -> Tensor
        pointwise aten::log10(Tensor self) -> Tensor
        pointwise aten::log1p(Tensor self) -> Tensor
        pointwise aten::sqrt(Tensor self) -> Tensor
        pointwise aten::rsqrt(Tensor self) -> Tensor
        pointwise aten::square(Tensor self) -> Tensor
        pointwise aten::reciprocal(Tensor self) -> Tensor
        pointwise aten::sin(Tensor self) -> Tensor
        pointwise aten::cos(Tensor self) -> Tensor
        pointwise aten::tan(Tensor self) -> Tensor
        pointwise aten::asin(Tensor self) -> Tensor
        pointwise aten::acos(Tensor self) -> Tensor
        pointwise aten::atan(Tensor self) -> Tensor
        pointwise aten::sinh(Tensor self) -> Tensor
        pointwise aten::cosh(Tensor self) -> Tensor
        pointwise aten::atan2(Tensor self, Tensor other) -> Tensor
        pointwise aten::erf(Tensor self) -> Tensor
        pointwise aten::erfc(Tensor self) -> Tensor
        pointwise aten::erfinv(Tensor self) -> Tensor
        pointwise aten::floor(Tensor self) -> Tensor
        pointwise aten::ceil(Tensor self) -> Tensor
        pointwise aten::round(Tensor self) -> Tensor
        pointwise aten::trunc(Tensor self) -> Tensor
        pointwise aten::frac(Tensor self) -> Tensor
        pointwise aten::logit(Tensor self, float? eps=None) -> Tensor
        pointwise aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor
        pointwise aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor
        pointwise aten::pow.Scalar(Scalar self, Tensor exponent) -> Tensor
        pointwise aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor
        pointwise aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor
        pointwise aten::clamp_min(Tensor self, Scalar min) -> Tensor
        pointwise aten::clamp_max(Tensor self, Scalar max) -> Tensor
        pointwise aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor
        pointwise aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor
        pointwise aten::clip(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor
        pointwise aten::maximum(Tensor self, Tensor other) -> Tensor
        pointwise aten::minimum(Tensor self, Tensor other) -> Tensor
        pointwise aten::max.other(Tensor self, Tensor other) -> Tensor
        pointwise aten::min.other(Tensor self, Tensor other) -> Tensor
        pointwise aten::fmax(Tensor self, Tensor other) -> Tensor
        pointwise aten::fmin(Tensor self, Tensor other) -> Tensor
        pointwise aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor
        pointwise aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor
        pointwise aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor
        pointwise aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor
        pointwise aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor
        pointwise aten::eq.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::eq.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::ne.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::ne.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::lt.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::lt.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::le.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::le.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::gt.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::gt.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::ge.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::ge.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::isnan(Tensor self) -> Tensor
        pointwise aten::isinf(Tensor self) -> Tensor
        pointwise aten::isfinite(Tensor self) -> Tensor
        pointwise aten::logical_and(Tensor self, Tensor other) -> Tensor
        pointwise aten::logical_or(Tensor self, Tensor other) -> Tensor
        pointwise aten::logical_not(Tensor self) -> Tensor
        pointwise aten::logical_xor(Tensor self, Tensor other) -> Tensor
        pointwise aten::bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::bitwise_not(Tensor self) -> Tensor
        pointwise aten::__and__.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::__or__.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::__xor__.Tensor(Tensor self, Tensor other) -> Tensor
        pointwise aten::__and__.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::__or__.Scalar(Tensor self, Scalar other) -> Tensor
        pointwise aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor
        pointwise aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor
        pointwise aten::where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor
        pointwise aten::where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor
        pointwise aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor
        pointwise aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor
        pointwise aten::heaviside(Tensor self, Tensor values) -> Tensor
        pointwise aten::hypot(Tensor self, Tensor other) -> Tensor
        pointwise aten::copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor
        pointwise aten::dropout(Tensor input, float p, bool train) -> Tensor
        pointwise aten::feature_dropout(Tensor input, float p, bool train) -> Tensor
        pointwise aten::alpha_dropout(Tensor input, float p, bool train) -> Tensor
        pointwise aten::feature_alpha_dropout(Tensor input, float p, bool train) -> Tensor
        pointwise aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)
        pointwise aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)
        pointwise aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)
        pointwise aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)
        pointwise aten::type_as(Tensor self, Tensor other) -> Tensor
        pointwise aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)
        pointwise aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor
        pointwise aten::alias(Tensor(a) self) -> Tensor(a)
        pointwise aten::detach(Tensor(a) self) -> Tensor(a)
        pointwise aten::lift_fresh(Tensor(a) self) -> Tensor(a)
        pointwise aten::lift_fresh_copy(Tensor self) -> Tensor
        pointwise aten::_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor
        pointwise aten::fill.Scalar(Tensor self, Scalar value) -> Tensor
        pointwise aten::fill.Tensor(Tensor self, Tensor value) -> Tensor
        """
}
