import Testing

@testable import Datasets

@Suite("Moments of pixels") struct PixelMomentsTests {
    @Test("mean and deviation of each channel are those computed by hand, before any normalisation")
    func byHand() throws {
        let data = try Dataset(name: "two", images: [1, 3, 10, 10, 5, 7, 20, 20], sampleShape: [2, 1, 2], labels: [0, 0], classCount: 1)
        let expected = PixelMoments(mean: [4, 15], standardDeviation: [(5 as Double).squareRoot(), 5])
        #expect(try data.pixelMoments() == expected)
        #expect(try data.normalised(Normalisation(scale: 1, mean: [9], standardDeviation: [2])).pixelMoments() == expected)
        let bytes = try Dataset(name: "bytes", bytes: [0, 255], sampleShape: [1, 1, 2], labels: [0], classCount: 1)
        #expect(try bytes.pixelMoments() == PixelMoments(mean: [0.5], standardDeviation: [0.5]))
    }

    @Test("the constants that are said to be measured are the moments of the training images, to the digits that are written")
    func catalogue() throws {
        for set in PublishedSet.all where set.isMeasured {
            let spec: String
            switch set.kind {
            case .digits: spec = "digits:train"
            default:
                guard let shared = Fixtures.shared else { continue }
                spec = "\(set.kind.rawValue):\(shared.appendingPathComponent("data/\(set.kind.rawValue)").path):train"
            }
            let moments = try DataSpec(spec).load().pixelMoments()
            let constants = (set.normalisation.mean + set.normalisation.standardDeviation).map { Double($0) }
            for (found, known) in zip(moments.mean + moments.standardDeviation, constants) {
                // Half of the last digit that is written, and what 32 bits keep of it.
                #expect(abs(found - known) <= 0.000051, "\(set.title): \(found) is not \(known)")
            }
        }
        #expect(PublishedSet.all.filter(\.isMeasured).map(\.kind) == [.digits, .mnist])
    }

    @Test("the two training batches of CIFAR-10 at hand have about the moments of all five")
    func cifar() throws {
        guard let shared = Fixtures.shared else { return }
        let moments = try DataSpec("cifar10:\(shared.appendingPathComponent("data/cifar-10-batches-bin").path):train").load().pixelMoments()
        // A sample of 20000 images: means move by about 0.001, and the deviation of all images, not of single ones, is what the constants are.
        let constants = (Normalisation.cifar10.mean + Normalisation.cifar10.standardDeviation).map { Double($0) }
        for (found, known) in zip(moments.mean + moments.standardDeviation, constants) {
            #expect(abs(found - known) < 0.002)
        }
    }
}
