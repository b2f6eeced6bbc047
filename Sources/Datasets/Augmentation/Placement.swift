/// Where an image is put by a padded crop and a flip: every pixel of the result is one of the image, or black.
struct Placement {
    private let down: Int
    private let right: Int
    private let isFlipped: Bool

    /// A row and a column offset for a crop, then a side for a flip; nothing is drawn for what is not taken.
    init(_ augmentation: Augmentation, using generator: inout SeededGenerator) {
        let padding = augmentation.size(of: Augmentation.crop)
        down = padding == 0 ? 0 : generator.integer(below: 2 * padding + 1) - padding
        right = padding == 0 ? 0 : generator.integer(below: 2 * padding + 1) - padding
        isFlipped = augmentation.takes(Augmentation.flip) && generator.integer(below: 2) == 1
    }

    /// Writes the image, channel after channel, row after row.
    func copy<Element: ExpressibleByIntegerLiteral>(
        _ image: UnsafeBufferPointer<Element>, channels: Int, height: Int, width: Int, into result: UnsafeMutableBufferPointer<Element>
    ) {
        // Where the columns of the result lie in the image: one run of them, in either direction.
        let inside = (0..<width).clamped(to: isFlipped ? right..<width + right : -right..<width - right)
        let step = isFlipped ? -1 : 1, start = isFlipped ? width - 1 + right : right
        for channel in 0..<channels {
            for y in 0..<height {
                let row = (channel * height + y) * width, source = y + down
                guard (0..<height).contains(source) else {
                    for x in 0..<width { result[row + x] = 0 }
                    continue
                }
                let from = (channel * height + source) * width
                for x in 0..<inside.lowerBound { result[row + x] = 0 }
                for x in inside { result[row + x] = image[from + start + step * x] }
                for x in inside.upperBound..<width { result[row + x] = 0 }
            }
        }
    }
}
