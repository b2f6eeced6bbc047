import CDigits

extension Dataset {
    /// The built-in digits: the UCI optical digits that scikit-learn ships, 1797 images of 8×8 pixels in 17 grey levels.
    ///
    /// E. Alpaydin and C. Kaynak 1998, doi 10.24432/C50P49, CC BY 4.0. Records 0 ..< 1297 are for training, the other 500 for testing.
    public static func digits(_ split: Split) throws(DatasetError) -> Dataset {
        let (images, trained, pixels) = (1797, 1297, 64)
        var byteCount = 0
        guard let bytes = amalgam_digits(&byteCount), byteCount == images * (pixels + 1) else {
            throw .damaged(file: "built-in digits", place: "their bytes", reason: "\(byteCount) bytes instead of \(images * (pixels + 1))")
        }
        let buffer = UnsafeBufferPointer(start: bytes, count: byteCount)
        let whole = try Dataset(
            name: "digits", provenance: "UCI optical digits, test part, as scikit-learn ships them (Alpaydin and Kaynak 1998, CC BY 4.0).",
            sampleShape: [1, 8, 8],
            pixels: .bytes(KeptPixels(Array(buffer[..<(images * pixels)]), sampleSize: pixels, reason: "they are built in")),
            labels: buffer[(images * pixels)...].map { Int($0) },
            classCount: 10, classNames: (0..<10).map { String($0) }, normalisation: .digits, file: "built-in digits")
        switch split {
        case .train: return try whole.selecting(Array(0..<trained), as: "train")
        case .test: return try whole.selecting(Array(trained..<images), as: "test")
        case .all: return whole
        }
    }
}
