extension Tensor {
    /// Lends the elements' bytes in row-major order, on the processor, whatever their type: without a copy when they already lie so.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let table = try Torch.table()
        let here = try device() == .cpu ? self : moved(to: .cpu)
        let source = table.is_contiguous(here.reference) ? here : try here.contiguous()
        let start = table.data(source.reference).map { UnsafeRawPointer($0) }
        let size = try count * dtype().byteCount
        return try withExtendedLifetime(source) { try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : size)) }
    }
}
