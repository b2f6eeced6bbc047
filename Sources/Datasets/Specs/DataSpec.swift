/// Data named in one line of text: `KIND[:PATH][:SPLIT][?OPTION=VALUE&…]`.
///
/// ```text
/// digits                        the built-in digits, the part the command needs
/// mnist:data/mnist:test
/// cifar10:data/cifar10:train?samples=400&seed=7
/// arrays:features.npz?mean=0.5&std=0.25
/// ```
///
/// Options, carried out in this order: how files are read (``ReadingOptions``: `images`, `labels`, `labels-from`, `ignore-index`, `classes`, `order`, `layout`, `scale`, `size`,
/// `channels`) and whether pixels are kept (`memory`); `mean` and `std` (one number, or one for each channel, separated by commas); `partition` with `parts`, `labels`, `label` or `share`
/// as ``Partition`` needs them, and `part`, the part that is meant, from 1; `validation`, a share to hold out, and `held` (yes: the samples held out, no: the others);
/// `samples` (so many, drawn at random) and `balanced` (yes or no: as many of every class); `of` (a checkpoint that lists what it was
/// trained on: those samples only), before them; `seed`, for all of these. ``description`` gives a text that means the same.
public struct DataSpec: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case digits, mnist, fashionMNIST = "fashion-mnist", kmnist, cifar10, cifar100, svhn, images, arrays

        /// What the path names; nil where there is none.
        package var place: String? {
            switch self {
            case .digits: nil
            case .mnist, .fashionMNIST, .kmnist: "a folder with the four IDX files"
            case .cifar10, .cifar100: "a folder with the binary or the python batches"
            case .svhn: "a folder with train_32x32.mat and test_32x32.mat"
            case .images: "a folder with a folder of images for each class, or with such folders in train and test"
            case .arrays: "an npz, npy, safetensors or PyTorch file with images and labels"
            }
        }

        /// Options of how files are read that mean something here.
        var readingOptions: Set<Option> {
            switch self {
            case .images: [.mean, .std, .channels, .size, .classes, .order, .memory]
            case .arrays: [.mean, .std, .channels, .scale, .layout, .classes, .order, .labelsFrom, .ignoreIndex, .images, .memory]
            default: [.mean, .std, .channels, .memory]
            }
        }
    }

    /// What may follow the question mark, in the order in which ``description`` writes it.
    enum Option: String, CaseIterable {
        case images, labelsFrom = "labels-from", ignoreIndex = "ignore-index", classes, order, layout, scale, size, channels, memory
        case mean, std, of, partition, parts, labels, label, share, part, validation, held, samples, balanced, seed

        static let reading: [Option] = [.images, .labelsFrom, .ignoreIndex, .classes, .order, .layout, .scale, .size, .channels, .memory]
    }

    public var kind: Kind
    /// Empty for built-in data.
    public var path: String
    /// Nil where the text names none.
    public var split: Split?
    public var mean: [Float]? {
        get { reading.mean }
        set { reading.mean = newValue }
    }
    public var standardDeviation: [Float]? {
        get { reading.standardDeviation }
        set { reading.standardDeviation = newValue }
    }
    /// Options for reading files.
    public var reading = ReadingOptions()
    /// One part of a partition; all of the data where nil.
    package var part: (partition: Partition, number: Int)? {
        get { partition.map { ($0, partNumber) } }
        set { (partition, partNumber) = (newValue?.partition, newValue?.number ?? 1) }
    }
    private var partition: Partition?
    private var partNumber = 1
    /// The fraction held out for validation; nil for none.
    public var validation: Double?
    /// Whether this selects the held-out samples instead of the others.
    public var isHeldOut = false
    /// All of them where nil.
    public var samples: Int?
    /// A checkpoint that lists the samples it was trained on; nil for all samples.
    public var trainedBy: String?
    public var isBalanced = false
    public var seed: UInt64 = 0

    public init(_ text: String) throws(DatasetError) {
        let question = text.lastIndex(of: "?")
        var address = question.map { text[..<$0] } ?? text[...]
        let colon = address.firstIndex(of: ":") ?? address.endIndex
        guard let kind = Kind(rawValue: String(address[..<colon])) else {
            throw .spec(
                text: text,
                reason: "'\(address[..<colon])' is not a data source; available: \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        address = colon < address.endIndex ? address[address.index(after: colon)...] : ""
        // What follows the last colon is the split only where it is one: paths may hold colons.
        let last = address.lastIndex(of: ":").map { address.index(after: $0) } ?? address.startIndex
        if let split = Split(rawValue: String(address[last...])), kind.place == nil || last > address.startIndex {
            self.split = split
            address = last > address.startIndex ? address[..<address.index(before: last)] : ""
        }
        path = String(address)
        self.kind = kind
        if let place = kind.place {
            guard !path.isEmpty else { throw .spec(text: text, reason: "\(kind.rawValue) needs \(place): \(kind.rawValue):PATH") }
        } else if !path.isEmpty {
            throw .spec(
                text: text,
                reason:
                    "'\(path)' is not a split of \(kind.rawValue); its splits are \(Split.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        if let question { try read(options: text[text.index(after: question)...], of: text) }
    }

    private mutating func read(options: Substring, of text: String) throws(DatasetError) {
        var values: [Option: String] = [:]
        for option in options.split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .spec(text: text, reason: "'\(option)' is not an option; options have the form KEY=VALUE") }
            // PyTorch spells ignore_index.
            guard let key = Option(rawValue: String(parts[0]).replacing("_", with: "-")) else {
                throw .spec(
                    text: text,
                    reason: "'\(parts[0])' is not an option; available: \(Option.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            guard values.updateValue(String(parts[1]), forKey: key) == nil else {
                throw .spec(text: text, reason: "\(parts[0]) is given twice")
            }
        }
        func integer<Value: FixedWidthInteger>(_ key: Option, atLeast least: Value) throws(DatasetError) -> Value? {
            guard let value = values[key] else { return nil }
            guard let number = Value(value), number >= least else {
                throw .spec(text: text, reason: "\(key.rawValue)=\(value) is not an integer of at least \(least)")
            }
            return number
        }
        func share(_ key: Option) throws(DatasetError) -> Double? {
            guard let value = values[key] else { return nil }
            guard let number = Double(value), number > 0, number < 1 else {
                throw .spec(text: text, reason: "\(key.rawValue)=\(value) is not a fraction between 0 and 1")
            }
            return number
        }
        func answer(_ key: Option) throws(DatasetError) -> Bool? {
            guard let value = values[key] else { return nil }
            guard value == "yes" || value == "no" else { throw .spec(text: text, reason: "\(key.rawValue)=\(value) must be yes or no") }
            return value == "yes"
        }
        if let foreign = Option.reading.first(where: { values[$0] != nil && !kind.readingOptions.contains($0) }) {
            throw .spec(text: text, reason: "\(foreign.rawValue) does not apply to \(kind.rawValue)")
        }
        try reading.read(values, of: text, hasPartition: values[.partition] != nil, kind: kind)
        mean = try values[.mean].map { value throws(DatasetError) in try numbers(value, "mean", of: text) }
        standardDeviation = try values[.std].map { value throws(DatasetError) in try numbers(value, "std", of: text) }
        if let value = values[.of] {
            guard !value.isEmpty else { throw .spec(text: text, reason: "of= needs a checkpoint that lists what it was trained on") }
            trainedBy = value
        }
        partition = try chosenPartition(
            values, parts: integer(.parts, atLeast: 1), label: integer(.label, atLeast: 0), share: share(.share),
            part: integer(.part, atLeast: 1), of: text)
        validation = try share(.validation)
        isHeldOut = try answer(.held) ?? false
        samples = try integer(.samples, atLeast: 1)
        isBalanced = try answer(.balanced) ?? false
        seed = try integer(.seed, atLeast: 0) ?? 0
        if isBalanced, samples == nil { throw .spec(text: text, reason: "balanced needs samples=N") }
        if isHeldOut, validation == nil { throw .spec(text: text, reason: "held needs validation=FRACTION") }
    }

    private mutating func chosenPartition(
        _ values: [Option: String], parts: Int?, label: Int?, share: Double?, part: Int?, of text: String
    ) throws(DatasetError) -> Partition? {
        guard let name = values[.partition] else {
            let alone = [Option.parts, .labels, .label, .share, .part].first {
                values[$0] != nil && !($0 == .labels && reading.labels != nil)
            }
            if let alone { throw .spec(text: text, reason: "\(alone.rawValue) needs partition=KIND, one of \(Partition.Kind.names)") }
            return nil
        }
        guard let kind = Partition.Kind(rawValue: name) else {
            throw .spec(text: text, reason: "partition=\(name) is none of \(Partition.Kind.names)")
        }
        var lists: [[Int]]?
        if let value = values[.labels] {
            lists = []
            for list in value.split(separator: "/", omittingEmptySubsequences: false) {
                let labels = list.split(separator: ",").compactMap { Int($0) }
                guard !labels.isEmpty, labels.count == list.split(separator: ",", omittingEmptySubsequences: false).count else {
                    throw .spec(text: text, reason: "labels=\(value) should be lists of classes such as 0,2,4/1,3")
                }
                lists?.append(labels)
            }
        }
        let partition: Partition
        do throws(Partition.Missing) { partition = try Partition(kind, parts: parts, labels: lists, label: label, share: share) } catch {
            throw .spec(text: text, reason: "partition=\(name) needs \(error.keys)")
        }
        guard let part else { throw .spec(text: text, reason: "partition needs part=N, counted from 1") }
        partNumber = part
        return partition
    }

    private func numbers(_ value: String, _ key: String, of text: String) throws(DatasetError) -> [Float] {
        var numbers: [Float] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Float(part), number.isFinite, key == "mean" || number > 0 else {
                throw .spec(
                    text: text,
                    reason:
                        "\(key)=\(value) is not \(key == "mean" ? "a number" : "a number greater than 0"), or several separated by commas")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// The data themselves.
    ///
    /// - Parameters:
    ///   - split: the part that is meant where the text names none.
    ///   - network: what they are read for: it decides what a file leaves open, and its outputs are the classes. Nil where no network is known yet.
    package func load(default split: Split = .test, for network: NetworkSignature? = nil) throws(DatasetError) -> Dataset {
        var dataset = try source(self.split, default: split, for: network).converted(to: reading.channels)
        if let network { dataset = try dataset.fitted(to: network, reading) }
        if dataset.sampleShape[0] == 1, network?.image?[0] != 1, [mean, standardDeviation].contains(where: { $0?.count == 3 }) {
            dataset = dataset.repeated("its samples are greyscale, but mean and std have three channels: the channel was repeated")
        }
        if mean != nil || standardDeviation != nil {
            dataset = try dataset.normalised(dataset.normalisation.replacing(mean: mean, standardDeviation: standardDeviation))
        }
        if let trainedBy { dataset = try dataset.trained(by: trainedBy) }
        if let partition {
            let parts = try dataset.partitioned(partition, seed: seed)
            guard partNumber <= parts.count else {
                throw .selection(dataset: dataset.name, reason: "there is no part \(partNumber); the partition has \(parts.count)")
            }
            dataset = parts[partNumber - 1]
        }
        if let validation {
            let (rest, held) = try dataset.split(validation: validation, seed: seed)
            dataset = isHeldOut ? held : rest
        }
        if let samples {
            dataset =
                isBalanced ? try dataset.balancedSubset(samples: samples, seed: seed) : try dataset.subset(samples: samples, seed: seed)
        }
        dataset = try dataset.placed(reading.memory)
        guard let network, network.tellsClasses else { return dataset }
        if !network.needsClasses, dataset.isLabelled, let label = dataset.labels.max(), label >= network.outputs {
            return dataset.unlabelled(
                adding:
                    "its labels go up to \(label) and \(network.name) has \(network.outputs) outputs: its samples were used without labels")
        }
        return try dataset.fitted(toOutputs: network.outputs, of: network.name)
    }

    private func source(_ named: Split?, default split: Split, for network: NetworkSignature?) throws(DatasetError) -> Dataset {
        switch kind {
        case .digits: return try .digits(named ?? split)
        case .arrays: return try .arrays(path, named, default: split, reading, for: network)
        case .images: return try .images(path, named, default: split, reading, for: network)
        case .mnist, .fashionMNIST, .kmnist, .cifar10, .cifar100, .svhn:
            guard let set = PublishedSet.of(kind) else {
                throw .spec(text: kind.rawValue, reason: "it is not in the catalogue")
            }
            switch kind {
            case .svhn: return try .svhn(set, path, named ?? split)
            case .cifar10, .cifar100: return try .cifar(set, path, named ?? split)
            default: return try .mnist(set, path, named ?? split)
            }
        }
    }

    /// The complete test split of the same source; nil if it has no splits.
    public var testPart: DataSpec? {
        switch kind {
        case .arrays: return nil
        case .images: if (try? ImageFolder(path).hasParts) != true { return nil }
        default: break
        }
        var test = self
        test.split = .test
        test.part = nil
        test.validation = nil
        test.isHeldOut = false
        test.samples = nil
        test.isBalanced = false
        return test
    }
}
