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
        fill(positions, into: buffer)
    }

    /// The samples as a tensor of shape [count, channels, height, width] on the processor.
    public func batch(_ positions: some Collection<Int>) throws(DatasetError) -> Tensor {
        try checkPositions(positions)
        return try lifting { try Tensor(shape: [positions.count] + sampleShape, of: Float.self) { fill(positions, into: $0) } }
    }

    /// Each must be a sample's position.
    func checkPositions(_ positions: some Collection<Int>) throws(DatasetError) {
        if let outside = positions.first(where: { !labels.indices.contains($0) }) {
            throw .batch(dataset: name, reason: "there is no sample \(outside); the data set has \(count)")
        }
    }

    private func fill(_ positions: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
        switch pixels {
        case .bytes(let values):
            let tables = byteTables
            for (number, position) in positions.enumerated() {
                normalise(values, from: pixelStart(position), tables, into: buffer, from: number * sampleSize)
            }
        case .floats(let values):
            for (number, position) in positions.enumerated() {
                normalise(values, from: pixelStart(position), into: buffer, from: number * sampleSize)
            }
        }
    }

    /// There are only 256 bytes: each is normalised once for every channel.
    var byteTables: [[Float]] {
        (0..<sampleShape[0]).map { channel in (0...255).map { normalisation.apply(Float($0), channel: channel) } }
    }

    /// One image of bytes by the tables of its channels.
    func normalise(_ bytes: [UInt8], from first: Int, _ tables: [[Float]], into buffer: UnsafeMutableBufferPointer<Float>, from start: Int)
    {
        let plane = sampleShape[1] * sampleShape[2]
        for (channel, table) in tables.enumerated() {
            for place in channel * plane..<(channel + 1) * plane { buffer[start + place] = table[Int(bytes[first + place])] }
        }
    }

    /// One image of numbers.
    func normalise(_ numbers: [Float], from first: Int, into buffer: UnsafeMutableBufferPointer<Float>, from start: Int) {
        let plane = sampleShape[1] * sampleShape[2]
        for channel in 0..<sampleShape[0] {
            for place in channel * plane..<(channel + 1) * plane {
                buffer[start + place] = normalisation.apply(numbers[first + place], channel: channel)
            }
        }
    }

    /// The SHA-256 of everything a network gets to see: shapes, normalisation, labels or targets and pixels, in order. The same on every machine.
    public func fingerprint() -> String {
        var hash = SHA256()
        func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
        for size in sampleShape + [ownClassCount, count] { hash.update(word(UInt32(truncatingIfNeeded: size))) }
        for number in [normalisation.scale] + normalisation.mean + normalisation.standardDeviation { hash.update(word(number.bitPattern)) }
        for position in labels.indices {
            hash.update(word(UInt32(truncatingIfNeeded: labels[position])))
            let start = pixelStart(position)
            switch pixels {
            case .bytes(let values):
                values.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[start..<start + sampleSize])) }
            case .floats(let values):
                values.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[4 * start..<4 * (start + sampleSize)])) }
            }
            if let targets {
                hash.update(
                    targets.values[targetStart(position, size: targets.size)...].prefix(targets.size).flatMap { word($0.bitPattern) })
            }
        }
        return hash.hexadecimal()
    }
}
