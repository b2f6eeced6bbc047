import Archives
import Foundation

/// Images and labels of a file of arrays as they are read, part after part.
struct ArrayReading {
    let archive: Archive
    let options: ReadingOptions
    let network: NetworkSignature?
    var shape: [Int] = []
    var pixels: Pixels?
    var labels: [Int] = []
    var declared: Int?
    var texts: [String] = []
    var targets: [Targets] = []
    var isLabelled = true
    var sources: [String] = []
    var count = 0

    init(archive: Archive, options: ReadingOptions, network: NetworkSignature?) {
        (self.archive, self.options, self.network) = (archive, options, network)
    }

    mutating func add(_ names: ArrayNames) throws {
        let images = try archive.array(names.images)
        func damaged(_ reason: String) -> DatasetError { .damaged(file: archive.path, place: "array '\(images.name)'", reason: reason) }
        guard images.shape.first != 0 else { throw damaged("it holds no samples (shape \(images.shape))") }
        if let inputs = network?.inputs, !inputs.isEmpty { return try add(inputs, names) }
        guard (2...4).contains(images.shape.count), !images.shape.contains(0) else {
            throw damaged(
                "images of shape \(images.shape); [count, channels, height, width], [count, height, width, channels], [count, height, width] or [count, features] is expected"
            )
        }
        let own = Array(images.shape.dropFirst())
        guard shape.isEmpty || shape == own else { throw damaged("images of shape \(own), but those of the other part are \(shape)") }
        shape = own
        let samples = Pixels(images)
        guard let joined = pixels.map({ $0.joined(with: samples) }) ?? samples else {
            throw damaged("elements of type \(images.elementType.rawValue), unlike those of the other part")
        }
        pixels = joined
        count += images.shape[0]
        sources.append(images.name)
        try addAnswers(named: options.labels ?? names.labels, count: images.shape[0], shape: images.shape)
    }

    mutating func addAnswers(named name: String?, count: Int, shape: [Int]) throws {
        let previous = (isLabelled: sources.count == 1 || isLabelled, texts: texts.count, targets: targets.count)
        guard let name else {
            guard sources.count == 1 || !previous.isLabelled else {
                throw DatasetError.mismatch(file: archive.path, reason: "one part has labels and the other has none")
            }
            isLabelled = false
            return labels += [Int](repeating: 0, count: count)
        }
        guard previous.isLabelled else {
            throw DatasetError.mismatch(file: archive.path, reason: "one part has labels and the other has none")
        }
        sources.append(name)
        switch try answers(name, shape: shape) {
        case .texts(let own):
            guard own.count == count else {
                throw DatasetError.mismatch(file: archive.path, reason: "\(count) images but \(own.count) labels in '\(name)'")
            }
            texts += own
            labels += [Int](repeating: 0, count: count)
        case .classes(let own, let width):
            guard texts.isEmpty, targets.isEmpty, sources.count <= 2 || declared == width else { throw mixed }
            declared = width
            labels += own
        case .targets(let own):
            guard texts.isEmpty, targets.first.map({ $0.kind == own.kind && $0.shape == own.shape }) ?? (sources.count <= 2) else {
                throw mixed
            }
            targets.append(own)
            labels += [Int](repeating: 0, count: count)
        }
    }

    var mixed: DatasetError { .mismatch(file: archive.path, reason: "its parts have labels of different kinds") }

    /// The array of this name, or the only one of a file of this name.
    private func answers(_ name: String, shape: [Int]) throws -> ArrayAnswers {
        if let texts = archive.texts[name] { return .texts(texts) }
        if let array = archive[name] { return try answers(array, shape: shape, path: archive.path) }
        guard FileManager.default.fileExists(atPath: name) else {
            throw DatasetError.missing(
                path: name,
                expected:
                    "labels=\(name) is neither an array of \(archive.path), which holds \(archive.entries.map(\.name).prefix(8).joined(separator: ", ")), nor a file"
            )
        }
        let file = try Archive.open(name)
        if let texts = file.texts.values.first, file.entries.isEmpty, file.texts.count == 1 { return .texts(texts) }
        guard let array = file.entries.count == 1 ? file.entries.first : file["labels"] ?? file["y"] else {
            throw DatasetError.mismatch(
                file: name,
                reason: "it holds the arrays \(file.entries.map(\.name).prefix(8).joined(separator: ", ")), and none is named labels")
        }
        return try answers(array, shape: shape, path: name)
    }

    private func answers(_ array: StoredArray, shape: [Int], path: String) throws -> ArrayAnswers {
        if array.elementType == .bool, array.count == shape.first, let network, network.needsClasses, network.outputs > 2,
            options.classes == nil
        {
            throw DatasetError.mismatch(
                file: path,
                reason:
                    "the labels in '\(array.name)' are true and false, which are two classes, but \(network.name) has \(network.outputs) classes: set classes=\(network.outputs) to take them as its classes 0 and 1"
            )
        }
        return try ArrayAnswers.read(array, images: shape, positions: network?.positions, options, path: path)
    }

    // MARK: the set

