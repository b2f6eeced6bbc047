import Foundation
import Testing

/// Agreement with the papers' own programs: every case folder is a test, and a case that is not understood fails.
@Suite("Golden cases", .serialized) struct GoldenTests {
    @Test("there are cases to walk")
    func found() {
        #expect(!GoldenRoots.cases.isEmpty, "no golden cases under \(GoldenRoots.all.map(\.path))")
    }

    @Test("agrees with the published program", arguments: GoldenRoots.cases)
    func agrees(golden: GoldenCase) throws {
        switch try Kind(golden) {
        case .pureTransport: try PureTransportCase(golden).run()
        case .otfusion: try OTFusionCase(golden).run()
        case .transplantation: try TransplantationCase(golden).run()
        case .importance: try ImportanceCase(golden).run()
        case .interpolation: try InterpolationCase(golden).run()
        case .gradient: try GradientCase(golden).run()
        }
        print("golden  agrees   \(golden.name)")
    }

    enum Kind {
        case pureTransport, otfusion, transplantation, importance, interpolation, gradient

        init(_ golden: GoldenCase) throws {
            if golden.json["problems"] != nil {
                self = .pureTransport
            } else if golden.json["method"]?.string == "OTFusion" {
                self = .otfusion
            } else if golden.json["method"]?.string == "neuron-transplantation" {
                self = .transplantation
            } else if golden.json["options"]?["method"]?.string == "importance scores only" {
                self = .importance
            } else if golden.json["options"]?["method"]?.string == "KF gradient" {
                self = .gradient
            } else if golden.json["options"]?["method"] != nil {
                self = .interpolation
            } else {
                throw golden.notUnderstood("the method \(golden.json["method"]?.string ?? "(none)")")
            }
        }
    }
}
