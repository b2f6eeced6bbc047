/// Which axis of images holds the channels.
package enum PixelLayout: String, Sendable, CaseIterable {
    /// [channels, height, width], as PyTorch has them.
    case chw
    /// [height, width, channels], as files and TensorFlow have them.
    case hwc

    /// How images of three axes are meant.
    ///
    /// - Parameters:
    ///   - shape: of one image, as it is stored.
    /// - Returns: the layout; and what to say where it was not what PyTorch programs write.
    static func of(_ shape: [Int], for network: NetworkSignature?) throws(Ambiguity) -> (PixelLayout, note: String?) {
        let hwc = [shape[2], shape[0], shape[1]], words = shape.map(String.init).joined(separator: "×")
        let said = "its images of \(words) were taken as height × width × channels"
        if let wanted = network?.image {
            // A network of one channel may be served by three, and the other way round.
            func serves(_ own: [Int]) -> Bool { own[1...] == wanted[1...] && (own[0] == wanted[0] || Set([own[0], wanted[0]]) == [1, 3]) }
            if shape == wanted, hwc == wanted, shape[0] > 1 { throw Ambiguity(shape: words) }
            if shape == wanted { return (.chw, nil) }
            if hwc == wanted { return (.hwc, said) }
            if serves(shape) { return (.chw, nil) }
            if serves(hwc) { return (.hwc, said) }
        }
        let channels: Set = [1, 3, 4]
        switch (channels.contains(shape[0]), channels.contains(shape[2])) {
        case (false, true): return (.hwc, said)
        case (true, true) where shape[0] > 1 && shape[2] > 1: throw Ambiguity(shape: words)
        default: return (.chw, nil)
        }
    }

    struct Ambiguity: Error {
        let shape: String
        var reason: String {
            "images of \(shape) may be channels × height × width or height × width × channels: set layout=chw or layout=hwc"
        }
    }

    /// An image of [height, width, channels], plane by plane.
    static func planes<Value>(of image: UnsafeBufferPointer<Value>, _ shape: [Int], into result: UnsafeMutableBufferPointer<Value>) {
        let (pixels, channels) = (shape[0] * shape[1], shape[2])
        for channel in 0..<channels {
            for pixel in 0..<pixels { result[channel * pixels + pixel] = image[pixel * channels + channel] }
        }
    }
}
