extension AllowedOperation {
    /// Elements moved, repeated or left out, none computed.
    static let structural = """
        structural aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)
        structural aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)
        structural aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)
        structural aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)
        structural aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)
        structural aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)
        structural aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)
        structural aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)
        structural aten::t(Tensor(a) self) -> Tensor(a)
        structural aten::mT(Tensor(a) self) -> Tensor(a)
        structural aten::adjoint(Tensor(a) self) -> Tensor(a)
        structural aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)
        structural aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)
        structural aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)
        structural aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)
        structural aten::squeeze(Tensor(a) self) -> Tensor(a)
        structural aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)
        structural aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)
        structural aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)
        structural aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)
        structural aten::slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)
        structural aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)
        structural aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]
        structural aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]
        structural aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]
        structural aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]
        structural aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]
        structural aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]
        structural aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]
        structural aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]
        structural aten::cat(Tensor[] tensors, int dim=0) -> Tensor
        structural aten::concat(Tensor[] tensors, int dim=0) -> Tensor
        structural aten::stack(Tensor[] tensors, int dim=0) -> Tensor
        structural aten::hstack(Tensor[] tensors) -> Tensor
        structural aten::vstack(Tensor[] tensors) -> Tensor
        structural aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)
        structural aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)
        structural aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)
        structural aten::repeat(Tensor self, SymInt[] repeats) -> Tensor
        structural aten::tile(Tensor self, SymInt[] dims) -> Tensor
        structural aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor
        structural aten::flip(Tensor self, int[] dims) -> Tensor
        structural aten::pad(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor
        structural aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor
        structural aten::reflection_pad1d(Tensor self, SymInt[2] padding) -> Tensor
        structural aten::reflection_pad2d(Tensor self, SymInt[4] padding) -> Tensor
        structural aten::replication_pad1d(Tensor self, SymInt[2] padding) -> Tensor
        structural aten::replication_pad2d(Tensor self, SymInt[4] padding) -> Tensor
        structural aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor
        structural aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor
        structural aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor
        structural aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)
        structural aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor
        structural aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor
        structural aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor
        structural aten::ravel(Tensor(a) self) -> Tensor(a)
        structural aten::atleast_1d(Tensor self) -> Tensor
        structural aten::atleast_2d(Tensor self) -> Tensor
        structural aten::atleast_3d(Tensor self) -> Tensor
        structural aten::rot90(Tensor self, int k=1, int[] dims=[0, 1]) -> Tensor
        structural aten::meshgrid(Tensor[] tensors) -> Tensor[]
        structural aten::meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]
        """
}
