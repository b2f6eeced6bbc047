/// What a normalisation subtracts and divides by, measured on the images themselves.
package struct PixelMoments: Sendable, Equatable, Codable {
    /// Of each channel, in units of the pixels' scale: bytes count as 0 … 1.
    package let mean: [Double]
    /// Over all pixels (divided by their number, not by one less).
    package let standardDeviation: [Double]
}

extension Dataset {
    /// The moments of the pixels before they are normalised.
    package var pixelMoments: PixelMoments {
        let channels = sampleShape[0], plane = sampleShape[1] * sampleShape[2], scale = Double(normalisation.scale)
        var mean: [Double] = [], deviation: [Double] = []
        for channel in 0..<channels {
            // Around the first pixel, so that little is lost to cancellation.
            var origin: Double?, sum = 0.0, squares = 0.0
            func add(_ value: Double) {
                let start = origin ?? value
                origin = start
                sum += value - start
                squares += (value - start) * (value - start)
            }
            for position in labels.indices {
                let start = pixelStart(position) + channel * plane
                switch pixels {
                case .bytes(let values): for place in start..<start + plane { add(Double(values[place])) }
                case .floats(let values): for place in start..<start + plane { add(Double(values[place])) }
                }
            }
            let count = Double(max(1, labels.count * plane)), shift = sum / count
            mean.append(((origin ?? 0) + shift) / scale)
            deviation.append(max(0, squares / count - shift * shift).squareRoot() / scale)
        }
        return PixelMoments(mean: mean, standardDeviation: deviation)
    }
}
