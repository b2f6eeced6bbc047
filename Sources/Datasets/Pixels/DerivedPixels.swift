/// Samples that are made from those of another source, each by itself.
struct ConvertedPixels<From: BitwiseCopyable & Sendable, Element: BitwiseCopyable & Sendable>: PixelSource {
    let base: any PixelSource<From>
    let sampleSize: Int
    /// Makes one sample.
    let convert: @Sendable (UnsafeBufferPointer<From>, UnsafeMutableBufferPointer<Element>) -> Void

    var count: Int { base.samples * sampleSize }
    var whereabouts: PixelWhereabouts { base.whereabouts }
    var isSlow: Bool { base.isSlow }

    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) throws(DatasetError) {
        let own = UnsafeMutableBufferPointer<From>.allocate(capacity: base.sampleSize)
        defer { own.deallocate() }
        try base.read(place, into: own)
        convert(UnsafeBufferPointer(own), buffer)
    }

    func checkUnchanged() throws(DatasetError) { try base.checkUnchanged() }
}

/// The samples of several sources, one source after another.
struct JoinedPixels<Element: BitwiseCopyable & Sendable>: PixelSource {
    private let parts: [any PixelSource<Element>]
    /// The first sample of every part.
    private let starts: [Int]
    let count: Int
    let sampleSize: Int

    /// - Parameter parts: at least one; samples of one size.
    init(_ parts: [any PixelSource<Element>]) {
        self.parts = parts
        var starts: [Int] = [], samples = 0
        for part in parts {
            starts.append(samples)
            samples += part.samples
        }
        self.starts = starts
        sampleSize = parts.first?.sampleSize ?? 0
        count = samples * sampleSize
    }

    var isSlow: Bool { parts.contains { $0.isSlow } }

    var whereabouts: PixelWhereabouts {
        for part in parts { if case .memory = part.whereabouts { return part.whereabouts } }
        var names: [String] = []
        for case .files(let name) in parts.map(\.whereabouts) where !names.contains(name) { names.append(name) }
        return .files(names.joined(separator: ", "))
    }

    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Element>) throws(DatasetError) {
        var part = starts.count - 1
        while part > 0, starts[part] > place { part -= 1 }
        try parts[part].read(place - starts[part], into: buffer)
    }

    func checkUnchanged() throws(DatasetError) {
        for part in parts { try part.checkUnchanged() }
    }
}

/// The arrays of a network's several inputs, whose rows stand one behind another in every sample.
struct InputPixels: PixelSource {
    private let parts: [any PixelSource<Float>]
    let sampleSize: Int
    let count: Int

    /// - Parameter parts: as many samples each.
    init(_ parts: [any PixelSource<Float>]) {
        self.parts = parts
        sampleSize = parts.reduce(0) { $0 + $1.sampleSize }
        count = (parts.first?.samples ?? 0) * sampleSize
    }

    var whereabouts: PixelWhereabouts { JoinedPixels(parts).whereabouts }

    func read(_ place: Int, into buffer: UnsafeMutableBufferPointer<Float>) throws(DatasetError) {
        var start = 0
        for part in parts {
            try part.read(place, into: UnsafeMutableBufferPointer(rebasing: buffer[start..<start + part.sampleSize]))
            start += part.sampleSize
        }
    }

    func checkUnchanged() throws(DatasetError) {
        for part in parts { try part.checkUnchanged() }
    }
}

extension Pixels {
    /// Every sample made anew, of a kind that bytes and numbers are made in alike.
    ///
    /// - Parameters:
    ///   - bytes, floats: make one sample.
    func converted(
        sampleSize: Int, bytes: @escaping @Sendable (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Void,
        floats: @escaping @Sendable (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Pixels {
        switch self {
        case .bytes(let source): .bytes(ConvertedPixels(base: source, sampleSize: sampleSize, convert: bytes))
        case .floats(let source): .floats(ConvertedPixels(base: source, sampleSize: sampleSize, convert: floats))
        }
    }

    /// Images of [height, width, channels], plane by plane.
    func planes(of shape: [Int]) -> Pixels {
        guard shape[2] > 1 else { return self }
        return converted(
            sampleSize: sampleSize, bytes: { PixelLayout.planes(of: $0, shape, into: $1) },
            floats: { PixelLayout.planes(of: $0, shape, into: $1) })
    }

    /// The samples of both, where they are of one kind; nil where not.
    func joined(with other: Pixels) -> Pixels? {
        switch (self, other) {
        case (.bytes(let first), .bytes(let second)): .bytes(JoinedPixels([first, second]))
        case (.floats(let first), .floats(let second)): .floats(JoinedPixels([first, second]))
        default: nil
        }
    }
}
