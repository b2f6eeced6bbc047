import Testing

@testable import Datasets

@Suite struct DataSpecTests {
    @Test(
        "a text and what it means, and back",
        arguments: [
            "digits", "digits:train", "mnist:data/mnist:test", "mnist:C:/data/mnist", "cifar100:a:all", "arrays:x.npz", "arrays:a:b:train",
            "arrays:train",
            "mnist:d?samples=400&seed=7", "fashion-mnist:d", "svhn:d:train", "images:a:b:test",
            "digits:train?partition=dirichlet&parts=4&part=2&seed=6",
            "digits?partition=labels&labels=0,2,4/1,3&part=1", "digits?partition=personal&label=4&share=0.1&part=2",
            "digits?partition=small-big&share=0.25&part=1",
            "digits?partition=sharded&parts=2&part=1&validation=0.1&held=yes&samples=9",
            "arrays:x?mean=0.5,0.25,0.125&std=0.5&samples=10&balanced=yes&seed=18446744073709551615",
        ])
    func roundTrip(text: String) throws {
        let spec = try DataSpec(text)
        #expect(spec.description == text)
        #expect(try DataSpec(spec.description) == spec)
    }

    @Test("the parts of a spec")
    func parts() throws {
        let spec = try DataSpec("arrays:a:b:train?std=2&samples=5")
        #expect(
            spec.kind == .arrays && spec.path == "a:b" && spec.split == .train && spec.standardDeviation == [2] && spec.samples == 5
                && spec.mean == nil)
        #expect(try DataSpec("arrays:train").path == "train", "a path may be called as a split is")
    }

    @Test(
        "what cannot be understood is refused with the reason",
        arguments: [
            ("", "'' is not a data source; available: digits, mnist, fashion-mnist, kmnist, cifar10, cifar100, svhn, images, arrays"),
            ("imagenet:x", "'imagenet' is not a data source"), ("mnist", "mnist needs a folder"),
            ("mnist:", "mnist needs a folder"), ("digits:half", "'half' is not a split of digits; its splits are train, test, all"),
            ("digits?", ""), ("digits?seed", "have the form KEY=VALUE"),
            ("digits?seed=-1", "not an integer of at least 0"), ("digits?samples=0", "at least 1"), ("digits?samples=x", "at least 1"),
            ("digits?sizes=3", "'sizes' is not an option"), ("digits?size=3", "size does not apply to digits"),
            ("images:x?layout=hwc", "layout does not apply to images"),
            ("digits?mean=a", "not a number"), ("digits?mean=nan", "not a number"), ("digits?std=0", "greater than 0"),
            ("digits?seed=1&seed=2", "given twice"),
            ("digits?balanced=yes", "balanced needs samples"), ("digits?samples=3&balanced=1", "must be yes or no"),
            ("digits?parts=2", "parts needs partition=KIND, one of iid, labels, sharded, dirichlet, personal, small-big"),
            ("digits?partition=half&part=1", "partition=half is none of iid"), ("digits?partition=iid&parts=2", "needs part=N"),
            ("digits?partition=iid&part=1", "partition=iid needs parts"),
            ("digits?partition=personal&label=4&part=1", "needs label and share"),
            ("digits?partition=labels&labels=0,,1&part=1", "lists of classes"),
            ("digits?partition=labels&labels=a&part=1", "lists of classes"),
            ("digits?partition=small-big&share=1&part=1", "fraction between 0 and 1"),
            ("digits?held=yes", "held needs validation"), ("digits?validation=0", "fraction between 0 and 1"),
            ("mnist:x\u{1B}[2J?q=1", "^[[2J"),
        ])
    func refused(text: String, reason: String) throws {
        if reason.isEmpty {
            #expect(try DataSpec(text) == DataSpec("digits"), "no options are no error")
        } else {
            let text = message { try DataSpec(text) }
            #expect(text.contains(reason), "\(text)")
        }
    }

    @Test("options are carried out: normalisation, samples, balance, seed")
    func load() throws {
        #expect(try DataSpec("digits").load().count == 500)
        #expect(try DataSpec("digits").load(default: .train).count == 1297)
        let dataset = try DataSpec("digits:train?mean=0&std=1&samples=20&balanced=yes&seed=3").load()
        #expect(dataset.classCounts == [Int](repeating: 2, count: 10))
        #expect(try dataset.values([0]).allSatisfy { (0...1).contains($0) })
        #expect(try DataSpec("digits?samples=9&seed=3").load().records == Dataset.digits(.test).subset(samples: 9, seed: 3).records)
        #expect(message { try DataSpec("digits?mean=1,2").load() }.contains("mean has 2 values"))
        #expect(message { try DataSpec("digits?samples=501").load() }.contains("it has 500"))
    }

    @Test("a part of a partition, and the samples held out of it, are named in a spec and told in the provenance")
    func partitions() throws {
        let train = try Dataset.digits(.train)
        let parts = try train.partitioned(.dirichlet(parts: 4), seed: 6)
        let spec = "digits:train?partition=dirichlet&parts=4&part=2&seed=6"
        #expect(try DataSpec(spec).load().records == parts[1].records)
        let held = try DataSpec(spec + "&validation=0.1&held=yes").load(), rest = try DataSpec(spec + "&validation=0.1").load()
        #expect((held.records + rest.records).sorted() == parts[1].records)
        #expect(held.count == Int((Double(parts[1].count) * 0.1).rounded()))
        #expect(
            held.provenance.contains("part 2 of 4, Dirichlet non-iid, seed 6") && held.provenance.contains("samples to validate on, seed 6")
        )
        #expect(message { try DataSpec("digits?partition=iid&parts=2&part=3").load() }.contains("there is no part 3; the partition has 2"))
    }

    @Test("the test part of a source is the whole of it; files of one's own have none")
    func testParts() throws {
        #expect(
            try DataSpec("mnist:d:train?mean=0.5&partition=iid&parts=2&part=1&validation=0.1&samples=5&seed=3").testPart?.description
                == "mnist:d:test?mean=0.5&seed=3")
        #expect(try DataSpec("arrays:x.npz").testPart == nil)
        let folder = try TemporaryFolder()
        try folder.file("a/1.png", [1])
        #expect(try DataSpec("images:\(folder.path)").testPart == nil)
        try folder.file("train/a/1.png", [1])
        try folder.file("val/a/1.png", [1])
        #expect(try DataSpec("images:\(folder.path)").testPart?.split == .test)
    }
}
