import Tensors

/// A batch of training images as they were changed.
package struct AugmentedBatch: Sendable {
    /// [count, channels, height, width] on the processor, normalised.
    package let images: Tensor
    /// Which images were mixed into which; nil where none were.
    package let mixture: CutMix?
}

extension Dataset {
    /// The samples, changed at random: each image in turn draws its crop, its side and its AutoAugment; then the batch draws its box.
    ///
    /// - Parameters:
    ///   - positions: which samples, by their position in this data set.
    ///   - next: what will probably be asked for afterwards, as in ``batch(_:next:)``.
    package func batch(
        _ positions: some Collection<Int>, next: some Collection<Int> = EmptyCollection(), augmented augmentation: Augmentation,
        using generator: inout SeededGenerator
    ) throws(DatasetError) -> AugmentedBatch {
        guard !augmentation.isEmpty else { return AugmentedBatch(images: try batch(positions, next: next), mixture: nil) }
        try checkPositions(positions)
        try check(augmentation)
        let (channels, height, width) = (sampleShape[0], sampleShape[1], sampleShape[2])
        var mixture: CutMix?
        let images = try filled(positions.count) { buffer throws(DatasetError) in
            try fill(positions, next: next, into: buffer, augmented: augmentation, using: &generator)
            // Not every batch is mixed where the step's size is below 100.
            guard augmentation.mixesImages, generator.integer(below: 100) < augmentation.size(of: Augmentation.cutMix) else { return }
            let mixing = CutMix(count: positions.count, height: height, width: width, using: &generator)
            mixing.apply(to: buffer, channels: channels, height: height, width: width)
            mixture = mixing
        }
        return AugmentedBatch(images: images, mixture: mixture)
    }

    /// Whether the steps can be taken on these images.
    package func check(_ augmentation: Augmentation) throws(DatasetError) {
        guard augmentation.takes(Augmentation.policy) else { return }
        let fault: String? =
            switch pixels {
            case .floats: "have no known value range: provide them as bytes"
            case .bytes where normalisation.scale != 255: "go from 0 to \(Int(normalisation.scale)), not to 255"
            case .bytes where ![1, 3].contains(sampleShape[0]): "have \(sampleShape[0]) channels"
            case .bytes: nil
            }
        guard let fault else { return }
        throw .augmentation(
            text: augmentation.description,
            reason:
                "\(Augmentation.policy.key) needs 8-bit greyscale or RGB images, but those of \(name) \(fault); or omit this augmentation"
        )
    }

    private func fill(
        _ positions: some Collection<Int>, next: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>,
        augmented augmentation: Augmentation, using generator: inout SeededGenerator
    ) throws(DatasetError) {
        let (channels, height, width) = (sampleShape[0], sampleShape[1], sampleShape[2])
        let policy = augmentation.takes(Augmentation.policy) ? AutoAugmentPolicy.cifar10 : nil
        switch pixels {
        case .bytes(let source):
            let tables = byteTables
            var image = ByteImage(channels: channels, height: height, width: width, pixels: [UInt8](repeating: 0, count: sampleSize))
            try read(source, positions, next: next) { number, sample throws(DatasetError) in
                place(sample, Placement(augmentation, using: &generator), into: &image.pixels)
                policy?.apply(to: &image, using: &generator)
                image.pixels.withUnsafeBufferPointer { normalise($0, tables, into: buffer, from: number * sampleSize) }
            }
        case .floats(let source):
            var image = [Float](repeating: 0, count: sampleSize)
            try read(source, positions, next: next) { number, sample throws(DatasetError) in
                place(sample, Placement(augmentation, using: &generator), into: &image)
                image.withUnsafeBufferPointer { normalise($0, into: buffer, from: number * sampleSize) }
            }
        }
    }

    private func place<Element: ExpressibleByIntegerLiteral>(
        _ sample: UnsafeBufferPointer<Element>, _ placement: Placement, into image: inout [Element]
    ) {
        image.withUnsafeMutableBufferPointer { image in
            placement.copy(sample, channels: sampleShape[0], height: sampleShape[1], width: sampleShape[2], into: image)
        }
    }
}
