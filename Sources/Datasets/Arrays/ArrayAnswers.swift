import Archives

/// What an array of labels says of every sample.
enum ArrayAnswers {
    /// One class per sample; `declared` is the number of classes where the array itself defines it.
    case classes([Int], declared: Int?)
    case targets(Targets)
    /// Texts, which name classes.
    case texts([String])

    /// More classes than any data set has: a label beyond it is no label.
    static let mostClasses = 100_000

    /// - Parameters:
    ///   - images: the shape of all images, to distinguish maps from rows.
    ///   - positions: at how many the network gives tokens; nil where it does not.
    static func read(
        _ array: StoredArray, images: [Int], positions: Int? = nil, _ options: ReadingOptions, path: String
    ) throws -> ArrayAnswers {
        let shape = array.shape, count = images.first ?? 0
        func damaged(_ reason: String) -> DatasetError { .damaged(file: path, place: "array '\(array.name)'", reason: reason) }
        guard let first = shape.first else { throw damaged("a scalar label; one label per sample is expected") }
        guard first == count else {
            throw DatasetError.mismatch(
                file: path, reason: "\(count) images in '\(options.images ?? "images")' but \(first) labels in '\(array.name)'")
        }
        guard elements(shape) == array.count, !shape.dropFirst().contains(0) else { throw damaged("labels of shape \(shape)") }
        // Axes of size 1 behind the first say nothing.
        let rest = shape.dropFirst().filter { $0 != 1 }
        if let positions, rest == [positions], !array.elementType.isFloatingPoint {
            // −100 is what PyTorch's cross-entropy ignores.
            let values = try array.integers().map { $0 == options.ignoredLabel || $0 == -100 || $0 == -1 ? Targets.ignored : Float($0) }
            return .targets(try Targets(.tokens, shape: [positions], values: values))
        }
        switch rest.count {
        case 0: return try vector(array, options, path: path)
        case 1: return try rows(array, width: rest[0], path: path)
        case 2: return try maps(array, shape: Array(rest), options, path: path)
        default: throw damaged("labels of shape \(shape); [count], [count, classes] or [count, height, width] is expected")
        }
    }

    private static func elements(_ shape: [Int]) -> Int? {
        var product = 1
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            product = next
        }
        return product
    }

    private static func vector(_ array: StoredArray, _ options: ReadingOptions, path: String) throws -> ArrayAnswers {
        if array.elementType.isFloatingPoint {
            let values = try array.floats()
            if let index = values.firstIndex(where: { !$0.isFinite }) {
                throw DatasetError.damaged(
                    file: path, place: "array '\(array.name)'", reason: "the label of sample \(index) is \(values[index])")
            }
            if values.contains(where: { $0 != $0.rounded() }) { return .targets(try Targets(.real, shape: [1], values: values)) }
        }
        return .classes(try classes(try array.integers(), options, file: path), declared: nil)
    }

    /// Labels counted from 0, −1 for those that do not count.
    static func classes(_ labels: [Int], _ options: ReadingOptions, file: String) throws -> [Int] {
        var result = labels
        for (index, label) in labels.enumerated() {
            if label == options.ignoredLabel {
                result[index] = -1
                continue
            }
            guard (options.firstLabel..<options.firstLabel + mostClasses).contains(label) else {
                if label < 0 {
                    throw DatasetError.mismatch(
                        file: file,
                        reason:
                            "sample \(index) has label \(label), which is not a class; if it marks samples to ignore, set ignore-index=\(label)"
                    )
                }
                if label < options.firstLabel {
                    throw DatasetError.mismatch(
                        file: file,
                        reason:
                            "sample \(index) has label \(label), but labels-from=\(options.firstLabel) means that they start at \(options.firstLabel)"
                    )
                }
                throw DatasetError.labelOutOfRange(file: file, index: index, label: label, classes: mostClasses)
            }
            result[index] = label - options.firstLabel
        }
        return result
    }

    /// One number of 1 among zeros is a class; several, or none, are labels each.
    private static func rows(_ array: StoredArray, width: Int, path: String) throws -> ArrayAnswers {
        let values = try array.floats(), count = values.count / width
        guard values.allSatisfy({ $0 == 0 || $0 == 1 }) else { return .targets(try Targets(.real, shape: [width], values: values)) }
        guard width <= mostClasses else {
            throw DatasetError.damaged(file: path, place: "array '\(array.name)'", reason: "\(width) classes, more than \(mostClasses)")
        }
        var classes: [Int] = []
        for index in 0..<count {
            let row = values[index * width..<(index + 1) * width]
            guard let place = row.firstIndex(of: 1), row[(place + 1)...].allSatisfy({ $0 == 0 }) else {
                return .targets(try Targets(.multiLabel, shape: [width], values: values))
            }
            classes.append(place - row.startIndex)
        }
        return .classes(classes, declared: width)
    }

    private static func maps(_ array: StoredArray, shape: [Int], _ options: ReadingOptions, path: String) throws -> ArrayAnswers {
        if array.elementType.isFloatingPoint {
            let values = try array.floats()
            guard values.allSatisfy({ $0.isFinite && $0 == $0.rounded() && abs($0) <= Float(mostClasses) }) else {
                throw DatasetError.damaged(
                    file: path, place: "array '\(array.name)'",
                    reason: "labels of shape \(array.shape) that are not integers; class maps are expected")
            }
        }
        let values = try array.integers().enumerated().map { index, label throws -> Float in
            if label == options.ignoredLabel { return Targets.ignored }
            guard (options.firstLabel..<options.firstLabel + mostClasses).contains(label) else {
                throw DatasetError.mismatch(
                    file: path,
                    reason:
                        "a pixel of sample \(index / (shape[0] * shape[1])) has class \(label) in '\(array.name)'; if it marks pixels to ignore, set ignore-index=\(label)"
                )
            }
            return Float(label - options.firstLabel)
        }
        return .targets(try Targets(.maps, shape: shape, values: values))
    }
}
