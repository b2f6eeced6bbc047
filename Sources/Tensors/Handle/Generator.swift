import CTorchInterface

/// A stream of random numbers of its own, from a seed: one for each purpose, so that adding a draw in one place changes none in another.
public final class Generator: @unchecked Sendable {
    let reference: amg_generator_ref
    private let release: @convention(c) (amg_generator_ref?) -> Void

    public init(seed: UInt64) throws(TensorError) {
        let table = try Torch.table()
        var error = amg_error()
        guard let reference = table.make_generator(seed, &error) else { throw TensorError(error, operation: "generator") }
        self.reference = reference
        release = table.release_generator
    }

    deinit { release(reference) }
}
