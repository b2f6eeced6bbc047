import Testing

@testable import Datasets

@Suite struct SplitTests {
    static let partitions: [Partition] = [
        .iid(parts: 3), .disjointLabels(parts: 4), .dirichlet(parts: 2), .dirichlet(parts: 5), .personal(label: 4, share: 0.1),
        .smallBig(share: 0.1),
        .labels([[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]),
    ]

    @Test("every sample goes to exactly one part, the same one for the same seed, another for another", arguments: partitions)
    func exact(partition: Partition) throws {
        let train = try Dataset.digits(.train)
        let parts = try train.partitioned(partition, seed: 7)
        #expect(parts.flatMap(\.records).sorted() == train.records)
        #expect(try train.partitioned(partition, seed: 7).map(\.records) == parts.map(\.records))
        if case .labels = partition { return }
        #expect(try train.partitioned(partition, seed: 8).map(\.records) != parts.map(\.records))
    }

    @Test("iid parts differ in size by one at most")
    func iid() throws {
        #expect(try small(10, classes: 2).partitioned(.iid(parts: 3), seed: 0).map(\.count).sorted() == [3, 3, 4])
    }

    @Test("the personal part has all of its class and a tenth of the others; the other part has none of it")
    func personal() throws {
        let train = try Dataset.digits(.train)
        let parts = try train.partitioned(.personal(label: 4, share: 0.1), seed: 1)
        for label in 0..<10 {
            let all = train.classCounts[label]
            #expect(parts[0].classCounts[label] == (label == 4 ? all : Int((Double(all) * 0.1).rounded())))
        }
        #expect(parts[1].classCounts[4] == 0)
    }

    @Test("parts of disjoint labels share no class, and together have all")
    func disjoint() throws {
        let parts = try Dataset.digits(.train).partitioned(.disjointLabels(parts: 3), seed: 5)
        let classes = parts.map { part in Set(part.labels) }
        #expect(classes.reduce(0) { $0 + $1.count } == 10 && classes.reduce(Set()) { $0.union($1) }.count == 10)
        #expect(classes.allSatisfy { (3...4).contains($0.count) })
    }

    @Test("Dirichlet parts are uneven by class: that is what they are for")
    func dirichlet() throws {
        let parts = try Dataset.digits(.train).partitioned(.dirichlet(parts: 2), seed: 3)
        let shares = (0..<10).map { label in
            Double(parts[0].classCounts[label]) / Double(parts[0].classCounts[label] + parts[1].classCounts[label])
        }
        // With concentrations 1 and 5 in random order, class shares lie near 1/6 or 5/6; an even split would have all near 1/2.
        #expect(shares.filter { abs($0 - 0.5) > 0.15 }.count >= 5)
    }

    @Test("subsets: the same for a seed, without repetition, the smaller one first in the larger")
    func subsets() throws {
        let train = try Dataset.digits(.train)
        let few = try train.subset(samples: 50, seed: 11)
        #expect(Set(few.records).count == 50)
        #expect(try train.subset(samples: 50, seed: 11).records == few.records)
        #expect(try Array(train.subset(samples: 200, seed: 11).records.prefix(50)) == few.records)
        #expect(try train.subset(samples: 50, seed: 12).records != few.records)
        #expect(try train.subset(samples: 1297, seed: 0).records.sorted() == train.records)
        #expect(message { try train.subset(samples: 1298, seed: 0) }.contains("1298 samples requested, but it has 1297"))
        #expect(message { try train.subset(samples: 0, seed: 0) }.contains("at least 1"))
    }

    @Test("a balanced subset has as many of every class, and a class that runs out leaves its part to the others")
    func balanced() throws {
        let train = try Dataset.digits(.train)
        #expect(try train.balancedSubset(samples: 203, seed: 1).classCounts == [21, 21, 21] + [Int](repeating: 20, count: 7))
        let uneven = try Dataset(
            name: "uneven", images: [Float](repeating: 0, count: 10), sampleShape: [1, 1, 1], labels: [0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
            classCount: 3)
        #expect(try uneven.balancedSubset(samples: 8, seed: 1).classCounts == [2, 6, 0])
    }

    @Test("a validation split is disjoint, exact and seeded")
    func validation() throws {
        let train = try Dataset.digits(.train)
        let (rest, held) = try train.split(validation: 0.1, seed: 4)
        #expect(held.count == 130 && rest.count == 1167)
        #expect((rest.records + held.records).sorted() == train.records)
        #expect(try train.split(validation: 0.1, seed: 4).validation.records == held.records)
        #expect(message { try train.split(validation: 1.5, seed: 0) }.contains("outside 0 to 1"))
    }

    @Test("a validation split takes samples that were not seen, with the classes of the plain split, as long as there are enough")
    func unseenValidation() throws {
        let train = try Dataset.digits(.train), plain = try train.split(validation: 0.1, seed: 4)
        let half = Set(train.records.filter { $0.isMultiple(of: 2) })
        let (rest, held) = try train.split(validation: 0.1, seed: 4, unseenBy: half)
        #expect(held.classCounts == plain.validation.classCounts && half.isDisjoint(with: held.records))
        #expect((rest.records + held.records).sorted() == train.records)
        // Nothing known, all seen, another file's samples: the plain split.
        for seen in [[], Set(train.records), Set(10_000..<10_100)] {
            #expect(try train.split(validation: 0.1, seed: 4, unseenBy: seen).validation.records == plain.validation.records)
        }
    }

    @Test("few unseen samples are a smaller validation split with the classes of the whole; too few come first in one of the usual size")
    func fewUnseen() throws {
        let labels = (0..<10_000).map { $0 % 4 }
        let whole = try Dataset(
            name: "whole", images: [Float](repeating: 0, count: 10_000), sampleShape: [1, 1, 1], labels: labels, classCount: 4)
        let smaller = try whole.split(validation: 0.1, seed: 1, unseenBy: Set(400..<10_000)).validation
        #expect(smaller.records.allSatisfy { $0 < 400 } && (300...400).contains(smaller.count))
        let shares = smaller.classCounts.map { Double($0) / Double(smaller.count) }
        let usual = try whole.split(validation: 0.1, seed: 1).validation
        for (share, count) in zip(shares, usual.classCounts) { #expect(abs(share - Double(count) / 1000) < 0.01) }
        let filled = try whole.split(validation: 0.1, seed: 1, unseenBy: Set(40..<10_000)).validation
        #expect(filled.classCounts == usual.classCounts && Set(0..<40).isSubset(of: filled.records))
        // A class that was seen whole is validated on seen samples, not left out.
        let missing = try whole.split(validation: 0.1, seed: 1, unseenBy: Set((0..<10_000).filter { $0 % 4 == 3 })).validation
        #expect(missing.classCounts == usual.classCounts)
    }

    @Test(
        "partitions that make no sense are refused with the reason",
        arguments: [
            (Partition.iid(parts: 0), "cannot be split into 0 parts"), (.iid(parts: 7), "cannot be split into 7 parts"),
            (.disjointLabels(parts: 4), "there are 3 classes"),
            (.personal(label: 3, share: 0.5), "no class 3"), (.personal(label: 0, share: 1), "outside 0 to 1"),
            (.labels([[0], [0]]), "class 0 is in two lists"),
            (.labels([[0], [9]]), "no class 9"), (.labels([[0], []]), "part 2 of 2 would be empty"),
            (.smallBig(share: 0.01), "would be empty"),
            (.iid(parts: -1), "cannot be split"),
        ])
    func refused(partition: Partition, reason: String) throws {
        let dataset = try small(6, classes: 3)
        let text = message { try dataset.partitioned(partition, seed: 0) }
        #expect(text.contains(reason), "\(text)")
    }

    @Test("part of a part still knows its records, and its name tells its story")
    func nested() throws {
        let part = try Dataset.digits(.test).withLabels([3, 5]).subset(samples: 4, seed: 2)
        #expect(part.labels.allSatisfy { $0 == 3 || $0 == 5 })
        #expect(part.records.allSatisfy { $0 >= 1297 })
        #expect(part.name == "digits, test, classes 3 5, 4 samples drawn with seed 2")
        #expect(try part.values([0]) == Dataset.digits(.all).values([part.records[0]]))
    }
}
