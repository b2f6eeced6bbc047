import Foundation
import Testing

/// Agreement with the papers' own programs: every case folder is a test, and a case that is not wholly understood fails.
@Suite("Golden cases", .serialized) struct GoldenTests {
    @Test("there are cases to walk")
    func found() {
        #expect(!GoldenRoots.cases.isEmpty, "no golden cases under \(GoldenRoots.all.map(\.path))")
    }

    @Test("agrees with the published program", arguments: GoldenRoots.cases)
    func agrees(golden: GoldenCase) {
        let verdict = Verdict(of: golden)
        guard !verdict.agrees else { return print("golden  agrees   \(golden.name)") }
        let word = if case .differs = verdict { "differs " } else { "unknown " }
        for sentence in verdict.sentences {
            print("golden  \(word) \(golden.name): \(sentence)")
            Issue.record("\(golden.name): \(sentence)")
        }
    }
}
