import Checkpoints
import Datasets
import Formatting
import Fusion
import Networks
import Provenance
import Tensors
import Training

/// Two networks tensor by tensor: names, shapes, norms, how far apart they are as they stand and after alignment, and what that means for their answers.
package struct NetworkDiff: Sendable, Codable, Equatable {
    /// One of the two files.
    package struct Side: Sendable, Codable, Equatable {
        package let path: String
        package let sha256: String
        package let bytes: Int
        package let parameters: Int
        package let format: String
    }

    /// A parameter that both have.
    package struct Pair: Sendable, Codable, Equatable {
        package let name: String
        package let first: [Int]
        package let second: [Int]
        /// Euclidean norms.
        package let firstNorm: Double
        package let secondNorm: Double
        /// ‖A − B‖ / ‖A‖; nil where the shapes differ or A is zero.
        package let distance: Double?
        /// The cosine of both as vectors; nil where the shapes differ or one is zero.
        package let cosine: Double?
        /// The cosine after the first network's neurons were permuted to the second's; nil where they were not aligned.
        package var alignedCosine: Double?
    }

    /// How the answers differ on data.
    package struct Answers: Sendable, Codable, Equatable {
        package let data: String
        package let samples: Int
        /// The share of samples with the same largest output; nil for tasks without one class.
        package let agreement: Double?
        /// Values of the task's figure, with its name.
        package let figure: String
        package let first: Double
        package let second: Double
        /// ‖f(A) − f(B)‖ / ‖f(A)‖ over the outputs before the softmax, and the largest difference of one.
        package let relativeDifference: Double
        package let largestDifference: Double
    }

    package let first: Side
    package let second: Side
    /// Names that only one of them has.
    package let onlyFirst: [String]
    package let onlySecond: [String]
    package var pairs: [Pair]
    package var answers: Answers?
    /// How the first was aligned; nil where it was not.
    package var alignment: String?
    package var notes: [String]

    /// Whether every parameter is equal, bit for bit.
    package var isEqual: Bool { onlyFirst.isEmpty && onlySecond.isEmpty && pairs.allSatisfy { $0.first == $0.second && $0.distance == 0 } }
}

extension NetworkDiff {
    /// Computes the difference of two files.
    ///
    /// - Parameters:
    ///   - aligns: whether the first is aligned to the second by weight matching, where their graphs are alike.
    ///   - data: what the answers are compared on; nil compares none.
    ///   - files: told of names and checksums, as soon as they are known; no pair has been compared then.
    ///   - progress: what is being done, and how much of it.
    package init(
        _ first: String, _ second: String, load: LoadOptions = LoadOptions(), aligns: Bool = true, data spec: DataSpec? = nil,
        isCancelled: @escaping @Sendable () -> Bool = { false }, files: ((NetworkDiff) -> Void)? = nil,
        progress: ((_ words: String, _ done: Int, _ of: Int) -> Void)? = nil
    ) throws {
        let opened = try Parent.open([first, second], load)
        let (a, b) = (opened[0], opened[1])
        func side(_ parent: Parent) throws -> Side {
            progress?("checksum of \(parent.name)", parent.letter == "A" ? 0 : 1, 2)
            return Side(
                path: parent.path, sha256: try parent.checkpoint.checksum(), bytes: parent.checkpoint.byteCount,
                parameters: parent.network.parameterCount, format: parent.checkpoint.provenance)
        }
        let firstNames = a.network.parameterNames, secondNames = Set(b.network.parameterNames)
        let common = firstNames.filter(secondNames.contains), known = Set(firstNames)
        (self.first, self.second) = (try side(a), try side(b))
        onlyFirst = firstNames.filter { !secondNames.contains($0) }
        onlySecond = b.network.parameterNames.filter { !known.contains($0) }
        notes = []
        pairs = []
        files?(self)
        for (index, name) in common.enumerated() {
            if isCancelled() { throw RunError.cancelled }
            progress?("comparing \(name)", index, common.count)
            guard let x = a.network.parameters[name], let y = b.network.parameters[name] else { continue }
            pairs.append(try Self.pair(name, x, y))
        }
        if aligns, !isEqual { try align(a.network, b.network, isCancelled, progress) }
        if let spec { answers = try Self.answers(opened, spec, isCancelled, progress) }
        try Parent.checkUnchanged(opened)
    }

    private static func pair(_ name: String, _ x: Tensor, _ y: Tensor) throws -> Pair {
        let (p, q) = (try x.converted(to: .float64).flattened(), try y.converted(to: .float64).flattened())
        let firstNorm = try (p * p).sum().item().squareRoot(), secondNorm = try (q * q).sum().item().squareRoot()
        guard x.shape == y.shape else {
            return Pair(
                name: name, first: x.shape, second: y.shape, firstNorm: firstNorm, secondNorm: secondNorm, distance: nil, cosine: nil)
        }
        let d = try p - q, distance = try (d * d).sum().item().squareRoot()
        return Pair(
            name: name, first: x.shape, second: y.shape, firstNorm: firstNorm, secondNorm: secondNorm,
            distance: firstNorm > 0 ? distance / firstNorm : distance == 0 ? 0 : nil,
            cosine: firstNorm > 0 && secondNorm > 0 ? try (p * q).sum().item() / firstNorm / secondNorm : nil)
    }

