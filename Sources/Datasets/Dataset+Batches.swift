import Archives
import Tensors

extension Dataset {
    /// Writes the normalised pixels of some samples, one after another, as 32-bit floating-point numbers.
    ///
    /// - Parameters:
    ///   - positions: which samples, by their position in this data set.
    ///   - buffer: room for exactly ``sampleSize`` numbers each.
    public func copyBatch(_ positions: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>) throws(DatasetError) {
        guard buffer.count == positions.count * sampleSize else {
            throw .batch(
                dataset: name,
                reason: "\(positions.count) samples take \(positions.count * sampleSize) numbers, but there is room for \(buffer.count)")
        }
        try checkPositions(positions)
        try fill(positions, next: [], into: buffer)
    }

    /// The samples as a tensor of shape [count, channels, height, width] on the processor.
    ///
    /// - Parameter next: what will probably be asked for afterwards, in this order: where pixels are read from files, worker threads begin with it. It changes
    ///   nothing else.
    public func batch(_ positions: some Collection<Int>, next: some Collection<Int> = EmptyCollection()) throws(DatasetError) -> Tensor {
        try checkPositions(positions)
        return try filled(positions.count) { buffer throws(DatasetError) in try fill(positions, next: next, into: buffer) }
    }

    /// A tensor of so many samples whose numbers the closure writes.
    func filled(
        _ count: Int, by fill: (UnsafeMutableBufferPointer<Float>) throws(DatasetError) -> Void
    ) throws(DatasetError) -> Tensor {
        var failure: DatasetError?
        let tensor = try lifting {
            try Tensor(shape: [count] + sampleShape, of: Float.self) { buffer in
                do throws(DatasetError) { try fill(buffer) } catch { failure = error }
            }
        }
        if let failure { throw failure }
        return tensor
    }

    /// Each must be a sample's position.
    func checkPositions(_ positions: some Collection<Int>) throws(DatasetError) {
        if let outside = positions.first(where: { !labels.indices.contains($0) }) {
            throw .batch(dataset: name, reason: "there is no sample \(outside); the data set has \(count)")
        }
    }

    private func fill(
        _ positions: some Collection<Int>, next: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>
    ) throws(DatasetError) {
        switch pixels {
        case .bytes(let source):
            let tables = byteTables
            try read(source, positions, next: next) { number, sample throws(DatasetError) in
                normalise(sample, tables, into: buffer, from: number * sampleSize)
            }
        case .floats(let source):
            try read(source, positions, next: next) { number, sample throws(DatasetError) in
                normalise(sample, into: buffer, from: number * sampleSize)
            }
        }
    }

    /// Samples of a batch that are expected with it: so many batches, or so many samples.
    private static let (batchesAhead, samplesAhead) = (4, 256)

    /// Reads the samples of a batch.
    ///
    /// - Parameters:
    ///   - next: what will probably be read afterwards.
    ///   - body: gets the number of a sample in the batch, and its numbers before they are normalised.
    func read<Element>(
        _ source: any PixelSource<Element>, _ positions: some Collection<Int>, next: some Collection<Int>,
        _ body: (Int, UnsafeBufferPointer<Element>) throws(DatasetError) -> Void
    ) throws(DatasetError) {
        let later = next.prefix(max(Self.samplesAhead, Self.batchesAhead * positions.count)).filter(labels.indices.contains)
        source.expect(positions.map { places[$0] } + later.map { places[$0] })
        let sample = UnsafeMutableBufferPointer<Element>.allocate(capacity: sampleSize)
        defer { sample.deallocate() }
        for (number, position) in positions.enumerated() {
            try source.read(places[position], into: sample)
            try body(number, UnsafeBufferPointer(sample))
        }
        try source.checkUnchanged()
    }

    /// There are only 256 bytes: each is normalised once for every channel.
    var byteTables: [[Float]] {
        (0..<sampleShape[0]).map { channel in (0...255).map { normalisation.apply(Float($0), channel: channel) } }
    }

    /// One image of bytes by the tables of its channels.
    func normalise(
        _ bytes: UnsafeBufferPointer<UInt8>, _ tables: [[Float]], into buffer: UnsafeMutableBufferPointer<Float>, from start: Int
    ) {
        let plane = sampleShape[1] * sampleShape[2]
        for (channel, table) in tables.enumerated() {
            for place in channel * plane..<(channel + 1) * plane { buffer[start + place] = table[Int(bytes[place])] }
        }
    }

    /// One image of numbers.
    func normalise(_ numbers: UnsafeBufferPointer<Float>, into buffer: UnsafeMutableBufferPointer<Float>, from start: Int) {
        let plane = sampleShape[1] * sampleShape[2]
        for channel in 0..<sampleShape[0] {
            for place in channel * plane..<(channel + 1) * plane {
                buffer[start + place] = normalisation.apply(numbers[place], channel: channel)
            }
        }
    }

    /// The SHA-256 of everything a network gets to see: shapes, normalisation, labels or targets and pixels, in order. The same on every machine, and wherever the
    /// pixels are, which are read once.
    ///
    /// - Throws: what reading the pixels throws, where they are not in memory.
    public func fingerprint() throws(DatasetError) -> String {
        var hash = SHA256()
        func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
        for size in sampleShape + [ownClassCount, count] { hash.update(word(UInt32(truncatingIfNeeded: size))) }
        for number in [normalisation.scale] + normalisation.mean + normalisation.standardDeviation { hash.update(word(number.bitPattern)) }
        func pass<Element>(_ source: any PixelSource<Element>) throws(DatasetError) {
            try scan(source) { position, sample throws(DatasetError) in
                hash.update(word(UInt32(truncatingIfNeeded: labels[position])))
                hash.update(UnsafeRawBufferPointer(sample))
                if let targets {
                    hash.update(
                        targets.values[targetStart(position, size: targets.size)...].prefix(targets.size).flatMap { word($0.bitPattern) })
                }
                return true
            }
        }
        switch pixels {
        case .bytes(let source): try pass(source)
        case .floats(let source): try pass(source)
        }
        return hash.hexadecimal()
    }
}
