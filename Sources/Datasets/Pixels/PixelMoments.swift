/// What a normalisation subtracts and divides by, measured on the images themselves.
package struct PixelMoments: Sendable, Equatable, Codable {
    /// Of each channel, in units of the pixels' scale: bytes count as 0 … 1.
    package let mean: [Double]
    /// Over all pixels (divided by their number, not by one less).
    package let standardDeviation: [Double]
}

extension Dataset {
    /// The moments of the pixels before they are normalised, in one pass.
    ///
    /// - Throws: what reading the pixels throws, where they are not in memory.
    package func pixelMoments() throws(DatasetError) -> PixelMoments {
        let plane = sampleShape[1] * sampleShape[2], scale = Double(normalisation.scale)
        var sums = [Sums](repeating: Sums(), count: sampleShape[0])
        func pass<Element>(_ source: any PixelSource<Element>, _ number: (Element) -> Double) throws(DatasetError) {
            try scan(source) { _, values throws(DatasetError) in
                for channel in sums.indices {
                    for place in channel * plane..<(channel + 1) * plane { sums[channel].add(number(values[place])) }
                }
                return true
            }
        }
        switch pixels {
        case .bytes(let source): try pass(source) { Double($0) }
        case .floats(let source): try pass(source) { Double($0) }
        }
        let count = Double(max(1, labels.count * plane))
        return PixelMoments(
            mean: sums.map { (($0.origin ?? 0) + $0.sum / count) / scale },
            standardDeviation: sums.map {
                let shift = $0.sum / count
                return max(0, $0.squares / count - shift * shift).squareRoot() / scale
            })
    }

    /// Around the first pixel of a channel, so that little is lost to cancellation.
    private struct Sums {
        var origin: Double?
        var sum = 0.0
        var squares = 0.0

        mutating func add(_ value: Double) {
            let start = origin ?? value
            origin = start
            sum += value - start
            squares += (value - start) * (value - start)
        }
    }
}
