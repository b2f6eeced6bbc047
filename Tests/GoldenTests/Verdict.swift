import Foundation

/// What came of a case.
enum Verdict: Equatable {
    /// Every expectation was compared, and held.
    case agrees(comparisons: Int)
    /// Some expectation did not hold, in sentences.
    case differs([String])
    /// Something in the case is not understood or cannot be compared here, in sentences; what was compared held.
    case incomplete([String])

    var agrees: Bool { if case .agrees = self { true } else { false } }

    var sentences: [String] {
        switch self {
        case .agrees(let comparisons): ["agrees: \(comparisons) comparisons"]
        case .differs(let sentences): sentences
        case .incomplete(let sentences): sentences
        }
    }

    /// Carries a case out and compares it. An error is a verdict too.
    init(of golden: GoldenCase) {
        var expectations: Expectations?
        var obstacles: [String] = []
        do {
            let run = try Run(golden)
            expectations = run.expectations
            try run.body()
        } catch { obstacles.append("\(error)") }
        if let expectations {
            // An error ends the comparisons; only one that is through can say what it did not understand.
            if obstacles.isEmpty { obstacles += expectations.unmetSentences }
            if !expectations.differences.isEmpty {
                self = .differs(expectations.differences + obstacles)
                return
            }
            if obstacles.isEmpty, expectations.compared == 0 { obstacles.append("the case states nothing to compare") }
        }
        self = obstacles.isEmpty ? .agrees(comparisons: expectations?.compared ?? 0) : .incomplete(obstacles)
    }

    /// A case of some kind, with what it expects.
    private struct Run {
        let expectations: Expectations
        let body: () throws -> Void

        init(_ golden: GoldenCase) throws {
            func expecting(_ sections: [String], _ descriptive: Set<String>) throws -> Expectations {
                try Expectations(golden, sections: sections, descriptive: descriptive)
            }
            let method = golden.json["method"]?.string, option = golden.json["options"]?["method"]?.string
            if golden.json["problems"] != nil {
                expectations = try expecting(["problems"], PureTransportCase.descriptive)
                let kind = PureTransportCase(golden: golden, expectations: expectations)
                body = kind.run
            } else if method == "OTFusion" {
                expectations = try expecting(["expected", "blend_sweep"], OTFusionCase.descriptive)
                let kind = try OTFusionCase(golden, expectations)
                body = kind.run
            } else if method == "neuron-transplantation" {
                expectations = try expecting(["runs", "baselines"], TransplantationCase.descriptive)
                let kind = try TransplantationCase(golden, expectations)
                body = kind.run
            } else if option == "importance scores only" {
                expectations = try expecting(["expected_scalars"], [])
                let kind = ImportanceCase(golden: golden, expectations: expectations)
                body = kind.run
            } else if option == "KF gradient" {
                expectations = try expecting(["expected_scalars", "runs"], GradientCase.descriptive)
                let kind = try GradientCase(golden, expectations)
                body = kind.run
            } else if option != nil {
                expectations = try expecting(["expected_scalars"], [])
                let kind = try InterpolationCase(golden, expectations)
                body = kind.run
            } else {
                throw golden.notUnderstood("the method \(method ?? "(none)")")
            }
        }
    }
}
