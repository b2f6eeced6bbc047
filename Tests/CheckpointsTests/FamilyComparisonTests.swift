import Networks
import Testing
@testable import Checkpoints

@Suite("Families compared") struct FamilyComparisonTests {
    func compare(_ first: String, _ second: String) throws -> Comparison {
        func open(_ name: String) throws -> Network { try Checkpoint.open(#require(Fixture.all.first { $0.name == name }).path).stored }
        return Comparison(try open(first), try open(second))
    }

    @Test("one network in timm's and in torchvision's names is one network")
    func names() throws {
        let comparison = try compare("vit-timm", "vit-torchvision")
        // The MLPs are of different widths (32 and 24), and nothing else is.
        #expect(
            comparison.rows.allSatisfy { [.none, .widths].contains($0.difference) }, "\(comparison.rows.filter { $0.difference != .none })")
        #expect(comparison.possible.contains(.otFusion))
        #expect(!comparison.possible.contains(.averaging))
    }

    @Test("normalisation that only one has is not called a difference in depth")
    func normalisation() throws {
        let comparison = try compare("vgg11-cifar", "vgg11-bn-cifar")
        #expect(comparison.possible.isEmpty)
        #expect(comparison.verdicts[0].reason.contains("the graphs differ: only the second has features.1 (batch_norm)"))
    }

    @Test("networks of different depth name the first layer that one lacks")
    func depth() throws {
        let comparison = try compare("vgg11-bn-cifar", "vgg13-bn-three-linear")
        #expect(comparison.verdicts[0].reason.contains("depth differs: the first has 9 weight layers, the second 13"))
        #expect(comparison.possible.isEmpty)
        #expect(comparison.rows.count { $0.expected == nil } >= 4)
    }
}
