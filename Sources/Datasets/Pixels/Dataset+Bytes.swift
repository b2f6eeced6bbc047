extension Dataset {
    /// Whether the samples are images of bytes, so that a mean and a standard deviation of pixels in 0 … 1 mean something; false for numbers that were prepared already.
    public var isOfBytes: Bool { if case .bytes = pixels { true } else { false } }
}
