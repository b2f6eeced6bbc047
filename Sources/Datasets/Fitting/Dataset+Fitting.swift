extension Dataset {
    /// The same samples as the network takes them, where that needs no choice: rows of numbers become images of one channel, grey images are repeated for
    /// red, green and blue, images whose three channels are alike serve a network of one. What was done is a note.
    ///
    /// Data that cannot be fitted stay as they are; the caller reports the error.
    ///
    /// - Throws: ``DatasetError/selection(dataset:reason:)`` where there is a choice to make, naming the option that makes it.
    func fitted(to network: NetworkSignature, _ options: ReadingOptions) throws(DatasetError) -> Dataset {
        guard let wanted = network.image, wanted != sampleShape else { return self }
        if sampleShape[0] == 1, sampleShape[1] == 1, sampleSize == wanted.reduce(1, *) { return try shaped(as: wanted, options.layout) }
        guard Array(sampleShape[1...]) == Array(wanted[1...]), options.channels == nil else { return self }
        switch (sampleShape[0], wanted[0]) {
        case (1, 3): return repeated("its samples are greyscale and \(network.name) expects 3 channels: the channel was repeated")
        case (3, 1):
            guard let spread = try largestSpread() else { return self }
            // Lossy formats and rounding leave grey pictures a little coloured.
            guard spread <= greyTolerance else {
                throw .selection(
                    dataset: name,
                    reason:
                        "its samples are RGB, but \(network.name) expects one channel: channels=grey converts them (0.299 R + 0.587 G + 0.114 B)"
                )
            }
            return greyed("its samples have three identical channels and \(network.name) expects one: one was used")
        default: return self
        }
    }

    /// Rows of numbers as images.
    private func shaped(as wanted: [Int], _ layout: PixelLayout?) throws(DatasetError) -> Dataset {
        let shape = wanted.map(String.init).joined(separator: "×")
        guard wanted[0] > 1, let layout else {
            guard wanted[0] == 1 else {
                throw .selection(
                    dataset: name,
                    reason:
                        "its rows of \(sampleSize) numbers may be images of \(shape) channel by channel or pixel by pixel: set layout=chw (as in CIFAR's batches) or layout=hwc"
                )
            }
            return replacing(
                pixels: pixels, sampleShape: wanted,
                adding: "its rows of \(sampleSize) numbers were interpreted as images of \(shape)")
        }
        let made = layout == .hwc ? pixels.planes(of: [wanted[1], wanted[2], wanted[0]]) : pixels
        return replacing(pixels: made, sampleShape: wanted, adding: nil)
    }

    /// As the option asks.
    func converted(to channels: Channels?) throws(DatasetError) -> Dataset {
        switch (channels, sampleShape[0]) {
        case (nil, _), (.grey, 1), (.rgb, 3): return self
        case (.grey, 3): return greyed(nil)
        case (.rgb, 1): return repeated(nil)
        case (let wanted?, let held):
            throw .selection(dataset: name, reason: "channels=\(wanted.rawValue) is for images of 1 or 3 channels, and these have \(held)")
        }
    }

    /// Every channel three times.
    func repeated(_ note: String?) -> Dataset {
        @Sendable func thrice<Value>(_ values: UnsafeBufferPointer<Value>, _ result: UnsafeMutableBufferPointer<Value>) {
            for place in result.indices { result[place] = values[place % values.count] }
        }
        return replacing(
            pixels: pixels.converted(sampleSize: 3 * sampleSize, bytes: { thrice($0, $1) }, floats: { thrice($0, $1) }),
            sampleShape: [3, sampleShape[1], sampleShape[2]], adding: note)
    }

    /// The luma of ITU-R 601, as Pillow computes it: `(19595 r + 38470 g + 7471 b + 32768) / 65536` for bytes.
    private func greyed(_ note: String?) -> Dataset {
        let plane = sampleShape[1] * sampleShape[2]
        @Sendable func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
            let sum: UInt32 = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue)
            return UInt8((sum + 32768) >> 16)
        }
        // Alike channels stay what they are, without rounding.
        @Sendable func mixed(_ red: Float, _ green: Float, _ blue: Float) -> Float {
            if red == green, green == blue { return red }
            let warm: Float = 0.299 * red + 0.587 * green
            return warm + 0.114 * blue
        }
        let made = pixels.converted(
            sampleSize: plane,
            bytes: { values, grey in
                for place in 0..<plane { grey[place] = luma(values[place], values[place + plane], values[place + 2 * plane]) }
            },
            floats: { values, grey in
                for place in 0..<plane { grey[place] = mixed(values[place], values[place + plane], values[place + 2 * plane]) }
            })
        return replacing(pixels: made, sampleShape: [1, sampleShape[1], sampleShape[2]], adding: note)
    }

    /// The largest difference between the channels of a pixel; all samples are read for it.
    private func largestSpread() throws(DatasetError) -> Float? {
        guard sampleShape[0] == 3 else { return nil }
        let plane = sampleShape[1] * sampleShape[2], tolerance = greyTolerance
        var largest: Float = 0
        func pass<Value: Comparable>(
            _ source: any PixelSource<Value>, _ difference: (Value, Value) -> Float
        ) throws(DatasetError) {
            try scan(source) { _, values throws(DatasetError) in
                for place in 0..<plane {
                    let (red, green, blue) = (values[place], values[place + plane], values[place + 2 * plane])
                    if red != green || green != blue { largest = max(largest, difference(max(red, green, blue), min(red, green, blue))) }
                }
                // More than may be rounded away: the rest need not be read.
                return largest <= tolerance
            }
        }
        switch pixels {
        case .bytes(let source): try pass(source) { Float($0) - Float($1) }
        case .floats(let source): try pass(source) { $0 - $1 }
        }
        return largest
    }

    /// Two steps of a byte.
    private var greyTolerance: Float { if case .bytes = pixels { 2 } else { 2 * normalisation.scale / 255 } }

    // MARK: classes

    /// The same samples with as many classes as the network has outputs: a set may lack some of them, but no label may go beyond.
    ///
    /// - Parameters:
    ///   - outputs: the number of the network's classes.
    ///   - network: its name, for the error.
    public func fitted(toOutputs outputs: Int, of network: String) throws(DatasetError) -> Dataset {
        guard isLabelled, classCount != outputs || !declaresClasses else { return self }
        guard let position = labels.firstIndex(where: { $0 >= outputs }) else {
            let note =
                declaresClasses && classCount < outputs
                ? "it has \(classCount) classes and \(network) has \(outputs): its labels are interpreted as the first \(classCount)"
                : nil
            return counting(classes: outputs, adding: note)
        }
        let label = labels[position], least = labels.min() ?? 0, most = labels.max() ?? 0
        let others = labels.reduce(0) { $1 == label ? $0 : max($0, $1) }
        let advice =
            if least == 1, most == outputs {
                ": its labels run from 1 to \(most), so they seem to start at 1: set labels-from=1"
            } else if [100, 254, 255].contains(label), others < outputs {
                ": if \(label) marks samples to ignore, set ignore-index=\(label)"
            } else { ": use data with the classes that it was trained on" }
        throw .selection(
            dataset: name,
            reason: "sample \(records[position]) has label \(label), but \(network) has \(outputs) classes"
                + (outputs > 0 ? ", 0 to \(outputs - 1)" : "") + (declaresClasses ? " (the set has \(classCount) classes)" : "") + advice)
    }
}
