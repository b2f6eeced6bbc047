import Foundation

/// Where the pixels of a data set are while it is used.
public enum PixelMemory: String, Sendable, CaseIterable {
    /// In memory, one byte a value (four where the values are no bytes).
    case keep
    /// In their files, read by worker threads ahead of the pass that asks for them.
    case stream

    /// The most bytes of pixels that are kept unless told to: a quarter of the machine's memory.
    static let mostKept = Int(clamping: ProcessInfo.processInfo.physicalMemory / 4)

    /// As a sentence has it: `3.1 GB`.
    static func words(_ bytes: Int) -> String {
        bytes < 1_000_000_000 ? String(format: "%.1f MB", Double(bytes) / 1e6) : String(format: "%.1f GB", Double(bytes) / 1e9)
    }
}

extension Dataset {
    /// The same samples with their pixels where they are to be: in memory, or left in their files.
    ///
    /// What a network sees is the same either way.
    ///
    /// - Parameters:
    ///   - choice: nil keeps what takes at most `limit` bytes.
    ///   - memory: bytes of the machine, which pixels that are kept must fit into.
    /// - Throws: what reading the pixels throws where they are kept; ``DatasetError/selection(dataset:reason:)`` where the choice is impossible.
    func placed(
        _ choice: PixelMemory?, limit: Int = PixelMemory.mostKept, memory: UInt64 = ProcessInfo.processInfo.physicalMemory
    ) throws(DatasetError) -> Dataset {
        let (numbers, overflow) = count.multipliedReportingOverflow(by: sampleSize)
        let (bytes, tooMany) = numbers.multipliedReportingOverflow(by: pixels.width)
        let isSmall = !overflow && !tooMany && bytes <= limit
        switch pixels.whereabouts {
        case .memory(let reason):
            if choice == .stream {
                throw .selection(dataset: name, reason: "memory=stream is for pixels that can be left in their files, but \(reason)")
            }
            return pixels.isKept || !isSmall ? self : try kept()
        case .files(let files):
            if choice == .keep || choice == nil && isSmall {
                guard !overflow, !tooMany, UInt64(bytes) <= memory else {
                    throw .selection(
                        dataset: name,
                        reason:
                            "\(count) samples of \(sampleSize * pixels.width) bytes do not fit into the \(PixelMemory.words(Int(clamping: memory))) of memory: omit memory=keep to read them from their files as they are needed"
                    )
                }
                return try kept()
            }
            var ahead = self
            ahead.pixels =
                switch pixels {
                case .bytes(let source): .bytes(PixelsAhead(source))
                case .floats(let source): .floats(PixelsAhead(source))
                }
            let size = PixelMemory.words(overflow || tooMany ? .max : bytes)
            let why = choice == nil ? ", more than a quarter of this machine's memory; memory=keep keeps them" : ""
            return ahead.noting("its pixels (\(size)\(why)) are read from \(files) as they are needed")
        }
    }

    /// The same with the pixels of its samples in memory, and of no others.
    private func kept() throws(DatasetError) -> Dataset {
        let reason = if case .memory(let reason) = pixels.whereabouts { reason } else { "they are kept in memory" }
        var changed = self
        changed.pixels =
            switch pixels {
            case .bytes(let source): .bytes(KeptPixels(try values(of: source), sampleSize: sampleSize, reason: reason))
            case .floats(let source): .floats(KeptPixels(try values(of: source), sampleSize: sampleSize, reason: reason))
            }
        changed.targets = targets?.selecting(places)
        changed.places = Array(labels.indices)
        return changed
    }

    /// Those of these samples, one after another.
    private func values<Element: BitwiseCopyable & Sendable>(of source: any PixelSource<Element>) throws(DatasetError) -> [Element] {
        let source: any PixelSource<Element> = source.isSlow ? PixelsAhead(source) : source
        var failure: DatasetError?
        // Not filled with zeros first: what a damaged header claims takes no memory.
        let values = [Element](unsafeUninitializedCapacity: count * sampleSize) { buffer, filled in
            do throws(DatasetError) {
                try forEachBlock { block, next throws(DatasetError) in
                    source.expect((Array(block) + next).map { places[$0] })
                    for position in block {
                        try source.read(
                            places[position], into: UnsafeMutableBufferPointer(rebasing: buffer[filled..<filled + sampleSize]))
                        filled += sampleSize
                    }
                    try source.checkUnchanged()
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return values
    }
}
