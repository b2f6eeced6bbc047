import Testing

@testable import Datasets

@Suite struct DataSpecTests {
    @Test("a text and what it means, and back", arguments: [
        "digits", "digits:train", "mnist:data/mnist:test", "mnist:C:/data/mnist", "cifar100:a:all", "arrays:x.npz", "arrays:a:b:train", "arrays:train",
        "mnist:d?samples=400&seed=7", "arrays:x?mean=0.5,0.25,0.125&std=0.5&samples=10&balanced=yes&seed=18446744073709551615",
    ])
    func roundTrip(text: String) throws {
        let spec = try DataSpec(text)
        #expect(spec.description == text)
        #expect(try DataSpec(spec.description) == spec)
    }

    @Test("the parts of a spec")
    func parts() throws {
        let spec = try DataSpec("arrays:a:b:train?std=2&samples=5")
        #expect(spec.kind == .arrays && spec.path == "a:b" && spec.split == .train && spec.standardDeviation == [2] && spec.samples == 5 && spec.mean == nil)
        #expect(try DataSpec("arrays:train").path == "train", "a path may be called as a split is")
    }

    @Test("what cannot be understood is refused with the reason", arguments: [
        ("", "'' is no kind of data; known are digits, mnist, cifar10, cifar100, arrays"), ("imagenet:x", "'imagenet' is no kind"), ("mnist", "mnist needs a folder"),
        ("mnist:", "mnist needs a folder"), ("digits:half", "'half' is no part of digits; its parts are train, test, all"), ("digits?", ""), ("digits?seed", "written KEY=VALUE"),
        ("digits?seed=-1", "not an integer of at least 0"), ("digits?samples=0", "at least 1"), ("digits?samples=x", "at least 1"), ("digits?size=3", "'size' is no option"),
        ("digits?mean=a", "not a number"), ("digits?mean=nan", "not a number"), ("digits?std=0", "greater than 0"), ("digits?seed=1&seed=2", "given twice"),
        ("digits?balanced=yes", "balanced needs samples"), ("digits?samples=3&balanced=1", "neither yes nor no"), ("mnist:x\u{1B}[2J?q=1", "^[[2J"),
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
        #expect(message { try DataSpec("digits?samples=501").load() }.contains("it holds 500"))
    }
}
