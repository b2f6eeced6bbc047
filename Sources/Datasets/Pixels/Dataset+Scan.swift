extension Dataset {
    /// Samples that are read at a time where all are.
    private static let block = 256

    /// Calls the closure for the positions of all samples, block by block.
    ///
    /// - Parameter body: gets the positions of a block and those of the next.
    func forEachBlock(_ body: (_ block: Range<Int>, _ next: Range<Int>) throws(DatasetError) -> Void) throws(DatasetError) {
        for start in stride(from: 0, to: count, by: Self.block) {
            let end = min(count, start + Self.block)
            try body(start..<end, end..<min(count, end + Self.block))
        }
    }

    /// Reads all samples once, in order, keeping none.
    ///
    /// - Parameter body: gets the position and the numbers of a sample as they are before they are normalised; false ends the pass.
    func scan<Element>(
        _ source: any PixelSource<Element>, _ body: (Int, UnsafeBufferPointer<Element>) throws(DatasetError) -> Bool
    ) throws(DatasetError) {
        let sample = UnsafeMutableBufferPointer<Element>.allocate(capacity: sampleSize)
        defer { sample.deallocate() }
        var goesOn = true
        try forEachBlock { block, next throws(DatasetError) in
            guard goesOn else { return }
            source.expect((Array(block) + next).map { places[$0] })
            for position in block where goesOn {
                try source.read(places[position], into: sample)
                goesOn = try body(position, UnsafeBufferPointer(sample))
            }
            try source.checkUnchanged()
        }
    }
}

extension PixelSource {
    /// Reads all samples once, in order, keeping none.
    ///
    /// - Parameter body: gets the number of a sample and its numbers; false ends the pass.
    func scan(_ body: (Int, UnsafeBufferPointer<Element>) throws(DatasetError) -> Bool) throws(DatasetError) {
        let sample = UnsafeMutableBufferPointer<Element>.allocate(capacity: sampleSize)
        defer { sample.deallocate() }
        for place in 0..<samples {
            try read(place, into: sample)
            guard try body(place, UnsafeBufferPointer(sample)) else { break }
        }
        try checkUnchanged()
    }

    /// All of them, sample after sample.
    func all() throws(DatasetError) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(count)
        try scan { _, sample throws(DatasetError) in
            result += sample
            return true
        }
        return result
    }
}