    /// Permutes the first network's neurons to the second's by weight matching and measures the cosines again.
    private mutating func align(
        _ a: Network, _ b: Network, _ isCancelled: @escaping @Sendable () -> Bool, _ progress: ((String, Int, Int) -> Void)?
    ) throws {
        guard pairs.allSatisfy({ $0.first == $0.second }), onlyFirst.isEmpty, onlySecond.isEmpty else {
            notes.append("not aligned: names or shapes differ")
            return
        }
        progress?("aligning A to B by weight matching", 0, 1)
        var recipe = Recipe(method: GitRebasin.method)
        if recipe.method.hyperparameter("reference") != nil { try recipe.settings.set("reference", .choice("last")) }
        let aligned: Network
        do {
            let fuser = try Fuser(parents: [a, b], recipe: recipe)
            aligned = try fuser.plan(control: FusionControl(isCancelled: isCancelled)).aligned(parent: 0, of: fuser.parents)
        } catch {
            if isCancelled() { throw RunError.cancelled }
            notes.append("not aligned: \(error)")
            return
        }
        alignment = "A permuted to B by \(recipe.method.title)"
        for index in pairs.indices {
            guard let x = aligned.parameters[pairs[index].name], let y = b.parameters[pairs[index].name], x.shape == y.shape else {
                continue
            }
            pairs[index].alignedCosine = try Self.pair(pairs[index].name, x, y).cosine
        }
    }

    private static func answers(
        _ opened: [Parent], _ spec: DataSpec, _ isCancelled: @escaping @Sendable () -> Bool, _ progress: ((String, Int, Int) -> Void)?
    ) throws -> Answers {
        let prepared = try PreparedData(spec, default: .test, for: opened, needsClasses: true), dataset = prepared.dataset
        let parents = try ClassOrder(Parent.taking([dataset], opened).choosing(task: nil, on: [dataset]), isStrict: false).networks
        try FusionRun.check(dataset, fits: parents, spec: spec.description, needsClasses: true, option: "--data")
        let networks = parents.map(\.network)
        let found = try Evaluator(dataset).measure(networks, isCancelled: isCancelled) { progress?("evaluating", $0, $1) }
        var size = 0.0, difference = 0.0, largest = 0.0
        try withoutRecording {
            for start in stride(from: 0, to: dataset.count, by: 200) {
                if isCancelled() { throw RunError.cancelled }
                let range = start..<min(dataset.count, start + 200)
                let batch = try dataset.batch(range, next: range.upperBound..<dataset.count)
                let p = try networks[0].logits(batch).converted(to: .float64).flattened(),
                    q = try networks[1].logits(batch).converted(to: .float64).flattened()
                let d = try p - q
                size += try (p * p).sum().item()
                difference += try (d * d).sum().item()
                largest = max(largest, try d.maximum().item(), try -d.minimum().item())
            }
        }
        return Answers(
            data: spec.description, samples: dataset.count,
            agreement: parents.task.givesOneClass ? found[0].agreement(with: found[1]) : nil, figure: parents.task.figure.name,
            first: found[0].evaluation.value, second: found[1].evaluation.value,
            relativeDifference: size > 0 ? (difference / size).squareRoot() : 0, largestDifference: largest)
    }

    // MARK: Text

    /// The report as lines: files, names, a row for each tensor, the answers.
    package var lines: [String] { fileLines + comparisonLines }

    /// What is known before any tensor is compared: files, checksums, names that only one has.
    package var fileLines: [String] {
        var lines: [String] = []
        for (letter, side) in [("A", first), ("B", second)] {
            lines.append("\(letter)  \(side.path)")
            lines.append("   \(side.format), \(Format.bytes(side.bytes)), \(Format.grouped(side.parameters)) parameters")
            lines.append("   sha256 \(side.sha256)")
        }
        if first.sha256 == second.sha256 { lines.append("The files are equal.") }
        for (letter, names) in [("A", onlyFirst), ("B", onlySecond)] where !names.isEmpty {
            lines.append(
                "only in \(letter): " + names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
            )
        }
        return lines
    }

    /// A row for each tensor, and the answers.
    package var comparisonLines: [String] {
        var lines = isEqual && first.sha256 != second.sha256 ? ["All parameters are equal."] : []
        let width = min(48, max(9, pairs.map(\.name.count).max() ?? 0))
        func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
        func number(_ value: Double?) -> String { value.map { Format.significant($0, 4) } ?? "–" }
        lines.append("")
        lines.append(
            "parameter".padded(to: width) + column("shape", 16) + column("‖A‖", 11) + column("‖B‖", 11) + column("‖A−B‖/‖A‖", 12)
                + column("cosine", 10)
                + (alignment == nil ? "" : column("aligned", 10)))
        for pair in pairs {
            let shape = pair.first.map(String.init).joined(separator: "×"), other = pair.second.map(String.init).joined(separator: "×")
            lines.append(
                shortened(pair.name, to: width).padded(to: width) + column(shape == other ? shape : "\(shape) | \(other)", 16)
                    + column(number(pair.firstNorm), 11)
                    + column(number(pair.secondNorm), 11) + column(number(pair.distance), 12) + column(number(pair.cosine), 10)
                    + (alignment == nil ? "" : column(number(pair.alignedCosine), 10)))
        }
        if let alignment { lines.append("aligned: \(alignment)") }
        if let answers {
            lines.append("")
            lines.append("on \(answers.data), \(answers.samples) samples:")
            lines.append("  \(answers.figure)  A \(number(answers.first))  B \(number(answers.second))")
            if let agreement = answers.agreement { lines.append("  same class on \(Format.percent(agreement)) of the samples") }
            lines.append(
                "  outputs differ by \(Format.percent(answers.relativeDifference)) of their norm, at most \(number(answers.largestDifference))"
            )
        }
        return lines + notes.map { "note: \($0)" }
    }

    private func shortened(_ name: String, to width: Int) -> String {
        name.count <= width ? name : "…" + name.suffix(width - 1)
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
