/// A box that is cut out of every image of a batch and filled with what another image of the batch has there (Yun et al. 2019, arXiv 1905.04899, section 3.1).
///
/// The share of the area that stays an image's own, λ, is drawn evenly from 0 to 1 (the paper's Beta(α, α) with its α = 1); the box has its centre anywhere and is cut
/// off at the border, after which ``ownShare`` is counted again. One box serves the whole batch, as in the paper's program.
package struct CutMix: Sendable, Equatable {
    package let rows: Range<Int>
    package let columns: Range<Int>
    /// Whose pixels each image of the batch has in the box: a permutation, in which some may stay with themselves.
    package let partners: [Int]
    /// The share of the area outside the box, which is the share of an image's own label; its partner's label has the rest.
    package let ownShare: Double

    /// - Parameter count: images of the batch.
    init(count: Int, height: Int, width: Int, using generator: inout SeededGenerator) {
        let side = (1 - generator.real()).squareRoot()
        func extent(_ size: Int, _ generator: inout SeededGenerator) -> Range<Int> {
            let length = Int(Double(size) * side), first = generator.integer(below: size) - length / 2
            return (first..<first + length).clamped(to: 0..<size)
        }
        rows = extent(height, &generator)
        columns = extent(width, &generator)
        partners = generator.permutation(count)
        ownShare = Double(height * width - rows.count * columns.count) / Double(height * width)
    }

    /// Fills the box of every image.
    ///
    /// - Parameters:
    ///   - images: image after image, channel after channel, row after row.
    func apply(to images: UnsafeMutableBufferPointer<Float>, channels: Int, height: Int, width: Int) {
        guard !rows.isEmpty, !columns.isEmpty else { return }
        let size = channels * height * width, box = channels * rows.count * columns.count
        // All boxes are read before one is written: an image gives and takes.
        var boxes: [Float] = []
        boxes.reserveCapacity(box * partners.count)
        forEachRow(partners.indices, size, channels, height, width) { boxes.append(contentsOf: images[$0..<$0 + columns.count]) }
        for (image, partner) in partners.enumerated() {
            var next = partner * box
            forEachRow(image..<image + 1, size, channels, height, width) { start in
                for x in 0..<columns.count { images[start + x] = boxes[next + x] }
                next += columns.count
            }
        }
    }

    /// Where each row of the box begins, image after image.
    private func forEachRow(_ images: Range<Int>, _ size: Int, _ channels: Int, _ height: Int, _ width: Int, _ body: (_ start: Int) -> Void)
    {
        for image in images {
            for channel in 0..<channels {
                for y in rows { body(image * size + (channel * height + y) * width + columns.lowerBound) }
            }
        }
    }
}
