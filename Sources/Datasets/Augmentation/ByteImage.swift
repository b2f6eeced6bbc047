/// An image of bytes whose pixels are changed in place: one channel, or red, green and blue.
struct ByteImage: Equatable {
    let channels: Int
    let height: Int
    let width: Int
    /// Channel after channel, row after row.
    var pixels: [UInt8]

    var plane: Int { height * width }
    func range(ofChannel channel: Int) -> Range<Int> { channel * plane..<(channel + 1) * plane }

    /// The brightness of every place by the weights of ITU-R BT.601, as 16-bit fractions, rounded to nearest.
    var luma: [UInt8] {
        guard channels == 3 else { return Array(pixels[..<plane]) }
        return (0..<plane).map { place in
            let weighted = 19_595 * Int(pixels[place]) + 38_470 * Int(pixels[plane + place]) + 7_471 * Int(pixels[2 * plane + place])
            return UInt8((weighted + 0x8000) >> 16)
        }
    }

    /// Every byte replaced by what the table has for it.
    mutating func map(_ table: [UInt8], in range: Range<Int>? = nil) {
        for index in range ?? pixels.indices { pixels[index] = table[Int(pixels[index])] }
    }

    /// Goes from `other` through the image and beyond: 0 gives `other`, 1 the image.
    ///
    /// - Parameter other: bytes as many as the image has, or one plane for all channels.
    mutating func blend(from other: [UInt8], factor: Double) {
        let factor = Float(factor)
        for index in pixels.indices {
            let start = Float(other[other.count == pixels.count ? index : index % plane])
            let value = start + factor * (Float(pixels[index]) - start)
            pixels[index] = UInt8(min(max(value, 0), 255))
        }
    }

    /// Every place takes the pixel of the place that `source` names for its centre; black where that lies outside.
    ///
    /// - Parameter source: from the centre of a pixel of the result, x and y from the upper left corner, to a point of the image.
    mutating func move(_ source: (_ x: Double, _ y: Double) -> (x: Double, y: Double)) {
        let before = pixels
        for y in 0..<height {
            for x in 0..<width {
                let point = source(Double(x) + 0.5, Double(y) + 0.5)
                let column = Int(point.x.rounded(.down)), row = Int(point.y.rounded(.down))
                let isInside = (0..<width).contains(column) && (0..<height).contains(row)
                for channel in 0..<channels {
                    pixels[channel * plane + y * width + x] = isInside ? before[channel * plane + row * width + column] : 0
                }
            }
        }
    }
}
