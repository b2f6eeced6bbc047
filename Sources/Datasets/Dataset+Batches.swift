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
            throw .batch(dataset: name, reason: "\(positions.count) samples take \(positions.count * sampleSize) numbers, but there is room for \(buffer.count)")
        }
        if let outside = positions.first(where: { !labels.indices.contains($0) }) {
            throw .batch(dataset: name, reason: "there is no sample \(outside); it holds \(count)")
        }
        fill(positions, into: buffer)
    }

    /// The samples as a tensor of shape [count, channels, height, width] on the processor.
    public func batch(_ positions: some Collection<Int>) throws(DatasetError) -> Tensor {
        if let outside = positions.first(where: { !labels.indices.contains($0) }) {
            throw .batch(dataset: name, reason: "there is no sample \(outside); it holds \(count)")
        }
        do {
            return try Tensor(shape: [positions.count] + sampleShape, of: Float.self) { fill(positions, into: $0) }
        } catch {
            throw .tensor(error)
        }
    }

    private func fill(_ positions: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
        let plane = sampleShape[1] * sampleShape[2]
        switch pixels {
        case .bytes(let values):
            // There are only 256 bytes: each is normalised once for every channel.
            let tables = (0..<sampleShape[0]).map { channel in (0...255).map { normalisation.apply(Float($0), channel: channel) } }
            var filled = 0
            for position in positions {
                var start = pixelStart(position)
                for table in tables {
                    for pixel in start..<start + plane {
                        buffer[filled] = table[Int(values[pixel])]
                        filled += 1
                    }
                    start += plane
                }
            }
        case .floats(let values):
            var filled = 0
            for position in positions {
                var start = pixelStart(position)
                for channel in 0..<sampleShape[0] {
                    for pixel in start..<start + plane {
                        buffer[filled] = normalisation.apply(values[pixel], channel: channel)
                        filled += 1
                    }
                    start += plane
                }
            }
        }
    }

    /// The SHA-256 of everything a network gets to see: shapes, normalisation, labels and pixels, in order. The same on every machine.
    public func fingerprint() -> String {
        var hash = SHA256()
        func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
        for size in sampleShape + [classCount, count] { hash.update(word(UInt32(truncatingIfNeeded: size))) }
        for number in [normalisation.scale] + normalisation.mean + normalisation.standardDeviation { hash.update(word(number.bitPattern)) }
        for position in labels.indices {
            hash.update(word(UInt32(truncatingIfNeeded: labels[position])))
            let start = pixelStart(position)
            switch pixels {
            case .bytes(let values): values.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[start..<start + sampleSize])) }
            case .floats(let values):
                values.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[4 * start..<4 * (start + sampleSize)])) }
            }
        }
        return hash.hexadecimal()
    }
}
