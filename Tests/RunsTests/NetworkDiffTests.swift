import Checkpoints
import Datasets
import Fusion
import Networks
import Tensors
import Testing

@testable import Runs

@Suite("Two networks, tensor by tensor") struct NetworkDiffTests {
    private let library: SampleLibrary

    init() throws { library = try SampleLibrary(folder: packageFolder + "/sample-models") }

    private var paths: [String] { get throws { try library.named("lenet-pair").recipe.parents } }

    /// The first network's neurons in another order, in a file of its own.
    private func shuffled(_ path: String, in scratch: Scratch) throws -> String {
        let network = try Parent.open([path])[0].network
        var maps: [Int: NeuronMap] = [:]
        for group in network.groups.hidden { maps[group.id] = .selection(Array((0..<group.neurons).reversed())) }
        let copy = scratch("shuffled.safetensors")
        try Checkpoint.save(network.carried(along: maps), to: copy)
        return copy
    }

    @Test("a permuted copy differs as it stands, is the same after alignment, and answers the same")
    func permuted() throws {
        let scratch = try Scratch(), first = try paths[0]
        let diff = try NetworkDiff(first, shuffled(first, in: scratch), data: DataSpec("digits"))
        #expect(!diff.isEqual && diff.onlyFirst.isEmpty && diff.onlySecond.isEmpty)
        #expect(diff.pairs.contains { ($0.cosine ?? 1) < 0.9 })
        for pair in diff.pairs {
            // The same numbers in another order.
            #expect(abs(pair.firstNorm - pair.secondNorm) < 1e-6 * max(1, pair.firstNorm), "\(pair.name)")
            #expect((pair.alignedCosine ?? 0) > 1 - 1e-6, "\(pair.name)")
        }
        let answers = try #require(diff.answers)
        #expect(answers.agreement == 1 && answers.first == answers.second && answers.relativeDifference < 1e-5)
        #expect(diff.alignment?.contains("permuted to B") == true)
    }

    @Test("a file against itself is equal; two parents are not, and the lines say where")
    func lines() throws {
        let both = try paths, same = try NetworkDiff(both[0], both[0])
        #expect(same.isEqual && same.first.sha256 == same.second.sha256 && same.lines.contains("The files are equal."))
        let other = try NetworkDiff(both[0], both[1], aligns: false)
        #expect(!other.isEqual && other.alignment == nil && other.pairs.allSatisfy { $0.alignedCosine == nil })
        for name in other.pairs.map(\.name) { #expect(other.lines.contains { $0.hasPrefix(name) }, "\(name)") }
    }

    @Test("networks of other shapes are compared by name, and why they are not aligned is said")
    func shapes() throws {
        let widths = try library.named("two-widths").recipe.parents
        let diff = try NetworkDiff(widths[0], widths[1])
        #expect(diff.alignment == nil && diff.notes.contains { $0.contains("shapes differ") })
        let changed = diff.pairs.filter { $0.first != $0.second }
        #expect(!changed.isEmpty && changed.allSatisfy { $0.distance == nil && $0.cosine == nil })
        #expect(diff.lines.contains { $0.contains(" | ") })
    }

    @Test("a cancelled comparison ends")
    func cancelled() throws {
        #expect(throws: (any Error).self) { try NetworkDiff(paths[0], paths[1], isCancelled: { true }) }
    }
}