    func dataset(_ split: Split?) throws -> Dataset {
        guard var pixels else { throw DatasetError.missing(path: archive.path, expected: "no images") }
        // checked: 2 to 4 axes with that of the samples
        var notes: [String] = [], sampleShape = [Int](repeating: 1, count: 3 - shape.count) + shape
        let inputs = network?.inputs ?? []
        if inputs.isEmpty, network?.takesTokens ?? false { pixels = try tokens(of: pixels) }
        if shape.count == 3 {
            var layout = options.layout
            if layout == nil {
                do throws(PixelLayout.Ambiguity) {
                    let (found, note) = try PixelLayout.of(shape, for: network)
                    layout = found
                    notes += [note].compactMap(\.self)
                } catch { throw DatasetError.mismatch(file: archive.path, reason: error.reason) }
            }
            if layout == .hwc {
                sampleShape = [shape[2], shape[0], shape[1]]
                pixels = pixels.planes(of: shape)
            }
        }
        let range: NumberRange? = if case .floats(let source) = pixels { try NumberRange(of: source) } else { nil }
        let scale = try self.scale(of: pixels, range, &notes)
        // Bytes in another type are bytes, also as regards the input description in a network's file.
        if scale == 255, case .floats(let source) = pixels, let range, range.isOfBytes {
            pixels = .bytes(
                ConvertedPixels<Float, UInt8>(base: source, sampleSize: source.sampleSize) { values, bytes in
                    // Checked when the range was found; a file that changed since is refused after the batch.
                    for place in bytes.indices { bytes[place] = UInt8(min(255, max(0, values[place]))) }
                })
        }
        var (labels, classCount, classNames) = try classes(&notes)
        let ignored = labels.indices.filter { labels[$0] < 0 }
        for index in ignored { labels[index] = 0 }
        if isLabelled, targets.isEmpty, classCount == nil, options.firstLabel == 0, labels.min() == 1 {
            notes.append(
                "its labels run from 1 to \(labels.max() ?? 1), and no sample has class 0; if they start at 1, set labels-from=1")
        }
        var answers = targets.isEmpty ? nil : try Targets(targets[0].kind, shape: targets[0].shape, values: targets.flatMap(\.values))
        if let positions = network?.positions { answers = try nextTokens(answers, of: pixels, positions, &notes) }
        let images = sources.first ?? "", file = archive.path
        let provenance =
            isLabelled
            ? "Arrays \(sources.map { "'\($0)'" }.joined(separator: sources.count == 2 ? " and " : ", ")) of \(file)."
            : "The array '\(images)' of \(file), without labels."
        let dataset = try Dataset(
            name: (file.split(separator: "/").last.map(String.init) ?? file), provenance: provenance, sampleShape: sampleShape,
            pixels: pixels, labels: labels,
            classCount: classCount, isLabelled: isLabelled && targets.isEmpty, targets: answers, classNames: classNames,
            normalisation: Normalisation(scale: scale), isOfTokens: network?.takesTokens ?? false, inputs: inputs, notes: notes, file: file)
        guard !ignored.isEmpty else { return dataset }
        let left = Set(ignored), label = options.ignoredLabel ?? -1
        guard left.count < labels.count else {
            throw DatasetError.mismatch(file: file, reason: "all samples have the label \(label), which ignore-index excludes")
        }
        return try dataset.selecting(
            dataset.labels.indices.filter { !left.contains($0) }, as: "without \(left.count) samples of label \(label)"
        )
        .noting("\(left.count) samples of label \(label) were excluded (ignore-index)")
    }

    /// - Parameter range: that of samples of numbers.
    private func scale(of pixels: Pixels, _ range: NumberRange?, _ notes: inout [String]) throws -> Float {
        if let scale = options.scale { return scale }
        if let network, network.takesTokens || !network.inputs.isEmpty { return 1 }
        guard let range else {
            if pixels.count > 1, try largestByte(of: pixels) == 1 {
                notes.append("its bytes are all 0 or 1 and were divided by 255; set scale=1 to use them unchanged")
            }
            return 255
        }
        do throws(PixelScale.Unclear) {
            let (scale, note) = try PixelScale.of(
                range, isImage: shape.count > 1 || network?.image != nil, mean: options.mean, deviation: options.standardDeviation)
            notes += [note].compactMap(\.self)
            return scale
        } catch { throw DatasetError.mismatch(file: archive.path, reason: error.reason) }
    }

    /// The largest byte, or one of those above 1.
    private func largestByte(of pixels: Pixels) throws -> UInt8 {
        guard case .bytes(let source) = pixels else { return 0 }
        var largest: UInt8 = 0
        try source.scan { _, sample throws(DatasetError) in
            for byte in sample where byte > largest { largest = byte }
            return largest <= 1
        }
        return largest
    }

    /// Labels, how many classes are declared, and their names.
    private func classes(_ notes: inout [String]) throws -> ([Int], Int?, [String]?) {
        let listed = try options.classNames(among: archive.texts)
        guard texts.isEmpty else {
            let names = Set(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let assignment: ClassAssignment
            do throws(ClassAssignment.Fault) {
                assignment = try ClassAssignment(
                    names, listed: listed, order: options.order, for: network ?? options.classCount.map { .counting($0) })
            } catch { throw DatasetError.mismatch(file: archive.path, reason: "its labels are texts, and they are \(error.reason)") }
            let places = Dictionary(uniqueKeysWithValues: zip(names, assignment.classes))
            let first = zip(names, assignment.classes).prefix(4).map { "\($0) is class \($1)" }.joined(separator: ", ")
            notes += ["its labels are texts: \(first)\(names.count > 4 ? " …" : "")"] + assignment.notes
            return (texts.map { places[$0] ?? 0 }, options.classCount ?? assignment.classCount, assignment.classNames)
        }
        let least = (labels.max() ?? 0) + 1
        let own =
            listed
            ?? ["class_names", "label_names", "classes", "target_names"].lazy.compactMap { archive.texts[$0] }.first {
                $0.count >= (declared ?? least)
            }
        return (labels, options.classCount ?? own?.count ?? declared, own)
    }
}
