import Archives

extension Dataset {
    /// So many samples drawn without repetition; the same ones, in the same order, for the same seed.
    ///
    /// With the same seed, a smaller subset is the beginning of a larger one.
    public func subset(samples: Int, seed: UInt64) throws(DatasetError) -> Dataset {
        try checkEnough(samples)
        var generator = SeededGenerator(seed: seed, purpose: "subset")
        return try selecting(Array(generator.permutation(count).prefix(samples)), as: "\(samples) samples drawn with seed \(seed)")
    }

    /// A class-balanced subset; a remainder is distributed over the classes in turn. In order of class.
    public func balancedSubset(samples: Int, seed: UInt64) throws(DatasetError) -> Dataset {
        try checkEnough(samples)
        var generator = SeededGenerator(seed: seed, purpose: "balanced subset")
        var pools = positionsByClass.map { pool in
            var pool = pool
            generator.shuffle(&pool)
            return pool
        }
        pools.removeAll(where: \.isEmpty)
        var quotas = [Int](repeating: 0, count: pools.count)
        var left = samples
        while left > 0 {
            // A class that runs out leaves its part to the others.
            for pool in pools.indices where left > 0 && quotas[pool] < pools[pool].count {
                quotas[pool] += 1
                left -= 1
            }
        }
        let chosen = zip(pools, quotas).flatMap { $0.prefix($1) }
        return try selecting(chosen, as: "\(samples) samples balanced over classes, drawn with seed \(seed)")
    }

    /// The samples of these classes, in order.
    public func withLabels(_ wanted: [Int]) throws(DatasetError) -> Dataset {
        if let unknown = wanted.first(where: { !(0..<classCount).contains($0) }) {
            throw .selection(dataset: name, reason: "there is no class \(unknown); classes are 0..<\(classCount)")
        }
        let set = Set(wanted)
        return try selecting(
            labels.indices.filter { set.contains(labels[$0]) }, as: "classes \(set.sorted().map(String.init).joined(separator: " "))")
    }

    /// Two disjoint parts that make up the whole, both in the whole's order.
    ///
    /// - Parameters:
    ///   - share: of the samples that go into the second part, 0 ... 1; rounded to nearest.
    public func split(validation share: Double, seed: UInt64) throws(DatasetError) -> (train: Dataset, validation: Dataset) {
        guard (0...1).contains(share) else {
            throw .selection(dataset: name, reason: "a validation fraction of \(share) is outside 0 to 1")
        }
        var generator = SeededGenerator(seed: seed, purpose: "validation")
        let order = generator.permutation(count)
        let size = Int((Double(count) * share).rounded())
        return (
            try selecting(order.dropFirst(size).sorted(), as: "\(count - size) samples to train on, seed \(seed)"),
            try selecting(order.prefix(size).sorted(), as: "\(size) samples to validate on, seed \(seed)")
        )
    }

    /// As ``split(validation:seed:)``, but the second part consists of samples that are not in a set, as far as there are any.
    ///
    /// A measurement on samples that a network was trained on is optimistic, so they are the last choice. The second part has the classes of the split
    /// without the set, so that it stays like the data. Where the samples outside the set are too few, but at least ``fewestUnseen`` and every class
    /// gets a quarter of its share of them, it consists of them alone and is smaller; where they are fewer, others fill it up.
    ///
    /// - Parameters:
    ///   - seen: by ``records``. Where it has none of the samples or all of them, the split is that of ``split(validation:seed:)``.
    package func split(
        validation share: Double, seed: UInt64, unseenBy seen: Set<Int>
    ) throws(DatasetError) -> (
        train: Dataset, validation: Dataset
    ) {
        let plain = try split(validation: share, seed: seed)
        let isSeen = records.map(seen.contains)
        guard isSeen.contains(true), isSeen.contains(false), plain.validation.count > 0 else { return plain }
        var generator = SeededGenerator(seed: seed, purpose: "validation")
        let order = generator.permutation(count), quotas = plain.validation.classCounts
        let pools = quotas.indices.map { label in order.filter { labels[$0] == label } }
        let unseen = pools.map { pool in pool.filter { !isSeen[$0] } }
        let part = min(1, Double(unseen.reduce(0) { $0 + $1.count }) / Double(plain.validation.count))
        let shares = zip(unseen, quotas).map { min($0.count, Int((Double($1) * part).rounded(.up))) }
        let isUnseenOnly =
            shares.reduce(0, +) >= min(Self.fewestUnseen, plain.validation.count)
            && zip(shares, quotas).allSatisfy { Double($0) >= Double($1) * part / 4 }
        var held: Set<Int> = []
        for label in quotas.indices {
            let seen = isUnseenOnly ? [] : pools[label].filter { isSeen[$0] }
            held.formUnion((unseen[label] + seen).prefix(isUnseenOnly ? shares[label] : quotas[label]))
        }
        let what = isUnseenOnly ? "not trained on before" : "those not trained on before first"
        return (
            try selecting(order.indices.filter { !held.contains($0) }, as: "\(count - held.count) samples to train on, seed \(seed)"),
            try selecting(held.sorted(), as: "\(held.count) samples to validate on, \(what), seed \(seed)")
        )
    }

    /// With 100 samples an accuracy of 90 % has a standard error of 3 points: fewer cannot tell epochs apart.
    package static let fewestUnseen = 100

    /// The samples that a checkpoint says it was trained on: a list of numbers called `train_indices` beside its parameters.
    public func trained(by checkpoint: String) throws(DatasetError) -> Dataset {
        let archive = try lifting { try Archive.open(checkpoint) }
        guard let numbers = archive.integerLists[Self.trainedRecords] else {
            throw .selection(
                dataset: name, reason: "\(checkpoint) does not list its training samples: it has no list \(Self.trainedRecords)")
        }
        let wanted = Set(numbers)
        let positions = records.indices.filter { wanted.contains(records[$0]) }
        guard !positions.isEmpty else {
            throw .selection(dataset: name, reason: "none of its samples is among the \(wanted.count) training samples of \(checkpoint)")
        }
        return try selecting(positions, as: "\(positions.count) samples that \(checkpoint.split(separator: "/").last ?? "") was trained on")
    }

    /// The name of the list, as PyTorch programs keep it.
    public static let trainedRecords = "train_indices"

    var positionsByClass: [[Int]] {
        var positions = [[Int]](repeating: [], count: classCount)
        for (position, label) in labels.enumerated() { positions[label].append(position) }
        return positions
    }

    private func checkEnough(_ samples: Int) throws(DatasetError) {
        guard samples >= 1 else { throw .selection(dataset: name, reason: "\(samples) samples requested; request at least 1") }
        guard samples <= count else { throw .selection(dataset: name, reason: "\(samples) samples requested, but it has \(count)") }
    }
}
