/// Values computed batch by batch and used several times: those within a memory budget are kept, the others are computed again each time.
final class ReplayedBatches<Value> {
    private let count: Int
    private let bytes: (Value) -> Int
    private let make: (Int) throws -> Value
    /// The values of the first batches.
    private var kept: [Value] = []
    private var room: Int

    /// - Parameters:
    ///   - budget: how many bytes are kept at most.
    ///   - bytes: what a value takes.
    ///   - make: gives the value of a batch, the same each time.
    init(count: Int, budget: Int, bytes: @escaping (Value) -> Int, make: @escaping (Int) throws -> Value) {
        self.count = count
        self.bytes = bytes
        self.make = make
        room = budget
    }

    func forEach(_ control: FusionControl, _ body: (Int, Value) throws -> Void) throws {
        for batch in 0..<count {
            try control.check()
            if batch < kept.count {
                try body(batch, kept[batch])
                continue
            }
            let value = try make(batch), size = bytes(value)
            if batch == kept.count, size <= room {
                kept.append(value)
                room -= size
            }
            try body(batch, value)
        }
    }
}
