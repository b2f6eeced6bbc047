import Foundation

extension ReadingOptions {
    /// Reads what of a spec's options is of reading.
    ///
    /// - Parameters:
    ///   - hasPartition: then `labels` lists the classes of its parts; else it names an array or a file.
    mutating func read(_ values: [DataSpec.Option: String], of text: String, hasPartition: Bool, kind: DataSpec.Kind) throws(DatasetError) {
        func fault(_ key: DataSpec.Option, _ value: String, _ expected: String) -> DatasetError {
            .spec(text: text, reason: "\(key.rawValue)=\(value) is not \(expected)")
        }
        func integer(_ key: DataSpec.Option, _ range: ClosedRange<Int>) throws(DatasetError) -> Int? {
            guard let value = values[key] else { return nil }
            guard let number = Int(value), range.contains(number) else {
                throw fault(key, value, "an integer from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        func choice<Value: RawRepresentable & CaseIterable>(_ key: DataSpec.Option, _: Value.Type) throws(DatasetError) -> Value?
        where Value.RawValue == String {
            guard let value = values[key] else { return nil }
            guard let found = Value(rawValue: value) else {
                throw fault(key, value, "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return found
        }
        layout = try choice(.layout, PixelLayout.self)
        order = try choice(.order, ClassAssignment.Order.self)
        // The other spelling of the word is as common.
        channels = values[.channels] == "gray" ? .grey : try choice(.channels, Channels.self)
        memory = try choice(.memory, PixelMemory.self)
        firstLabel = try integer(.labelsFrom, -ArrayAnswers.mostClasses...ArrayAnswers.mostClasses) ?? 0
        ignoredLabel = try integer(.ignoreIndex, Int(Int32.min)...Int(Int32.max))
        if let value = values[.scale] {
            guard let number = Float(value), number.isFinite, number > 0 else {
                throw fault(.scale, value, "a number greater than 0, such as 255")
            }
            scale = number
        }
        if let value = values[.size] {
            guard let found = ImageSize(value) else { throw fault(.size, value, "HEIGHTxWIDTH, such as 224x224, of at most 65535 each") }
            size = found
        }
        if let value = values[.classes] {
            if let count = Int(value) {
                guard (1...ArrayAnswers.mostClasses).contains(count) else {
                    throw fault(.classes, value, "a number of classes from 1 to \(ArrayAnswers.mostClasses)")
                }
                classes = .count(count)
            } else {
                guard !value.isEmpty else { throw fault(.classes, value, "a number of classes, their names, or a file of them") }
                classes = .text(value)
            }
        }
        for (key, place) in [(DataSpec.Option.images, \ReadingOptions.images), (.labels, \.labels)]
        where key == .images || (!hasPartition && kind == .arrays) {
            guard let value = values[key] else { continue }
            guard !value.isEmpty else { throw fault(key, value, "the name of an array") }
            self[keyPath: place] = value
        }
    }

    /// What is not as usual, as ``read(_:of:hasPartition:kind:)`` understands it.
    var texts: [DataSpec.Option: String] {
        var values: [DataSpec.Option: String] = [:]
        values[.mean] = mean.map { $0.map { "\($0)" }.joined(separator: ",") }
        values[.std] = standardDeviation.map { $0.map { "\($0)" }.joined(separator: ",") }
        values[.scale] = scale.map { $0 == $0.rounded() && $0 < 1e9 ? "\(Int($0))" : "\($0)" }
        values[.layout] = layout?.rawValue
        values[.channels] = channels?.rawValue
        values[.memory] = memory?.rawValue
        values[.size] = size?.description
        switch classes {
        case nil: break
        case .count(let count)?: values[.classes] = "\(count)"
        case .text(let text)?: values[.classes] = text
        }
        values[.order] = order?.rawValue
        values[.labelsFrom] = firstLabel == 0 ? nil : "\(firstLabel)"
        values[.ignoreIndex] = ignoredLabel.map { "\($0)" }
        values[.images] = images
        values[.labels] = labels
        return values
    }
}

extension DataSpec {
    /// The same with the paths of the data, and of files that the options name, changed.
    public func mapping(paths change: (String) -> String) -> DataSpec {
        var changed = self
        if !path.isEmpty { changed.path = change(path) }
        // An array's name has no folder in it; a file's may have none, and is then read from the working folder.
        if let labels = reading.labels, FileManager.default.fileExists(atPath: labels) { changed.reading.labels = change(labels) }
        if case .text(let text)? = reading.classes, FileManager.default.fileExists(atPath: text) {
            changed.reading.classes = .text(change(text))
        }
        return changed
    }
}

extension DataSpec: CustomStringConvertible {
    public var description: String {
        var values = reading.texts
        values[.of] = trainedBy
        if let (partition, partNumber) = part {
            values[.partition] = partition.kind.rawValue
            values[.part] = "\(partNumber)"
            switch partition {
            case .iid(let parts), .disjointLabels(let parts), .dirichlet(let parts): values[.parts] = "\(parts)"
            case .labels(let lists): values[.labels] = lists.map { $0.map(String.init).joined(separator: ",") }.joined(separator: "/")
            case .personal(let label, let share): (values[.label], values[.share]) = ("\(label)", "\(share)")
            case .smallBig(let share): values[.share] = "\(share)"
            }
        }
        values[.validation] = validation.map { "\($0)" }
        values[.held] = isHeldOut ? "yes" : nil
        values[.samples] = samples.map { "\($0)" }
        values[.balanced] = isBalanced ? "yes" : nil
        values[.seed] = seed == 0 ? nil : "\(seed)"
        let options = Option.allCases.compactMap { key in values[key].map { "\(key.rawValue)=\($0)" } }
        return ([kind.rawValue] + (path.isEmpty ? [] : [path]) + (split.map { [$0.rawValue] } ?? [])).joined(separator: ":")
            + (options.isEmpty ? "" : "?" + options.joined(separator: "&"))
    }
}
