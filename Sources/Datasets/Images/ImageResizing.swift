/// Bilinear resizing with antialiasing, byte for byte as Pillow resizes 8-bit images, on which torchvision's `Resize` stands: rows first, then columns, each new
/// pixel the mean of those under a triangle as wide as the shrinkage, with weights rounded to 22 bits.
///
/// Source: Pillow, `src/libImaging/Resample.c` (`precompute_coeffs`, `ImagingResampleHorizontal_8bpc`).
struct ImageResizing {
    private let from: ImageSize
    private let to: ImageSize
    private let columns: [Reach]
    private let rows: [Reach]

    /// Which old pixels a new one is made of.
    private struct Reach {
        let first: Int
        let weights: [Int]
    }

    private static let bits = 22

    init(from: ImageSize, to: ImageSize) {
        (self.from, self.to) = (from, to)
        columns = Self.reaches(from.width, to.width)
        rows = Self.reaches(from.height, to.height)
    }

    private static func reaches(_ old: Int, _ new: Int) -> [Reach] {
        let scale = Double(old) / Double(new), support = max(scale, 1)
        return (0..<new).map { place in
            let centre = (Double(place) + 0.5) * scale
            let first = max(0, Int(centre - support + 0.5)), end = min(old, Int(centre + support + 0.5))
            var weights = (first..<end).map { max(0, 1 - abs((Double($0) - centre + 0.5) / support)) }
            let sum = weights.reduce(0, +)
            if sum != 0 { weights = weights.map { $0 / sum } }
            return Reach(first: first, weights: weights.map { Int(0.5 + $0 * Double(1 << bits)) })
        }
    }

    /// One plane.
    func resize(_ plane: UnsafeBufferPointer<UInt8>, into result: UnsafeMutableBufferPointer<UInt8>) {
        func mixed(_ reach: Reach, _ pixel: (Int) -> UInt8) -> UInt8 {
            var sum = 1 << (Self.bits - 1)
            for (index, weight) in reach.weights.enumerated() { sum += Int(pixel(reach.first + index)) * weight }
            return UInt8(clamping: sum >> Self.bits)
        }
        var wide = Array(plane)
        if from.width != to.width {
            wide = [UInt8](repeating: 0, count: from.height * to.width)
            for row in 0..<from.height {
                for column in 0..<to.width { wide[row * to.width + column] = mixed(columns[column]) { plane[row * from.width + $0] } }
            }
        }
        for row in 0..<to.height {
            for column in 0..<to.width {
                result[row * to.width + column] =
                    from.height == to.height ? wide[row * to.width + column] : mixed(rows[row]) { wide[$0 * to.width + column] }
            }
        }
    }
}
