/// Data named in one line of text: `KIND[:PATH][:SPLIT][?OPTION=VALUE&…]`.
///
/// ```text
/// digits                        the built-in digits, the part the command needs
/// mnist:data/mnist:test
/// cifar10:data/cifar10:train?samples=400&seed=7
/// arrays:features.npz?mean=0.5&std=0.25
/// ```
///
/// Options: `mean` and `std` (one number, or one for each channel, separated by commas), `samples` (so many, drawn at random), `balanced` (yes or no: as many of every
/// class), `seed`, `of` (a checkpoint that lists what it was trained on: those samples only). ``description`` gives a text that means the same.
public struct DataSpec: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case digits, mnist, cifar10, cifar100, arrays

        /// What the path names; nil where there is none.
        var place: String? {
            switch self {
            case .digits: nil
            case .mnist: "a folder with the four IDX files"
            case .cifar10, .cifar100: "a folder with the binary batches"
            case .arrays: "a safetensors or npz file with images and labels"
            }
        }
    }

    public var kind: Kind
    /// Empty for built-in data.
    public var path: String
    /// Nil where the text names none.
    public var split: Split?
    public var mean: [Float]?
    public var standardDeviation: [Float]?
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
            throw .spec(text: text, reason: "'\(address[..<colon])' is no kind of data; known are \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
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
            throw .spec(text: text, reason: "'\(path)' is no part of \(kind.rawValue); its parts are \(Split.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if let question { try read(options: text[text.index(after: question)...], of: text) }
    }

    private mutating func read(options: Substring, of text: String) throws(DatasetError) {
        var seen: Set<Substring> = []
        for option in options.split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .spec(text: text, reason: "'\(option)' is no option; options are written KEY=VALUE") }
            let value = String(parts[1])
            guard seen.insert(parts[0]).inserted else { throw .spec(text: text, reason: "\(parts[0]) is given twice") }
            switch parts[0] {
            case "mean": mean = try numbers(value, "mean", of: text)
            case "std": standardDeviation = try numbers(value, "std", of: text)
            case "samples":
                guard let number = Int(value), number >= 1 else { throw .spec(text: text, reason: "samples=\(value) is not an integer of at least 1") }
                samples = number
            case "of":
                guard !value.isEmpty else { throw .spec(text: text, reason: "of= needs a checkpoint that lists what it was trained on") }
                trainedBy = value
            case "balanced":
                guard value == "yes" || value == "no" else { throw .spec(text: text, reason: "balanced=\(value) is neither yes nor no") }
                isBalanced = value == "yes"
            case "seed":
                guard let number = UInt64(value) else { throw .spec(text: text, reason: "seed=\(value) is not an integer of at least 0") }
                seed = number
            default: throw .spec(text: text, reason: "'\(parts[0])' is no option; known are mean, std, of, samples, balanced, seed")
            }
        }
        if isBalanced, samples == nil { throw .spec(text: text, reason: "balanced needs samples=N, the number to draw") }
    }

    private func numbers(_ value: String, _ key: String, of text: String) throws(DatasetError) -> [Float] {
        var numbers: [Float] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Float(part), number.isFinite, key == "mean" || number > 0 else {
                throw .spec(text: text, reason: "\(key)=\(value) is not \(key == "mean" ? "a number" : "a number greater than 0"), or several separated by commas")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// The data themselves.
    ///
    /// - Parameters:
    ///   - split: the part that is meant where the text names none.
    public func load(default split: Split = .test) throws(DatasetError) -> Dataset {
        var dataset: Dataset
        switch kind {
        case .digits: dataset = try .digits(self.split ?? split)
        case .mnist: dataset = try .mnist(path, self.split ?? split)
        case .cifar10: dataset = try .cifar(.cifar10, path, self.split ?? split)
        case .cifar100: dataset = try .cifar(.cifar100, path, self.split ?? split)
        case .arrays: dataset = try .arrays(path, self.split)
        }
        if mean != nil || standardDeviation != nil {
            dataset = try dataset.normalised(dataset.normalisation.replacing(mean: mean, standardDeviation: standardDeviation))
        }
        if let trainedBy { dataset = try dataset.trained(by: trainedBy) }
        guard let samples else { return dataset }
        return isBalanced ? try dataset.balancedSubset(samples: samples, seed: seed) : try dataset.subset(samples: samples, seed: seed)
    }
}

extension DataSpec: CustomStringConvertible {
    public var description: String {
        var options: [String] = []
        if let mean { options.append("mean=" + mean.map { "\($0)" }.joined(separator: ",")) }
        if let standardDeviation { options.append("std=" + standardDeviation.map { "\($0)" }.joined(separator: ",")) }
        if let trainedBy { options.append("of=\(trainedBy)") }
        if let samples { options.append("samples=\(samples)") }
        if isBalanced { options.append("balanced=yes") }
        if seed != 0 { options.append("seed=\(seed)") }
        return ([kind.rawValue] + (path.isEmpty ? [] : [path]) + (split.map { [$0.rawValue] } ?? [])).joined(separator: ":")
            + (options.isEmpty ? "" : "?" + options.joined(separator: "&"))
    }
}
